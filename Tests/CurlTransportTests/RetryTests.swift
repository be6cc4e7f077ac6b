import CurlTransport
import Glibc
import Locking
import Testing

/// A server's side of kept-alive connections: the first request of each connection is answered, what the second one
/// meets is `fate`.
private func withKeepAliveServer(
    fate: @escaping @Sendable (ScriptedConnection) -> Void,
    _ body: (CurlClient, LockedBox<[String]>) async throws -> Void
) async throws {
    let heads = LockedBox<[String]>([])
    try await withScriptedServer { connection in
        guard let first = connection.read() else { return }
        heads.withLock { $0.append(first) }
        connection.respond(body: "first")
        guard let second = connection.read() else { return }
        heads.withLock { $0.append(second) }
        fate(connection)
    } _: { server in
        try await withClient(try configuration(port: server.port)) { client in
            try await body(client, heads)
        }
    }
}

@Suite(.timeLimit(.minutes(1)))
struct RetryTests {
    @Test(arguments: [CurlRequest.Method.get, .post, .delete])
    func `a request that meets a kept connection which dies in silence is sent once more on a fresh one`(
        method: CurlRequest.Method
    ) async throws {
        try await withKeepAliveServer(fate: { $0.close() }) { client, heads in
            _ = try await client.send(request("one"))
            let answer = try await client.send(request("two", method))
            #expect(String(decoding: answer.body, as: UTF8.self) == "first")
            #expect(
                heads.withLock { $0.map { $0.prefix { $0 != " " } } } == [
                    "GET", "\(method.rawValue)", "\(method.rawValue)",
                ]
            )
        }
    }

    @Test func `a kept connection that is reset is no different`() async throws {
        try await withKeepAliveServer(fate: { $0.reset() }) { client, heads in
            _ = try await client.send(request("one"))
            _ = try await client.send(request("two", .post))
            #expect(heads.withLock { $0.count } == 3)
        }
    }

    @Test(arguments: ["H", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab"])
    func `a request is not sent again when a part of an answer came`(part: String) async throws {
        try await withKeepAliveServer(fate: {
            $0.write(part); $0.close()
        }) { client, heads in
            _ = try await client.send(request("one"))
            let error = await curlError { try await client.send(request("two", .post)) }
            #expect(error?.operation == "two")
            #expect(heads.withLock { $0.count } == 2)
        }
    }

    @Test func `a request is not sent a third time when all kept connections die`() async throws {
        let secondRequests = LockedBox(0)
        let gate = LockedBox(0)
        try await withScriptedServer { connection in
            guard connection.read() != nil else { return }
            gate.withLock { $0 += 1 }
            // All four are held until all four are there, so that there are four connections.
            while gate.withLock({ $0 }) < 4 { sched_yield() }
            connection.respond(body: "first")
            guard connection.read() != nil else { return }
            secondRequests.withLock { $0 += 1 }
        } _: { server in
            try await withClient(try configuration(port: server.port)) { client in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<4 { group.addTask { _ = try await client.send(request("one")) } }
                    try await group.waitForAll()
                }
                let answer = try await client.send(request("two", .post))
                #expect(answer.status == 200)
                #expect(secondRequests.withLock { $0 } == 1)
                #expect(server.connectionCount == 5)
            }
        }
    }

    @Test func `a first request on a fresh connection is never sent again`() async throws {
        let heads = LockedBox<[String]>([])
        try await withScriptedServer { connection in
            guard let head = connection.read() else { return }
            heads.withLock { $0.append(head) }
        } _: { server in
            try await withClient(try configuration(port: server.port)) { client in
                let error = await curlError { try await client.send(request("getX")) }
                #expect(error?.code == .closedWithoutResponse)
                #expect(heads.withLock { $0.count } == 1)
            }
        }
    }
}

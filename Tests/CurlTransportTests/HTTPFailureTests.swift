import CurlTransport
import Glibc
import Locking
import Testing

/// The error of one request to a server with this script.
private func failure(
    _ change: (inout CurlConfiguration) -> Void = { _ in },
    of request: CurlRequest = request(),
    from script: @escaping @Sendable (ScriptedConnection) -> Void
) async throws -> CurlError? {
    try await withScriptedServer(script) { server in
        var configuration = try configuration(port: server.port)
        change(&configuration)
        return try await withClient(configuration) { client in
            await curlError { try await client.send(request) }
        }
    }
}

@Suite(.timeLimit(.minutes(1)))
struct HTTPFailureTests {
    @Test func `nobody there is named so`() async throws {
        let (socket, port) = try ScriptedServer.listen()
        close(socket)
        let error = try await withClient(try configuration(port: port)) { client in
            await curlError { try await client.send(request("getX")) }
        }
        #expect(error?.code == .connectionRefused)
        #expect(error?.description == "getX: nobody listens on 127.0.0.1:\(port)")
        #expect(error?.curlCode == 7)
    }

    @Test func `a host without an address is named so`() async throws {
        var configuration = try configuration(port: 1)
        configuration.baseURL = try CurlBaseURL("https://nowhere.invalid/ari")
        let error = try await withClient(configuration) { client in
            await curlError { try await client.send(request()) }
        }
        #expect(error?.code == .hostNotResolved)
    }

    @Test func `a server that answers too late runs into the request's own time-out, which names itself`() async throws
    {
        let error = try await failure(of: request("slowOne", timeout: .milliseconds(30))) { $0.waitForClose() }
        #expect(error?.code == .requestTimeout)
        #expect(error?.description == "slowOne: no answer within 0.03 seconds")
    }

    @Test func `a server that stops in the middle of its answer runs into the client's time-out`() async throws {
        let error = try await failure {
            $0.requestTimeout = .milliseconds(40)
        } from: { connection in
            _ = connection.read()
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
            connection.waitForClose()
        }
        #expect(error?.code == .requestTimeout)
    }

    @Test func `a connection that breaks is named so`() async throws {
        let error = try await failure { connection in
            _ = connection.read()
            connection.reset()
        }
        #expect(error?.code == .connectionReset)
    }

    @Test func `half a body is an error, whatever the status`() async throws {
        let error = try await failure { connection in
            _ = connection.read()
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
        }
        #expect(error?.code == .incompleteResponse)
    }

    @Test(arguments: ["HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n"])
    func `half a head is an error`(head: String) async throws {
        let error = try await failure { connection in
            _ = connection.read()
            connection.write(head)
        }
        #expect(error?.code == .incompleteResponse)
    }

    @Test func `a chunked body that breaks off is an error`() async throws {
        let error = try await failure { connection in
            _ = connection.read()
            connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n")
        }
        #expect(error != nil)
    }

    @Test(arguments: ["SSH-2.0-OpenSSH_9.2p1\r\n", "\u{0}\u{1}\u{2}", "{}\n"])
    func `what is not HTTP is named so`(garbage: String) async throws {
        let error = try await failure { connection in
            _ = connection.read()
            connection.write(garbage)
        }
        #expect(error?.code == .notHTTP)
    }

    @Test func `an answer above the limit is refused`() async throws {
        let error = try await failure {
            $0.maximumResponseBody = 1000
        } from: { connection in
            _ = connection.read()
            connection.respond(body: String(repeating: "x", count: 1001))
            connection.waitForClose()
        }
        #expect(error?.code == .responseTooLarge)
    }

    @Test func `an endless head is refused`() async throws {
        let error = try await failure { connection in
            _ = connection.read()
            connection.write("HTTP/1.1 200 OK\r\n")
            while connection.write(Array("X-Header: \(String(repeating: "x", count: 1000))\r\n".utf8)) {}
        }
        #expect(error?.code == .responseTooLarge)
    }

    @Test func `after any failure the next request is served`() async throws {
        let count = LockedBox(0)
        try await withScriptedServer { connection in
            guard connection.read() != nil else { return }
            let number = count.withLock { count in
                count += 1
                return count
            }
            if number == 1 { return connection.reset() }
            if number == 2 { return connection.write("HTTP/1.1 2") }
            connection.respond(body: "well")
        } _: { server in
            try await withClient(try configuration(port: server.port, scheme: "http")) { client in
                #expect(await curlError { try await client.send(request()) } != nil)
                #expect(await curlError { try await client.send(request()) } != nil)
                let answer = try await client.send(request())
                #expect(answer.body == Array("well".utf8))
            }
        }
    }
}

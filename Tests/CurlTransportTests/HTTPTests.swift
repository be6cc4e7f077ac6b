import CurlTransport
import Locking
import Testing

@Suite(.timeLimit(.minutes(1)))
struct HTTPTests {
    @Test func `a request carries method, encoded path and query, credentials and no body, and no Expect`() async throws
    {
        let seen = LockedBox("")
        try await withScriptedServer { connection in
            guard let head = connection.read() else { return }
            seen.withLock { $0 = head }
            connection.respond("201 Created", body: "answer")
        } _: { server in
            let response = try await withClient(try configuration(port: server.port)) { client in
                try await client.send(
                    CurlRequest(
                        operation: "op",
                        method: .post,
                        path: ["channels", "PJSIP/1 ü?"],
                        query: [("a b", "c&d=e"), ("x", "%")]
                    )
                )
            }
            #expect(response == CurlResponse(status: 201, body: Array("answer".utf8)))
            let lines = seen.withLock { $0 }.split(separator: "\r\n").map(String.init)
            #expect(lines.first == "POST /ari/channels/PJSIP%2F1%20%C3%BC%3F?a%20b=c%26d%3De&x=%25 HTTP/1.1")
            #expect(lines.contains("Host: 127.0.0.1:\(server.port)"))
            #expect(lines.contains("Authorization: Basic ZWFyc2hvdDpzM2NyZXQmUMOkc3M9d29yZA=="))
            #expect(!lines.contains { $0.hasPrefix("Content-Type") })
            #expect(lines.contains("Content-Length: 0"))
            #expect(!lines.contains { $0.lowercased().hasPrefix("expect") })
        }
    }
}

extension HTTPTests {
    @Test(arguments: [204, 302, 401, 403, 404, 409, 422, 500, 503])
    func `any status is an answer, and redirects are not followed`(status: Int) async throws {
        try await withScriptedServer { connection in
            while connection.read() != nil {
                connection.respond("\(status) Whatever", headers: "Location: http://127.0.0.1:1/\r\n")
            }
        } _: { server in
            let response = try await withClient(try configuration(port: server.port)) { client in
                try await client.send(request())
            }
            #expect(response.status == status)
        }
    }

    @Test func `a POST has a length of 0 and no type`() async throws {
        let lines = try await lines(of: request("op", .post))
        #expect(lines.first?.hasPrefix("POST ") == true)
        #expect(lines.contains("Content-Length: 0"))
        #expect(!lines.contains { $0.hasPrefix("Content-Type") })
    }

    @Test(arguments: [CurlRequest.Method.get, .delete])
    func `a GET or DELETE carries neither length nor type`(method: CurlRequest.Method) async throws {
        let lines = try await lines(of: request("op", method))
        #expect(lines.first?.hasPrefix("\(method.rawValue) ") == true)
        #expect(!lines.contains { $0.hasPrefix("Content-") })
    }

    /// The head of a request as the server sees it.
    private func lines(of request: CurlRequest) async throws -> [String] {
        let seen = LockedBox("")
        try await withScriptedServer { connection in
            guard let head = connection.read() else { return }
            seen.withLock { $0 = head }
            connection.respond()
        } _: { server in
            _ = try await withClient(try configuration(port: server.port)) { try await $0.send(request) }
        }
        return seen.withLock { $0 }.split(separator: "\r\n").map(String.init)
    }

    @Test func `segments and dots cannot leave their place in the path`() async throws {
        var dots = request()
        dots.path = ["..", "a/../b", "", "."]
        let lines = try await lines(of: dots)
        #expect(lines.first == "GET /ari/../a%2F..%2Fb//. HTTP/1.1")
    }

    @Test func `a large answer comes whole`() async throws {
        let text = String(repeating: "0123456789", count: 100_000)
        try await withScriptedServer { connection in
            _ = connection.read()
            connection.respond(body: text)
        } _: { server in
            let response = try await withClient(try configuration(port: server.port)) { try await $0.send(request()) }
            #expect(response.body == Array(text.utf8))
        }
    }

    @Test func `many requests at a time share few connections, which are kept`() async throws {
        try await withScriptedServer { connection in
            while connection.read() != nil { connection.respond(body: "ok") }
        } _: { server in
            var configuration = try configuration(port: server.port)
            configuration.maximumConnections = 4
            try await withClient(configuration) { client in
                try await withThrowingTaskGroup(of: Int.self) { group in
                    for _ in 0..<200 { group.addTask { try await client.send(request()).status } }
                    var answers = 0
                    for try await status in group where status == 200 { answers += 1 }
                    #expect(answers == 200)
                }
            }
            #expect(server.maximumOpenCount <= 4)
            #expect(server.connectionCount <= 4)
        }
    }

    @Test func `interim answers are passed over`() async throws {
        try await withScriptedServer { connection in
            _ = connection.read()
            connection.write("HTTP/1.1 100 Continue\r\n\r\n")
            connection.respond(body: "ok")
        } _: { server in
            let response = try await withClient(try configuration(port: server.port)) { try await $0.send(request()) }
            #expect(response == CurlResponse(status: 200, body: Array("ok".utf8)))
        }
    }
}

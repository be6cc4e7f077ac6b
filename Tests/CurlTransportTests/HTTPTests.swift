import CurlTransport
import Locking
import Testing

@Suite(.timeLimit(.minutes(1)))
struct HTTPTests {
    @Test func `a request carries method, encoded path and query, credentials and JSON, and no Expect`() async throws {
        let seen = LockedBox("")
        try await withScriptedServer { connection in
            guard let head = connection.read(), let body = connection.read(2) else { return }
            seen.withLock { $0 = head + String(decoding: body, as: UTF8.self) }
            connection.respond("201 Created", body: "answer")
        } _: { server in
            let response = try await withClient(try configuration(port: server.port)) { client in
                try await client.send(
                    CurlRequest(
                        operation: "op",
                        method: .post,
                        path: ["channels", "PJSIP/1 ü?"],
                        query: [("a b", "c&d=e"), ("x", "%")],
                        body: Array("{}".utf8)
                    )
                )
            }
            #expect(response == CurlResponse(status: 201, body: Array("answer".utf8)))
            let lines = seen.withLock { $0 }.split(separator: "\r\n").map(String.init)
            #expect(lines.first == "POST /ari/channels/PJSIP%2F1%20%C3%BC%3F?a%20b=c%26d%3De&x=%25 HTTP/1.1")
            #expect(lines.contains("Host: 127.0.0.1:\(server.port)"))
            #expect(lines.contains("Authorization: Basic ZWFyc2hvdDpzM2NyZXQmUMOkc3M9d29yZA=="))
            #expect(lines.contains("Content-Type: application/json"))
            #expect(lines.contains("Content-Length: 2"))
            #expect(!lines.contains { $0.lowercased().hasPrefix("expect") })
            #expect(lines.last == "{}")
        }
    }
}

import InMemoryLogging
import Locking
import Logging
import Testing
import WebSocketFraming

@testable import CurlTransport

@Suite(.timeLimit(.minutes(1)))
struct SecretTests {
    /// All forms in which the tests' credentials could appear.
    private let secrets = [testPassword, "ZWFyc2hvdDpzM2NyZXQmUMOkc3M9d29yZA==", "query-secret"]

    private func expectNoSecret(in value: Any) {
        var dumped = ""
        dump(value, to: &dumped)
        for text in ["\(value)", String(reflecting: value), dumped] {
            for secret in secrets { #expect(!text.contains(secret), "\(text)") }
        }
    }

    @Test func `a secret shows itself to nobody but reveal`() throws {
        let secret = Secret(testPassword)
        #expect("\(secret)" == "<redacted>")
        expectNoSecret(in: secret)
        expectNoSecret(in: try configuration(port: 1))
        #expect(secret.reveal() == testPassword)
    }

    @Test(arguments: ["401 No", "500 No", "200 OK"])
    func `a server that repeats the request in its refusal does not put the password into the error`(
        status: String
    ) async throws {
        let error = try await errorOfUpgrade { connection in
            guard let head = connection.read() else { return }
            connection.respond(status, body: "\(testPassword) \(head)")
            connection.waitForClose()
        }
        #expect(error?.serverText?.contains("<redacted>") == true)
        #expect(error?.serverText?.contains("\n") == false)
        expectNoSecret(in: try #require(error))
    }

    @Test func `a CLOSE whose reason is the password does not put it into the error`() async throws {
        let error = try await errorOfUpgrade { connection in
            connection.upgrade()
            let close = WebSocketClose(code: .internalError, reason: "no \(testPassword)\u{1B}[31m\nred")
            connection.write(WebSocketFrame(opcode: .close, payload: close.encoded))
            connection.waitForClose()
        }
        #expect(error?.serverText == "no <redacted> [31m red")
        expectNoSecret(in: try #require(error))
    }

    private func errorOfUpgrade(_ script: @escaping @Sendable (ScriptedConnection) -> Void) async throws -> CurlError? {
        try await withScriptedServer(script) { server in
            try await withClient(try configuration(port: server.port)) { client in
                await curlError { try await client.withWebSocket(events) { for try await _ in $0 {} } }
            }
        }
    }

    @Test func `no failure and no log line of a request holds credentials or a query`() async throws {
        let handler = InMemoryLogHandler()
        let logger = Logger(label: "test") { _ in
            var handler = handler
            handler.logLevel = .trace
            return handler
        }
        let count = LockedBox(0)
        try await withScriptedServer { connection in
            while connection.read() != nil {
                let number = count.withLock { count in
                    count += 1
                    return count
                }
                // The second request on the connection meets its end, and is sent again.
                if number == 2 { return }
                if number == 4 { return connection.write("HTTP/1.1 2") }
                connection.respond(body: "ok")
            }
        } _: { server in
            try await withClient(try configuration(port: server.port), logger: logger) { client in
                var secret = request()
                secret.query = [("api_key", "query-secret")]
                for _ in 0..<2 { _ = try await client.send(secret) }
                let error = await curlError { try await client.send(secret) }
                expectNoSecret(in: try #require(error))
            }
        }
        #expect(handler.entries.contains { "\($0.message)".contains("sent again") })
        for entry in handler.entries { expectNoSecret(in: "\(entry.message) \(entry.metadata)") }
    }
}

import Glibc
import Locking
import Testing
import WebSocketFraming

@testable import CurlTransport

@Suite(.timeLimit(.minutes(1)))
struct WebSocketFailureTests {
    @Test(
        arguments: [
            (401, .unauthorized), (403, .forbidden), (404, .notFound), (400, .upgradeRefused), (503, .upgradeRefused),
            (200, .upgradeRefused), (302, .upgradeRefused),
        ] as [(Int, CurlError.Code)]
    )
    func `a refused upgrade names its status and what the server said`(status: Int, code: CurlError.Code) async throws {
        let result = try await collect { connection in
            _ = connection.read()
            connection.respond("\(status) Whatever", body: #"{"message":"no"}"#)
            connection.waitForClose()
        }
        #expect(result.error?.code == code)
        #expect(result.error?.status == status)
        #expect(result.error?.serverText == #"{"message":"no"}"#)
    }

    @Test func `a refusal whose body never comes is still a refusal`() async throws {
        let result = try await collect {
            $0.webSocket.handshakeTimeout = .seconds(3)
        } from: { connection in
            _ = connection.read()
            connection.write("HTTP/1.1 401 Unauthorized\r\nContent-Length: 100\r\n\r\nhalf")
            connection.waitForClose()
        }
        #expect(result.error?.code == .unauthorized)
        #expect(result.error?.serverText == "half")
    }

    @Test func `a wrong accept value is refused`() async throws {
        let result = try await collect { connection in
            _ = connection.read()
            connection.write(ScriptedConnection.agreement("another key"))
            connection.waitForClose()
        }
        #expect(result.error?.code == .handshakeInvalid)
        #expect(result.error?.underlying as? WebSocketHandshakeError == .acceptMismatch)
    }

    @Test func `a server that does not speak HTTP is told from its first bytes`() async throws {
        let result = try await collect { connection in
            connection.write("SSH-2.0-OpenSSH_9.2p1")
            connection.waitForClose()
        }
        #expect(result.error?.code == .notHTTP)
    }

    @Test func `a server that closes instead of answering is named so`() async throws {
        let result = try await collect { connection in
            _ = connection.read()
        }
        #expect(result.error?.code == .closedWithoutResponse)
    }

    @Test func `a server that never answers the upgrade runs into the handshake's time-out`() async throws {
        let result = try await collect {
            $0.webSocket.handshakeTimeout = .milliseconds(50)
        } from: { connection in
            connection.waitForClose()
        }
        #expect(result.error?.code == .handshakeTimeout)
        #expect(result.error?.description.contains("0.05 seconds") == true)
    }

    @Test func `nobody there is named so`() async throws {
        let (socket, port) = try ScriptedServer.listen()
        close(socket)
        let error = try await withClient(try configuration(port: port)) { client in
            await curlError { try await client.withWebSocket(events) { _ in } }
        }
        #expect(error?.code == .connectionRefused)
        #expect(error?.operation == "events")
    }

    @Test(arguments: [1002, 1008, 1011, 1012, 3000, 4999] as [UInt16])
    func `another close code than 1000 and 1001 is an error that carries it`(code: UInt16) async throws {
        let result = try await collect { connection in
            connection.upgrade()
            connection.writeText("before")
            let close = WebSocketClose(code: .init(rawValue: code), reason: "because")
            connection.write(WebSocketFrame(opcode: .close, payload: close.encoded))
            connection.waitForClose()
        }
        #expect(result.texts == ["before"])
        #expect(result.error?.code == .webSocketClosed)
        #expect(result.error?.closeCode == code)
        #expect(result.error?.serverText == "because")
    }

    @Test func `a CLOSE without a code is 1005`() async throws {
        let result = try await collect { connection in
            connection.upgrade()
            connection.write(WebSocketFrame(opcode: .close))
            connection.waitForClose()
        }
        #expect(result.error?.code == .webSocketClosed)
        #expect(result.error?.closeCode == 1005)
    }

    @Test(arguments: [false, true])
    func `a connection that ends without a CLOSE is lost, after what came before`(byReset: Bool) async throws {
        let result = try await collect { connection in
            connection.upgrade()
            connection.writeText("before")
            if byReset {
                connection.write(WebSocketFrame(opcode: .ping))
                // The client has read all that was sent when it has answered.
                _ = connection.readFrame()
                connection.reset()
            }
        }
        #expect(result.texts == ["before"])
        #expect(result.error?.code == .webSocketLost)
        #expect(result.error?.closeCode == 1006)
    }

    @Test func `a server that breaks the protocol is told with 1002`() async throws {
        let close = LockedBox<WebSocketFrame?>(nil)
        let result = try await collect { connection in
            connection.upgrade()
            connection.writeText("before")
            connection.write([0xC1, 0x00])
            let frame = connection.readFrame()
            close.withLock { $0 = frame }
        }
        #expect(result.texts == ["before"])
        #expect(result.error?.code == .protocolError)
        #expect(result.error?.underlying as? WebSocketProtocolError == .reservedBitsSet)
        #expect(close.withLock { $0 } == WebSocketFrame(opcode: .close, payload: [0x03, 0xEA]))
    }

    @Test func `a binary message is refused with 1003`() async throws {
        let close = LockedBox<WebSocketFrame?>(nil)
        let result = try await collect { connection in
            connection.upgrade()
            connection.write(WebSocketFrame(opcode: .binary, payload: [0]))
            let frame = connection.readFrame()
            close.withLock { $0 = frame }
        }
        #expect(result.error?.code == .unsupportedData)
        #expect(close.withLock { $0?.payload } == [0x03, 0xEB])
    }

    @Test func `a message above the limit is refused with 1009 before its payload has come`() async throws {
        let close = LockedBox<WebSocketFrame?>(nil)
        let result = try await collect {
            $0.webSocket.maximumMessage = 1000
        } from: { connection in
            connection.upgrade()
            connection.write([0x81, 126, 0x03, 0xE9])
            let frame = connection.readFrame()
            close.withLock { $0 = frame }
        }
        #expect(result.error?.underlying as? WebSocketProtocolError == .frameTooLarge(1001))
        #expect(close.withLock { $0?.payload } == [0x03, 0xF1])
    }

    @Test func `a server that never answers a PING is lost`() async throws {
        let result = try await collect {
            $0.webSocket.pingInterval = .milliseconds(5)
            $0.webSocket.pongTimeout = .milliseconds(20)
        } from: { connection in
            connection.upgrade()
            connection.writeText("before")
            connection.waitForClose()
        }
        #expect(result.texts == ["before"])
        #expect(result.error?.code == .pongTimeout)
    }

    @Test func `a PONG that answers another question does not count`() async throws {
        let result = try await collect {
            $0.webSocket.pingInterval = .milliseconds(5)
            $0.webSocket.pongTimeout = .milliseconds(20)
        } from: { connection in
            connection.upgrade()
            guard connection.readFrame()?.opcode == .ping else { return }
            connection.write(WebSocketFrame(opcode: .pong, payload: Array("something else".utf8)))
            connection.waitForClose()
        }
        #expect(result.error?.code == .pongTimeout)
    }

    @Test func `messages that nobody reads in time end in an overflow, after those that fitted`() async throws {
        let closed = LockedBox<WebSocketFrame?>(nil)
        try await withScriptedServer { connection in
            connection.upgrade()
            for index in 0..<11 { connection.writeText("\(index)") }
            let frame = connection.readFrame()
            closed.withLock { $0 = frame }
        } _: { server in
            var configuration = try configuration(port: server.port)
            configuration.webSocket.maximumBufferedMessages = 10
            try await withClient(configuration) { client in
                let error = await curlError {
                    try await client.withWebSocket(events) { messages in
                        // Nothing is read until the server has seen the CLOSE.
                        while closed.withLock({ $0 }) == nil { await Task.yield() }
                        var texts: [String] = []
                        do {
                            for try await batch in messages {
                                texts += batch.map { String(decoding: $0, as: UTF8.self) }
                            }
                        } catch {
                            #expect(texts == (0..<10).map { "\($0)" })
                            throw error
                        }
                    }
                }
                #expect(error?.code == .overflow)
            }
        }
        #expect(closed.withLock { $0?.payload } == [0x03, 0xF0])
    }

    @Test func `a server that sends PINGs and reads nothing is given up`() async throws {
        let result = try await collect {
            $0.webSocket.maximumUnsentBytes = 64 * 1024
        } from: { connection in
            connection.upgrade()
            let ping = serverFrame(WebSocketFrame(opcode: .ping, payload: Array(repeating: 1, count: 125)))
            let block = Array(repeatElement(ping, count: 1000).joined())
            // Until the client closes, which fails the write.
            while connection.write(block) {}
        }
        #expect(result.error?.code == .serverDoesNotRead)
    }
}

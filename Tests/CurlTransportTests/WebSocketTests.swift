import Locking
import Testing
import WebSocketFraming

@testable import CurlTransport

let events = CurlWebSocketRequest(operation: "events", path: ["events"], query: [("app", "ear shot")])

/// All messages until the sequence ends; what it throws is thrown.
func all(_ messages: AsyncThrowingStream<[[UInt8]], any Error>) async throws -> [String] {
    var texts: [String] = []
    for try await batch in messages { texts += batch.map { String(decoding: $0, as: UTF8.self) } }
    return texts
}

/// Opens a WebSocket to a server with this script and collects what comes until it ends.
///
/// - Returns: the messages, and the error behind them.
func collect(
    _ change: (inout CurlConfiguration) -> Void = { _ in },
    from script: @escaping @Sendable (ScriptedConnection) -> Void
) async throws -> (texts: [String], error: CurlError?) {
    try await withScriptedServer(script) { server in
        var configuration = try configuration(port: server.port)
        change(&configuration)
        return try await withClient(configuration) { client in
            var texts: [String] = []
            do {
                try await client.withWebSocket(events) { messages in
                    for try await batch in messages { texts += batch.map { String(decoding: $0, as: UTF8.self) } }
                }
                return (texts, nil)
            } catch let error as CurlError {
                return (texts, error)
            }
        }
    }
}

@Suite(.timeLimit(.minutes(1)))
struct WebSocketTests {
    @Test func `the upgrade request carries path, query, credentials and a fresh key`() async throws {
        let heads = LockedBox<[String]>([])
        try await withScriptedServer { connection in
            guard let head = connection.upgrade() else { return }
            heads.withLock { $0.append(head) }
            connection.serveUntilClose()
        } _: { server in
            try await withClient(try configuration(port: server.port)) { client in
                try await client.withWebSocket(events) { _ in }
                try await client.withWebSocket(events) { _ in }
            }
            let heads = heads.withLock { $0 }
            let lines = heads.first?.split(separator: "\r\n").map(String.init) ?? []
            #expect(lines.first == "GET /ari/events?app=ear%20shot HTTP/1.1")
            #expect(lines.contains("Host: 127.0.0.1:\(server.port)"))
            #expect(lines.contains("Authorization: Basic ZWFyc2hvdDpzM2NyZXQmUMOkc3M9d29yZA=="))
            #expect(lines.contains("Sec-WebSocket-Version: 13"))
            let keys = heads.compactMap(ScriptedConnection.key)
            #expect(keys.count == 2)
            #expect(Set(keys).count == 2)
            #expect(keys.allSatisfy { $0.utf8.count == 24 })
        }
    }

    @Test(arguments: [1000, 1001] as [UInt16])
    func `messages come in order, and the sequence ends when the server closes in order`(code: UInt16) async throws {
        let answer = LockedBox<WebSocketFrame?>(nil)
        let result = try await collect { connection in
            connection.upgrade()
            for index in 0..<100 { connection.writeText("message \(index)") }
            let close = WebSocketClose(code: .init(rawValue: code), reason: "bye")
            connection.write(WebSocketFrame(opcode: .close, payload: close.encoded))
            let frame = connection.readFrame()
            answer.withLock { $0 = frame }
        }
        #expect(result.texts == (0..<100).map { "message \($0)" })
        #expect(result.error == nil)
        #expect(answer.withLock { $0?.opcode } == .close)
        #expect(answer.withLock { $0?.payload } == [UInt8(code >> 8), UInt8(code & 0xFF)])
    }

    @Test func `frames that come together with the 101 are delivered`() async throws {
        let result = try await collect { connection in
            connection.upgrade(together: serverFrame(WebSocketFrame(opcode: .text, payload: Array("early".utf8))))
            connection.write(WebSocketFrame(opcode: .close, payload: [0x03, 0xE8]))
            connection.waitForClose()
        }
        #expect(result.texts == ["early"])
    }

    @Test func `a message of 300 kB comes whole`() async throws {
        let text = String(repeating: "0123456789", count: 30_000)
        let result = try await collect { connection in
            connection.upgrade()
            connection.writeText(text)
            connection.write(WebSocketFrame(opcode: .close, payload: [0x03, 0xE8]))
            connection.waitForClose()
        }
        #expect(result.texts == [text])
    }

    @Test func `fragments become one message, with a PING answered in between`() async throws {
        let pong = LockedBox<WebSocketFrame?>(nil)
        let result = try await collect { connection in
            connection.upgrade()
            connection.write(
                WebSocketFrame(isFinal: false, opcode: .text, payload: Array("gr".utf8) + [0xC3]),
                WebSocketFrame(opcode: .ping, payload: [1, 2, 3]),
                WebSocketFrame(isFinal: false, opcode: .continuation, payload: [0xBC]),
                WebSocketFrame(opcode: .continuation)
            )
            let frame = connection.readFrame()
            pong.withLock { $0 = frame }
            connection.write(WebSocketFrame(opcode: .close, payload: [0x03, 0xE8]))
            connection.waitForClose()
        }
        #expect(result.texts == ["grü"])
        #expect(pong.withLock { $0 } == WebSocketFrame(opcode: .pong, payload: [1, 2, 3]))
    }

    @Test func `leaving the scope closes with 1000`() async throws {
        let close = LockedBox<WebSocketFrame?>(nil)
        let result = try await withScriptedServer { connection in
            connection.upgrade()
            connection.writeText("one")
            let frame = connection.serveUntilClose()
            close.withLock { $0 = frame }
        } _: { server in
            try await withClient(try configuration(port: server.port)) { client in
                try await client.withWebSocket(events) { messages in
                    var iterator = messages.makeAsyncIterator()
                    return try await iterator.next()
                }
            }
        }
        #expect(result == [Array("one".utf8)])
        #expect(close.withLock { $0 } == WebSocketFrame(opcode: .close, payload: [0x03, 0xE8]))
    }

    @Test func `the body's own error comes through, and the WebSocket is closed`() async throws {
        struct OwnError: Error {}
        let close = LockedBox<WebSocketFrame?>(nil)
        try await withScriptedServer { connection in
            connection.upgrade()
            let frame = connection.serveUntilClose()
            close.withLock { $0 = frame }
        } _: { server in
            try await withClient(try configuration(port: server.port)) { client in
                _ = await #expect(throws: OwnError.self) {
                    try await client.withWebSocket(events) { _ in throw OwnError() }
                }
            }
        }
        #expect(close.withLock { $0?.payload } == [0x03, 0xE8])
    }

    @Test func `a server that ignores our CLOSE does not hold us`() async throws {
        try await withScriptedServer { connection in
            connection.upgrade()
            connection.waitForClose()
        } _: { server in
            var configuration = try configuration(port: server.port)
            configuration.webSocket.closeTimeout = .milliseconds(20)
            try await withClient(configuration) { client in
                try await client.withWebSocket(events) { _ in }
            }
        }
    }

    @Test func `the server is asked again and again whether it is there, each time with a fresh mask`() async throws {
        let result = try await collect {
            $0.webSocket.pingInterval = .milliseconds(5)
        } from: { connection in
            connection.upgrade()
            for _ in 0..<5 {
                guard let ping = connection.readFrame(), ping.opcode == .ping else { return }
                connection.write(WebSocketFrame(opcode: .pong, payload: ping.payload))
            }
            connection.writeText("five pings")
            connection.write(WebSocketFrame(opcode: .close, payload: [0x03, 0xE8]))
            connection.waitForClose()
        }
        #expect(result.texts == ["five pings"])
        #expect(result.error == nil)
    }

    @Test func `masks differ from frame to frame`() async throws {
        let masks = LockedBox<[[UInt8]]>([])
        _ = try await collect { connection in
            connection.upgrade()
            for _ in 0..<8 {
                connection.write(WebSocketFrame(opcode: .ping))
                guard let pong = connection.read(6), pong[0] == 0x8A, pong[1] == 0x80 else { return }
                masks.withLock { $0.append(Array(pong[2...])) }
            }
            connection.write(WebSocketFrame(opcode: .close, payload: [0x03, 0xE8]))
            connection.waitForClose()
        }
        #expect(masks.withLock { $0.count } == 8)
        #expect(Set(masks.withLock { $0 }).count == 8)
    }

    @Test func `requests and a WebSocket go on beside each other, within one connection limit each`() async throws {
        try await withScriptedServer { connection in
            guard let head = connection.read() else { return }
            if let key = ScriptedConnection.key(of: head) {
                connection.write(ScriptedConnection.agreement(key))
                connection.serveUntilClose()
            } else {
                repeat { connection.respond(body: "ok") } while connection.read() != nil
            }
        } _: { server in
            var configuration = try configuration(port: server.port)
            configuration.maximumConnections = 1
            try await withClient(configuration) { client in
                try await client.withWebSocket(events) { _ in
                    for _ in 0..<10 {
                        let answer = try await client.send(request())
                        #expect(answer.status == 200)
                    }
                }
            }
            #expect(server.connectionCount == 2)
        }
    }
}

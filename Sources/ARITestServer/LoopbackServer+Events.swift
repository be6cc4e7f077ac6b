import NIOCore
import NIOWebSocket

extension LoopbackServer {
    typealias EventWriter = NIOAsyncChannelOutboundWriter<WebSocketFrame>

    /// Writes an application's events until either side closes the WebSocket.
    static func deliverEvents(
        of application: String,
        on channel: EventChannel,
        _ asterisk: LoopbackAsterisk
    ) async throws {
        try await channel.executeThenClose { frames, writer in
            let (id, news) = await asterisk.connect(application)
            do {
                try await converse(frames, writer) { try await write(news, of: id, to: writer, asterisk) }
            } catch {
                await asterisk.disconnect(id)
                throw error
            }
            await asterisk.disconnect(id)
        }
    }

    /// Answers what the client sends and writes what Asterisk sends; whichever ends first ends the other one.
    private static func converse(
        _ frames: NIOAsyncChannelInboundStream<WebSocketFrame>,
        _ writer: EventWriter,
        _ writeEvents: @escaping @Sendable () async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await answer(frames, writer) }
            group.addTask { try await writeEvents() }
            try await group.next()
            group.cancelAll()
        }
    }

    /// Writes events in the order in which they happened. NIO lets this wait for as long as the socket takes nothing.
    private static func write(
        _ news: AsyncStream<Void>,
        of id: Int,
        to writer: EventWriter,
        _ asterisk: LoopbackAsterisk
    ) async throws {
        var waited = Duration.zero
        for await _ in news {
            let events = await asterisk.takeEvents(of: id, afterWaiting: waited)
            let start = ContinuousClock.now
            try await writer.write(contentsOf: events.map(frame))
            waited = ContinuousClock.now - start
        }
    }

    private static func frame(of event: [UInt8]) -> WebSocketFrame {
        WebSocketFrame(fin: true, opcode: .text, data: ByteBuffer(bytes: event))
    }

    /// Answers pings, and the client's farewell, which ends it.
    private static func answer(
        _ frames: NIOAsyncChannelInboundStream<WebSocketFrame>,
        _ writer: EventWriter
    ) async throws {
        for try await frame in frames {
            switch frame.opcode {
            case .ping:
                try await writer.write(WebSocketFrame(fin: true, opcode: .pong, data: frame.unmaskedData))
            case .connectionClose:
                try await writer.write(WebSocketFrame(fin: true, opcode: .connectionClose, data: frame.unmaskedData))
                return
            default:
                break
            }
        }
    }
}

import ARI
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOWebSocket

/// A small Asterisk on loopback: real HTTP and a real WebSocket in front of a ``LoopbackAsterisk``.
///
/// Whoever asks is let in: user and password are not looked at.
package enum LoopbackServer {
    /// What a connection has turned out to be.
    enum Conversation: Sendable {
        case requests(RequestChannel)
        case events(EventChannel, application: String)
    }

    typealias RequestChannel = NIOAsyncChannel<HTTPServerRequestPart, HTTPPart<HTTPResponseHead, ByteBuffer>>
    typealias EventChannel = NIOAsyncChannel<WebSocketFrame, WebSocketFrame>
    private typealias Listener = NIOAsyncChannel<EventLoopFuture<Conversation>, Never>

    /// The server could not be started.
    package struct NoPort: Error {}

    /// Serves the Asterisk for as long as `body` runs, at a port that is free.
    ///
    /// - Parameter body: is told ARI's base URL, such as `http://127.0.0.1:40123/ari`.
    /// - Throws: what `body` throws, and the system's errors.
    package static func whileServing<Result: Sendable>(
        _ asterisk: LoopbackAsterisk,
        _ body: (_ url: String) async throws -> Result
    ) async throws -> Result {
        let listener = try await listen()
        guard let port = listener.channel.localAddress?.port else { throw NoPort() }
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await accept(listener, asterisk) }
            defer { group.cancelAll() }
            return try await body("http://127.0.0.1:\(port)/ari")
        }
    }

    private static func listen() async throws -> Listener {
        try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 256)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.writeBufferWaterMark, value: .init(low: 64 * 1024, high: 256 * 1024))
            .bind(host: "127.0.0.1", port: 0) { channel in
                channel.eventLoop.makeCompletedFuture { try configure(channel) }
            }
    }

    private static func accept(_ listener: Listener, _ asterisk: LoopbackAsterisk) async throws {
        try await withThrowingDiscardingTaskGroup { group in
            try await listener.executeThenClose { connections in
                for try await connection in connections {
                    group.addTask { await serve(connection, asterisk) }
                }
            }
        }
    }

    private static func serve(_ connection: EventLoopFuture<Conversation>, _ asterisk: LoopbackAsterisk) async {
        do {
            switch try await connection.get() {
            case .requests(let channel): try await answerRequests(on: channel, asterisk)
            case .events(let channel, let application): try await deliverEvents(of: application, on: channel, asterisk)
            }
        } catch {
            // The connection was broken, or the server is being stopped. The client sees that for itself.
        }
    }

    // MARK: - What NIO has to be told

    private static func configure(_ channel: any NIOCore.Channel) throws -> EventLoopFuture<Conversation> {
        let upgrader = NIOTypedWebSocketServerUpgrader<Conversation>(
            shouldUpgrade: { channel, head in
                channel.eventLoop.makeSucceededFuture(application(of: head) == nil ? nil : HTTPHeaders())
            },
            upgradePipelineHandler: { channel, head in
                channel.eventLoop.makeCompletedFuture {
                    let events = try EventChannel(wrappingChannelSynchronously: channel)
                    return .events(events, application: application(of: head) ?? "")
                }
            }
        )
        let upgrades = NIOTypedHTTPServerUpgradeConfiguration(
            upgraders: [upgrader],
            notUpgradingCompletionHandler: { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(ResponseBodies())
                    return .requests(try RequestChannel(wrappingChannelSynchronously: channel))
                }
            }
        )
        return try channel.pipeline.syncOperations.configureUpgradableHTTPServerPipeline(
            configuration: .init(upgradeConfiguration: upgrades)
        )
    }

    /// The application whose events are asked for; nil if something else is.
    private static func application(of head: HTTPRequestHead) -> String? {
        let target = RequestTarget(head.uri)
        return target.path == ["ari", "events"] ? target["app"] : nil
    }
}

/// Turns bodies into what NIO's HTTP encoder takes, which cannot be passed between tasks.
private final class ResponseBodies: ChannelOutboundHandler {
    typealias OutboundIn = HTTPPart<HTTPResponseHead, ByteBuffer>
    typealias OutboundOut = HTTPServerResponsePart

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let part: HTTPServerResponsePart =
            switch Self.unwrapOutboundIn(data) {
            case .head(let head): .head(head)
            case .body(let body): .body(.byteBuffer(body))
            case .end(let trailers): .end(trailers)
            }
        context.write(Self.wrapOutboundOut(part), promise: promise)
    }
}

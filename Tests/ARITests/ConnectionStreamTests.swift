import ARI
import ARITestSupport
import Logging
import Testing

/// What comes over the WebSocket, and a receiver that is too slow for it.
@Suite(.timeLimit(.minutes(1)))
struct ConnectionStreamTests {
    @Test func `a message that cannot be read is reported, logged, and ends nothing`() async throws {
        let asterisk = InMemoryAsterisk(AsteriskWorld(extensions: ["300"]))
        var harness = ConnectionHarness(asterisk)
        let (lines, feed) = AsyncStream<String>.makeStream()
        harness.logger = Logger(label: "test", factory: { _ in LineHandler(feed: feed) })
        try await harness.run { updates in
            #expect(await updates.next() == "connected 1")
            await asterisk.deliver(Array(#"{"type":"StasisEnd"}"#.utf8), to: "earshot")
            #expect(await updates.next() == "event undecodable")
            await asterisk.change { _ = $0.dial(from: "300", "*91101") }
            #expect(await updates.next() == "event StasisStart")
        }
        var iterator = lines.makeAsyncIterator()
        let line = await iterator.next()
        #expect(line == "event cannot be read: ari.app=earshot ari.event=StasisEnd error=field channel is missing")
    }

    @Test func `what comes while the receiver stands still waits, in order`() async throws {
        let asterisk = InMemoryAsterisk(AsteriskWorld(extensions: ["300"]))
        let connection = ConnectionHarness(asterisk).connection()
        let (events, feed) = AsyncStream<String>.makeStream()
        let run = Task {
            try await connection.run { updates in
                for update in updates {
                    switch update {
                    case .connected:
                        for _ in 1...100 { await asterisk.deliver(Array("{}".utf8), to: "earshot") }
                        await asterisk.change { _ = $0.dial(from: "300", "*91101") }
                    case .event(let event):
                        feed.yield(event.metricLabel)
                        if case .stasisStart = event { feed.finish() }
                    case .disconnected: break
                    }
                }
            }
        }
        let received = await events.reduce(into: []) { $0.append($1) }
        run.cancel()
        #expect(received == Array(repeating: "undecodable", count: 100) + ["StasisStart"])
    }

    @Test func `a transport that has too much to keep is a connection that is made again`() async throws {
        let asterisk = InMemoryAsterisk()
        try await ConnectionHarness(asterisk).run { updates in
            #expect(await updates.next() == "connected 1")
            await asterisk.dropConnection(with: ARITransportError(.overflowed, "too fast"))
            #expect(await updates.next().hasPrefix("disconnected overflowed, was connected"))
        }
    }
}

/// Gives every warning to a test, as one line.
private struct LineHandler: LogHandler {
    let feed: AsyncStream<String>.Continuation
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level = .warning

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let fields = (event.metadata ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        feed.yield("\(event.message): \(fields.joined(separator: " "))")
    }
}

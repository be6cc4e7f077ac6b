import ARI
import ARITestSupport
import Logging

/// Runs an `ARIEventConnection` against an Asterisk in memory and hands its updates to a test, one by one.
struct ConnectionHarness {
    let asterisk: InMemoryAsterisk
    let clock = ManualClock()
    var policy = ReconnectPolicy(jitter: 0)
    var random: @Sendable () -> UInt64 = { 7 }
    var logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

    init(_ asterisk: InMemoryAsterisk = InMemoryAsterisk()) {
        self.asterisk = asterisk
    }

    /// The connection, as the service would make it.
    func connection() -> ARIEventConnection {
        ARIEventConnection(
            client: ARIClient(transport: asterisk),
            application: "earshot",
            policy: policy,
            clock: clock,
            random: random,
            logger: logger
        )
    }

    /// Runs the connection while `body` looks at its updates, and cancels it afterwards.
    ///
    /// - Returns: what `run` threw; nil if it was the cancellation.
    @discardableResult
    func run(_ body: (inout Updates) async throws -> Void) async throws -> ARIError? {
        let (stream, feed) = AsyncStream<ARIConnectionUpdate>.makeStream()
        let connection = connection()
        return try await withThrowingTaskGroup(of: ARIError?.self) { group in
            group.addTask {
                defer { feed.finish() }
                do {
                    try await connection.run { for update in $0 { feed.yield(update) } }
                } catch let error as ARIError {
                    return error
                } catch is CancellationError {
                    return nil
                }
                return nil
            }
            var updates = Updates(iterator: stream.makeAsyncIterator())
            try await body(&updates)
            group.cancelAll()
            return try await group.next() ?? nil
        }
    }
}

/// The updates of a connection, as short texts.
struct Updates {
    fileprivate var iterator: AsyncStream<ARIConnectionUpdate>.Iterator

    /// The next update: `connected 1`, `event StasisStart`, `disconnected timeout, was connected, retry in 100 ms`.
    mutating func next() async -> String {
        switch await iterator.next(isolation: #isolation) {
        case .connected(let number): "connected \(number)"
        case .event(let event): "event \(event.metricLabel)"
        case .disconnected(let end): Self.text(end)
        case nil: "over"
        }
    }

    private static func text(_ end: ARIConnectionUpdate.Disconnection) -> String {
        let state = end.wasConnected ? "was connected" : "was not connected"
        let retry = end.retryAfter.map { "retry in \(Int($0 / .milliseconds(1))) ms" } ?? "no retry"
        return "disconnected \(end.cause.code), \(state), \(retry)"
    }
}

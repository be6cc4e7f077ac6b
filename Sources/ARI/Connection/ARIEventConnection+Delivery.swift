import Logging

/// What is known of one connection while it lives, and afterwards.
struct ConnectionLife {
    /// True from the echo on: `connected` was reported.
    var isActive = false
    /// True if it worked for so long that its end is a new trouble, not the old one again.
    var wasStable = false
}

extension ARIEventConnection {
    private typealias Messages = AsyncStream<[UInt8]>

    /// Delivers the messages of one open WebSocket.
    ///
    /// The messages are taken from the transport by a task of their own, so that Asterisk, which drops a connection
    /// that is not read for 100 ms, never waits for `receive`.
    func deliver(
        _ messages: AsyncThrowingStream<[UInt8], any Error>,
        number: Int,
        life: inout ConnectionLife,
        _ receive: (ARIConnectionUpdate) async -> Void
    ) async throws {
        let (buffer, feed) = Messages.makeStream(bufferingPolicy: .bufferingOldest(limit))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await pump(messages, into: feed) }
            var events = EventReader(buffer: buffer, application: application, echo: echoName())
            if let early = try await awaitEcho(&events, feed) {
                life.isActive = true
                let age = stopwatch(clock)
                defer { life.wasStable = age() >= policy.stableAfter }
                logger.debug(
                    "connection of events is active",
                    metadata: Logger.Metadata([.application: application, .connection: "\(number)"])
                )
                await receive(.connected(number: number))
                for event in early { await deliver(event, receive) }
                while let event = try await events.next() {
                    if !events.isEcho(event) { await deliver(event, receive) }
                }
            }
            // Here the buffer has ended, because the pump has. It throws what broke the connection.
            try await group.next()
        }
    }

    private func deliver(_ event: ARIEvent, _ receive: (ARIConnectionUpdate) async -> Void) async {
        if case .undecodable(let type, let reason) = event {
            logger.warning(
                "event cannot be read",
                metadata: Logger.Metadata([.application: application, .event: type ?? "?", .error: reason])
            )
        }
        await receive(.event(event))
    }

    /// Takes the transport's messages. Returns when Asterisk closed the WebSocket or the task was cancelled.
    private func pump(
        _ messages: AsyncThrowingStream<[UInt8], any Error>,
        into feed: Messages.Continuation
    ) async throws {
        defer { feed.finish() }
        for try await message in messages {
            if case .dropped = feed.yield(message) {
                logger.warning(
                    "events come faster than they are handled",
                    metadata: Logger.Metadata([.application: application])
                )
                throw ARIError(.overflowed, operation: ARIOperation.events.name)
            }
        }
    }

    /// Asks for the echo and waits for it.
    ///
    /// - Returns: the events that came before it; nil if the buffer ended first.
    /// - Throws: `ARIError`: the echo could not be asked for, did not come, or the name was taken.
    private func awaitEcho(_ events: inout EventReader, _ feed: Messages.Continuation) async throws -> [ARIEvent]? {
        let echo = events.echo
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                do {
                    try await askForEcho(echo)
                } catch {
                    feed.finish()  // Wakes the reader below.
                    throw error
                }
            }
            var early: [ARIEvent] = []
            while let event = try await events.next() {
                if events.isEcho(event) {
                    group.cancelAll()
                    return early
                }
                early.append(event)
                if early.count > limit {
                    throw ARIError(.overflowed, operation: ARIOperation.events.name)
                }
            }
            group.cancelAll()
            try await group.next()
            return nil
        }
    }

    /// Asks for the echo until cancelled: more than once, because Asterisk registers the application only after it has
    /// answered the WebSocket's request, and what it is asked before that is refused (404) or lost.
    ///
    /// - Throws: `ARIError`, `notActive` if the time is over.
    private func askForEcho(_ echo: String) async throws {
        var waited: Duration = .zero
        var wait: Duration = .milliseconds(50)
        do {
            while waited < policy.proofTimeout {
                do {
                    try await client.within(policy.proofTimeout).emitUserEvent(echo, application: application)
                } catch let error as ARIError where error.code == .notFound {
                    // Not registered yet, or not any more: the next attempt tells.
                }
                try await clock.sleep(for: wait)
                waited += wait
                wait = min(wait * 2, policy.proofTimeout - waited)
            }
        } catch is CancellationError {
            return
        }
        throw ARIError(
            .notActive,
            operation: ARIOperation.userEvent.name,
            message: "Asterisk sends no events of the application over the open WebSocket"
        )
    }

    private func echoName() -> String {
        "\(application)-echo-\(String(random(), radix: 16))"
    }
}

/// Reads events from the buffer, and looks out for the two that concern the connection itself.
private struct EventReader {
    /// The name of the user event that proves that events flow.
    let echo: String
    private let application: String
    private var iterator: AsyncStream<[UInt8]>.Iterator

    init(buffer: AsyncStream<[UInt8]>, application: String, echo: String) {
        self.echo = echo
        self.application = application
        iterator = buffer.makeAsyncIterator()
    }

    /// The next event; nil if there is none any more, or the task was cancelled.
    ///
    /// - Throws: `ARIError` with the code `replaced` if another process took the application's name.
    mutating func next() async throws -> ARIEvent? {
        guard let message = await iterator.next(isolation: #isolation) else { return nil }
        let event = ARIEvent(message: message)
        if case .applicationReplaced(let replaced) = event, replaced.application == application {
            throw ARIError(
                .replaced,
                operation: ARIOperation.events.name,
                message: "another process connected as the application \(application)"
            )
        }
        return event
    }

    /// True for the echo, which may come more than once.
    func isEcho(_ event: ARIEvent) -> Bool {
        guard case .channelUserevent(let userevent) = event else { return false }
        return userevent.name == echo
    }
}

/// A function that tells the time since this moment.
private func stopwatch<C: Clock>(_ clock: C) -> () -> Duration where C.Duration == Duration {
    let start = clock.now
    return { start.duration(to: clock.now) }
}

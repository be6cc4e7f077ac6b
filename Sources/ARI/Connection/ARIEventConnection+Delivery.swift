internal import Locking
import Logging

/// What is known of one connection while it lives, and afterwards.
struct ConnectionLife {
    /// True from the echo on: `connected` was reported.
    var isActive = false
    /// True if it worked for so long that its end is a new trouble, not the old one again.
    var wasStable = false
}

/// How far the reader of a connection has come.
private final class Reading: Sendable {
    private let state = LockedBox((count: 0, isBusy: false))

    /// The messages that were read.
    var count: Int { state.withLock { $0.count } }
    /// Whether one is being delivered; those behind it wait.
    var isBusy: Bool { state.withLock { $0.isBusy } }

    func begin(_ number: Int) { state.withLock { $0 = ($0.count + number, true) } }
    func end() { state.withLock { $0.isBusy = false } }
}

extension ARIEventConnection {
    /// The most events that may come before the echo.
    private static let mostEarlyEvents = 10_000
    /// Reading so many takes some 0.2 ms.
    private static let mostReadInPlace = 20

    /// Delivers the messages of one open WebSocket. They wait in the transport while `receive` runs: Asterisk, which drops a
    /// connection that is not read for 100 ms, never waits for it.
    func deliver(
        _ messages: AsyncThrowingStream<[[UInt8]], any Error>,
        number: Int,
        life: inout ConnectionLife,
        _ receive: @escaping @Sendable ([ARIConnectionUpdate]) async -> Void
    ) async throws {
        let echo = echoName()
        guard let early = try await awaitEcho(echo, messages) else { return }
        life.isActive = true
        let age = stopwatch(clock)
        defer { life.wasStable = age() >= policy.stableAfter }
        logger.debug(
            "connection of events is active",
            metadata: Logger.Metadata([.application: application, .connection: "\(number)"])
        )
        await receive([.connected(number: number)] + early.map { .event($0) })
        let reading = Reading()
        try await withThrowingTaskGroup { group in
            group.addTask {
                for try await batch in messages {
                    reading.begin(batch.count)
                    defer { reading.end() }
                    // The echo comes again and again.
                    let events = try await read(batch).filter { !$0.isEcho(named: echo) }
                    await receive(events.map { .event($0) })
                    // Whoever else runs on this executor is not kept waiting by a busy PBX.
                    if batch.count > Self.mostReadInPlace { await Task.yield() }
                }
            }
            group.addTask { try await prove(reading, echo) }
            // Whichever ends first ends the other one.
            try await group.next()
            group.cancelAll()
        }
    }

    /// Asks for the echo whenever nothing comes, for as long as the connection lives.
    ///
    /// Looks are counted, not time: after a pause of the whole machine the connection has the same chance as before.
    ///
    /// - Throws: `ARIError`, `notActive` if nothing came for ``ReconnectPolicy/looksUntilLost`` looks, the echo neither.
    private func prove(_ reading: Reading, _ echo: String) async throws {
        try await withThrowingDiscardingTaskGroup { group in
            var seen = reading.count
            var quietLooks = 0
            while true {
                try await clock.sleep(for: policy.lookInterval)
                let count = reading.count
                quietLooks = count == seen && !reading.isBusy ? quietLooks + 1 : 0
                seen = count
                guard quietLooks < policy.looksUntilLost else {
                    throw notActive(
                        "no event comes over the open WebSocket any more, not even one that was asked for"
                    )
                }
                guard quietLooks >= policy.looksUntilProof else { continue }
                group.addTask {
                    do {
                        try await client.within(policy.proofTimeout).emitUserEvent(echo, application: application)
                    } catch {
                        // The next look asks again. What counts is whether the event comes.
                    }
                }
            }
        }
    }

    /// Reads messages where this runs, which saves waking another thread for each; but not many at a time: a busy PBX would keep
    /// whoever else runs there waiting, answers to requests above all.
    private func read(_ batch: [[UInt8]]) async throws -> [ARIEvent] {
        guard batch.count > Self.mostReadInPlace else { return try batch.map(read) }
        return try await withTaskExecutorPreference(globalConcurrentExecutor) { try batch.map(read) }
    }

    /// - Throws: `ARIError` with the code `replaced` if another process took the application's name.
    private func read(_ message: [UInt8]) throws -> ARIEvent {
        let event = ARIEvent(message: message)
        if case .undecodable(let type, let reason) = event {
            logger.warning(
                "event cannot be read",
                metadata: Logger.Metadata([.application: application, .event: type ?? "?", .error: reason])
            )
        }
        if case .applicationReplaced(let replaced) = event, replaced.application == application {
            throw ARIError(
                .replaced,
                operation: ARIOperation.events.name,
                message: "another process connected as the application \(application)"
            )
        }
        return event
    }

    private enum EchoOutcome: Sendable {
        /// The events that came before the echo; nil if the messages ended first.
        case read([ARIEvent]?)
        /// The question was given up, because it is not needed any more.
        case asked
    }

    /// Asks for the echo and waits for it.
    ///
    /// - Returns: the events that came before it; nil if the messages ended first.
    /// - Throws: `ARIError`: the echo could not be asked for, did not come, or the name was taken; and what broke the connection.
    private func awaitEcho(
        _ echo: String,
        _ messages: AsyncThrowingStream<[[UInt8]], any Error>
    ) async throws -> [ARIEvent]? {
        try await withThrowingTaskGroup(of: EchoOutcome.self) { group in
            group.addTask { .read(try await readUntilEcho(echo, messages)) }
            group.addTask {
                try await askForEcho(echo)
                return .asked
            }
            // Whichever fails first ends the other one.
            while let outcome = try await group.next() {
                guard case .read(let early) = outcome else { continue }
                group.cancelAll()
                return early
            }
            return nil
        }
    }

    private func readUntilEcho(
        _ echo: String,
        _ messages: AsyncThrowingStream<[[UInt8]], any Error>
    ) async throws -> [ARIEvent]? {
        var early: [ARIEvent] = []
        for try await batch in messages {
            let events = try batch.map(read)
            early += events.filter { !$0.isEcho(named: echo) }
            if events.contains(where: { $0.isEcho(named: echo) }) { return early }
            guard early.count <= Self.mostEarlyEvents else {
                throw ARIError(.overflowed, operation: ARIOperation.events.name)
            }
        }
        return nil
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
        throw notActive("Asterisk sends no events of the application over the open WebSocket")
    }

    private func notActive(_ message: String) -> ARIError {
        ARIError(.notActive, operation: ARIOperation.userEvent.name, message: message)
    }

    private func echoName() -> String {
        "\(application)-echo-\(String(random(), radix: 16))"
    }
}

extension ARIEvent {
    /// Whether it is the user event that proves that events flow.
    fileprivate func isEcho(named name: String) -> Bool {
        guard case .channelUserevent(let userevent) = self else { return false }
        return userevent.name == name
    }
}

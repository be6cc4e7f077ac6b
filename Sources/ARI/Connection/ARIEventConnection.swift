package import Logging

/// The connection over which Asterisk tells what happens in one Stasis application, made again whenever it breaks.
///
/// An open WebSocket is no proof that events flow: if the former connection is still being taken down when the new one
/// registers, Asterisk can leave the new one without events (`app_update` in Asterisk's `res/stasis/app.c`). So each
/// connection begins with an echo: a user event with a name of its own is asked for over HTTP, and `connected` is
/// reported when it comes back over the WebSocket. Events that overtake it are delivered right behind `connected`. Whenever
/// nothing comes for a while the echo is asked for again, so that a connection on which nothing comes any more is noticed.
///
/// One process only may use the application's name. If another one takes it, `run` ends with `ARIError.Code.replaced`:
/// taking it back would begin a fight that never ends. Only after an attempt that was given up without an answer the name is taken
/// back, once: Asterisk, when it comes back from a standstill, may answer the two in any order.
package struct ARIEventConnection: Sendable {
    let client: ARIClient
    let application: String
    let policy: ReconnectPolicy
    let clock: any Clock<Duration>
    let random: @Sendable () -> UInt64
    let logger: Logger

    /// Creates the connection; nothing happens before `run`.
    ///
    /// - Parameters:
    ///   - random: gives evenly distributed numbers, for the waits and the echo's name.
    package init(
        client: ARIClient,
        application: String,
        policy: ReconnectPolicy = ReconnectPolicy(),
        clock: any Clock<Duration>,
        random: @escaping @Sendable () -> UInt64 = { .random(in: 0 ... .max) },
        logger: Logger
    ) {
        self.client = client
        self.application = application
        self.policy = policy
        self.clock = clock
        self.random = random
        self.logger = logger
    }

    /// Connects, delivers what happens, and connects again, until the task is cancelled or the name is taken.
    ///
    /// - Parameter receive: takes updates in their order, as many at a time as are there. Messages wait while it runs, in the
    ///   transport; if more come than it keeps, the connection is dropped and made again: what was lost is then found by asking.
    /// - Throws: `CancellationError` when the task was cancelled; `ARIError` with the code `replaced`, after the
    ///   `disconnected` that says so.
    package func run(_ receive: @escaping @Sendable ([ARIConnectionUpdate]) async -> Void) async throws {
        var backoff = Backoff(policy)
        var connections = 0
        // An attempt that was given up may still lie in Asterisk's queue, and take the place of the one that came after it.
        var mayBeReplacedByItself = false
        while true {
            var life = ConnectionLife()
            let cause = try await connectOnce(number: connections + 1, life: &life, receive)
            if life.isActive { connections += 1 }
            if life.wasStable { backoff.reset() }
            if cause.code == .replaced, mayBeReplacedByItself, !life.wasStable {
                // Once. Whoever it was, a second time it is another process.
                mayBeReplacedByItself = false
            } else if cause.code == .replaced {
                await disconnected(cause, life, retryAfter: nil, receive)
                throw cause
            } else {
                mayBeReplacedByItself = !life.isActive || (mayBeReplacedByItself && !life.wasStable)
            }
            let wait = backoff.wait(after: cause.code, chance: Double(random() >> 11) * 0x1p-53)
            await disconnected(cause, life, retryAfter: wait, receive)
            try await clock.sleep(for: wait)
        }
    }

    private func disconnected(
        _ cause: ARIError,
        _ life: ConnectionLife,
        retryAfter: Duration?,
        _ receive: @escaping @Sendable ([ARIConnectionUpdate]) async -> Void
    ) async {
        logger.debug(
            "connection of events ended",
            metadata: Logger.Metadata([
                .application: application,
                .errorCode: cause.code.metricLabel,
                .error: cause.debugDescription,
                .retryAfter: retryAfter.map { "\($0 / .milliseconds(1))" } ?? "never",
            ])
        )
        await receive([
            .disconnected(.init(cause: cause, wasConnected: life.isActive, retryAfter: retryAfter))
        ])
    }

    /// One connection from beginning to end.
    ///
    /// - Returns: why it ended.
    /// - Throws: `CancellationError` only.
    private func connectOnce(
        number: Int,
        life: inout ConnectionLife,
        _ receive: @escaping @Sendable ([ARIConnectionUpdate]) async -> Void
    ) async throws -> ARIError {
        do {
            try await client.transport.withEventMessages(of: ARIEventsRequest(application: application)) { messages in
                try await deliver(messages, number: number, life: &life, receive)
            }
            try Task.checkCancellation()
            return ARIError(.connectionClosed, operation: ARIOperation.events.name)
        } catch {
            try Task.checkCancellation()
            switch ARIError.wrapping(error, operation: ARIOperation.events.name) {
            case let error as ARIError: return error
            // Somebody cancelled the transport, not us: to us its connection is lost.
            default: return ARIError(.connectionLost, operation: ARIOperation.events.name, underlying: error)
            }
        }
    }
}

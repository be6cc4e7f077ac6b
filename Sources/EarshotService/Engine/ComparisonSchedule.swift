/// When the sessions are compared with Asterisk: at once after each connection, some seconds after something has become
/// doubtful, and every few minutes in any case. One comparison at a time; one that fails is tried again after a growing wait.
package struct ComparisonSchedule: Hashable, Sendable {
    /// What is to be done. A timer takes the place of the one before.
    package enum Effect: Hashable, Sendable {
        case compare(connection: Int)
        case setTimer(after: Duration)
        case cancelTimer
    }

    /// The waits after failures; the last one is repeated.
    package static let retryPauses: [Duration] = [.seconds(1), .seconds(2), .seconds(5), .seconds(10), .seconds(30)]
    /// How long after a doubt Asterisk is looked at: what is under way is over by then.
    package static let doubtPause: Duration = .seconds(10)
    package static let regularPause: Duration = .seconds(300)

    private enum State: Hashable {
        /// No connection. Can transition to: `comparing` by a connection.
        case disconnected
        /// Asterisk is being asked. Can transition to: `waiting` by the outcome; `disconnected`.
        case comparing(connection: Int, hasDoubt: Bool, failures: Int)
        /// Until the timer expires. Can transition to: `comparing`; `disconnected`.
        case waiting(connection: Int, isRegular: Bool, failures: Int)
    }

    private var state = State.disconnected

    package init() {}

    package mutating func connected(_ connection: Int) -> [Effect] {
        // A comparison over an earlier connection may still be under way; its outcome is of no interest any more.
        state = .comparing(connection: connection, hasDoubt: false, failures: 0)
        return [.cancelTimer, .compare(connection: connection)]
    }

    package mutating func disconnected() -> [Effect] {
        state = .disconnected
        return [.cancelTimer]
    }

    /// Something may be left in Asterisk, or have gone, of which no event tells.
    package mutating func doubted() -> [Effect] {
        switch state {
        case .disconnected: return []  // The next connection begins with a comparison.
        case .comparing(let connection, _, let failures):
            // It may have been asked before.
            state = .comparing(connection: connection, hasDoubt: true, failures: failures)
            return []
        case .waiting(let connection, let isRegular, let failures):
            guard isRegular else { return [] }  // It is looked at soon.
            state = .waiting(connection: connection, isRegular: false, failures: failures)
            return [.setTimer(after: Self.doubtPause)]
        }
    }

    package mutating func finished(connection: Int, isSuccess: Bool) -> [Effect] {
        guard case .comparing(connection, let hasDoubt, let failures) = state else { return [] }
        if isSuccess {
            state = .waiting(connection: connection, isRegular: !hasDoubt, failures: 0)
            return [.setTimer(after: hasDoubt ? Self.doubtPause : Self.regularPause)]
        }
        state = .waiting(connection: connection, isRegular: false, failures: failures + 1)
        return [.setTimer(after: Self.retryPauses[min(failures, Self.retryPauses.count - 1)])]
    }

    package mutating func timerExpired() -> [Effect] {
        // It expired while it was being cancelled.
        guard case .waiting(let connection, _, let failures) = state else { return [] }
        state = .comparing(connection: connection, hasDoubt: false, failures: failures)
        return [.compare(connection: connection)]
    }
}

/// What Asterisk is asked to tell of: always just what somebody needs to know.
struct Watch: Hashable, Sendable {
    private enum State: Hashable {
        /// Can transition to: `requested`.
        case idle
        /// Can transition to: `confirmed`, `failed`.
        case requested(CommandID)
        /// Asterisk tells what changes. What has changed before, it has not told. Can transition to: `requested`, `idle`.
        case confirmed
        /// Asterisk did not say that it will tell: it is to be asked again. Can transition to: `requested`, `idle`.
        case failed
    }

    private var sources: [WatchedSource] = []
    private var state = State.idle

    var isIdle: Bool { state == .idle }

    /// Whether Asterisk is to be asked for these.
    func isOutdated(for wanted: [WatchedSource]) -> Bool { wanted != sources || state == .failed }

    func isConfirmed(for wanted: [WatchedSource]) -> Bool { state == .confirmed && sources == wanted }

    mutating func begin(_ wanted: [WatchedSource], _ command: CommandID) {
        sources = wanted
        state = .requested(command)
    }

    mutating func stop() { self = Watch() }

    /// - Returns: whether the answer is of interest: it may be for something that nobody wants to know any more.
    mutating func answered(_ command: CommandID, _ answer: SessionAnswer) -> Bool {
        guard state == .requested(command) else { return false }
        state = answer.failure == nil ? .confirmed : .failed
        return true
    }
}

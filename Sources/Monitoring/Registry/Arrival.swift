/// A channel that dialled a feature code, or was found in our application.
package struct Arrival: Hashable, Sendable {
    package var supervisor: Supervisor
    /// What a channel that was found says about the session that it was in; nil for one that has just dialled.
    package var found: FoundMark?

    package init(_ supervisor: Supervisor, found: FoundMark? = nil) {
        self.supervisor = supervisor
        self.found = found
    }
}

/// What a channel that was found in our application says about the session that it was in.
package enum FoundMark: Hashable, Sendable {
    case nothing
    case session(SessionMark)
    /// The session is over, and its supervisor was being released.
    case over

    /// - Parameters:
    ///   - mark: the channel's `EARSHOT_SESSION`.
    ///   - result: its `EARSHOT_RESULT`.
    package init(mark: String?, result: String?) {
        guard let mark = mark.flatMap({ SessionMark($0) }) else {
            self = .nothing
            return
        }
        self = result == nil ? .session(mark) : .over
    }
}

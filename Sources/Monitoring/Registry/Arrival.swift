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

/// What a channel is of which Asterisk tells our application, and which no session knows.
package enum ChannelLook: Hashable, Sendable {
    /// A supervisor, who waits for somebody.
    case supervisor(Arrival)
    /// None of ours: an earlier run has asked to be told of it.
    case notOurs
    case gone
    /// Asterisk does not tell.
    case unclear
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
    ///   - start: when this run of the service began, in milliseconds since 1970.
    package init(mark: String?, result: String?, start: Int64) {
        guard let mark = mark.flatMap({ SessionMark($0, start: start) }) else {
            self = .nothing
            return
        }
        self = result == nil ? .session(mark) : .over
    }
}

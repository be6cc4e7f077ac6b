/// What a supervisor does in the agent's call.
///
/// The order is the order of rights: each mode includes what the ones before it allow.
package enum MonitoringMode: String, Sendable, Hashable, CaseIterable, Comparable {
    /// The supervisor hears agent and client; nobody hears the supervisor.
    case listen
    /// Listen, and the agent hears the supervisor; the client does not.
    case whisper
    /// Listen, and agent and client both hear the supervisor.
    case barge

    /// Where the supervisor's voice goes, in the terms of ARI's `whisper` parameter of a snoop on the agent's own channel.
    ///
    /// Measured by tones: `reference/asterisk-ari.md` 0.1.
    package var whisperDirection: WhisperDirection {
        switch self {
        case .listen: .none
        case .whisper: .out
        case .barge: .both
        }
    }

    package static func < (lhs: Self, rhs: Self) -> Bool {
        lhs.rank < rhs.rank
    }

    private var rank: Int {
        switch self {
        case .listen: 0
        case .whisper: 1
        case .barge: 2
        }
    }
}

/// Where a snoop channel's own audio goes, seen from the channel that is monitored.
package enum WhisperDirection: String, Sendable, Hashable {
    /// Nowhere.
    case none
    /// To the monitored channel: its user hears it.
    case out
    /// To the monitored channel and, through it, to everybody in its bridge.
    case both
}

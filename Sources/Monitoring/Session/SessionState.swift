/// Where a session stands. "Asked, not confirmed" is always part of a state's data.
package enum SessionState: Hashable, Sendable {
    /// The supervisor's channel has not arrived. Can transition to: `preparing`, `refusing`.
    case created
    /// Reading the supervisor's settings and looking for the target, at the same time.
    ///
    /// Can transition to: `attaching` if the policy allows it, `refusing` if not, `releasing`.
    case preparing(Preparing)
    /// Making snoop and bridge, announcing the target, and bringing supervisor and snoop together.
    ///
    /// Can transition to: `monitoring` if both are in the bridge, `seeking` or `refusing` if the target ends before,
    /// `refusing` if Asterisk does not do it, `releasing`.
    case attaching(Attaching)
    /// The supervisor is in the call. Can transition to: `seeking` or `releasing` if the target ends, `releasing`.
    case monitoring(Monitoring)
    /// The target ended and the session goes on: looking for another call of the extension.
    ///
    /// Can transition to: `attaching` if there is one, `refusing`, `releasing`.
    case seeking(Seeking)
    /// The supervisor hears why he is refused; snoop and bridge, if any, are being removed. Can transition to: `releasing`.
    case refusing(Refusing)
    /// The supervisor is sent back to the dialplan, and what is ours is removed. Can transition to: `ended`.
    case releasing(Releasing)
    /// Nothing of the session is left, or what is left was reported.
    case ended(SessionEnd)

    /// For logs.
    package var name: String {
        switch self {
        case .created: "created"
        case .preparing: "preparing"
        case .attaching: "attaching"
        case .monitoring: "monitoring"
        case .seeking: "seeking"
        case .refusing: "refusing"
        case .releasing: "releasing"
        case .ended: "ended"
        }
    }

    package struct Preparing: Hashable, Sendable {
        let code: FeatureCode
        var settings: SupervisorSettings?
        var lookup: TargetLookup?
    }

    /// What a supervisor was allowed: known from the first attach on.
    package struct Permit: Hashable, Sendable {
        let code: FeatureCode
        let settings: SupervisorSettings
        /// Channels that were monitored and ended: Asterisk may list them a moment longer.
        var endedTargets: Set<ChannelID> = []
        /// The supervisor has been in a call at least once.
        var hasMonitored = false

        /// A monitored channel's end is the session's: by `E`; and in a barged call whatever `SPY_PARAMS` says.
        var endsWithTarget: Bool {
            settings.params.exitsWhenTargetHangsUp || code.mode == .barge
        }
    }

    package struct Attaching: Hashable, Sendable {
        enum Announcement: Hashable, Sendable {
            case waiting
            case playing(PlaybackID)
            case over
        }

        var permit: Permit
        let target: TargetChannel
        let snoop: ChannelID
        let bridge: BridgeID
        var isBridgeReady: Bool
        var isSnoopStarted = false
        var announcement: Announcement
        var isJoining = false
        /// Of supervisor and snoop, those that are in the bridge.
        var joined: Set<ChannelID>
        var hasWaitedForAnnouncement = false
    }

    package struct Monitoring: Hashable, Sendable {
        var permit: Permit
        let target: TargetChannel
        let snoop: ChannelID
        let bridge: BridgeID
    }

    package struct Seeking: Hashable, Sendable {
        var permit: Permit
        /// The bridge that the supervisor is in, if he got that far.
        let bridge: BridgeID?
    }

    package struct Refusing: Hashable, Sendable {
        enum PromptProgress: Hashable, Sendable {
            case waiting
            case playing(PlaybackID)
            case over
        }

        let refusal: Refusal
        var prompt: PromptProgress = .waiting
    }

    package struct Releasing: Hashable, Sendable {
        let end: SessionEnd
        /// How often the removals were asked for.
        var attempt = 1
    }
}

/// Where a session stands. What it does about calls has states of its own, see ``EngagementMachine/State``.
enum SessionState: Hashable, Sendable {
    /// The supervisor's channel has not arrived. Can transition to: `preparing`, `explaining`, `releasing`.
    case created
    /// Reading the supervisor's settings.
    ///
    /// Can transition to: `engaged` if the policy has nothing against it, `explaining` if it has, `releasing`.
    case preparing(Preparing)
    /// Looking for a call, in one, or waiting for one: see ``Engagement``, which stands beside the state.
    ///
    /// Can transition to: `explaining` or `releasing`, as the engagement ends.
    case engaged
    /// The supervisor hears why there is nothing to hear. Can transition to: `releasing`.
    case explaining(Explaining)
    /// The supervisor is sent back to the dialplan, and what is ours is removed. Can transition to: `ended`.
    case releasing(Releasing)
    /// Nothing of the session is left, or what is left was reported.
    case ended(SessionEnd)

    struct Preparing: Hashable, Sendable {
        let code: FeatureCode
        /// The reading of settings whose answer counts.
        var question: CommandID
        /// The session that the supervisor was in before the service was started; nil for somebody who has just dialled.
        let mark: SessionMark?
    }

    struct Explaining: Hashable, Sendable {
        enum Progress: Hashable, Sendable {
            case due
            /// The supervisor is being taken out of the bridge; see ``SessionRequest/leave(_:)``.
            case leaving
            case playing(PlaybackID)
        }

        let end: SessionEnd
        let prompt: Prompt
        var progress = Progress.due
    }

    struct Releasing: Hashable, Sendable {
        let end: SessionEnd
        /// How often the removals were asked for.
        var attempt = 1
    }
}

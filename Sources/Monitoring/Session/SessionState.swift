/// Where a session stands. "Asked, not confirmed" is always part of a state's data.
package enum SessionState: Hashable, Sendable {
    /// The supervisor's channel has not arrived. Can transition to: `preparing`, `explaining`.
    case created
    /// Reading the supervisor's settings and, once they allow it, looking for the target.
    ///
    /// Can transition to: `attaching` if the policy allows it, `waiting` if nobody talks and the session may wait,
    /// `explaining` if not, `releasing`.
    case preparing(Preparing)
    /// Making snoop and bridge, announcing the target, and bringing supervisor and snoop together.
    ///
    /// Can transition to: `monitoring` if both are in the bridge; `reattaching` if the target gets somebody
    /// else to talk to; `seeking`, `waiting` or `explaining` if the target ends before; `explaining` if Asterisk does not do it; `releasing`.
    case attaching(Attaching)
    /// The supervisor is in the call.
    ///
    /// Can transition to: `attaching` to another target by a key; `reattaching` if the target talks to somebody else; `seeking`, `waiting` or `releasing` if the target ends;
    /// `explaining` if the supervisor cannot be brought into a lower mode; `releasing`.
    case monitoring(Monitoring)
    /// The target talks to somebody else: what is ours is taken off its channel, and then put on again.
    ///
    /// Can transition to: `attaching` to the same target; `seeking`, `waiting` or `explaining` if it ended meanwhile;
    /// `explaining` if the supervisor may not hear whom it talks to now; `releasing`.
    case reattaching(Reattaching)
    /// The target ended and the session goes on: looking for another call of the extension.
    ///
    /// Can transition to: `attaching` if there is one, `explaining`, `releasing`.
    case seeking(Seeking)
    /// The extension has no call: waiting for its next one.
    ///
    /// Can transition to: `attaching` if there is one, or to another extension's by keys; `explaining` if Asterisk cannot
    /// tell, or after the longest time; `releasing`.
    case waiting(Waiting)
    /// The supervisor hears why there is nothing to hear. Can transition to: `releasing`.
    case explaining(Explaining)
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
        case .reattaching: "reattaching"
        case .seeking: "seeking"
        case .waiting: "waiting"
        case .explaining: "explaining"
        case .releasing: "releasing"
        case .ended: "ended"
        }
    }

    package struct Preparing: Hashable, Sendable {
        let code: FeatureCode
        /// The session that the supervisor was in before the service was started; nil for somebody who has just dialled.
        var mark: SessionMark?
        var settings: SupervisorSettings?
    }

    /// What a supervisor was allowed: known from the first decision on.
    package struct Permit: Hashable, Sendable {
        var settings: SupervisorSettings
        /// Whose calls. Keys can change it.
        var target: Extension
        /// As dialled, or as chosen by a key since.
        var mode: MonitoringMode
        /// Channels that were monitored and ended: Asterisk may list them a moment longer.
        var endedTargets: Set<ChannelID> = []
        /// The supervisor has been in a call at least once.
        var hasMonitored = false
        /// The digits that were pressed before a `#`.
        var typed = ""

        /// A monitored channel's end is the session's: by `E`; and in a barged call whatever `SPY_PARAMS` says.
        var endsWithTarget: Bool {
            settings.params.exitsWhenTargetHangsUp || mode == .barge
        }

        var code: FeatureCode { FeatureCode(mode: mode, target: target) }
    }

    package struct Attaching: Hashable, Sendable {
        enum Announcement: Hashable, Sendable {
            case due
            /// The recorded name; if Asterisk does not have it, the extension is said instead.
            case saysName(PlaybackID)
            case done
        }

        var permit: Permit
        var link: Link
        var announcement: Announcement
        var hasWaitedForPrompt = false
        /// The target is the one that was monitored before; it only talks to somebody else.
        var isSameTarget = false
    }

    package struct Monitoring: Hashable, Sendable {
        var permit: Permit
        var link: Link
        /// Links in the other modes that a key may choose: made beforehand, because a new snoop needs two of its ticks of
        /// 20 ms until it is heard. Nobody but the snoop is in the bridge of a spare link.
        var spares: [Link] = []
        var step: Step?

        /// What a key has begun. Further keys wait until it is over.
        enum Step: Hashable, Sendable {
            case switchingMode(Link)
            case findingNext
            case findingExtension(Extension)
            case findingExit(TelephoneKey)
        }
    }

    package struct Reattaching: Hashable, Sendable {
        enum Step: Hashable, Sendable {
            /// Our snoops are being removed.
            case removing
            /// They have gone; their audio hooks go with the next packets.
            case unhooking
            /// Asterisk is being asked whom the target talks to.
            case looking
            /// It could not be asked; it will be again.
            case lookingLater
        }

        var permit: Permit
        let target: ChannelID
        var announcement: Attaching.Announcement
        /// See ``Attaching/isSameTarget``.
        let isSameTarget: Bool
        var step = Step.removing
        /// How often the removals were asked for.
        var attempt = 1
    }

    package struct Seeking: Hashable, Sendable {
        var permit: Permit
    }

    package struct Waiting: Hashable, Sendable {
        var permit: Permit
        /// Why the extension's present call is not for him; nil while there is none.
        var passedOver: Refusal?
        /// Something has changed since Asterisk was asked.
        var hasChanged = false
        var step: Step?

        enum Step: Hashable, Sendable {
            /// Asterisk is being asked for the extension's calls.
            case looking
            case findingExtension(Extension)
            case findingExit(TelephoneKey)
        }
    }

    package struct Explaining: Hashable, Sendable {
        enum PromptProgress: Hashable, Sendable {
            case due
            /// The supervisor is being taken out of the bridge; see ``SessionRequest/leave(_:)``.
            case leaving
            case playing(PlaybackID)
        }

        let end: SessionEnd
        let prompt: Prompt
        var progress: PromptProgress = .due
    }

    package struct Releasing: Hashable, Sendable {
        let end: SessionEnd
        /// Where in the dialplan the supervisor goes on; nil for the line behind `Stasis()`.
        let place: DialplanPlace?
        /// How often the removals were asked for.
        var attempt = 1
    }
}

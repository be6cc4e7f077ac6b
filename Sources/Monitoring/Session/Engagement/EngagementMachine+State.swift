extension EngagementMachine {
    /// Where an engagement stands. "Asked, not confirmed" is always part of a state's data.
    enum State: Hashable, Sendable {
        /// Looking for a call of the extension: the first one, or another one after the target's end.
        ///
        /// Can transition to: `attaching` if the policy allows it, `waiting` if nobody talks and the session may wait, `over`.
        case seeking(Seeking)
        /// Making a tap on a target's channel, and announcing the target.
        ///
        /// Can transition to: `monitoring` if supervisor and snoop are in the bridge; `reattaching` if the target gets somebody
        /// else to talk to, or its audio hooks are renewed; `seeking` or `waiting` if the target ends before; `over`.
        case attaching(Attaching)
        /// The supervisor is in the call.
        ///
        /// Can transition to: `attaching` to another target by a key; `reattaching` if the target talks to somebody else,
        /// or its audio hooks are renewed; `seeking` or `waiting` if the target ends; `over`.
        case monitoring(Monitoring)
        /// The target talks to somebody else, or its audio hooks are renewed: what is ours is taken off its channel, and then put on again.
        ///
        /// Can transition to: `attaching` to the same target; `seeking` or `waiting` if it ended meanwhile; `over` if the
        /// supervisor may not hear whom it talks to now, or Asterisk cannot tell.
        case reattaching(Reattaching)
        /// The extension has no call: waiting for its next one.
        ///
        /// Can transition to: `attaching` if there is one, or to another extension's by keys; `over` if Asterisk cannot tell, or
        /// after the longest time.
        case waiting(Waiting)
        /// The session is to end.
        case over(Ending)

        /// For logs.
        var name: String {
            switch self {
            case .seeking: "seeking"
            case .attaching: "attaching"
            case .monitoring: "monitoring"
            case .reattaching: "reattaching"
            case .waiting: "waiting"
            case .over: "over"
            }
        }
    }

    struct Seeking: Hashable, Sendable {
        let search: CommandID
        /// The session has not been in a call, nor waited for one.
        var isFirst = false
        /// The session as an earlier run of the service served it; nil for a new one.
        var resumes: SessionMark?
    }

    /// What makes the difference for a supervisor who is brought into a call.
    enum Occasion: Hashable, Sendable {
        /// It is another call than before, or the first one.
        case anotherTarget
        /// They were in this call before another run of the service took the session over.
        case resumed
        /// The target that they were hearing talks to somebody else.
        case partnerChanged
        /// They go on hearing whom they heard, as far as Asterisk tells.
        case asBefore

        /// What it is called in the record: nobody is heard by a new snoop before there is a line for it.
        var recorded: RecordLine.Occasion {
            switch self {
            case .anotherTarget: .targetChanged
            case .resumed: .resumed
            case .partnerChanged, .asBefore: .partnerChanged
            }
        }

        var isSameTarget: Bool {
            switch self {
            case .partnerChanged, .asBefore: true
            case .anotherTarget, .resumed: false
            }
        }
    }

    struct Attaching: Hashable, Sendable {
        enum Announcement: Hashable, Sendable {
            case due
            /// The recorded name; if Asterisk does not have it, the extension is said instead.
            case saysName(PlaybackID)
            case done
        }

        var taps: Taps
        var announcement: Announcement
        let occasion: Occasion
        /// The supervisor knows of this call before they hear it: they have just asked for it, or it is announced.
        let isExpected: Bool
        /// All is there but for the end of the announcement: a long extension takes long to say.
        var waitsForPrompt = false
        /// Supervisor and snoop were asked into the bridge, and Asterisk may do it only when something unknown has ended
        /// that an earlier run has begun to play.
        var mayWaitForMore = false
    }

    struct Monitoring: Hashable, Sendable {
        /// What a key has begun. Further keys wait until it is over.
        enum Step: Hashable, Sendable {
            /// To the next tap; since a key was pressed.
            case switchingMode(since: Duration)
            /// To the next tap; because the right to this mode was taken away.
            case loweringMode
            case findingNext(CommandID)
            case findingExtension(Extension, CommandID)
            case findingExit(KeyPress, CommandID)
        }

        var taps: Taps
        var step: Step?
    }

    struct Reattaching: Hashable, Sendable {
        enum Step: Hashable, Sendable {
            /// Our snoops are being removed; how often it was asked for.
            case removing(attempt: Int)
            /// They have gone; those of other sessions, and the audio hooks, have still to go. The channel tells.
            case unhooking
            /// Asterisk is being asked whom the target talks to.
            case looking(CommandID)
            /// It could not be asked; it will be again.
            case lookingLater
        }

        var announcement: Attaching.Announcement
        let occasion: Occasion
        /// See ``Attaching/isExpected``.
        let isExpected: Bool
        var step = Step.removing(attempt: 1)
    }

    struct Waiting: Hashable, Sendable {
        enum Step: Hashable, Sendable {
            /// Asterisk is being asked for the extension's calls.
            case looking(CommandID)
            case findingExtension(Extension, CommandID)
            case findingExit(KeyPress, CommandID)
        }

        /// Since the start of the service; negative if an earlier run began it.
        let since: Duration
        /// Why the extension's present call is not for this supervisor; nil while there is none.
        var passedOver: Refusal?
        /// Something has changed since Asterisk was asked.
        var hasChanged = false
        /// Asterisk could not be asked, and is to be asked again after a while.
        var isSearchDue = false
        var step: Step?
    }

    /// How the session is to end.
    enum Ending: Hashable, Sendable {
        /// The supervisor is told why not.
        case refused(Refusal)
        /// The supervisor is told that the session has waited long enough.
        case waitedTooLong
        /// Without a word, to a place in the dialplan or behind `Stasis()`.
        case released(SessionEnd, to: DialplanPlace?)
    }
}

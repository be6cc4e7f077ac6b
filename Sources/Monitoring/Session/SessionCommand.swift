/// What the session wants done. All commands of one step may run at the same time: what must wait for something is only
/// commanded after that has happened.
package enum SessionCommand: Hashable, Sendable {
    /// Ask Asterisk for something. Exactly one ``SessionEvent/answered(_:_:)`` with the same ID must follow, whatever happens.
    case request(CommandID, SessionRequest)
    /// Send ``SessionEvent/timerExpired(_:)`` after this time, unless cancelled.
    case startTimer(TimerID, after: Duration)
    case cancelTimer(TimerID)
    /// Nothing that was watched is of interest any more. Needs no answer.
    case unwatch
    /// The session puts snoops on this channel from now on, and needs its news (``SessionEvent/leg(_:)``). Takes the place of
    /// the channel before. Needs no answer.
    ///
    /// `isHooked` if snoops of an earlier run may have been on it: see ``MonitoredLeg``.
    case monitor(TargetChannel, isHooked: Bool)
    /// The session has no use for the news of its channel any more.
    case unmonitor
    /// Something that operators ask about. Needs no answer.
    case report(SessionReport)
}

/// Something of which Asterisk can tell what changes.
package enum WatchedSource: Hashable, Sendable, CustomStringConvertible {
    /// An endpoint with all its channels.
    case endpoint(EndpointName)
    /// One channel, until it ends.
    case channel(ChannelID)

    package var description: String {
        switch self {
        case .endpoint(let endpoint): "endpoint \(endpoint)"
        case .channel(let channel): "channel \(channel)"
        }
    }
}

/// One request to Asterisk. The channel is the supervisor's where none is named.
package enum SessionRequest: Hashable, Sendable {
    case answerSupervisor
    /// Let the supervisor hear without answering their channel.
    case startEarlyMedia
    /// Answered by ``SessionAnswer/settings(_:)``.
    case readSettings
    /// Find the channels of the endpoints, in order of preference. Answered by ``SessionAnswer/targets(_:)``.
    case findTargets([EndpointName])
    /// Tell by ``SessionEvent/targetsChanged`` what changes about the channels of these endpoints, until
    /// ``SessionCommand/unwatch``. Takes the place of what was watched before. The failure is `gone` when none of them exists.
    case watch([EndpointName])
    /// Write down that the supervisor is to hear by this bridge. Done when nothing can take it back.
    indirect case writeRecord(BridgeID, RecordLine)
    /// Find out where in the dialplan a key leads. Answered by ``SessionAnswer/exit(_:)``.
    ///
    /// `context` is the supervisor's own; nil for that of the phone.
    case findExit(TelephoneKey, context: String?)
    case createBridge(BridgeID)
    /// Make a snoop channel on `target`.
    case createSnoop(ChannelID, target: ChannelID, SnoopAudio)
    /// Put a channel, which is in Stasis, into a bridge; it leaves the one that it is in.
    ///
    /// What a muted one says is kept from the bridge. Its keys are not.
    case join(BridgeID, ChannelID, isMuted: Bool)
    /// Take the supervisor out of the bridge, and answer when they have left it. A prompt that is asked for while they leave is
    /// lost without an event (measured on 22.10.1: 17 of 60, beside the bridge's removal).
    case leave(BridgeID)
    /// Record what the snoop hears.
    case record(ChannelID, RecordingName)
    /// Play to the supervisor's channel, never to the bridge, which the agent would hear.
    case play(PlaybackID, Prompt)
    case stopPlayback(PlaybackID)
    /// Find out whether the playback goes on; if not, the failure is `gone`.
    case findPlayback(PlaybackID)
    case setVariable(SupervisorVariable, String)
    /// Write down on the supervisor's channel how the session stands.
    indirect case mark(SessionMark)
    /// Send the supervisor back to the dialplan: behind `Stasis()`, which hangs up, or to another place.
    case releaseSupervisor(to: DialplanPlace?)
    /// Hang the supervisor up, because they could not be released.
    case hangUpSupervisor
    case removeSnoop(ChannelID)
    case removeBridge(BridgeID)
}

extension SessionRequest {
    /// Something that a session makes in Asterisk and removes again.
    package enum Resource: Hashable, Sendable {
        case snoop(ChannelID)
        case bridge(BridgeID)
    }

    /// What the request makes.
    package var creation: Resource? {
        switch self {
        case .createSnoop(let snoop, _, _): .snoop(snoop)
        case .createBridge(let bridge): .bridge(bridge)
        case .answerSupervisor, .startEarlyMedia, .readSettings, .findTargets, .watch, .findExit, .writeRecord, .join,
            .leave, .record, .play, .stopPlayback, .findPlayback, .setVariable, .mark, .releaseSupervisor,
            .hangUpSupervisor, .removeSnoop, .removeBridge:
            nil
        }
    }

    /// What the request removes.
    var removal: Resource? {
        switch self {
        case .removeSnoop(let snoop): .snoop(snoop)
        case .removeBridge(let bridge): .bridge(bridge)
        case .answerSupervisor, .startEarlyMedia, .readSettings, .findTargets, .watch, .findExit,
            .writeRecord, .createBridge, .createSnoop, .join, .leave, .record, .play, .stopPlayback, .findPlayback,
            .setVariable,
            .mark,
            .releaseSupervisor, .hangUpSupervisor:
            nil
        }
    }
}

extension SessionRequest {
    /// The request concerns the supervisor's channel alone.
    package var isAboutSupervisor: Bool {
        switch self {
        case .answerSupervisor, .startEarlyMedia, .readSettings, .findExit, .play, .setVariable, .mark,
            .releaseSupervisor, .hangUpSupervisor:
            true
        case .findTargets, .watch, .writeRecord, .createBridge, .createSnoop, .join, .leave, .record, .stopPlayback,
            .findPlayback,
            .removeSnoop, .removeBridge:
            false
        }
    }
}

/// The audio of a snoop channel: what it hears of the monitored channel, and who hears what is said into it.
package struct SnoopAudio: Hashable, Sendable {
    package var hears: SpyDirection
    package var speaks: WhisperDirection

    package init(hears: SpyDirection, speaks: WhisperDirection) {
        self.hears = hears
        self.speaks = speaks
    }
}

/// A variable or function of the supervisor's channel that Earshot sets.
package enum SupervisorVariable: String, Hashable, Sendable {
    /// How the session ended: ``SessionEnd/word``.
    case result = "EARSHOT_RESULT"
    /// With `X`, the name of the channel that was monitored.
    case spyChannel = "SPY_CHANNEL"
    /// How loud the supervisor hears (`func_volume`; TX is what Asterisk sends to them).
    case volume = "VOLUME(TX)"
}

/// A place in the dialplan, of priority 1.
package struct DialplanPlace: Hashable, Sendable {
    package var context: String
    package var `extension`: String

    package init(context: String, extension: String) {
        self.context = context
        self.`extension` = `extension`
    }
}

/// What the supervisor hears from Earshot itself.
package enum Prompt: Hashable, Sendable {
    /// A beep, the channel's type unless the supervisor does without, and the extension: whose call follows.
    case announcement(Extension, technology: String?)
    /// A beep and the name that somebody has recorded in their mailbox. Asterisk may not have it.
    case recordedName(mailbox: String, context: String)
    /// Why there is nothing to hear.
    case refusal(Refusal)
    /// The call has ended, and the session goes on.
    case callEnded
    /// Nobody talks yet, and the session waits.
    case waiting
    /// The session has waited long enough.
    case waitingLimit
    /// The key does nothing.
    case keyRefused
    /// A right was taken away, and the session goes on in a lower mode.
    case rightsLowered
    /// In the place of a prompt that Asterisk does not have.
    case tone(Tone)

    /// What every Asterisk can play and every phone gets.
    package enum Tone: String, Hashable, Sendable, CaseIterable {
        /// Three short ones.
        case refused
        /// A long one.
        case ended
    }

    /// What is played when Asterisk does not have the prompt; nil for nothing.
    var replacement: Tone? {
        switch self {
        case .refusal, .keyRefused, .rightsLowered: .refused
        case .callEnded, .waitingLimit: .ended
        // The call that is announced follows, and who waits hears nothing in any case.
        case .announcement, .recordedName, .waiting, .tone: nil
        }
    }
}

/// How a request ended.
package enum SessionAnswer: Hashable, Sendable {
    case done
    case settings(SupervisorSettings)
    case targets(TargetLookup)
    /// Where the key leads; nil where the dialplan has no such extension.
    case exit(DialplanPlace?)
    case failed(RequestFailure)

    /// Why it was not done; nil if it was.
    package var failure: RequestFailure? {
        if case .failed(let failure) = self { failure } else { nil }
    }
}

/// Why a request was not done.
package enum RequestFailure: Hashable, Sendable {
    /// What it was about is not there any more. For a removal that is success.
    case gone
    /// It was not done: Asterisk answered so, or knows nothing of it.
    case refused
    /// No answer: it may or may not have been done.
    case unknown
}

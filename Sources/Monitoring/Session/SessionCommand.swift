/// What the session wants done. All commands of one step may run at the same time: what must wait for something is only
/// commanded after that has happened.
package enum SessionCommand: Hashable, Sendable {
    /// Ask Asterisk for something. Exactly one ``SessionEvent/answered(_:_:)`` with the same ID must follow, whatever happens.
    case request(CommandID, SessionRequest)
    /// Send ``SessionEvent/timerExpired(_:)`` after this time, unless cancelled.
    case startTimer(TimerID, after: Duration)
    case cancelTimer(TimerID)
    /// Something that operators ask about. Needs no answer.
    case report(SessionReport)
}

/// One request to Asterisk. The channel is the supervisor's where none is named.
package enum SessionRequest: Hashable, Sendable {
    case answerSupervisor
    /// Answered by ``SessionAnswer/settings(_:)``.
    case readSettings
    /// Find the channels of the endpoints, in order of preference. Answered by ``SessionAnswer/targets(_:)``.
    case findTargets([EndpointName])
    case createBridge(BridgeID)
    /// Make a snoop channel that hears both directions of `target`, and speaks as `whisper` says.
    case createSnoop(ChannelID, target: ChannelID, whisper: WhisperDirection)
    /// Put channels into a bridge. Each of them is in Stasis.
    case join(BridgeID, [ChannelID])
    /// Play to the supervisor's channel, never to the bridge, which the agent would hear.
    case play(PlaybackID, Prompt)
    case stopPlayback(PlaybackID)
    /// Set `EARSHOT_RESULT` on the supervisor's channel.
    case setResult(String)
    /// Send the supervisor back to the dialplan, which hangs up.
    case releaseSupervisor
    /// Hang the supervisor up, because he could not be released.
    case hangUpSupervisor
    case removeSnoop(ChannelID)
    case removeBridge(BridgeID)
}

/// What the supervisor hears from Earshot itself.
package enum Prompt: Hashable, Sendable {
    /// A beep, the channel's type unless the supervisor does without, and the extension: whose call follows.
    case announcement(Extension, technology: String?)
    /// Why there is nothing to hear.
    case refusal(Refusal)
}

/// How a request ended.
package enum SessionAnswer: Hashable, Sendable {
    case done
    case settings(SupervisorSettings)
    case targets(TargetLookup)
    case failed(RequestFailure)
}

/// Why a request was not done.
package enum RequestFailure: Hashable, Sendable {
    /// What it was about is not there any more. For a removal that is success.
    case gone
    /// Asterisk answered, and did not do it.
    case refused
    /// No answer: it may or may not have been done.
    case unknown
}

/// What operators ask about at night.
package enum SessionReport: Hashable, Sendable {
    /// A value of the supervisor's settings was not understood or not honoured.
    case warning(SettingsWarning)
    case refused(Refusal)
    /// The supervisor is in the call: he hears the target from now on.
    case started(MonitoringMode, target: TargetChannel)
    case ended(SessionEnd)
    /// These could not be removed within the time; the next reconciliation will find them.
    case leftBehind([String])
}

/// Why a session ended.
package enum SessionEnd: Hashable, Sendable {
    case refused(Refusal)
    /// The monitored channel ended, and `E` or a barge ends the session with it.
    case targetHungUp
    /// The monitored channel ended, and the extension has no other call.
    case noCallLeft
    case supervisorHungUp
    /// Somebody else has come into the supervisor's place, whose rights nobody has checked.
    case supervisorTransferred
    /// Earshot is being stopped.
    case serviceStopping

    /// The value of `EARSHOT_RESULT` and of the log key `session.end_reason`. Stable: dialplans branch on it.
    package var word: String {
        switch self {
        case .refused(let refusal): refusal.word
        case .targetHungUp: "target_hung_up"
        case .noCallLeft: "no_call_left"
        case .supervisorHungUp: "supervisor_hung_up"
        case .supervisorTransferred: "supervisor_transferred"
        case .serviceStopping: "service_stopping"
        }
    }
}

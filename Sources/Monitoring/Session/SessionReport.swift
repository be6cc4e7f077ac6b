/// What operators ask about at night.
package enum SessionReport: Hashable, Sendable {
    /// The supervisor's channel has come to us.
    case arrived
    /// A value of the supervisor's settings was not understood or not honoured.
    case warning(SettingsWarning)
    case refused(Refusal)
    /// The supervisor is in the call for the first time: they hear the target from now on.
    case started(MonitoringMode, target: TargetChannel)
    /// Another run of the service has taken the session over: they hear the target as before.
    case resumed(MonitoringMode, target: TargetChannel)
    /// The supervisor is in another call.
    case targetChanged(MonitoringMode, target: TargetChannel)
    /// The target talks to somebody else, whom the supervisor hears from now on.
    case partnerChanged(MonitoringMode, target: TargetChannel)
    /// Somebody has come to those whom the target talks to, and is heard.
    case partnersJoined(Set<NamedParty>)
    /// `after` the key that asked for it; nil when the mode was not changed by a key in this call.
    case modeChanged(MonitoringMode, after: Duration? = nil)
    /// A right was taken away, and the session goes on in the highest mode that is left.
    case rightsLowered(to: MonitoringMode)
    /// The supervisor asked for something by a key, and stays where they are.
    case keyRefused(Refusal)
    /// So many keys were waiting for their turn that these have no effect.
    case keysForgotten(Int)
    /// The extension has no call, and the session waits for one.
    case waiting(Extension)
    /// The extension has a call that is not for this supervisor, and the session waits on.
    case passedOver(Refusal)
    case recordingStarted(RecordingName)
    case recordingFailed(RecordingName)
    /// Asterisk does not have the sounds of a prompt.
    case promptMissing(Prompt)
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
    /// No call came within the time that a session may wait.
    case waitingLimit
    case supervisorHungUp
    /// The supervisor left by a key.
    case supervisorLeft
    /// The supervisor left by a key for an extension of the dialplan.
    case supervisorExited
    /// Somebody else has come into the supervisor's place, whose rights nobody has checked.
    case supervisorTransferred
    /// Earshot is being stopped.
    case serviceStopping

    /// The words of all ends that are no refusals.
    package static var words: [String] {
        [
            targetHungUp, noCallLeft, waitingLimit, supervisorHungUp, supervisorLeft, supervisorExited,
            supervisorTransferred, serviceStopping,
        ].map(\.word)
    }

    /// The value of `EARSHOT_RESULT` and of the log key `session.end_reason`. Stable: dialplans branch on it.
    package var word: String {
        switch self {
        case .refused(let refusal): refusal.word
        case .targetHungUp: "target_hung_up"
        case .noCallLeft: "no_call_left"
        case .waitingLimit: "waiting_limit"
        case .supervisorHungUp: "supervisor_hung_up"
        case .supervisorLeft: "supervisor_left"
        case .supervisorExited: "supervisor_exited"
        case .supervisorTransferred: "supervisor_transferred"
        case .serviceStopping: "service_stopping"
        }
    }
}

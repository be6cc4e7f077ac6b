/// Something for which a session waits no longer than a time. Which of them run follows from the state alone: a session
/// starts what is new in its state after a step, and cancels what is no longer.
enum Deadline: Hashable, Sendable {
    /// Snoop and bridge of a tap on a new target come about.
    case making(BridgeID)
    /// Supervisor and snoop of a tap on a new target are in its bridge.
    case joining(BridgeID)
    /// The announcement of a target ends; the tap of this bridge waits for it.
    case announcing(BridgeID)
    /// The supervisor is in the bridge of another mode.
    case switching(BridgeID)
    /// The supervisor presses another key for a mode; since the last one.
    case keepingSpares(since: Duration)
    /// An event tells why Asterisk did not do what this tap needs.
    case reason(BridgeID)
    /// The end of the target explains the end of the recording.
    case recordingsReason(RecordingName)
    /// Our snoops have gone from the target.
    case unhooking(attempt: Int)
    /// Asterisk is asked again about the target.
    case lookingAgain
    /// The extension has a call.
    case waiting(Extension, since: Duration)
    /// Asterisk is asked again for a call of the extension.
    case searchingAgain
    /// A tone has been heard long enough.
    case tone(PlaybackID)
    /// What an earlier run of the service has begun to play is over.
    case earlierPrompt(PlaybackID)
    /// The last prompt is over.
    case explaining
    /// The supervisor has left, and what was made is removed.
    case releasing(attempt: Int)

    func duration(_ configuration: SessionConfiguration, now: Duration) -> Duration {
        switch self {
        case .making, .joining: configuration.attachTimeout
        case .announcing, .explaining, .earlierPrompt: configuration.promptTimeout
        case .tone: SessionConfiguration.toneTime
        case .switching: configuration.switchTimeout
        case .keepingSpares(let since): max(.zero, SessionConfiguration.spareTime - (now - since))
        case .reason, .recordingsReason: configuration.raceTimeout
        case .unhooking, .releasing: configuration.removalTimeout
        case .lookingAgain, .searchingAgain: configuration.searchRetryTime
        case .waiting(_, let since): max(.zero, configuration.waitingLimit - (now - since))
        }
    }
}

/// The timers of a session's deadlines.
struct DeadlineTimers: Hashable, Sendable {
    private var running: [Deadline: TimerID] = [:]

    /// Starts what is wanted and does not run, and cancels what runs and is not wanted.
    mutating func run(_ wanted: [Deadline], _ configuration: SessionConfiguration, _ outbox: inout Outbox) {
        if wanted.count == running.count, wanted.allSatisfy({ running[$0] != nil }) { return }
        let unwanted = running.filter { !wanted.contains($0.key) }.sorted { $0.value.number < $1.value.number }
        for (deadline, timer) in unwanted {
            running[deadline] = nil
            outbox.cancel(timer)
        }
        for deadline in wanted where running[deadline] == nil {
            running[deadline] = outbox.startTimer(after: deadline.duration(configuration, now: outbox.now))
        }
    }

    /// - Returns: what has lasted too long; nil if the timer expired while it was being cancelled.
    mutating func expired(_ timer: TimerID) -> Deadline? {
        guard let deadline = running.first(where: { $0.value == timer })?.key else { return nil }
        running[deadline] = nil
        return deadline
    }
}

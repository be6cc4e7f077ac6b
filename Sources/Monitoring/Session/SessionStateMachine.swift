/// One monitoring session, from the supervisor's arrival to the removal of the last thing that it made.
///
/// A value without clock, network or randomness: ``handle(_:)`` takes what happened and returns what to do. It accepts
/// every event in every state. What arrives when it no longer matters is dropped, and the reason stands where it is dropped.
package struct SessionStateMachine: Hashable, Sendable {
    package let id: SessionID
    package let supervisor: Supervisor
    package internal(set) var state: SessionState = .created
    let application: String
    let configuration: SessionConfiguration

    // Axes that are independent of the state.

    /// The supervisor can be played something: he has been answered, or need not be.
    var isAudible = false
    var isSupervisorHere = true
    /// The bridge that the supervisor is in.
    var seat: BridgeID?
    var ledger = ResourceLedger()
    /// What the supervisor hears is being recorded, or will be.
    var recording: Recording?
    var volume = ListeningVolume.unchanged
    /// Keys that wait until what is under way is over, in the order in which they were pressed.
    var keys: [TelephoneKey] = []
    /// The search for targets whose answer counts.
    var lookup: CommandID?
    /// Prompts that Asterisk has been asked for, and has not ended.
    var playing: Set<PlaybackID> = []
    /// A prompt that waits until the supervisor can hear it.
    var unsaid: Prompt?
    /// Of these, the ones that nobody is to hear any more.
    var unwantedPlaybacks: Set<PlaybackID> = []
    /// The prompt that says that there is no next call. Until it is over, the supervisor may believe to be in that call.
    var noNextTold: PlaybackID?
    /// Requests without an answer.
    private(set) var pending: [CommandID: SessionRequest] = [:]
    var deadline: TimerID?
    /// When to look again, after a search that failed while waiting.
    var retry: TimerID?
    /// What the supervisor's channel says about the session.
    var mark = MarkProgress()
    /// What Asterisk tells of, or is asked to.
    var watch: Watch?
    /// Whose packets the target's audio hooks have seen, as far as known: one name, or none.
    var partners: Set<ChannelName> = []
    /// Nobody can have been the target's partner since the hooks are there and not be known: Asterisk was asked after it was
    /// asked to tell.
    var arePartnersCertain = false
    /// By which Local channels the target talks to somebody; see ``Partner/relays``.
    var relays: Set<ChannelID> = []
    /// Those of whom it is known that the supervisor may hear them with this target.
    var acquaintances: Set<ChannelName> = []
    /// The search for partners whose answer counts.
    var partnerLookup: CommandID?
    /// How often in a row Asterisk did not tell what the session must know to go on.
    var unansweredQuestions = 0
    private var commandCount = 0
    private var timerCount = 0
    private var resourceCount = 0

    package init(
        id: SessionID,
        application: String,
        supervisor: Supervisor,
        configuration: SessionConfiguration
    ) {
        self.id = id
        self.application = application
        self.supervisor = supervisor
        self.configuration = configuration
    }

    package mutating func handle(_ event: SessionEvent) -> [SessionCommand] {
        // Whatever comes late is nobody's business any more; what was left behind was reported.
        guard !isEnded else { return [] }
        let commands = react(to: event)
        return commands + updateWatch() + updateMark()
    }

    private mutating func react(to event: SessionEvent) -> [SessionCommand] {
        switch event {
        case .supervisorArrived(let refusal): supervisorArrived(refusal)
        case .supervisorFound(let mark): supervisorFound(mark)
        case .supervisorLeft: supervisorLeft()
        case .supervisorReplaced: supervisorReplaced()
        case .keyPressed(let key): keyPressed(key)
        case .answered(let id, let answer): answered(id, answer)
        case .snoopStarted(let snoop): snoopStarted(snoop)
        case .snoopEnded(let snoop): snoopEnded(snoop)
        case .enteredBridge(let channel, let bridge): enteredBridge(channel, bridge)
        case .playbackContinued(let playback): playbackContinued(playback)
        case .playbackFinished(let playback, let wasHeard): playbackFinished(playback, wasHeard: wasHeard)
        case .recordingFailed(let name): recordingFailed(name)
        case .recordingFinished(let name): recordingFinished(name)
        case .targetsChanged: targetsChanged()
        case .partnersChanged(let channel, let names, let isComplete): partnersChanged(channel, names, isComplete)
        case .hooksMustGo(let channel): hooksMustGo(from: channel)
        case .targetGone(let channel), .targetSupervises(let channel): targetLost(channel)
        case .timerExpired(let timer): timerExpired(timer)
        case .eventsMissed: eventsMissed()
        case .stop: stop()
        }
    }

    // MARK: - Answers

    private mutating func answered(_ id: CommandID, _ answer: SessionAnswer) -> [SessionCommand] {
        // Asterisk, or the way to it, may answer twice: the first answer counts.
        guard let request = pending.removeValue(forKey: id) else { return [] }
        return switch request {
        case .answerSupervisor: supervisorAnswered(answer)
        case .startEarlyMedia: supervisorAudible()  // Older releases do not know it; a prompt has the same effect.
        case .readSettings: settingsAnswered(answer)
        case .findTargets: targetsAnswered(id, answer)
        case .findPartners: partnersFound(id, answer)
        case .watch: watched(id, answer)
        case .findExit(let key, _): exitFound(key, answer)
        case .createBridge(let bridge): bridgeCreated(bridge, answer)
        case .createSnoop(let snoop, _, _): snoopCreated(snoop, answer)
        case .join(let bridge, _): joined(bridge, answer)
        case .leave(let bridge): left(bridge)
        case .record(_, let name): recordingAsked(name, answer)
        case .play(let playback, _): playbackAsked(playback, answer)
        case .stopPlayback(let playback), .findPlayback(let playback): playbackFound(playback, answer)
        case .setVariable(let variable, let value): variableSet(variable, value)
        case .mark: marked(answer)
        case .releaseSupervisor: supervisorReleased(answer)
        case .hangUpSupervisor: supervisorHungUpByUs(answer)
        case .removeSnoop(let snoop): snoopRemoved(snoop, answer)
        case .removeBridge(let bridge): bridgeRemoved(bridge, answer)
        }
    }

    // MARK: - The world

    mutating func supervisorLeft() -> [SessionCommand] {
        isSupervisorHere = false
        return switch state {
        case .ended: []
        case .releasing: endIfDone()
        case .explaining(let explaining): release(explaining.end)
        case .created, .preparing, .attaching, .monitoring, .reattaching, .seeking, .waiting: release(.supervisorHungUp)
        }
    }

    mutating func supervisorReplaced() -> [SessionCommand] {
        switch state {
        case .releasing, .ended: []
        case .created, .preparing, .attaching, .monitoring, .reattaching, .seeking, .waiting, .explaining:
            release(.supervisorTransferred)
        }
    }

    private mutating func stop() -> [SessionCommand] {
        switch state {
        case .releasing, .ended: []
        case .explaining(let explaining): release(explaining.end)
        case .created, .preparing, .attaching, .monitoring, .reattaching, .seeking, .waiting: release(.serviceStopping)
        }
    }

    private mutating func eventsMissed() -> [SessionCommand] {
        let prompts = playing.filter { !isAsked($0) }.sorted { $0.rawValue < $1.rawValue }
        return prompts.map { request(.findPlayback($0)) } + targetsChanged() + findPartners()
    }

    private mutating func timerExpired(_ timer: TimerID) -> [SessionCommand] {
        if timer == retry {
            retry = nil
            return targetsChanged()
        }
        // It expired while it was being cancelled.
        guard timer == deadline else { return [] }
        deadline = nil
        return switch state {
        case .attaching: attachDeadlineExpired()
        case .monitoring(let monitoring): monitoringDeadlineExpired(monitoring)
        case .reattaching(let reattaching): reattachDeadlineExpired(reattaching)
        case .waiting: explain(.waitingLimit, .waitingLimit)
        case .explaining(let explaining): release(explaining.end)
        case .releasing: removalDeadlineExpired()
        case .created, .preparing, .seeking, .ended: []  // These states have no deadline.
        }
    }

    /// Takes the next step of the state, if what it waits for is there.
    mutating func proceed() -> [SessionCommand] {
        switch state {
        case .attaching(let attaching): proceed(attaching)
        case .monitoring(let monitoring): proceed(monitoring)
        case .explaining(let explaining): proceed(explaining)
        case .created, .preparing, .reattaching, .seeking, .waiting, .releasing, .ended: []
        }
    }

    /// The target is no more, or has become a supervisor itself: through it one would come into a call for which one has not
    /// asked.
    private mutating func targetLost(_ channel: ChannelID) -> [SessionCommand] {
        if channel == target { return targetEnded() }
        return relays.contains(channel) ? findPartners() : []
    }

    /// The channel that is monitored, or about to be.
    package var target: ChannelID? {
        switch state {
        case .attaching(let attaching): attaching.link.target.id
        case .monitoring(let monitoring): monitoring.link.target.id
        case .reattaching(let reattaching): reattaching.target
        case .created, .preparing, .seeking, .waiting, .explaining, .releasing, .ended: nil
        }
    }

    // MARK: - Making commands

    mutating func request(_ request: SessionRequest) -> SessionCommand {
        commandCount += 1
        let id = CommandID(commandCount)
        pending[id] = request
        return .request(id, request)
    }

    /// Asks for the channels of an extension. Of several searches the answer to the last one counts.
    mutating func look(for target: Extension) -> SessionCommand {
        let command = request(.findTargets(endpoints(of: target)))
        lookup = lastCommand
        return command
    }

    /// The request that was made last.
    var lastCommand: CommandID { CommandID(commandCount) }

    /// Replaces the timer for what the session is doing.
    mutating func setDeadline(_ duration: Duration?) -> [SessionCommand] {
        var commands: [SessionCommand] = []
        if let deadline { commands.append(.cancelTimer(deadline)) }
        deadline = nil
        if let duration {
            let timer = newTimer()
            deadline = timer
            commands.append(.startTimer(timer, after: duration))
        }
        return commands
    }

    private mutating func newTimer() -> TimerID {
        timerCount += 1
        return TimerID(timerCount)
    }

    /// Looks again after a while, unless it has been decided to already.
    mutating func lookLater() -> [SessionCommand] {
        guard retry == nil else { return [] }
        let timer = newTimer()
        retry = timer
        return [.startTimer(timer, after: configuration.searchRetryTime)]
    }

    mutating func newName(_ kind: ResourceName.Kind) -> String {
        resourceCount += 1
        return ResourceName(application: application, session: id, serial: resourceCount, kind: kind).description
    }

    func endpoints(of target: Extension) -> [EndpointName] {
        configuration.endpointTemplates.map { $0.endpoint(of: target) }
    }
}

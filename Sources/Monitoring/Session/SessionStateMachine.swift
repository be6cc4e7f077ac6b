/// The channel that dialled a feature code.
package struct Supervisor: Hashable, Sendable {
    package let channel: ChannelID
    /// Whose channel it is; nil when the channel's name does not tell. Never the caller ID, which a phone can choose.
    package let endpoint: EndpointName?
    /// What was dialled, such as `*91101`.
    package let dialled: String

    package init(channel: ChannelID, endpoint: EndpointName?, dialled: String) {
        self.channel = channel
        self.endpoint = endpoint
        self.dialled = dialled
    }
}

/// What an administrator can choose about sessions.
package struct SessionConfiguration: Hashable, Sendable {
    package var prefixes: FeatureCodePrefixes
    /// How an extension's endpoints are named, the preferred one first.
    package var endpointTemplates: [EndpointTemplate]
    /// How long Asterisk may take to bring the supervisor into the call, before he is refused.
    package var attachTimeout: Duration
    /// The longest time that a prompt may play.
    package var promptTimeout: Duration
    /// How long to wait for the event that explains why two channels did not get together.
    package var raceTimeout: Duration
    /// How long a removal may take before it is asked for again; after the third time it is reported instead.
    package var removalTimeout: Duration

    package init(
        prefixes: FeatureCodePrefixes = .standard,
        endpointTemplates: [EndpointTemplate] = [.standard],
        attachTimeout: Duration = .seconds(5),
        promptTimeout: Duration = .seconds(30),
        raceTimeout: Duration = .milliseconds(300),
        removalTimeout: Duration = .seconds(1)
    ) {
        self.prefixes = prefixes
        self.endpointTemplates = endpointTemplates
        self.attachTimeout = attachTimeout
        self.promptTimeout = promptTimeout
        self.raceTimeout = raceTimeout
        self.removalTimeout = removalTimeout
    }
}

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
    var isAnswered = false
    var isSupervisorHere = true
    var ledger = ResourceLedger()
    /// Requests without an answer.
    private(set) var pending: [CommandID: SessionRequest] = [:]
    /// Prompts that are to be stopped as soon as Asterisk has begun them: a stop could overtake the beginning.
    var unwantedPlaybacks: Set<PlaybackID> = []
    private var deadline: TimerID?
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

    package var isEnded: Bool {
        if case .ended = state { true } else { false }
    }

    /// Whether the supervisor's channel is still with us, as far as events have told.
    package var expectsSupervisor: Bool { isSupervisorHere && !isEnded }

    /// Whether the session takes one of the places that the configuration limits: a refused supervisor takes none.
    package var takesPlace: Bool {
        switch state {
        case .created, .preparing, .attaching, .monitoring, .seeking: true
        case .refusing, .releasing, .ended: false
        }
    }

    /// The snoops whose end we expect to be told.
    package var expectedSnoops: [ChannelID] {
        switch state {
        case .attaching(let attaching): attaching.isSnoopStarted ? [attaching.snoop] : []
        case .monitoring(let monitoring): [monitoring.snoop]
        case .created, .preparing, .seeking, .refusing, .releasing, .ended: []
        }
    }

    /// What was asked for, may come into being any moment, and is still to be removed then: of use when the session has
    /// given up waiting.
    package var unansweredCreations: [SessionRequest] {
        pending.values.filter { request in
            switch request {
            case .createSnoop(let snoop, _, _): ledger.snoops[snoop] != nil
            case .createBridge(let bridge): ledger.bridges[bridge] != nil
            default: false
            }
        }
    }

    /// Whether a snoop or bridge of this name is the session's own.
    package func owns(_ name: String) -> Bool { ledger.names.contains(name) }

    package mutating func handle(_ event: SessionEvent) -> [SessionCommand] {
        // Whatever comes late is nobody's business any more; what was left behind was reported.
        guard !isEnded else { return [] }
        return switch event {
        case .supervisorArrived(let refusal): supervisorArrived(refusal)
        case .supervisorLeft: supervisorLeft()
        case .supervisorReplaced: supervisorReplaced()
        case .answered(let id, let answer): answered(id, answer)
        case .snoopStarted(let snoop): snoopStarted(snoop)
        case .snoopEnded(let snoop): snoopEnded(snoop)
        case .enteredBridge(let channel, let bridge): enteredBridge(channel, bridge)
        case .playbackFinished(let playback): playbackFinished(playback)
        case .timerExpired(let timer): timerExpired(timer)
        case .stop: stop()
        }
    }

    // MARK: - Arrival and preparation

    private mutating func supervisorArrived(_ refusal: Refusal?) -> [SessionCommand] {
        // A second StasisStart of the same channel is no second call.
        guard case .created = state else { return [] }
        let answer = request(.answerSupervisor)
        if let refusal { return [answer] + refuse(refusal) }
        do throws(FeatureCodeError) {
            let code = try configuration.prefixes.parse(supervisor.dialled)
            state = .preparing(SessionState.Preparing(code: code))
            return [answer, request(.readSettings), request(.findTargets(endpoints(of: code.target)))]
        } catch {
            return [answer] + refuse(.badCode)
        }
    }

    func endpoints(of target: Extension) -> [EndpointName] {
        configuration.endpointTemplates.map { $0.endpoint(of: target) }
    }

    private mutating func settingsRead(_ settings: SupervisorSettings) -> [SessionCommand] {
        guard case .preparing(var preparing) = state else { return [] }
        preparing.settings = settings
        state = .preparing(preparing)
        return settings.warnings.map { .report(.warning($0)) } + decideIfReady()
    }

    private mutating func targetsFound(_ lookup: TargetLookup) -> [SessionCommand] {
        switch state {
        case .preparing(var preparing):
            preparing.lookup = lookup
            state = .preparing(preparing)
            return decideIfReady()
        case .seeking(let seeking):
            return decideNextTarget(lookup, seeking)
        case .created, .attaching, .monitoring, .refusing, .releasing, .ended:
            return []  // The session has gone on, or ended, while Asterisk was looking.
        }
    }

    private mutating func decideIfReady() -> [SessionCommand] {
        guard case .preparing(let preparing) = state, let settings = preparing.settings,
            let lookup = preparing.lookup
        else { return [] }
        let permit = SessionState.Permit(code: preparing.code, settings: settings)
        switch decide(permit, lookup) {
        case .allowed(let target): return attach(to: target, permit, bridge: nil)
        case .denied(let refusal): return refuse(refusal)
        }
    }

    func decide(_ permit: SessionState.Permit, _ lookup: TargetLookup) -> MonitoringDecision {
        MonitoringPolicy.decide(
            MonitoringRequest(
                supervisor: supervisor.endpoint,
                code: permit.code,
                settings: permit.settings,
                targetEndpoints: endpoints(of: permit.code.target),
                lookup: lookup.without(permit.endedTargets)
            )
        )
    }

    // MARK: - Answers

    private mutating func answered(_ id: CommandID, _ answer: SessionAnswer) -> [SessionCommand] {
        // Asterisk, or the way to it, may answer twice: the first answer counts.
        guard let request = pending.removeValue(forKey: id) else { return [] }
        switch request {
        case .answerSupervisor: return supervisorAnswered(answer)
        case .readSettings:
            if case .settings(let settings) = answer { return settingsRead(settings) }
            // The supervisor's own channel is gone: StasisEnd is on its way, or was lost with the connection.
            return answer == .failed(.gone) ? supervisorLeft() : preparationFailed()
        case .findTargets:
            if case .targets(let lookup) = answer { return targetsFound(lookup) }
            return preparationFailed()
        case .createBridge(let bridge): return bridgeCreated(bridge, answer)
        case .createSnoop(let snoop, _, _): return snoopCreated(snoop, answer)
        case .join(let bridge, _): return joined(bridge, answer)
        case .play(let playback, _): return playbackAsked(playback, answer)
        case .stopPlayback: return []  // It is over, or will be: nobody waits for it.
        case .setResult: return resultSet()
        case .releaseSupervisor: return supervisorReleased(answer)
        case .hangUpSupervisor: return supervisorHungUpByUs(answer)
        case .removeSnoop(let snoop): return snoopRemoved(snoop, answer)
        case .removeBridge(let bridge): return bridgeRemoved(bridge, answer)
        }
    }

    private mutating func supervisorAnswered(_ answer: SessionAnswer) -> [SessionCommand] {
        switch answer {
        case .done, .settings, .targets:
            isAnswered = true
            return proceed()
        case .failed(.gone):
            return supervisorLeft()
        case .failed(.refused), .failed(.unknown):
            // Without an answered channel no prompt can be heard: the dialplan gets the reason.
            guard isSupervisorHere else { return [] }
            switch state {
            case .refusing(let refusing): return release(.refused(refusing.refusal))
            case .created, .preparing, .attaching, .seeking:
                return [.report(.refused(.asteriskRefused))] + release(.refused(.asteriskRefused))
            case .monitoring, .releasing, .ended:
                return []  // He is in the call, for which he was answered, or on his way out.
            }
        }
    }

    /// Settings or targets could not be read. In doubt nobody hears.
    private mutating func preparationFailed() -> [SessionCommand] {
        switch state {
        case .preparing, .seeking: refuse(.asteriskRefused)
        case .created, .attaching, .monitoring, .refusing, .releasing, .ended:
            []  // Decided already, by the other answer or by an end.
        }
    }

    // MARK: - The world

    private mutating func supervisorLeft() -> [SessionCommand] {
        isSupervisorHere = false
        switch state {
        case .ended: return []
        case .releasing: return endIfDone()
        case .refusing(let refusing): return release(.refused(refusing.refusal))
        case .created, .preparing, .attaching, .monitoring, .seeking: return release(.supervisorHungUp)
        }
    }

    private mutating func supervisorReplaced() -> [SessionCommand] {
        switch state {
        case .releasing, .ended: []
        case .created, .preparing, .attaching, .monitoring, .seeking, .refusing: release(.supervisorTransferred)
        }
    }

    private mutating func stop() -> [SessionCommand] {
        switch state {
        case .releasing, .ended: []
        case .refusing(let refusing): release(.refused(refusing.refusal))
        case .created, .preparing, .attaching, .monitoring, .seeking: release(.serviceStopping)
        }
    }

    private mutating func playbackFinished(_ playback: PlaybackID) -> [SessionCommand] {
        switch state {
        case .attaching(var attaching):
            guard attaching.announcement == .playing(playback) else { return [] }
            attaching.announcement = .over
            state = .attaching(attaching)
            return proceed()
        case .refusing(var refusing):
            guard refusing.prompt == .playing(playback) else { return [] }
            refusing.prompt = .over
            state = .refusing(refusing)
            return release(.refused(refusing.refusal))
        case .created, .preparing, .monitoring, .seeking, .releasing, .ended:
            return []  // A prompt that was stopped, or of an earlier step.
        }
    }

    private mutating func playbackAsked(_ playback: PlaybackID, _ answer: SessionAnswer) -> [SessionCommand] {
        let isUnwanted = unwantedPlaybacks.remove(playback) != nil
        guard case .failed = answer else { return isUnwanted ? [request(.stopPlayback(playback))] : [] }
        // No prompt, then: what follows it must not wait for it.
        return playbackFinished(playback)
    }

    private mutating func timerExpired(_ timer: TimerID) -> [SessionCommand] {
        // It expired while it was being cancelled.
        guard timer == deadline else { return [] }
        deadline = nil
        switch state {
        case .attaching: return attachDeadlineExpired()
        case .refusing(let refusing): return release(.refused(refusing.refusal))
        case .releasing: return removalDeadlineExpired()
        case .created, .preparing, .monitoring, .seeking, .ended: return []  // These states have no deadline.
        }
    }

    // MARK: - Making commands

    mutating func request(_ request: SessionRequest) -> SessionCommand {
        commandCount += 1
        let id = CommandID(commandCount)
        pending[id] = request
        return .request(id, request)
    }

    /// Replaces the session's only timer.
    mutating func setDeadline(_ duration: Duration?) -> [SessionCommand] {
        var commands: [SessionCommand] = []
        if let deadline { commands.append(.cancelTimer(deadline)) }
        deadline = nil
        if let duration {
            timerCount += 1
            let timer = TimerID(timerCount)
            deadline = timer
            commands.append(.startTimer(timer, after: duration))
        }
        return commands
    }

    /// Ends a prompt. Of one with several sounds only the present one ends; the next one may still begin.
    mutating func stop(_ playback: PlaybackID) -> [SessionCommand] {
        let isBegun = !pending.values.contains { if case .play(playback, _) = $0 { true } else { false } }
        guard isBegun else {
            unwantedPlaybacks.insert(playback)
            return []
        }
        return [request(.stopPlayback(playback))]
    }

    mutating func newName(_ kind: ResourceName.Kind) -> String {
        resourceCount += 1
        return ResourceName(application: application, session: id, serial: resourceCount, kind: kind).description
    }
}

extension TargetLookup {
    fileprivate func without(_ ended: Set<ChannelID>) -> TargetLookup {
        switch self {
        case .unknownExtension: self
        case .channels(let channels): .channels(channels.filter { !ended.contains($0.id) })
        }
    }
}

/// The states of an ``Engagement``, and what is the same in all of them.
struct EngagementMachine: Hashable, Sendable {
    var decision: PermitDecision
    var permit: Permit
    var state: State
    /// The channel that is monitored, or about to be; kept while it is attached anew.
    var target: TargetChannel?
    /// Whom it talks to.
    var parties: Set<CallParty> = []
    /// The channels of those of whom it is told that they are heard: by the line of the record, or by a report.
    var partiesTold: Set<ChannelName> = []
    /// When the supervisor last pressed a key for a mode in a call; nil if that was so long ago that no other is expected.
    var choseModeAt: Duration?
    /// What the supervisor hears is being recorded, or will be.
    var recording: Recording?
    var watch = Watch()
    /// The prompt that says that there is no next call. Until it is over, the supervisor may believe to be in that call.
    var noNextPrompt: PlaybackID?
    /// What is being asked because rights have changed; nil for nothing.
    var review: Review?
    /// How often in a row Asterisk did not tell what the session must know to go on.
    var unansweredQuestions = 0

    init(_ permit: Permit, _ decision: PermitDecision, resuming mark: SessionMark?, _ outbox: inout Outbox) {
        self.permit = permit
        self.decision = decision
        // The right was taken away while nobody served the session.
        if let mark, permit.mode < mark.modeAfterRestart { outbox.report(.rightsLowered(to: permit.mode)) }
        if let since = mark?.waitingSince, mark?.target == nil {
            // Something may have changed meanwhile.
            state = .waiting(Waiting(since: since, hasChanged: true))
            outbox.report(.waiting(permit.target))
            return
        }
        let search = outbox.request(.findTargets(decision.configuration.endpoints.endpoints(of: permit.target)))
        state = .seeking(Seeking(search: search, isFirst: true, resumes: mark))
    }

    // MARK: - What follows from the state

    var ending: Ending? { if case .over(let ending) = state { ending } else { nil } }

    var isWaiting: Bool { if case .waiting = state { true } else { false } }

    func callLeft(by bridge: BridgeID) -> Tap? {
        guard case .monitoring(let monitoring) = state else { return nil }
        let call = monitoring.taps.main
        return [call.bridge, monitoring.taps.next?.bridge].contains(bridge) ? nil : call
    }

    /// The taps, while there are any.
    var taps: Taps? {
        switch state {
        case .attaching(let attaching): attaching.taps
        case .monitoring(let monitoring): monitoring.taps
        case .seeking, .reattaching, .waiting, .over: nil
        }
    }

    /// The tap that is to become live.
    var newTap: Tap? {
        switch state {
        case .attaching(let attaching): attaching.taps.main
        case .monitoring(let monitoring): monitoring.taps.next
        case .seeking, .reattaching, .waiting, .over: nil
        }
    }

    var wantedSnoops: Set<ChannelID> {
        if case .seeking(let seeking) = state, let mark = seeking.resumes { return mark.snoops }
        return Set((taps?.all.map(\.snoop) ?? []) + [recording?.snoop].compactMap { $0 })
    }

    func wantedBridges(_ seat: BridgeID?) -> Set<BridgeID> {
        switch state {
        case .monitoring(let monitoring): Set(monitoring.taps.all.map(\.bridge))
        case .attaching, .reattaching, .seeking, .waiting:
            Set([newTap?.bridge, seat].compactMap { $0 })
                .union(resumed?.link.map { [$0.bridge] } ?? [])
        case .over: []
        }
    }

    var expectedSnoops: [ChannelID] {
        var snoops = (taps?.all ?? []).filter(\.hasSnoop).map(\.snoop)
        if let recording, recording.state != .requested { snoops.append(recording.snoop) }
        return snoops
    }

    var deadlines: [Deadline] {
        switch state {
        case .attaching(let attaching): [deadline(attaching)]
        case .monitoring(let monitoring):
            if let next = monitoring.taps.next {
                [deadline(to: next, from: monitoring.taps.main)]
            } else {
                [recordingsDeadline, choseModeAt.map { Deadline.keepingSpares(since: $0) }].compactMap { $0 }
            }
        case .reattaching(let reattaching):
            switch reattaching.step {
            case .removing(let attempt): [.unhooking(attempt: attempt)]
            case .lookingLater: [.lookingAgain]
            // The channel tells, and every request is answered.
            case .unhooking, .looking: []
            }
        case .waiting(let waiting):
            [.waiting(permit.target, since: waiting.since)] + (waiting.isSearchDue ? [.searchingAgain] : [])
        case .seeking, .over: []
        }
    }

    /// Who wants to be heard by fewer must soon be, or leave; who wants to be heard by more can wait until their tap is made.
    private func deadline(to next: Tap, from main: Tap) -> Deadline {
        if next.isInDoubt { return .reason(next.bridge) }
        return next.mode > main.mode && next.isBeingMade ? .making(next.bridge) : .switching(next.bridge)
    }

    private var recordingsDeadline: Deadline? {
        guard let recording, recording.state == .finished else { return nil }
        return .recordingsReason(recording.name)
    }

    private func deadline(_ attaching: Attaching) -> Deadline {
        let tap = attaching.taps.main
        if attaching.waitsForPrompt { return .announcing(tap.bridge) }
        if tap.isInDoubt { return .reason(tap.bridge) }
        return switch tap.state {
        case .requested, .filling, .ready: .making(tap.bridge)
        case .joining where attaching.mayWaitForMore: .announcing(tap.bridge)
        case .joining, .live: .joining(tap.bridge)
        }
    }

    /// The session that is being taken over.
    private var resumed: SessionMark? { if case .seeking(let seeking) = state { seeking.resumes } else { nil } }

    func mark(on seat: Seat, _ outbox: Outbox) -> SessionMark? {
        let mode: MonitoringMode
        switch state {
        // A lower mode is written before the supervisor is in it, a higher one after.
        case .monitoring(let monitoring): mode = min(permit.mode, monitoring.taps.next?.mode ?? .barge)
        case .attaching, .reattaching, .waiting: mode = permit.mode
        case .seeking(let seeking):
            // What the channel says stands until the session goes on.
            if seeking.isFirst { return nil }
            mode = permit.mode
        case .over: return nil
        }
        var mark = SessionMark(
            supervisor: seat.supervisor.channel,
            mode: mode,
            extension: permit.target,
            target: target?.id
        )
        mark.session = outbox.session
        mark.takeOvers = outbox.takeOvers
        mark.startedAt = permit.startedAt
        mark.volume = seat.volume
        mark.prompts = seat.promptsPlaying
        if case .waiting(let waiting) = state { mark.waitingSince = waiting.since }
        guard case .monitoring(let monitoring) = state else { return mark }
        mark.link = link(monitoring.taps.main)
        if let recording, recording.state == .recording, recording.isConfirmed {
            mark.recording = .init(snoop: recording.snoop, name: recording.name, hears: recording.hears)
        }
        return mark
    }

    /// A tap as another run could take it over; nil if it could not: where the target talks to several it cannot be known whose packets
    /// the audio hooks have seen.
    private func link(_ tap: Tap) -> SessionMark.Link? {
        guard tap.target.partners.count == 1, let heard = tap.target.partners.first else { return nil }
        return SessionMark.Link(
            snoop: tap.snoop,
            bridge: tap.bridge,
            mode: tap.mode,
            hears: permit.settings.params.hearing(in: tap.mode),
            heard: heard
        )
    }

    // MARK: - Events

    mutating func handle(_ event: EngagementEvent, _ seat: inout Seat, _ outbox: inout Outbox) {
        switch event {
        case .keyPressed(let key): keyPressed(key, &seat, &outbox)
        case .leg(let news): told(news, &seat, &outbox)
        case .targetsChanged: targetsChanged()
        case .rightsChanged(let change): rightsChanged(change, &seat, &outbox)
        case .settingsAnswered(let command, let answer): settingsAnswered(command, answer, &seat, &outbox)
        case .snoopStarted(let snoop): snoopStarted(snoop, &outbox)
        case .snoopEnded(let snoop): snoopEnded(snoop, &seat, &outbox)
        case .entered(let channel, let bridge): entered(channel, bridge)
        case .promptFinished(let playback, let wasHeard): promptFinished(playback, wasHeard: wasHeard, &seat, &outbox)
        case .recordingFailed(let name): recordingFailed(name, &outbox)
        case .recordingFinished(let name): recordingFinished(name)
        case .targetsAnswered(let command, let answer): targetsAnswered(command, answer, &seat, &outbox)
        case .exitAnswered(let command, let answer): exitAnswered(command, answer, &seat, &outbox)
        case .watchAnswered(let command, let answer): watched(command, answer)
        case .bridgeAnswered(let bridge, let answer): bridgeAnswered(bridge, answer, &seat, &outbox)
        case .snoopAnswered(let snoop, let answer): snoopAnswered(snoop, answer, &seat, &outbox)
        case .recordWritten(let bridge, let answer): recordWritten(bridge, answer)
        case .joinFailed(let channel, let bridge): joinFailed(channel, bridge)
        case .recordAnswered(let name, let answer): recordingAnswered(name, answer, &outbox)
        case .expired(let deadline): expired(deadline, &seat, &outbox)
        }
    }

    // MARK: - Being told

    /// The endpoints of which Asterisk is to tell: those of the extension for whose call the session waits.
    private var endpointsToWatch: [EndpointName] {
        isWaiting ? decision.configuration.endpoints.endpoints(of: permit.target) : []
    }

    /// Asterisk tells what the state needs to know.
    var isWatched: Bool { watch.isConfirmed(for: endpointsToWatch.map { .endpoint($0) }) }

    mutating func updateWatch(_ outbox: inout Outbox) { outbox.watch(endpointsToWatch, &watch) }

    mutating func stopListening(_ outbox: inout Outbox) {
        outbox.watch([], &watch)
        if target != nil { outbox.unmonitor() }
    }

    private mutating func watched(_ command: CommandID, _ answer: SessionAnswer) {
        guard watch.answered(command, answer), case .waiting(var waiting) = state else { return }
        switch answer.failure {
        case nil:
            unansweredQuestions = 0
            waiting.hasChanged = true  // While Asterisk was being asked to tell.
            state = .waiting(waiting)
        case .gone: refuse(.asteriskRefused)
        // Whoever waits without ever being told waits for ever: it is asked for again.
        case .refused, .unknown: countUnanswered()
        }
    }

    /// Asterisk did not tell what the session must know.
    ///
    /// - Returns: whether it may be asked again; if not, the session ends.
    @discardableResult
    mutating func countUnanswered() -> Bool {
        unansweredQuestions += 1
        guard unansweredQuestions < SessionConfiguration.questionAttempts else {
            refuse(.asteriskRefused)
            return false
        }
        return true
    }

    // MARK: - Searches

    func look(for target: Extension, _ outbox: inout Outbox) -> CommandID {
        outbox.request(.findTargets(decision.configuration.endpoints.endpoints(of: target)))
    }

    /// The search for targets whose answer counts.
    private var search: CommandID? {
        switch state {
        case .seeking(let seeking): seeking.search
        case .monitoring(let monitoring):
            switch monitoring.step {
            case .findingNext(let search), .findingExtension(_, let search): search
            case .switchingMode, .loweringMode, .findingExit, nil: nil
            }
        case .reattaching(let reattaching): if case .looking(let search) = reattaching.step { search } else { nil }
        case .waiting(let waiting):
            switch waiting.step {
            case .looking(let search), .findingExtension(_, let search): search
            case .findingExit, nil: nil
            }
        case .attaching, .over: nil
        }
    }

    private mutating func targetsAnswered(
        _ command: CommandID,
        _ answer: SessionAnswer,
        _ seat: inout Seat,
        _ outbox: inout Outbox
    ) {
        let targets: TargetLookup? = if case .targets(let targets) = answer { targets } else { nil }
        if review == .looking(command) { return reviewed(targets, &outbox) }
        // A later search has taken this one's place, or nobody looks any more.
        guard command == search else { return }
        switch state {
        case .seeking(let seeking): found(targets, seeking, &seat, &outbox)
        case .monitoring(let monitoring): found(targets, monitoring, &seat, &outbox)
        case .reattaching(let reattaching): found(targets, reattaching, &seat, &outbox)
        case .waiting(let waiting): found(targets, waiting, &seat, &outbox)
        case .attaching, .over: break
        }
    }

    // MARK: - Steps

    mutating func takeNextStep(_ seat: inout Seat, _ outbox: inout Outbox) -> Bool {
        switch state {
        case .attaching(let attaching): return takeNextStep(attaching, &seat, &outbox)
        case .monitoring(let monitoring): return takeNextStep(monitoring, &seat, &outbox)
        case .reattaching(let reattaching):
            guard case .removing = reattaching.step, let target,
                outbox.resources.snoops(on: target.id).isEmpty
            else { return false }
            change(reattaching) { $0.step = .unhooking }
            return true
        case .waiting(let waiting): return takeNextStep(waiting, &seat, &outbox)
        case .seeking, .over: return false
        }
    }

    private mutating func expired(_ deadline: Deadline, _ seat: inout Seat, _ outbox: inout Outbox) {
        switch (deadline, state) {
        case (.making, .attaching(let attaching)), (.joining, .attaching(let attaching)),
            (.announcing, .attaching(let attaching)), (.reason, .attaching(let attaching)):
            attachingExpired(attaching, &seat, &outbox)
        case (.making, .monitoring(let monitoring)), (.switching, .monitoring(let monitoring)),
            (.reason, .monitoring(let monitoring)):
            switchFailed(monitoring, &seat, &outbox)
        case (.recordingsReason, _): recordingEnded(isFailure: true, &outbox)
        case (.keepingSpares, .monitoring):
            choseModeAt = nil
            dropUnwantedSpares(outbox.now)
        case (.unhooking, .reattaching(let reattaching)), (.lookingAgain, .reattaching(let reattaching)):
            reattachingExpired(reattaching, &outbox)
        case (.searchingAgain, .waiting(var waiting)):
            waiting.isSearchDue = false
            waiting.hasChanged = true
            state = .waiting(waiting)
        case (.waiting, .waiting): state = .over(.waitedTooLong)
        case (.making, _), (.joining, _), (.announcing, _), (.switching, _), (.keepingSpares, _), (.reason, _),
            (.unhooking, _), (.lookingAgain, _), (.waiting, _), (.searchingAgain, _), (.tone, _), (.earlierPrompt, _),
            (.explaining, _),
            (.releasing, _):
            break  // A deadline ends with its state.
        }
    }

    mutating func refuse(_ refusal: Refusal) { state = .over(.refused(refusal)) }

    mutating func release(_ end: SessionEnd, to place: DialplanPlace? = nil) {
        state = .over(.released(end, to: place))
    }

    mutating func change(_ reattaching: Reattaching, _ change: (inout Reattaching) -> Void) {
        var reattaching = reattaching
        change(&reattaching)
        state = .reattaching(reattaching)
    }
}

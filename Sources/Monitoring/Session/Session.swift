/// One monitoring session, from the supervisor's arrival to the removal of the last thing that it made.
///
/// A value without clock, network or randomness: ``handle(_:at:)`` takes what happened and returns what to do. It accepts
/// every event in every state. What arrives when it no longer matters is dropped, and the reason stands where it is dropped.
///
/// It is made of parts, each of which alone changes what it owns:
///
/// | Part | Owns |
/// |---|---|
/// | ``Session`` | how the session begins and ends, and to which part an event goes |
/// | ``Seat`` | the supervisor: whether they are here and hear, their bridge, prompts, volume, keys, mark, release |
/// | ``Engagement`` | the target: whose calls, which channel, what follows when it ends |
/// | ``Taps``, ``Tap`` | a snoop and its bridge: made, joined, live, spare |
/// | ``Recording`` | the snoop that records |
/// | ``Outbox`` | requests without an answer, names, and what is in Asterisk by them (``ResourceLedger``) |
/// | ``DeadlineTimers`` | which timer stands for which ``Deadline`` |
package struct Session: Hashable, Sendable {
    package let id: SessionID
    private var configuration: SessionConfiguration
    private var state = SessionState.created {
        didSet { if case .engaged = state {} else { engagement = nil } }
    }
    /// What the session does about calls; nil in every other state than `engaged`. Most events are for it, and it is large: beside the
    /// state it is changed in place.
    private var engagement: Engagement?
    private var seat: Seat
    private var outbox: Outbox
    private var timers = DeadlineTimers()

    package init(
        id: SessionID,
        application: String,
        supervisor: Supervisor,
        configuration: SessionConfiguration,
        takeOvers: Int = 0
    ) {
        self.id = id
        self.configuration = configuration
        seat = Seat(supervisor)
        outbox = Outbox(application: application, session: id, takeOvers: takeOvers)
    }

    /// - Parameter time: since the start of the service.
    package mutating func handle(_ event: SessionEvent, at time: Duration) -> [SessionCommand] {
        // Whatever comes late is nobody's business any more; what was left behind was reported.
        guard !isEnded else { return [] }
        outbox.now = time
        react(to: event)
        settle()
        return outbox.takeCommands()
    }

    // MARK: - Events

    private mutating func react(to event: SessionEvent) {
        switch event {
        case .supervisorArrived(let refusal, let bridge): arrived(refusal, bridge)
        case .supervisorFound(let mark, let bridge, let snoops): found(mark, bridge, snoops)
        case .supervisorLeft: supervisorLeft()
        case .supervisorReplaced: supervisorReplaced()
        case .keyPressed(let key): keyPressed(key)
        case .answered(let id, let answer): answered(id, answer)
        case .snoopStarted(let snoop):
            outbox.snoopStarted(snoop)
            engage(.snoopStarted(snoop))
        case .snoopEnded(let snoop):
            outbox.snoopEnded(snoop)
            engage(.snoopEnded(snoop))
        case .enteredBridge(let channel, let bridge): entered(channel, bridge)
        case .playbackContinued(let playback): seat.promptBegun(playback, &outbox)
        case .playbackFinished(let playback, let wasHeard): promptFinished(playback, wasHeard ? .heard : .missing)
        case .recordingFailed(let name): engage(.recordingFailed(name))
        case .recordingFinished(let name): engage(.recordingFinished(name))
        case .targetsChanged: engage(.targetsChanged)
        case .leg(let news): engage(.leg(news))
        case .rightsChanged(let change): rightsChanged(change)
        case .timerExpired(let timer): expired(timer)
        case .eventsMissed:
            seat.lookForPrompts(&outbox)
            engage(.targetsChanged)
        case .mustEnd(let refusal): if countsAsSession { refuse(refusal) }
        case .stop: stop()
        }
    }

    private mutating func answered(_ id: CommandID, _ answer: SessionAnswer) {
        guard let request = outbox.answered(id, answer) else { return }
        switch request {
        case .answerSupervisor: supervisorAnswered(answer)
        // Older releases do not know it; a prompt has the same effect.
        case .startEarlyMedia: seat.becameAudible(&outbox)
        case .readSettings: settingsAnswered(id, answer)
        case .findTargets: engage(.targetsAnswered(id, answer))
        case .watch: engage(.watchAnswered(id, answer))
        case .writeRecord(let bridge, _): engage(.recordWritten(bridge, answer))
        case .findExit: engage(.exitAnswered(id, answer))
        case .createBridge(let bridge): engage(.bridgeAnswered(bridge, answer))
        case .createSnoop(let snoop, _, _): engage(.snoopAnswered(snoop, answer))
        case .join(let bridge, let channel, _): joined(bridge, channel, answer)
        case .leave(let bridge): left(bridge)
        case .record(_, let name): engage(.recordAnswered(name, answer))
        case .play(let playback, _):
            // No prompt, then: what follows it must not wait for it.
            switch answer.failure {
            case nil: seat.promptBegun(playback, &outbox)
            case .refused: promptFinished(playback, .missing)
            case .gone, .unknown: promptFinished(playback, .unknown)
            }
        case .stopPlayback(let playback), .findPlayback(let playback):
            // There is no such prompt any more: its end is told already, or was lost with the connection.
            if answer.failure == .gone { promptFinished(playback, .heard) }
        case .setVariable(let variable, let value): seat.variableSet(variable, value, &outbox)
        case .mark: seat.markWritten(answer)
        case .releaseSupervisor: seat.released(answer, &outbox)
        case .hangUpSupervisor: seat.hungUp(answer)
        case .removeSnoop: break  // The outbox knows.
        case .removeBridge(let bridge): bridgeRemoved(bridge)
        }
    }

    /// Tells the engagement, if there is one.
    private mutating func engage(_ event: EngagementEvent) {
        engagement?.handle(event, &seat, &outbox)
        endWithEngagement()
    }

    /// Does what follows from the engagement's end, if it has ended.
    private mutating func endWithEngagement() {
        guard let ending = engagement?.ending else { return }
        switch ending {
        case .refused(let refusal): refuse(refusal)
        case .waitedTooLong: explain(.waitingLimit, .waitingLimit)
        case .released(let end, let place): release(end, to: place)
        }
    }

    // MARK: - The supervisor comes

    private mutating func arrived(_ refusal: Refusal?, _ bridge: BridgeID?) {
        // A second StasisStart of the same channel is no second call.
        guard case .created = state else { return }
        if let bridge { adopt(bridge) }
        if let refusal { return refuseUnheard(refusal) }
        do throws(FeatureCodeError) {
            prepare(try configuration.prefixes.parse(seat.supervisor.dialled), nil)
        } catch {
            refuseUnheard(.badCode)
        }
    }

    private mutating func found(_ mark: SessionMark, _ bridge: BridgeID?, _ snoops: Set<ChannelID>) {
        guard case .created = state else { return }
        var mark = mark
        // Only of its own session's prompts a session is told the end.
        mark.prompts.removeAll { ResourceName($0.rawValue)?.session != id }
        seat.adopt(mark, &outbox)
        if let target = mark.target { for snoop in snoops.union(mark.snoops) { outbox.adopt(snoop, on: target) } }
        if let bridge = mark.link?.bridge ?? bridge { adopt(bridge) }
        prepare(FeatureCode(mode: mark.modeAfterRestart, target: mark.`extension`), mark)
    }

    /// The supervisor was found in it: they hear by it, or have to be taken out of it before a prompt.
    private mutating func adopt(_ bridge: BridgeID) {
        outbox.adopt(bridge)
        seat.entered(bridge)
    }

    private mutating func prepare(_ code: FeatureCode, _ mark: SessionMark?) {
        state = .preparing(
            SessionState.Preparing(code: code, question: outbox.request(.readSettings), mark: mark)
        )
    }

    private mutating func rightsChanged(_ change: RightsChange) {
        configuration.endpoints = change.endpoints
        switch state {
        case .preparing(var preparing):
            // The answer that is on its way may be of before.
            guard change.concerns(seat.supervisor.endpoint) else { return }
            preparing.question = outbox.request(.readSettings)
            state = .preparing(preparing)
        case .engaged: engage(.rightsChanged(change))
        case .created, .explaining, .releasing, .ended: break  // They are read later, or the session is over.
        }
    }

    /// Refuses before it is known whether the supervisor is to be answered.
    private mutating func refuseUnheard(_ refusal: Refusal) {
        if refusal != .tooManySessions, !seat.isAudible { outbox.request(.answerSupervisor) }
        refuse(refusal)
    }

    private mutating func settingsAnswered(_ id: CommandID, _ answer: SessionAnswer) {
        // The supervisor's own channel is gone: StasisEnd is on its way, or was lost with the connection.
        if answer.failure == .gone { return supervisorLeft() }
        if case .engaged = state { return engage(.settingsAnswered(id, answer)) }
        // Refused or ended meanwhile, or asked again.
        guard case .preparing(let preparing) = state, preparing.question == id else { return }
        guard case .settings(let settings) = answer else { return refuseUnheard(.asteriskRefused) }
        // Asterisk would not answer again, which is of no effect, before a prompt has ended that it plays already.
        if !seat.isAudible {
            // Only now it is known whether they are to be answered at all.
            outbox.request(settings.params.staysUnanswered ? .startEarlyMedia : .answerSupervisor)
        }
        if preparing.mark?.session == nil { seat.setVolume(settings.params.volume, &outbox) }
        for warning in settings.warnings { outbox.report(.warning(warning)) }
        var permit = Permit(settings: settings, target: preparing.code.target, mode: preparing.code.mode)
        if let mark = preparing.mark {
            permit.startedAt = mark.startedAt
            // The right to a higher mode may have been taken away meanwhile.
            permit = permit.withinPermission
        }
        let decision = PermitDecision(supervisor: seat.supervisor, configuration: configuration)
        // Whoever may not monitor learns nothing about the extension, and Asterisk is not asked about it.
        if let refusal = decision.refusal(permit) { return refuse(refusal) }
        state = .engaged
        engagement = Engagement(permit, decision, resuming: preparing.mark, &outbox)
    }

    private mutating func supervisorAnswered(_ answer: SessionAnswer) {
        switch answer.failure {
        case nil: seat.becameAudible(&outbox)
        case .gone: supervisorLeft()
        case .unknown:
            // They may be answered, and would hear silence.
            guard seat.isHere else { return }
            seat.dropPostponedPrompt()
            seat.becameAudible(&outbox)
            switch state {
            // They hear the call.
            case .engaged where engagement?.isMonitoring == true: break
            case .created, .preparing, .engaged: refuse(.asteriskRefused)
            case .explaining, .releasing, .ended: break
            }
        case .refused:
            // Without an answered channel no prompt can be heard: the dialplan gets the reason.
            guard seat.isHere else { return }
            switch state {
            case .explaining(let explaining): release(explaining.end)
            // They hear the call, and so are answered.
            case .engaged where engagement?.isMonitoring == true: break
            case .created, .preparing, .engaged:
                outbox.report(.refused(.asteriskRefused))
                release(.refused(.asteriskRefused))
            case .releasing, .ended: break  // On their way out.
            }
        }
    }

    private mutating func keyPressed(_ key: TelephoneKey) {
        switch state {
        case .preparing(let preparing): seat.press(key, in: preparing.code.mode, &outbox)
        case .engaged: engage(.keyPressed(key))
        case .created, .explaining, .releasing, .ended: break  // Nothing is left that a key could change.
        }
    }

    // MARK: - Bridges

    private mutating func entered(_ channel: ChannelID, _ bridge: BridgeID) {
        guard outbox.resources[bridge] != nil else { return }  // Removed already, or somebody else's.
        let supervisor = seat.supervisor.channel
        guard channel == supervisor || ResourceName(channel.rawValue)?.session == id else {
            // The supervisor's phone has transferred its call to somebody whose rights nobody has checked.
            return supervisorReplaced()
        }
        if channel == supervisor {
            if let call = engagement?.callLeft(by: bridge) {
                // A join of an earlier step was late. The supervisor belongs into the call.
                outbox.request(call.joining(channel))
                return
            }
            seat.entered(bridge)
        }
        engage(.entered(channel, bridge))
    }

    private mutating func joined(_ bridge: BridgeID, _ channel: ChannelID, _ answer: SessionAnswer) {
        let isSupervisor = channel == seat.supervisor.channel
        // Who is in the bridge is told by events; Asterisk answers 204 even when a join fails later. But an event may be late,
        // and a last prompt must know.
        guard answer.failure == nil else {
            // Asterisk does it when the supervisor is played nothing any more.
            if isSupervisor, answer.failure == .unknown, seat.mayBePlayedMore { return }
            return engage(.joinFailed(channel, bridge))
        }
        // Whoever has left a call by it goes back: see ``entered(_:_:)``.
        guard isSupervisor, outbox.resources[bridge] != nil, engagement?.callLeft(by: bridge) == nil else { return }
        seat.entered(bridge)
    }

    private mutating func bridgeRemoved(_ bridge: BridgeID) {
        guard outbox.resources[bridge] != nil else { return seat.left(bridge) }
        // The supervisor must not stay with a snoop that is not to be there any more, in a bridge that cannot be taken from
        // them.
        if bridge == seat.bridge, outbox.resources.hasStuckSnoop, countsAsSession { refuse(.asteriskRefused) }
    }

    /// The bridge that the supervisor may stay in until they are somewhere else: nobody is in it who cannot be removed.
    private var bridgeToStayIn: BridgeID? { outbox.resources.hasStuckSnoop ? nil : seat.bridge }

    // MARK: - The end

    private mutating func supervisorLeft() {
        seat.leave()
        switch state {
        case .ended, .releasing: break
        case .explaining(let explaining): release(explaining.end)
        case .created, .preparing, .engaged: release(.supervisorHungUp)
        }
    }

    private mutating func supervisorReplaced() {
        switch state {
        case .releasing, .ended: break
        case .created, .preparing, .engaged, .explaining: release(.supervisorTransferred)
        }
    }

    private mutating func stop() {
        switch state {
        case .releasing, .ended: break
        case .explaining(let explaining): release(explaining.end)
        case .created, .preparing, .engaged: release(.serviceStopping)
        }
    }

    /// Tells the supervisor why not.
    private mutating func refuse(_ refusal: Refusal) {
        outbox.report(.refused(refusal))
        // One more of too many is not to cost more than that; the dialplan answers with a tone.
        if refusal == .tooManySessions { return release(.refused(refusal)) }
        explain(.refused(refusal), .refusal(refusal))
    }

    /// Plays a last prompt, after one that is playing, and ends the session after it.
    private mutating func explain(_ end: SessionEnd, _ prompt: Prompt) {
        disengage()
        seat.dropPostponedPrompt()
        seat.silenceEarlierRun(&outbox)
        // A run that begins during the prompt is not to go on with the session.
        seat.tell(end, &outbox)
        state = .explaining(SessionState.Explaining(end: end, prompt: prompt))
    }

    /// Sends the supervisor back to the dialplan and removes what is ours, at the same time.
    private mutating func release(_ end: SessionEnd, to place: DialplanPlace? = nil) {
        disengage()
        seat.release(end, to: place, &outbox)
        state = .releasing(SessionState.Releasing(end: end))
    }

    private mutating func disengage() {
        engagement?.stopListening(&outbox)
        outbox.removeAgain()
    }

    private mutating func left(_ bridge: BridgeID) {
        // Whatever the answer: the bridge is removed now.
        seat.left(bridge)
        guard case .explaining(let explaining) = state, explaining.progress == .leaving else { return }
        sayLast(explaining)
    }

    private mutating func sayLast(_ current: SessionState.Explaining) {
        var explaining = current
        explaining.progress = .playing(seat.play(explaining.prompt, &outbox))
        state = .explaining(explaining)
    }

    private mutating func promptFinished(_ playback: PlaybackID, _ end: Prompts.End) {
        guard let over = seat.promptFinished(playback, end, &outbox) else { return }
        if case .explaining(let explaining) = state, explaining.progress == .playing(over) {
            return release(explaining.end)
        }
        engage(.promptFinished(over, wasHeard: end == .heard))
    }

    private mutating func expired(_ timer: TimerID) {
        guard let deadline = timers.expired(timer) else { return }
        switch deadline {
        case .tone(let playback), .earlierPrompt(let playback): return seat.stopTone(playback, &outbox)
        default: break
        }
        switch state {
        case .engaged: engage(.expired(deadline))
        case .explaining(let explaining): release(explaining.end)
        case .releasing(var releasing):
            guard releasing.attempt < SessionConfiguration.removalAttempts else { return giveUp(releasing.end) }
            releasing.attempt += 1
            state = .releasing(releasing)
            outbox.removeAgain()
            seat.hangUp(&outbox)
        case .created, .preparing, .ended: break  // These states have no deadline.
        }
    }

    /// Ends the session though something of it may be left.
    private mutating func giveUp(_ end: SessionEnd) {
        let left = outbox.resources.names + (seat.isHere ? [seat.supervisor.channel.rawValue] : [])
        outbox.report(.leftBehind(left))
        self.end(end)
    }

    private mutating func end(_ end: SessionEnd) {
        state = .ended(end)
        outbox.report(.ended(end))
    }

    // MARK: - Settling

    /// Does what follows from the state, after every event: takes the steps that can be taken, removes what nobody wants, lets
    /// Asterisk tell what must be known, and starts and cancels timers.
    private mutating func settle() {
        removeUnwanted()
        while takeNextStep() { removeUnwanted() }
        guard !isEnded else { return timers.run([], configuration, &outbox) }
        engagement?.updateWatch(&outbox)
        endWithEngagement()
        timers.run(deadlines, configuration, &outbox)
        if seat.mayWriteMark, let mark = engagement?.mark(on: seat, outbox) { seat.write(mark, &outbox) }
    }

    private mutating func takeNextStep() -> Bool {
        switch state {
        case .engaged:
            let hasStepped = engagement?.takeNextStep(&seat, &outbox) ?? false
            endWithEngagement()
            return hasStepped
        case .explaining(let explaining): return takeNextStep(explaining)
        case .releasing(let releasing):
            guard !seat.isHere, outbox.resources.isEmpty else { return false }
            end(releasing.end)
            return true
        case .created, .preparing, .ended: return false
        }
    }

    private mutating func takeNextStep(_ current: SessionState.Explaining) -> Bool {
        guard seat.isAudible, current.progress == .due, outbox.bridgesBeingJoined(by: seat.supervisor.channel).isEmpty
        else { return false }
        guard let bridge = seat.bridge, let progress = outbox.resources[bridge] else {
            sayLast(current)
            return true
        }
        // A channel that is playing leaves its bridge only after the prompt; and out of one that is being removed it is being
        // thrown.
        guard seat.isSilent, progress != .removing else { return false }
        var explaining = current
        explaining.progress = .leaving
        state = .explaining(explaining)
        outbox.request(.leave(bridge))
        return true
    }

    private mutating func removeUnwanted() {
        guard outbox.resources.mayBeRemoved else { return }
        var bridges = outbox.bridgesBeingJoined()
        var snoops: Set<ChannelID> = []
        switch state {
        case .engaged:
            snoops = engagement?.wantedSnoops ?? []
            bridges.formUnion(engagement?.wantedBridges(bridgeToStayIn) ?? [])
        case .explaining(let explaining):
            switch explaining.progress {
            // Until the supervisor has left it for the last prompt.
            case .due, .leaving: if let bridge = bridgeToStayIn { bridges.insert(bridge) }
            case .playing: break
            }
        // After the first attempt it counts no more that somebody may be joining, or is being played something.
        case .releasing(let releasing) where releasing.attempt > 1: bridges = []
        // Who is thrown out of a bridge in the moment in which a prompt begins stays in Asterisk for ten minutes, whoever hangs up:
        // it waits so long for the prompt's end (`bridge_channel.c`, PLAYBACK_TIMEOUT; seen on 22.10.1).
        case .releasing:
            if seat.isHere, !seat.isSilent, let bridge = bridgeToStayIn { bridges.insert(bridge) }
        // The supervisor hears by it until it is decided whether they may.
        case .preparing(let preparing):
            snoops = preparing.mark?.snoops ?? []
            if let bridge = bridgeToStayIn { bridges.insert(bridge) }
        case .created, .ended: break
        }
        outbox.remove(exceptSnoops: snoops, exceptBridges: bridges)
    }

    private var deadlines: [Deadline] {
        switch state {
        case .engaged: (engagement?.deadlines ?? []) + seat.deadlines
        case .explaining: [.explaining] + seat.deadlines
        case .releasing(let releasing): [.releasing(attempt: releasing.attempt)]
        case .created, .preparing, .ended: []
        }
    }
}

// MARK: - What may be asked about a session

extension Session {
    package var supervisor: Supervisor { seat.supervisor }

    package var isEnded: Bool { end != nil }

    /// How the session has ended; nil while it goes on.
    package var end: SessionEnd? {
        if case .ended(let end) = state { end } else { nil }
    }

    /// The name of its state, for logs.
    package var stateName: String {
        switch state {
        case .created: "created"
        case .preparing: "preparing"
        case .engaged: engagement?.stateName ?? "engaged"
        case .explaining: "explaining"
        case .releasing: "releasing"
        case .ended: "ended"
        }
    }

    /// Whether the supervisor's channel is still with us, as far as events have told.
    package var expectsSupervisor: Bool { seat.isHere && !isEnded }

    /// Whether the session is one of those that the configuration limits: one whose supervisor is being refused or released
    /// is not.
    package var countsAsSession: Bool {
        switch state {
        case .created, .preparing, .engaged: true
        case .explaining, .releasing, .ended: false
        }
    }

    /// Whose calls are monitored, or waited for; nil before it is known that they may be, and at the end.
    package var targetExtension: Extension? { engagement?.targetExtension }

    /// The channel that is monitored, or about to be.
    package var target: ChannelID? { engagement?.target }

    /// The snoops whose end we expect to be told.
    package var expectedSnoops: [ChannelID] { engagement?.expectedSnoops ?? [] }

    /// What was asked for, may come into being any moment, and is still to be removed then: of use when the session has
    /// given up waiting.
    package var unansweredCreations: [SessionRequest] { outbox.unansweredCreations }

    /// Whether a snoop or bridge of this name is the session's own.
    package func owns(_ name: String) -> Bool {
        outbox.resources[ChannelID(name)] != nil || outbox.resources[BridgeID(name)] != nil
    }

    /// The session's snoops on a channel, those included that are asked for or being removed.
    package func snoops(on channel: ChannelID) -> Set<ChannelID> { outbox.resources.snoops(on: channel) }

    /// The snoops that there are, or may be, each with the channel that it is on.
    var snoops: [ChannelID: ChannelID] { outbox.resources.snoopTargets }

    /// Whether this snoop, which may not have been made yet, is still of use.
    package func wants(_ snoop: ChannelID) -> Bool { engagement?.wantedSnoops.contains(snoop) ?? false }

    /// Whether the session waits for an extension's next call.
    package var isWaiting: Bool { engagement?.isWaiting ?? false }
}

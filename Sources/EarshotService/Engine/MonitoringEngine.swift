import ARI
import Logging
import Monitoring

/// Owns every session: takes what happens in Asterisk, hands it to the session it concerns, and gives out what is to be
/// done. It never waits for Asterisk itself.
actor MonitoringEngine<ServiceClock: Clock> where ServiceClock.Duration == Duration {
    /// Something to be done outside the engine.
    enum Job: Sendable {
        case request(CommandID, SessionRequest, Supervisor, SessionID)
        /// Tell a session when a time has passed, unless the stream ends before.
        case timer(TimerID, SessionID, after: Duration, cancelled: AsyncStream<Never>)
        case reconcile(ReconciliationExpectation, connection: Int)
        /// Compare when a time has passed, unless the stream ends before.
        case reconcileLater(after: Duration, cancelled: AsyncStream<Never>)
        case remove(LeftOver)
        /// Look at a channel of which Asterisk tells our application, and admit it if it is in it.
        ///
        /// `isTarget` if a session has asked to be told of it.
        case admit(ChannelID, isTarget: Bool)
        case subscribe(WatchedSource)
        case unsubscribe(WatchedSource)
        /// Hand in an answer that needs nothing from Asterisk.
        case answer(CommandID, SessionAnswer, SessionID)
        /// Let a session look for what it missed.
        case catchUp(SessionID)
    }

    struct Entry {
        var session: Session
        let arrivedAt: ServiceClock.Instant
        var startedAt: ServiceClock.Instant?
        /// The key that was told last.
        var lastKey: ChannelDtmfReceived?
        /// When it was told.
        var keyPressedAt: ServiceClock.Instant?
        /// Ends the wait of each timer that is running.
        var timers: [TimerID: AsyncStream<Never>.Continuation] = [:]
    }

    let configuration: ServiceConfiguration
    private let instance: String
    let clock: ServiceClock
    let logger: Logger
    let jobs: AsyncStream<Job>.Continuation
    private let idle: AsyncStream<Never>.Continuation

    private(set) var sessions: [SessionID: Entry] = [:]
    var watchList = WatchList()
    var heldSnoops: [HeldSnoop] = []
    private(set) var sessionsBySupervisor: [ChannelID: SessionID] = [:]
    /// What is being removed. A channel among it is admitted to nothing.
    var removals: Set<LeftOver> = []
    var comparisons = ComparisonSchedule()
    /// Channels in our application of which no event had told when it was compared last.
    var unknownChannels: Set<ChannelID> = []
    /// Ends the wait for the next comparison.
    var comparisonTimer: AsyncStream<Never>.Continuation?
    /// Of sessions that were given up: what may still come into being. Each is answered, and then removed.
    var unansweredCreations: Set<SessionRequest> = []
    private var sessionCount = 0
    private var isStopping = false
    /// The connection over which events come; nil while there is none.
    private(set) var connection: Int?
    /// Sessions have not been asked to look for what they missed since the connection was made.
    var missesEvents = false
    private var lastFailure: ARIError.Code?

    /// - Parameters:
    ///   - instance: names this run of the service in the names of what it makes; different from every earlier run's.
    ///   - jobs: takes what is to be done.
    ///   - idle: is finished when the service has been stopped and the last session has ended.
    init(
        configuration: ServiceConfiguration,
        instance: String,
        clock: ServiceClock,
        logger: Logger,
        jobs: AsyncStream<Job>.Continuation,
        idle: AsyncStream<Never>.Continuation
    ) {
        self.configuration = configuration
        self.instance = instance
        self.clock = clock
        self.logger = logger
        self.jobs = jobs
        self.idle = idle
    }

    // MARK: - From the connection

    func handle(_ update: ARIConnectionUpdate) {
        switch update {
        case .connected(let number): connected(number)
        case .event(let event): handle(event)
        case .disconnected(let disconnection): disconnected(disconnection)
        }
    }

    private func connected(_ number: Int) {
        lastFailure = nil
        connection = number
        missesEvents = true
        logger.info(
            "connected to Asterisk",
            metadata: Logger.Metadata([
                .application: configuration.application, .connection: number, .sessions: sessions.count,
            ])
        )
        carryOut(comparisons.connected(number))
    }

    private func disconnected(_ disconnection: ARIConnectionUpdate.Disconnection) {
        connection = nil
        carryOut(comparisons.disconnected())
        // While Asterisk is away the same failure comes again and again: one line tells it, until it changes.
        let isNews = disconnection.wasConnected || lastFailure != disconnection.cause.code
        lastFailure = disconnection.cause.code
        logger.log(
            level: isNews ? .warning : .debug,
            disconnection.wasConnected ? "disconnected from Asterisk" : "cannot connect to Asterisk",
            metadata: Logger.Metadata([
                .application: configuration.application,
                .errorCode: disconnection.cause.code.metricLabel,
                .error: disconnection.cause,
                .retryAfter: disconnection.retryAfter?.milliseconds.description ?? "never",
                .sessions: sessions.count,
            ])
        )
    }

    private func handle(_ event: ARIEvent) {
        logger.trace("event", metadata: Logger.Metadata([.event: event.metricLabel]))
        switch event {
        case .stasisStart(let start):
            stasisStart(start)
        case .stasisEnd(let end):
            channelEnded(ChannelID(end.channel.id.rawValue))
        case .channelDestroyed(let destroyed):
            let id = ChannelID(destroyed.channel.id.rawValue)
            channelEnded(id)
            for session in watchList.sessions(watching: .channel(id)) { hand(.targetGone(id), to: session) }
        case .channelEnteredBridge(let entered):
            guard let channel = entered.channel, let name = ourName(entered.bridge.id.rawValue) else { return }
            hand(.enteredBridge(ChannelID(channel.id.rawValue), BridgeID(entered.bridge.id.rawValue)), to: name.session)
        case .playbackFinished(let finished):
            guard let name = ourName(finished.playback.id.rawValue) else { return }
            let wasHeard = finished.playback.state != .failed
            hand(
                .playbackFinished(PlaybackID(finished.playback.id.rawValue), wasHeard: wasHeard),
                to: name.session
            )
        case .playbackContinuing(let continuing):
            guard let name = ourName(continuing.playback.id.rawValue) else { return }
            hand(.playbackContinued(PlaybackID(continuing.playback.id.rawValue)), to: name.session)
        case .channelDtmfReceived(let received):
            keyPressed(received)
        case .recordingFailed(let failed):
            let name = RecordingName(failed.recording.name)
            if let session = name.session { hand(.recordingFailed(name), to: session) }
        case .recordingFinished(let finished):
            let name = RecordingName(finished.recording.name)
            if let session = name.session { hand(.recordingFinished(name), to: session) }
        case .channelCreated(let created):
            targetChanged(created.channel)
        case .channelStateChange(let change):
            targetChanged(change.channel)
        case .channelVarset(let varset):
            // Set when the channel gets somebody to talk to.
            if varset.variable == "BRIDGEPEER", !varset.value.isEmpty, let channel = varset.channel {
                targetChanged(channel)
                partnersChanged(channel, PartnerNames(varset.value))
            }
        case .channelHangupRequest, .channelLeftBridge, .channelHold, .channelUnhold, .bridgeDestroyed,
            .playbackStarted, .recordingStarted, .endpointStateChange, .channelUserevent,
            .applicationReplaced, .unknown, .undecodable:
            break  // Nothing that a session waits for; see `SessionEvent`.
        }
    }

    // MARK: - Channels

    private func stasisStart(_ start: StasisStart) {
        let id = ChannelID(start.channel.id.rawValue)
        if let replaced = start.replacedChannel {
            // A transfer put somebody whose rights nobody has checked into a supervisor's place. He hears nothing.
            if let session = sessionsBySupervisor[ChannelID(replaced.id.rawValue)] {
                hand(.supervisorReplaced, to: session)
            }
            remove(.stranger(id))
            return
        }
        guard let name = ourName(id.rawValue), name.kind == .snoop else {
            admit(start.channel, dialled: start.arguments.first)
            return
        }
        guard let entry = sessions[name.session], entry.session.owns(name.description) else {
            // Its session gave it up before it was there.
            remove(.snoop(id))
            return
        }
        hand(.snoopStarted(id), to: name.session)
    }

    private func channelEnded(_ channel: ChannelID) {
        if let session = sessionsBySupervisor[channel] {
            hand(.supervisorLeft, to: session)
        } else if let name = ourName(channel.rawValue), name.kind == .snoop {
            hand(.snoopEnded(channel), to: name.session)
        }
    }

    private func keyPressed(_ received: ChannelDtmfReceived) {
        guard let session = sessionsBySupervisor[ChannelID(received.channel.id.rawValue)], received.digit.count == 1,
            let key = received.digit.first.flatMap(TelephoneKey.init)
        else { return }
        // Asterisk tells it twice while somebody waits for a call of the supervisor's own extension: once because the
        // channel is ours, once because the endpoint is watched.
        if received.timestamp != nil, sessions[session]?.lastKey == received { return }
        sessions[session]?.lastKey = received
        sessions[session]?.keyPressedAt = clock.now
        hand(.keyPressed(key), to: session)
    }

    /// Begins a session for a channel that dialled a feature code.
    ///
    /// - Parameters:
    ///   - dialled: the first argument of `Stasis()`, if there is one; else the dialled extension counts.
    ///   - found: for a channel that was found in our application: what it says about the session that it was in.
    func admit(_ channel: Channel, dialled: String? = nil, found: FoundMark? = nil) {
        let id = ChannelID(channel.id.rawValue)
        // Known already, by reconciliation or by its event. But who has left, and comes again before the last of his
        // session is removed, begins anew.
        if let session = sessionsBySupervisor[id], sessions[session]?.session.expectsSupervisor == true { return }
        if found == .over { remove(.stranger(id)) }
        // Somebody whom nobody could release is let into nothing.
        if removals.contains(.stranger(id)) { return }
        sessionCount += 1
        let session = SessionID(instance: instance, number: sessionCount)
        let supervisor = Supervisor(
            channel: id,
            endpoint: EndpointName(channelName: channel.name),
            dialled: dialled.flatMap { $0.isEmpty ? nil : $0 } ?? channel.dialplan.exten
        )
        let refusal = refusal(for: supervisor)
        sessions[session] = Entry(
            session: Session(
                id: session,
                application: configuration.application,
                supervisor: supervisor,
                configuration: configuration.session
            ),
            arrivedAt: clock.now
        )
        sessionsBySupervisor[id] = session
        logger.debug(
            "supervisor arrived",
            metadata: Logger.Metadata([
                .session: session, .supervisor: supervisor.name, .channel: id, .dialled: supervisor.dialled,
            ])
        )
        for other in sessions.keys.sorted(by: { $0.number < $1.number }) { hand(.targetSupervises(id), to: other) }
        hand(isStopping ? .stop : arrival(refusal, found, of: supervisor), to: session)
    }

    private func arrival(_ refusal: Refusal?, _ found: FoundMark?, of supervisor: Supervisor) -> SessionEvent {
        if let refusal { return .supervisorArrived(refusal: refusal) }
        switch found {
        case .session(let mark)?:
            // Somebody has been put into the place of the supervisor who was in the session.
            if mark.supervisor != supervisor.channel { return .supervisorArrived(refusal: .transferred) }
            return .supervisorFound(mark)
        case .nothing?:
            // They came while nobody was told. Nothing proves what they know of it: they are heard by nobody.
            guard let code = try? configuration.session.prefixes.parse(supervisor.dialled) else { break }
            return .supervisorFound(
                SessionMark(supervisor: supervisor.channel, mode: .listen, extension: code.target, target: nil)
            )
        case nil, .over?: break
        }
        return .supervisorArrived(refusal: nil)
    }

    /// Whether there is a place for one more session, and one more of this supervisor. Those who are refused count too: they
    /// cost as much.
    private func refusal(for supervisor: Supervisor) -> Refusal? {
        let own = sessions.values.count { entry in
            entry.session.expectsSupervisor && entry.session.supervisor.endpoint == supervisor.endpoint
        }
        if own >= configuration.maximumSessionsOfSupervisor { return .tooManySessions }
        let places = sessions.values.count { $0.session.countsAsSession }
        return places >= configuration.maximumSessions ? .noCapacity : nil
    }

    func ourName(_ text: String) -> ResourceName? {
        guard let name = ResourceName(text), name.application == configuration.application else { return nil }
        return name
    }

    // MARK: - Sessions

    /// Hands an event to a session and gives out what the session wants done.
    func hand(_ event: SessionEvent, to session: SessionID) {
        // The session has ended; whatever this was, nobody waits for it.
        guard var entry = sessions[session] else { return }
        let before = entry.session.stateName
        let unhookingBefore = entry.session.channelBeingUnhooked
        let commands = entry.session.handle(event)
        let after = entry.session.stateName
        logger.debug(
            "session event",
            metadata: Logger.Metadata([
                .session: session, .event: String(describing: event),
                .state: before == after ? after : "\(before) -> \(after)",
            ])
        )
        for command in commands {
            execute(command, of: session, &entry)
        }
        sessions[session] = entry
        if entry.session.isEnded { forget(session, entry) }
        if let channel = entry.session.channelBeingUnhooked, channel != unhookingBefore { unhookEverywhere(channel) }
        releaseHeldSnoops()
    }

    /// Hands in the answer to a request. What was made for a session that has been given up meanwhile is removed.
    func answered(_ id: CommandID, _ request: SessionRequest, _ answer: SessionAnswer, to session: SessionID) {
        let answer = answer.withSupervisors(sessionsBySupervisor)
        // It may come into being after its removal has found nothing. And a supervisor who seems to have gone may be in our
        // application all the same.
        if request.isCreation && answer == .failed(.unknown) || request.isAboutSupervisor && answer == .failed(.gone) {
            carryOut(comparisons.doubted())
        }
        if unansweredCreations.remove(request) != nil {
            switch request {
            case .createSnoop(let snoop, _, _): remove(.snoop(snoop))
            case .createBridge(let bridge): remove(.bridge(bridge))
            default: break
            }
        }
        hand(.answered(id, answer), to: session)
    }

    private func execute(_ command: SessionCommand, of session: SessionID, _ entry: inout Entry) {
        switch command {
        case .request(let id, .watch(let sources)):
            carryOut(watchList.watch(sources, for: session, id))
        case .unwatch:
            carryOut(watchList.unwatch(session))
        case .request(let id, let request):
            logger.debug(
                "session command",
                metadata: Logger.Metadata([.session: session, .command: String(describing: request)])
            )
            let supervisor = entry.session.supervisor
            if !hold(id, request, supervisor, session) {
                jobs.yield(.request(id, request, supervisor, session))
            }
        case .startTimer(let id, let duration):
            let (cancelled, continuation) = AsyncStream.makeStream(of: Never.self)
            entry.timers[id] = continuation
            jobs.yield(.timer(id, session, after: duration, cancelled: cancelled))
        case .cancelTimer(let id):
            entry.timers.removeValue(forKey: id)?.finish()
        case .report(let report):
            if case .started = report { entry.startedAt = clock.now }
            log(report, of: session, entry)
        }
    }

    func timerExpired(_ timer: TimerID, of session: SessionID) {
        sessions[session]?.timers[timer] = nil
        hand(.timerExpired(timer), to: session)
    }

    private func forget(_ session: SessionID, _ entry: Entry) {
        sessions[session] = nil
        for timer in entry.timers.values { timer.finish() }
        unansweredCreations.formUnion(entry.session.unansweredCreations)
        let channel = entry.session.supervisor.channel
        if sessionsBySupervisor[channel] == session { sessionsBySupervisor[channel] = nil }
        finishIfIdle()
    }

    // MARK: - Stopping

    /// Admits nobody from now on, and ends every session.
    func stop() {
        isStopping = true
        logger.info("stopping", metadata: Logger.Metadata([.sessions: sessions.count]))
        for session in sessions.keys.sorted(by: { $0.number < $1.number }) {
            hand(.stop, to: session)
        }
        finishIfIdle()
    }

    private func finishIfIdle() {
        if isStopping, sessions.isEmpty { idle.finish() }
    }
}

/// What a channel that was found in our application says about the session that it was in.
enum FoundMark: Hashable, Sendable {
    case nothing
    case session(SessionMark)
    /// The session is over, and its supervisor was being released.
    case over

    /// - Parameters:
    ///   - mark: the channel's `EARSHOT_SESSION`.
    ///   - result: its `EARSHOT_RESULT`.
    init(mark: String?, result: String?) {
        guard let mark = mark.flatMap({ SessionMark($0) }) else {
            self = .nothing
            return
        }
        self = result == nil ? .session(mark) : .over
    }
}

extension SessionAnswer {
    /// Marks the channels that are in monitoring sessions of their own, as of now: some may have come since Asterisk was
    /// asked.
    fileprivate func withSupervisors(_ supervisors: [ChannelID: SessionID]) -> SessionAnswer {
        guard case .targets(.channels(var channels)) = self else { return self }
        for index in channels.indices where supervisors[channels[index].id] != nil {
            channels[index].isSupervising = true
        }
        return .targets(.channels(channels))
    }
}

extension SessionRequest {
    fileprivate var isCreation: Bool {
        switch self {
        case .createSnoop, .createBridge: true
        default: false
        }
    }
}

import ARI
import Logging
import Monitoring

/// Owns every session: takes what happens in Asterisk, hands it to the session it concerns, and gives out what is to be
/// done. It never waits for Asterisk itself.
actor MonitoringEngine<ServiceClock: Clock> where ServiceClock.Duration == Duration {
    /// Something to be done outside the engine.
    enum Job: Sendable {
        case request(CommandID, SessionRequest, SupervisorChannel, SessionID, supervisors: Set<ChannelID>)
        case timer(TimerID, SessionID, after: Duration)
        case reconcile(ReconciliationExpectation, connection: Int)
        /// Compare again in a while: something may be left that no event tells of.
        case reconcileLater(connection: Int)
        /// Hang up a channel that came into a supervisor's place.
        case hangUp(ChannelID)
        case removeSnoop(ChannelID)
        case removeBridge(BridgeID)
        /// Look at a channel that was found in our application, and admit it.
        case admit(ChannelID)
    }

    private struct Entry {
        var machine: SessionStateMachine
        let supervisor: SupervisorChannel
        let arrivedAt: ServiceClock.Instant
        var startedAt: ServiceClock.Instant?
    }

    private let configuration: ServiceConfiguration
    private let instance: String
    private let clock: ServiceClock
    private let logger: Logger
    private let jobs: AsyncStream<Job>.Continuation
    private let idle: AsyncStream<Never>.Continuation

    private var sessions: [SessionID: Entry] = [:]
    private var sessionsBySupervisor: [ChannelID: SessionID] = [:]
    /// Of sessions that were given up: what may still come into being. Each is answered, and then removed.
    private var unansweredCreations: Set<SessionRequest> = []
    private var sessionCount = 0
    private var isStopping = false
    /// The connection over which events come; nil while there is none.
    private var connection: Int?
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
        logger.info(
            "connected to Asterisk",
            metadata: Logger.Metadata([
                .application: configuration.application, .connection: number, .sessions: sessions.count,
            ])
        )
        jobs.yield(.reconcile(expectation, connection: number))
    }

    private func disconnected(_ disconnection: ARIConnectionUpdate.Disconnection) {
        connection = nil
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
            channelEnded(ChannelID(destroyed.channel.id.rawValue))
        case .channelEnteredBridge(let entered):
            guard let channel = entered.channel, let name = ourName(entered.bridge.id.rawValue) else { return }
            hand(.enteredBridge(ChannelID(channel.id.rawValue), BridgeID(entered.bridge.id.rawValue)), to: name.session)
        case .playbackFinished(let finished):
            guard let name = ourName(finished.playback.id.rawValue) else { return }
            hand(.playbackFinished(PlaybackID(finished.playback.id.rawValue)), to: name.session)
        case .channelCreated, .channelStateChange, .channelHangupRequest, .channelLeftBridge, .channelVarset,
            .channelDtmfReceived, .channelHold, .channelUnhold, .bridgeDestroyed, .playbackStarted,
            .endpointStateChange, .channelUserevent, .applicationReplaced, .unknown, .undecodable:
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
            jobs.yield(.hangUp(id))
            return
        }
        guard let name = ourName(id.rawValue), name.kind == .snoop else {
            admit(start.channel, dialled: start.arguments.first)
            return
        }
        guard let entry = sessions[name.session], entry.machine.owns(name.description) else {
            // Its session gave it up before it was there.
            jobs.yield(.removeSnoop(id))
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

    /// Begins a session for a channel that dialled a feature code.
    ///
    /// - Parameter dialled: the first argument of `Stasis()`, if there is one; else the dialled extension counts.
    func admit(_ channel: Channel, dialled: String? = nil) {
        let id = ChannelID(channel.id.rawValue)
        // Known already, by reconciliation or by its event. But who has left, and comes again before the last of his
        // session is removed, begins anew.
        if let session = sessionsBySupervisor[id], sessions[session]?.machine.expectsSupervisor == true { return }
        sessionCount += 1
        let session = SessionID(instance: instance, number: sessionCount)
        let supervisor = Supervisor(
            channel: id,
            endpoint: EndpointName(channelName: channel.name),
            dialled: dialled.flatMap { $0.isEmpty ? nil : $0 } ?? channel.dialplan.exten
        )
        let isFull = sessions.values.count { $0.machine.takesPlace } >= configuration.maximumSessions
        sessions[session] = Entry(
            machine: SessionStateMachine(
                id: session,
                application: configuration.application,
                supervisor: supervisor,
                configuration: configuration.session
            ),
            supervisor: SupervisorChannel(id: id, variables: channel.variables),
            arrivedAt: clock.now
        )
        sessionsBySupervisor[id] = session
        logger.debug(
            "supervisor arrived",
            metadata: Logger.Metadata([
                .session: session, .supervisor: supervisor.name, .channel: id, .dialled: supervisor.dialled,
            ])
        )
        hand(isStopping ? .stop : .supervisorArrived(refusal: isFull ? .noCapacity : nil), to: session)
    }

    private func ourName(_ text: String) -> ResourceName? {
        guard let name = ResourceName(text), name.application == configuration.application else { return nil }
        return name
    }

    // MARK: - Sessions

    /// Hands an event to a session and gives out what the session wants done.
    func hand(_ event: SessionEvent, to session: SessionID) {
        // The session has ended; whatever this was, nobody waits for it.
        guard var entry = sessions[session] else { return }
        let before = entry.machine.state.name
        let commands = entry.machine.handle(event)
        let after = entry.machine.state.name
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
        if entry.machine.isEnded { forget(session, entry) }
    }

    /// Hands in the answer to a request. What was made for a session that has been given up meanwhile is removed.
    func answered(_ id: CommandID, _ request: SessionRequest, _ answer: SessionAnswer, to session: SessionID) {
        if unansweredCreations.remove(request) != nil {
            switch request {
            case .createSnoop(let snoop, _, _): jobs.yield(.removeSnoop(snoop))
            case .createBridge(let bridge): jobs.yield(.removeBridge(bridge))
            default: break
            }
        }
        hand(.answered(id, answer), to: session)
    }

    private func execute(_ command: SessionCommand, of session: SessionID, _ entry: inout Entry) {
        switch command {
        case .request(let id, let request):
            logger.debug(
                "session command",
                metadata: Logger.Metadata([.session: session, .command: String(describing: request)])
            )
            let supervisors = request.isFindTargets ? Set(sessionsBySupervisor.keys) : []
            jobs.yield(.request(id, request, entry.supervisor, session, supervisors: supervisors))
        case .startTimer(let id, let duration):
            jobs.yield(.timer(id, session, after: duration))
        case .cancelTimer:
            break  // Its expiry finds a session that has another timer, or none.
        case .report(let report):
            if case .started = report { entry.startedAt = clock.now }
            log(report, of: session, entry)
        }
    }

    private func forget(_ session: SessionID, _ entry: Entry) {
        sessions[session] = nil
        unansweredCreations.formUnion(entry.machine.unansweredCreations)
        if sessionsBySupervisor[entry.supervisor.id] == session { sessionsBySupervisor[entry.supervisor.id] = nil }
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

    // MARK: - Reconciliation

    private var expectation: ReconciliationExpectation {
        var expectation = ReconciliationExpectation()
        for (id, entry) in sessions {
            if entry.machine.expectsSupervisor { expectation.supervisors[id] = entry.supervisor.id }
            expectation.snoops[id] = entry.machine.expectedSnoops
        }
        return expectation
    }

    /// Begins once more what failed, unless a new connection has begun it already.
    func reconcileAgain(_ number: Int) {
        guard number == connection else { return }
        jobs.yield(.reconcile(expectation, connection: number))
    }

    /// - Parameters:
    ///   - channels: those in our Stasis application.
    ///   - bridges: all bridges of this Asterisk, with their channels.
    func reconcile(
        _ expectation: ReconciliationExpectation,
        channels: Set<ChannelID>,
        bridges: [BridgeID: [ChannelID]]
    ) {
        tellWhatIsThere(channels, bridges)
        let steps = Reconciliation.steps(
            application: configuration.application,
            expectation: expectation,
            findings: ReconciliationFindings(channels: channels, bridges: Set(bridges.keys)),
            isOwned: { sessions[$0.session]?.machine.owns($0.description) ?? false },
            isAdmitted: { channel in
                sessionsBySupervisor[channel].map { sessions[$0]?.machine.expectsSupervisor == true } ?? false
            }
        )
        for step in steps {
            switch step {
            case .tell(let session, let event): hand(event, to: session)
            case .removeSnoop(let snoop): jobs.yield(.removeSnoop(snoop))
            case .removeBridge(let bridge): jobs.yield(.removeBridge(bridge))
            case .admit(let channel): jobs.yield(.admit(channel))
            }
        }
    }

    /// Tells sessions that are still attaching what came about while no events did. Sessions that know it drop it.
    private func tellWhatIsThere(_ channels: Set<ChannelID>, _ bridges: [BridgeID: [ChannelID]]) {
        for channel in channels.sorted(by: { $0.rawValue < $1.rawValue }) {
            guard let name = ourName(channel.rawValue), name.kind == .snoop else { continue }
            hand(.snoopStarted(channel), to: name.session)
        }
        for (bridge, members) in bridges.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            guard let name = ourName(bridge.rawValue), name.kind == .bridge else { continue }
            for member in members { hand(.enteredBridge(member, bridge), to: name.session) }
        }
    }

    // MARK: - Log lines for operators

    private func log(_ report: SessionReport, of session: SessionID, _ entry: Entry) {
        let supervisor = entry.machine.supervisor
        var metadata = Logger.Metadata([
            .session: session, .supervisor: supervisor.name, .dialled: supervisor.dialled,
        ])
        func add(_ values: KeyValuePairs<MonitorLogKey, any CustomStringConvertible>) {
            metadata.merge(Logger.Metadata(values)) { _, new in new }
        }
        switch report {
        case .warning(let warning):
            add([.setting: warning.variable.rawValue, .error: warning.text])
            logger.warning("user's setting is not as it should be", metadata: metadata)
        case .refused(let refusal):
            add([.refusal: refusal.word])
            logger.notice("supervisor refused", metadata: metadata)
        case .started(let mode, let target):
            add([
                .mode: mode.rawValue, .target: target.endpoint.resource, .targetChannel: target.id,
                .channel: entry.supervisor.id,
                .timeToAudio: entry.arrivedAt.duration(to: clock.now).milliseconds,
            ])
            logger.info("session started", metadata: metadata)
        case .ended(let end):
            let since = entry.startedAt ?? entry.arrivedAt
            add([.endReason: end.word, .duration: since.duration(to: clock.now).milliseconds])
            // A refusal has had its line.
            let isRefusal = if case .refused = end { true } else { false }
            logger.log(level: isRefusal ? .debug : .info, "session ended", metadata: metadata)
        case .leftBehind(let names):
            add([.leftOver: names.joined(separator: " ")])
            logger.error("something could not be removed", metadata: metadata)
            if let connection { jobs.yield(.reconcileLater(connection: connection)) }
        }
    }
}

extension Supervisor {
    /// Whose call it is, for logs: the endpoint's resource, such as `203`.
    fileprivate var name: String { endpoint?.resource ?? "unknown" }
}

extension SessionRequest {
    fileprivate var isFindTargets: Bool {
        if case .findTargets = self { true } else { false }
    }
}

import ARI
import Logging
import Monitoring

/// Owns the registry: takes what happens in every Asterisk, hands it in, and gives out what is to be done. It never waits for
/// an Asterisk itself.
actor MonitoringEngine {
    /// Something to be done outside the engine.
    enum Job: Sendable {
        case perform(NodeJob, NodeID)
        /// Wake the engine when a time has passed.
        case wait(Duration)
        /// Ask an Asterisk which release it is.
        case askVersion(NodeID)
    }

    enum Timer: Hashable, Sendable {
        case registry(RegistryTimer)
        case comparison(NodeID)
    }

    /// What is known of the connection to one Asterisk.
    private struct Link {
        var comparisons = ComparisonSchedule()
        var order = JobOrder()
        var lastFailure: ARIError.Code?
        /// The number of the connection over which events come; nil while there is none.
        var connection: Int?
        /// The release that Asterisk has told last.
        var version: String?
    }

    private let configuration: ServiceConfiguration
    private let clock: @Sendable () -> Duration
    private let logger: Logger
    private let metrics: ServiceMetrics?
    private let feed: FactFeed
    private let jobs: AsyncStream<Job>.Continuation
    private let idle: AsyncStream<Never>.Continuation

    private var registry: SessionRegistry
    private var links: [NodeID: Link] = [:]
    private var timers = TimerQueue<Timer>()
    /// The waits that run, each for an earlier time than those before it: the last one is for the earliest timer, or for one that was
    /// it and has been cancelled. They are few: of timers that take equally long, the one set first is the earliest.
    private var alarms: [Duration] = []
    /// The sessions are the next run's: what becomes of the requests that are under way says nothing about them.
    private var hasHandedOver = false

    /// - Parameters:
    ///   - instance: names this run of the service in the names of what it makes; different from every earlier run's.
    ///   - clock: how long the service runs.
    ///   - feed: takes what happens in sessions.
    ///   - jobs: takes what is to be done.
    ///   - idle: is finished when the service has been stopped and the last session has ended.
    init(
        configuration: ServiceConfiguration,
        instance: String,
        clock: @escaping @Sendable () -> Duration,
        logger: Logger,
        metrics: ServiceMetrics?,
        feed: FactFeed,
        jobs: AsyncStream<Job>.Continuation,
        idle: AsyncStream<Never>.Continuation
    ) {
        self.configuration = configuration
        self.clock = clock
        self.logger = logger
        self.metrics = metrics
        self.feed = feed
        self.jobs = jobs
        self.idle = idle
        registry = SessionRegistry(configuration.registry, instance: instance)
    }

    private var time: Duration { clock() }

    /// How it is now.
    ///
    /// - Parameter nodes: all Asterisks.
    func status(of nodes: [NodeID]) -> ServiceStatus {
        ServiceStatus(sessions: registry.counts, disconnected: nodes.filter { links[$0]?.connection == nil })
    }

    // MARK: - From connections

    func handle(_ updates: [ARIConnectionUpdate], from node: NodeID) {
        for update in updates { handle(update, from: node) }
    }

    private func handle(_ update: ARIConnectionUpdate, from node: NodeID) {
        switch update {
        case .connected(let number): connected(number, node)
        case .event(let event):
            logger.trace("event", metadata: Logger.Metadata([.event: event.metricLabel]))
            for input in RegistryInput.inputs(for: event, configuration.application, on: node) { hand(input, node) }
        case .disconnected(let disconnection): disconnected(disconnection, node)
        }
    }

    private func connected(_ number: Int, _ node: NodeID) {
        links[node, default: Link()].lastFailure = nil
        links[node]?.connection = number
        logger.info(
            "connected to Asterisk",
            metadata: Logger.Metadata([
                .application: configuration.application, .connection: number, .sessions: registry.sessionCountNow,
            ])
        )
        hand(.connected, node)
        schedule(node) { $0.connected(number) }
        // It may have been started again as another one.
        jobs.yield(.askVersion(node))
    }

    /// Asterisk has told which release it is. What is known to be bad of it is said once for each, not at each connection.
    func learned(_ version: String, of node: NodeID) {
        guard links[node, default: Link()].version != version else { return }
        links[node, default: Link()].version = version
        let faults = AsteriskVersion(version).map { KnownFault.faults(of: $0) } ?? []
        guard !faults.isEmpty else { return }
        logger.warning(
            "this release of Asterisk has known faults",
            metadata: Logger.Metadata([
                .asteriskVersion: version, .faults: faults.map(\.text).joined(separator: "; "),
            ])
        )
    }

    private func disconnected(_ disconnection: ARIConnectionUpdate.Disconnection, _ node: NodeID) {
        links[node, default: Link()].connection = nil
        schedule(node) { $0.disconnected() }
        hand(.disconnected, node)
        // While Asterisk is away the same failure comes again and again: one line tells it, until it changes.
        let isNews = disconnection.wasConnected || links[node]?.lastFailure != disconnection.cause.code
        links[node, default: Link()].lastFailure = disconnection.cause.code
        logger.log(
            level: isNews ? .warning : .debug,
            disconnection.wasConnected ? "disconnected from Asterisk" : "cannot connect to Asterisk",
            metadata: Logger.Metadata([
                .application: configuration.application,
                .errorCode: disconnection.cause.code.metricLabel,
                .error: disconnection.cause,
                .retryAfter: disconnection.retryAfter?.milliseconds.description ?? "never",
                .sessions: registry.sessionCountNow,
            ])
        )
    }

    // MARK: - Jobs

    /// A job is done.
    ///
    /// - Parameter input: its answer; nil if there is none.
    func finished(_ job: NodeJob, _ input: RegistryInput?, from node: NodeID) {
        if let next = links[node]?.order.finished(job) { jobs.yield(.perform(next, node)) }
        if case .compare(_, let connection) = job {
            // What there was before an earlier connection broke says nothing about what was missed since.
            if let input, links[node]?.connection == connection { hand(input, node) }
            schedule(node) { $0.finished(connection: connection, isSuccess: input != nil) }
        } else if let input {
            hand(input, node)
        }
    }

    /// The earliest wait is over.
    func woken() {
        _ = alarms.popLast()
        while let timer = timers.takeExpired(at: time) {
            switch timer {
            case .registry(let timer): execute(registry.expired(timer, at: time))
            case .comparison(let node): schedule(node) { $0.timerExpired() }
            }
        }
        setAlarm()
    }

    private func setAlarm() {
        guard let earliest = timers.earliest else { return }
        // One that was the earliest may have been cancelled: then the engine is woken for nothing, once.
        if let alarm = alarms.last, alarm <= earliest { return }
        alarms.append(earliest)
        jobs.yield(.wait(max(earliest - time, .zero)))
    }

    private func schedule(_ node: NodeID, _ act: (inout ComparisonSchedule) -> [ComparisonSchedule.Effect]) {
        for effect in act(&links[node, default: Link()].comparisons) {
            switch effect {
            case .compare(let connection):
                jobs.yield(.perform(.compare(registry.expectation(of: node), connection: connection), node))
            case .setTimer(let duration): set(.comparison(node), after: duration)
            case .cancelTimer: cancel(.comparison(node))
            }
        }
    }

    private func set(_ timer: Timer, after duration: Duration) {
        timers.set(timer, at: time + duration)
        setAlarm()
    }

    private func cancel(_ timer: Timer) { timers.cancel(timer) }

    // MARK: - The registry

    private func hand(_ input: RegistryInput, _ node: NodeID) {
        execute(registry.handle(input, from: node, at: time))
    }

    private func execute(_ commands: [RegistryCommand]) {
        guard !hasHandedOver else { return }
        for command in commands { execute(command) }
        if registry.isIdle { idle.finish() }
    }

    private func execute(_ command: RegistryCommand) {
        switch command {
        case .request(let session, let id, let request, let supervisor):
            logger.debug(
                "session command",
                metadata: Logger.Metadata([.session: session, .command: String(describing: request)])
            )
            perform(.request(session, id, request, supervisor), supervisor.node)
        case .findPartners(let leg, let id, let known):
            perform(.findPartners(leg.channel, id, known: known), leg.node)
        case .findHooks(let leg, let id, let snoops):
            perform(.findHooks(leg.channel, id, snoops: snoops), leg.node)
        case .subscribe(let source, let node): perform(.subscribe(source), node)
        case .unsubscribe(let source, let node): perform(.unsubscribe(source), node)
        case .remove(let leftOver, let node): perform(.remove(leftOver), node)
        case .lookAt(let leg): perform(.lookAt(leg.channel), leg.node)
        case .compareSoon(let node): schedule(node) { $0.doubted() }
        case .startTimer(let timer, let duration): set(.registry(timer), after: duration)
        case .cancelTimer(let timer): cancel(.registry(timer))
        case .publish(let fact):
            for subscriber in feed.publish(fact) {
                metrics?.happened(.factsLost)
                logger.error(
                    "facts are lost",
                    metadata: Logger.Metadata([.session: fact.session, .subscriber: subscriber])
                )
            }
        case .trace(let trace):
            logger.debug(
                "session event",
                metadata: Logger.Metadata([
                    .session: trace.session, .event: String(describing: trace.event),
                    .state: trace.before == trace.after ? trace.after : "\(trace.before) -> \(trace.after)",
                ])
            )
        }
    }

    private func perform(_ job: NodeJob, _ node: NodeID) {
        if links[node, default: Link()].order.begin(job) { jobs.yield(.perform(job, node)) }
    }

    func end(_ session: SessionID) { execute(registry.end(session, at: time)) }

    func rightsChanged(_ change: RightsChange) {
        // The first look at the directory only tells how it is.
        if !change.changed.isEmpty {
            logger.info("rights have changed", metadata: Logger.Metadata([.sessions: registry.sessionCountNow]))
        }
        execute(registry.rightsChanged(change, at: time))
    }

    // MARK: - Stopping

    /// Leaves every session as it is to the next run.
    func handOver() {
        hasHandedOver = true
        logger.info("handing over", metadata: Logger.Metadata([.sessions: registry.sessionCountNow]))
    }

    /// Admits nobody from now on, and ends every session.
    func stop() {
        logger.info("stopping", metadata: Logger.Metadata([.sessions: registry.sessionCountNow]))
        execute(registry.stop(at: time))
    }
}

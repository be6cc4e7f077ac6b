import ARI
package import Logging
import Monitoring
import ServiceLifecycle

/// Call monitoring: connects to every Asterisk, serves every supervisor who dials a code, and cleans up.
package final class MonitoringService: Service {
    private let configuration: ServiceConfiguration
    private let nodes: [AsteriskNode]
    private let directory: (any UserDirectory)?
    private let control: SessionControl?
    private let probe: ServiceProbe?
    private let metrics: ServiceMetrics?
    private let subscribers: [any FactSubscriber]
    private let instance: String
    private let executor: (any TaskExecutor)?
    private let clock: any Clock<Duration>
    /// How long the service runs.
    private let time: @Sendable () -> Duration
    private let logger: Logger

    /// - Parameters:
    ///   - nodes: each with an ID of its own.
    ///   - directory: where users and their rights are; nil for none. The nodes read the same one.
    ///   - control: by which others end sessions, or hand them over; nil for nobody.
    ///   - probe: by which others ask how it is; nil for nobody.
    ///   - metrics: what is counted and measured; nil for nothing.
    ///   - subscribers: who needs to know what happens in sessions, beside the log.
    ///   - instance: names this run in the names of what it makes: letters and digits, different from every earlier run's.
    ///   - executor: where everything here runs but the reading of events; nil for where ``run()`` is called.
    package init(
        configuration: ServiceConfiguration,
        nodes: [AsteriskNode],
        directory: (any UserDirectory)? = nil,
        control: SessionControl? = nil,
        probe: ServiceProbe? = nil,
        metrics: ServiceMetrics? = nil,
        subscribers: [any FactSubscriber] = [],
        instance: String,
        executor: (any TaskExecutor)? = nil,
        clock: some Clock<Duration>,
        logger: Logger
    ) {
        self.configuration = configuration
        self.nodes = nodes
        self.directory = directory
        self.control = control
        self.probe = probe
        self.metrics = metrics
        let counting: [any FactSubscriber] = metrics.map { [$0.facts] } ?? []
        self.subscribers = [FactLog(logger: logger)] + counting + subscribers
        self.instance = instance
        self.executor = executor
        self.clock = clock
        time = stopwatch(clock)
        self.logger = logger
    }

    /// Runs until a graceful shutdown, until the sessions are handed over, or until the task is cancelled.
    ///
    /// - Throws: `ARIError` with the code `replaced`, when another process has taken the application's name.
    package func run() async throws {
        try await withTaskExecutorPreference(executor) { try await serve() }
    }

    private func serve() async throws {
        let (feed, queues) = FactFeed.make(for: subscribers)
        let outcome = await withTaskGroup(of: Void.self) { group in
            for (subscriber, queue) in zip(subscribers, queues) {
                group.addTask { await subscriber.receive(queue) }
            }
            // Whatever has happened by then is told before the service ends.
            defer { feed.finish() }
            do {
                return Result<Void, any Error>.success(try await serve(feed))
            } catch {
                return Result<Void, any Error>.failure(error)
            }
        }
        try outcome.get()
        logger.info("stopped")
    }

    private func serve(_ feed: FactFeed) async throws {
        let (jobs, jobsContinuation) = AsyncStream.makeStream(of: MonitoringEngine.Job.self)
        let (idle, idleContinuation) = AsyncStream.makeStream(of: Never.self)
        let engine = MonitoringEngine(
            configuration: configuration,
            instance: instance,
            clock: time,
            logger: logger,
            metrics: metrics,
            feed: feed,
            jobs: jobsContinuation,
            idle: idleContinuation
        )
        try await withThrowingDiscardingTaskGroup { group in
            for node in nodes {
                group.addTask {
                    // However a connection ends, nothing is left to be done after it.
                    defer { jobsContinuation.finish() }
                    try await self.receive(from: node, into: engine)
                }
            }
            if let control {
                group.addTask { for await session in control.endings { await engine.end(session) } }
                group.addTask {
                    for await _ in control.handOvers {
                        await engine.handOver()
                        jobsContinuation.finish()
                    }
                }
            }
            if let probe {
                group.addTask {
                    for await answer in probe.questions { answer.yield(await engine.status(of: self.nodes.map(\.id))) }
                }
            }
            if let directory {
                group.addTask { await directory.watch { await engine.rightsChanged($0) } }
            }
            group.addTask {
                // Throws when the group ends for another reason; then there is nothing left to stop.
                guard (try? await gracefulShutdown()) != nil else { return }
                switch self.configuration.stop {
                case .release:
                    await engine.stop()
                    await self.wait(for: idle)
                case .handOver: await engine.handOver()
                }
                jobsContinuation.finish()
            }
            for await job in jobs {
                group.addTask { await self.perform(job, engine) }
            }
            group.cancelAll()
        }
    }

    private func receive(from node: AsteriskNode, into engine: MonitoringEngine) async throws {
        do {
            try await node.connection.run { updates in
                await engine.handle(updates, from: node.id)
                for update in updates { self.metrics?.handled(update) }
            }
        } catch is CancellationError {
            return  // The service ends.
        }
    }

    private func perform(_ job: MonitoringEngine.Job, _ engine: MonitoringEngine) async {
        switch job {
        case .perform(let job, let id):
            guard let node = nodes.first(where: { $0.id == id }) else { return }
            let input = await node.perform(job, clock, logger, metrics)
            metrics?.finished(job, input)
            await engine.finished(job, input, from: id)
        case .wait(let duration):
            if (try? await clock.sleep(for: duration)) != nil { await engine.woken() }
        case .askVersion(let id):
            guard let node = nodes.first(where: { $0.id == id }) else { return }
            if let version = await node.version(logger) { await engine.learned(version, of: id) }
        }
    }

    /// Waits until the last session has ended, but not for ever.
    private func wait(for idle: AsyncStream<Never>) async {
        let isLate = await withTaskGroup(of: Bool.self) { group in
            group.addTask { (try? await self.clock.sleep(for: self.configuration.shutdownLimit)) != nil }
            group.addTask {
                for await _ in idle {}
                return false
            }
            let first = await group.next() ?? false
            group.cancelAll()
            return first
        }
        if isLate { logger.error("sessions did not end in time") }
    }
}

extension MonitoringService: CustomStringConvertible {
    /// For the log lines of ServiceLifecycle.
    package var description: String { "monitoring" }
}

package import ARI
package import Logging
import Monitoring
import ServiceLifecycle

/// Call monitoring for one Asterisk: connects, serves every supervisor who dials a code, and cleans up.
package struct MonitoringService<ServiceClock: Clock>: Service where ServiceClock.Duration == Duration {
    private typealias Engine = MonitoringEngine<ServiceClock>

    private let configuration: ServiceConfiguration
    private let client: ARIClient
    private let connection: ARIEventConnection
    private let settings: any UserSettingsSource
    private let instance: String
    private let clock: ServiceClock
    private let logger: Logger

    /// - Parameters:
    ///   - connection: of the application that `configuration` names.
    ///   - settings: where users' settings are read; nil for Asterisk.
    ///   - instance: names this run in the names of what it makes: letters and digits, different from every earlier run's.
    package init(
        configuration: ServiceConfiguration,
        client: ARIClient,
        connection: ARIEventConnection,
        settings: (any UserSettingsSource)? = nil,
        instance: String,
        clock: ServiceClock,
        logger: Logger
    ) {
        self.configuration = configuration
        self.client = client
        self.connection = connection
        self.settings = settings ?? AsteriskUserSettings(client: client)
        self.instance = instance
        self.clock = clock
        self.logger = logger
    }

    /// Runs until a graceful shutdown, or until the task is cancelled.
    ///
    /// - Throws: `ARIError` with the code `replaced`, when another process has taken the application's name.
    package func run() async throws {
        let (jobs, jobsContinuation) = AsyncStream.makeStream(of: Engine.Job.self)
        let (idle, idleContinuation) = AsyncStream.makeStream(of: Never.self)
        let engine = Engine(
            configuration: configuration,
            instance: instance,
            clock: clock,
            logger: logger,
            jobs: jobsContinuation,
            idle: idleContinuation
        )
        try await withThrowingDiscardingTaskGroup { group in
            group.addTask {
                // However the connection ends, nothing is left to be done after it.
                defer { jobsContinuation.finish() }
                try await receive(into: engine)
            }
            group.addTask {
                // Throws when the group ends for another reason; then there is nothing left to stop.
                guard (try? await gracefulShutdown()) != nil else { return }
                await engine.stop()
                await wait(for: idle)
                jobsContinuation.finish()
            }
            for await job in jobs {
                group.addTask { await perform(job, engine) }
            }
            group.cancelAll()
        }
        logger.info("stopped")
    }

    private func receive(into engine: Engine) async throws {
        do {
            try await connection.run { update in await engine.handle(update) }
        } catch is CancellationError {
            return  // The service ends.
        }
    }

    private func wait(for idle: AsyncStream<Never>) async {
        let isLate = await sleep(for: configuration.shutdownLimit, unlessEnded: idle)
        if isLate { logger.error("sessions did not end in time") }
    }

    /// - Returns: whether the time has passed: false if the stream ended before, or the service does.
    private func sleep(for duration: Duration, unlessEnded stream: AsyncStream<Never>) async -> Bool {
        await withTaskGroup(of: Bool.self) { group in
            group.addTask { (try? await clock.sleep(for: duration)) != nil }
            group.addTask {
                for await _ in stream {}
                return false
            }
            let first = await group.next() ?? false
            group.cancelAll()
            return first
        }
    }

    // MARK: - Jobs

    private func perform(_ job: Engine.Job, _ engine: Engine) async {
        switch job {
        case .request(let id, let request, let supervisor, let session):
            let runner = RequestRunner(
                client: client,
                application: configuration.application,
                settings: settings,
                prompts: configuration.prompts,
                logger: logger
            )
            let answer = await runner.run(request, supervisor: supervisor, session: session)
            await engine.answered(id, request, answer, to: session)
        case .timer(let id, let session, let duration, let cancelled):
            guard await sleep(for: duration, unlessEnded: cancelled) else { return }
            await engine.timerExpired(id, of: session)
        case .reconcile(let expectation, let connection):
            await reconcile(expectation, connection, engine)
        case .reconcileLater(let duration, let cancelled):
            guard await sleep(for: duration, unlessEnded: cancelled) else { return }
            await engine.comparisonTimerExpired()
        case .remove(let leftOver):
            await LeftOverRemover(client: client, clock: clock, logger: logger).remove(leftOver)
            await engine.removed(leftOver)
        case .subscribe(let source):
            await engine.subscribed(to: source, subscribe(to: source))
        case .unsubscribe(let source):
            await engine.unsubscribed(from: source, isCertain: unsubscribe(from: source))
        case .answer(let id, let answer, let session):
            await engine.hand(.answered(id, answer), to: session)
        case .catchUp(let session):
            await engine.hand(.eventsMissed, to: session)
        case .admit(let channel, let isTarget):
            await admit(Channel.ID(channel.rawValue), isTarget: isTarget, engine)
        }
    }

    // MARK: - Subscriptions

    private func subscribe(to source: WatchedSource) async -> WatchList.Outcome {
        do {
            try await client.subscribe(application: configuration.application, to: [EventSource(source)])
            return .done
        } catch let error as ARIError where error.code == .unprocessable {
            return .unknownSource
        } catch {
            logger.warning(
                "request to Asterisk failed",
                metadata: Logger.Metadata([.command: "subscribe \(source)", .error: String(describing: error)])
            )
            return .unclear
        }
    }

    /// - Returns: whether nothing is left to be done: Asterisk has said that there is no subscription any more, or it ends by
    ///   itself.
    private func unsubscribe(from source: WatchedSource) async -> Bool {
        do {
            for _ in 1...Self.subscriptions(to: source) {
                let removal = try await client.unsubscribe(
                    application: configuration.application,
                    from: [EventSource(source)]
                )
                if removal == .alreadyGone { return true }
            }
            return source.endsByItself
        } catch {
            logger.warning(
                "request to Asterisk failed",
                metadata: Logger.Metadata([.command: "unsubscribe \(source)", .error: String(describing: error)])
            )
            return source.endsByItself
        }
    }

    /// How often a subscription is taken back at most: Asterisk counts.
    private static func subscriptions(to source: WatchedSource) -> Int {
        switch source {
        // An earlier run may have left more than one.
        case .endpoint: 10
        // If the channel has come into our application, one of them is not ours to take back.
        case .channel: 1
        }
    }

    // MARK: - Reconciliation

    private func reconcile(
        _ expectation: ReconciliationExpectation,
        _ connection: Int,
        _ engine: Engine
    ) async {
        do {
            async let application = client.application(configuration.application)
            async let bridges = client.bridges()
            let channels = try await Set(application.channels.map { ChannelID($0.rawValue) })
            let members = try await bridges.map { bridge in
                (BridgeID(bridge.id.rawValue), bridge.channels.map { ChannelID($0.rawValue) })
            }
            let endpoints = try await application.endpoints.compactMap { EndpointName($0) }
            await engine.reconcile(
                expectation,
                over: connection,
                channels: channels,
                bridges: Dictionary(members) { first, _ in first },
                endpoints: Set(endpoints)
            )
        } catch is CancellationError {
            return  // The service ends.
        } catch {
            logger.error(
                "cannot compare with Asterisk what is left over",
                metadata: Logger.Metadata([.error: String(describing: error)])
            )
            // What was missed stays missed until this succeeds: a session whose supervisor has left would never end.
            await engine.comparisonFailed(connection)
        }
    }

    /// Whether a channel is in our Stasis application.
    private func isOurs(_ channel: Channel, _ found: FoundMark) async throws -> Bool {
        if let name = channel.dialplan.appName {
            return name == "Stasis" && channel.dialplan.stasisArguments.first == configuration.application
        }
        // Before 18 Asterisk does not tell. Without a mark the channel may be in another application, whose it stays.
        guard found != .nothing else { return false }
        do {
            // Asterisk refuses what concerns a channel that is in no application.
            try await client.setVariable(SupervisorVariable.result.rawValue, to: "", on: channel.id)
            return true
        } catch let error as ARIError where error.code == .notInStasis {
            return false
        }
    }

    private func admit(_ channel: Channel.ID, isTarget: Bool, _ engine: Engine) async {
        do {
            let channel = try await client.channel(channel)
            let names = [SessionMark.variable, SupervisorVariable.result.rawValue]
            let variables = try await client.variables(names, of: channel.id)
            let found = FoundMark(mark: variables[names[0]], result: variables[names[1]])
            // Asterisk lists a channel a moment longer than it is in Stasis, and while it is watched.
            guard try await isOurs(channel, found) else {
                // An earlier run has watched it.
                if !isTarget { _ = await unsubscribe(from: .channel(ChannelID(channel.id.rawValue))) }
                return
            }
            logger.notice(
                "a waiting supervisor was found",
                metadata: Logger.Metadata([.channel: channel.id, .dialled: channel.dialplan.exten])
            )
            let dialled = channel.dialplan.stasisArguments.dropFirst().first
            await engine.admit(channel, dialled: dialled, found: found)
        } catch is CancellationError {
            return  // The service ends.
        } catch let error as ARIError where error.code == .notFound {
            return  // He hung up meanwhile.
        } catch {
            logger.error(
                "a waiting channel cannot be looked at",
                metadata: Logger.Metadata([.channel: channel, .error: String(describing: error)])
            )
        }
    }
}

extension WatchedSource {
    /// The subscription ends with what it is about.
    fileprivate var endsByItself: Bool { if case .channel = self { true } else { false } }
}

extension Channel.Dialplan {
    /// The arguments of `Stasis()`, where the channel is in it, the application first.
    fileprivate var stasisArguments: [String] {
        guard appName == "Stasis" else { return [] }
        return appData.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
}

extension MonitoringService: CustomStringConvertible {
    /// For the log lines of ServiceLifecycle.
    package var description: String { "monitoring" }
}

extension EventSource {
    fileprivate init(_ source: WatchedSource) {
        switch source {
        case .endpoint(let endpoint): self = .endpoint(technology: endpoint.technology, resource: endpoint.resource)
        case .channel(let channel): self = .channel(Channel.ID(channel.rawValue))
        }
    }
}

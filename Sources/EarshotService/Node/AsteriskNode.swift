package import ARI
import Logging
package import Monitoring

/// One Asterisk: asks it for what sessions and legs need, and tells what it answers.
package final class AsteriskNode: Sendable {
    package let id: NodeID
    let application: String
    let client: ARIClient
    let connection: ARIEventConnection
    let settings: UserSettings
    let prompts: PromptBook
    let record: (any RecordKeeper)?
    /// When this run of the service began, in milliseconds since 1970.
    let start: Int64

    /// - Parameters:
    ///   - connection: of the application that `configuration` names.
    ///   - directory: the users' directory; nil for none.
    ///   - record: keeps the record, where the configuration says that there is one.
    ///   - start: when this run of the service began, in milliseconds since 1970.
    package init(
        _ id: NodeID = NodeID("asterisk"),
        configuration: ServiceConfiguration,
        client: ARIClient,
        connection: ARIEventConnection,
        directory: (any UserDirectory)? = nil,
        record: (any RecordKeeper)? = nil,
        start: Int64 = 0
    ) {
        self.id = id
        application = configuration.application
        prompts = configuration.prompts
        self.client = client
        self.connection = connection
        self.record = record
        self.start = start
        settings = UserSettings(client: client, directory: directory)
    }

    /// Does a job. Never throws: whatever happens is an answer.
    ///
    /// - Returns: the answer; nil for a comparison that failed.
    func perform(
        _ job: NodeJob,
        _ clock: any Clock<Duration>,
        _ logger: Logger,
        _ metrics: ServiceMetrics?
    ) async -> RegistryInput? {
        switch job {
        case .request(let session, let command, let request, let supervisor):
            let answer = await runner(logger).run(request, supervisor: supervisor, session: session)
            return .answered(session, command, request, answer)
        case .findPartners(let channel, let command, let known):
            let answer = await runner(logger).findPartners(of: channel, known: known)
            return .partnersAnswered(channel, command, answer)
        case .findHooks(let channel, let command, let snoops):
            let finder = HookFinder(client: client, clock: clock)
            return .hooksAnswered(channel, command, areGone: await finder.areGone(snoops))
        case .subscribe(let source): return .subscribed(source, await subscribe(to: source, logger))
        case .unsubscribe(let source):
            return .unsubscribed(source, isCertain: await unsubscribe(from: source, logger))
        case .remove(let leftOver):
            await LeftOverRemover(client: client, clock: clock, logger: logger, metrics: metrics).remove(leftOver)
            return .removed(leftOver)
        case .lookAt(let channel): return .looked(channel, await look(at: Channel.ID(channel.rawValue), logger))
        case .compare(let expectation, _): return await findings(logger).map { .compared(expectation, $0) }
        }
    }

    /// What Asterisk says that it is, such as `16.28.0~dfsg-0+deb11u5`; nil if it does not say, which keeps nobody from
    /// monitoring.
    func version(_ logger: Logger) async -> String? {
        do {
            return try await client.asteriskInfo().version
        } catch {
            logger.debug(
                "Asterisk does not say which release it is",
                metadata: Logger.Metadata([.error: String(describing: error)])
            )
            return nil
        }
    }

    private func runner(_ logger: Logger) -> RequestRunner {
        RequestRunner(
            client: client,
            application: application,
            settings: settings,
            prompts: prompts,
            record: record,
            start: start,
            logger: logger
        )
    }

    // MARK: - Subscriptions

    private func subscribe(to source: WatchedSource, _ logger: Logger) async -> WatchList.Outcome {
        do {
            try await client.subscribe(application: application, to: [EventSource(source)])
            return .done
        } catch let error as ARIError where error.code == .unprocessable {
            return .unknownSource
        } catch {
            logFailure(error, "subscribe", source, logger)
            return .unclear
        }
    }

    /// - Returns: whether nothing is left to be done: Asterisk has said that there is no subscription any more, or it ends by
    ///   itself.
    private func unsubscribe(from source: WatchedSource, _ logger: Logger) async -> Bool {
        do {
            for _ in 1...Self.subscriptions(to: source) {
                let removal = try await client.unsubscribe(application: application, from: [EventSource(source)])
                if removal == .alreadyGone { return true }
            }
        } catch {
            logFailure(error, "unsubscribe", source, logger)
        }
        return source.endsByItself
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

    private func logFailure(_ error: any Error, _ command: String, _ source: WatchedSource, _ logger: Logger) {
        if error is CancellationError { return }  // The service ends.
        let code = (error as? ARIError)?.code.metricLabel ?? "none"
        logger.warning(
            "request to Asterisk failed",
            metadata: Logger.Metadata([
                .command: command, .source: source, .errorCode: code, .error: String(describing: error),
            ])
        )
    }

    // MARK: - Comparison

    /// What there is; nil when Asterisk could not be asked.
    private func findings(_ logger: Logger) async -> ComparisonFindings? {
        do {
            async let application = client.application(application)
            async let bridges = client.bridges()
            let channels = try await Set(application.channels.map { ChannelID($0.rawValue) })
            let members = try await bridges.map { bridge in
                (BridgeID(bridge.id.rawValue), bridge.channels.map { ChannelID($0.rawValue) })
            }
            let endpoints = try await application.endpoints.compactMap { EndpointName($0) }
            return ComparisonFindings(
                channels: channels,
                bridges: Dictionary(members) { first, _ in first },
                endpoints: Set(endpoints)
            )
        } catch is CancellationError {
            return nil  // The service ends.
        } catch {
            logger.error(
                "cannot compare with Asterisk what is left over",
                metadata: Logger.Metadata([.error: String(describing: error)])
            )
            return nil
        }
    }

    // MARK: - Channels that were found

    private func look(at channel: Channel.ID, _ logger: Logger) async -> ChannelLook {
        do {
            let channel = try await client.channel(channel)
            let names = [SessionMark.variable, SupervisorVariable.result.rawValue]
            let variables = try await client.variables(names, of: channel.id)
            let found = FoundMark(mark: variables[names[0]], result: variables[names[1]], start: start)
            // Asterisk lists a channel a moment longer than it is in Stasis, and while it is watched.
            guard try await isOurs(channel, found) else { return .notOurs }
            let dialled = channel.dialplan.stasisArguments.dropFirst().first
            let supervisor = Supervisor(channel, dialled: dialled, on: id)
            logger.notice(
                "a waiting supervisor was found",
                metadata: Logger.Metadata([.channel: channel.id, .dialled: supervisor.dialledForLogs])
            )
            return .supervisor(Arrival(supervisor, found: found))
        } catch is CancellationError {
            return .unclear  // The service ends.
        } catch let error as ARIError where error.code == .notFound {
            return .gone  // They hung up meanwhile.
        } catch {
            logger.error(
                "a waiting channel cannot be looked at",
                metadata: Logger.Metadata([.channel: channel, .error: String(describing: error)])
            )
            return .unclear
        }
    }

    /// Whether a channel is in our Stasis application.
    private func isOurs(_ channel: Channel, _ found: FoundMark) async throws -> Bool {
        if let name = channel.dialplan.appName {
            return name == "Stasis" && channel.dialplan.stasisArguments.first == application
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
}

extension Supervisor {
    /// - Parameter dialled: the first argument of `Stasis()`, if there is one; else the dialled extension counts.
    init(_ channel: Channel, dialled: String?, on node: NodeID) {
        self.init(
            leg: LegID(node: node, channel: ChannelID(channel.id.rawValue)),
            endpoint: EndpointName(channelName: channel.name),
            dialled: dialled.flatMap { $0.isEmpty ? nil : $0 } ?? channel.dialplan.exten,
            isAnswered: channel.state == .up
        )
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

extension EventSource {
    fileprivate init(_ source: WatchedSource) {
        switch source {
        case .endpoint(let endpoint): self = .endpoint(technology: endpoint.technology, resource: endpoint.resource)
        case .channel(let channel): self = .channel(Channel.ID(channel.rawValue))
        }
    }
}

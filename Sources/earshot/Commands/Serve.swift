import ARI
import Administration
import ArgumentParser
import CurlTransport
import Directory
import EarshotService
import Foundation
import Logging
import Monitoring
import MonitoringRecord
import ServiceLifecycle
import UnixSignals

/// `earshot serve`: monitoring until SIGTERM, SIGINT or SIGHUP, or until SIGUSR1, which hands the sessions over.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Serve supervisors until SIGTERM, SIGINT or SIGHUP.",
        discussion: """
            SIGUSR1 ends it too, but leaves every session as it is: the next start takes them over. For restarts.

            Settings, as environment variables (in the configuration file: ari.url and so on, in lower case):

            \(Setting.help)
            """
    )

    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        // Whoever reads the log may go away; supervisors are served all the same.
        signal(SIGPIPE, SIG_IGN)
        let instance = Self.newInstance()
        let operations = Operations()
        let assembly = try Assembly(options, instance: instance, metrics: operations.metrics)
        defer { assembly.flushLog() }
        let configuration = assembly.configuration
        assembly.logger.notice(
            "configuration loaded",
            metadata: [
                "ari.url": "\(configuration.url)",
                "ari.app": "\(configuration.service.application)",
                "ari.username": "\(configuration.username)",
                "libcurl": "\(CurlLibrary.version)",
            ]
        )
        var serviceConfiguration = configuration.service
        do {
            if let book = try await assembly.store?.directory.endpointBook() {
                serviceConfiguration.registry.session.endpoints = book
            }
        } catch {
            await assembly.transport.shutdown()
            throw Assembly.exit(because: error)
        }
        let control = SessionControl()
        let live = assembly.store.map { LiveView(control: control, record: $0.record) }
        var subscribers: [any FactSubscriber] = []
        if let store = assembly.store, let live {
            subscribers = [
                RecordOfFacts(
                    store: store.record,
                    keepsNumbers: assembly.configuration.recordKeepsNumbers,
                    logger: assembly.logger
                ), live,
            ]
        }
        let service = MonitoringService(
            configuration: serviceConfiguration,
            nodes: [
                AsteriskNode(
                    configuration: serviceConfiguration,
                    client: assembly.client,
                    connection: assembly.connection(of: configuration.service.application),
                    directory: assembly.directory,
                    record: assembly.record,
                    start: RecordStore.millisecondsNow()
                )
            ],
            directory: assembly.directory,
            control: control,
            probe: operations.probe,
            metrics: operations.metrics,
            subscribers: subscribers,
            instance: instance,
            executor: assembly.transport.taskExecutor,
            clock: assembly.transport.clock,
            logger: assembly.logger
        )
        let page: AdministrationServer<ContinuousClock>?
        do {
            page = try assembly.page(live, operations)
        } catch {
            await assembly.transport.shutdown()
            throw Assembly.exit(because: "\(Setting.webListen.key): \(error)")
        }
        // The last one that is started is the first one that is stopped.
        var services: [ServiceGroupConfiguration.ServiceConfiguration] = []
        if let lines = assembly.repeatedLines {
            services.append(.init(service: RepeatedLinesReport(lines: lines, clock: ContinuousClock())))
        }
        if let store = assembly.store {
            let upkeep = RecordUpkeep(
                store: store.record,
                retention: configuration.recordRetention,
                logger: assembly.logger
            )
            services.append(.init(service: upkeep))
        }
        if let page { services.append(.init(service: page)) }
        // Trapped before anybody can be told that the service is ready: until then the signal just ends the process.
        let handOver = HandOverSignal(signals: await UnixSignalsSequence(trapping: .sigusr1), control: control)
        services.append(.init(service: handOver))
        // It ends by itself when it has handed over; then the others end too.
        services.append(.init(service: service, successTerminationBehavior: .gracefullyShutdownGroup))
        let environment = ProcessInfo.processInfo.environment
        let processID = ProcessInfo.processInfo.processIdentifier
        if let manager = ServiceManager(environment: environment, processID: processID) {
            let report = ServiceManagerReport(
                manager: manager,
                ask: { [probe = operations.probe] in await probe.status(within: .seconds(1), ContinuousClock()) },
                clock: ContinuousClock(),
                logger: assembly.logger
            )
            services.append(.init(service: report))
        }
        var group = ServiceGroupConfiguration(
            services: services,
            gracefulShutdownSignals: [.sigterm, .sigint, .sighup],
            logger: assembly.logger
        )
        // The page and the record end after the sessions.
        let limit = configuration.service.shutdownLimit + .milliseconds(200)
        group.maximumGracefulShutdownDuration = max(.seconds(5), limit)
        do {
            try await ServiceGroup(configuration: group).run()
        } catch {
            await assembly.transport.shutdown()
            assembly.logger.critical("ended by an error", metadata: ["error": "\(error)"])
            // EX_UNAVAILABLE: to start again would take the name from the other one, and begin a fight.
            throw (error as? ARIError)?.code == .replaced ? ExitCode(69) : ExitCode.failure
        }
        await assembly.transport.shutdown()
    }

    /// Eight hexadecimal digits: no earlier run had the same, as far as chance can tell.
    private static func newInstance() -> String {
        let digits = String(UInt32.random(in: .min ... .max), radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }
}

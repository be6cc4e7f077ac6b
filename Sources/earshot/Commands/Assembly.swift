import ARI
import ARIOverCurl
import ArgumentParser
import CurlTransport
import EarshotService
import Foundation
import Logging
import Monitoring
import Storage

/// The modules, put together as a configuration says.
struct Assembly {
    let configuration: EarshotConfiguration
    let transport: CurlClient
    let client: ARIClient
    /// Earshot's file; nil when none is configured.
    let store: Store?
    let logger: Logger
    /// What ``logger`` has said and standard error has not yet.
    private let logLines: LineQueue
    /// Counts lines about the same thing; nil where each is wanted: by whoever waits for a command, or looks for a fault.
    let repeatedLines: RepeatedLines?

    /// Reads the configuration and sets logging up.
    ///
    /// - Parameters:
    ///   - instance: the service's, if it is to be served; nil for another command.
    ///   - metrics: by which requests to Asterisk are counted and timed; nil for by nothing.
    /// - Throws: `ExitCode` 78 (`EX_CONFIG` of `sysexits.h`) after it has said what is wrong.
    init(_ options: ConfigurationOptions, instance: String? = nil, metrics: ServiceMetrics? = nil) throws {
        do throws(ConfigurationProblem) {
            let source = try ConfigurationSource(
                path: options.path,
                environment: ProcessInfo.processInfo.environment
            )
            configuration = try EarshotConfiguration(from: source)
        } catch {
            throw Self.exit(because: error.description)
        }
        let format: LineLogHandler.Format =
            switch configuration.logFormat {
            case .text: .text
            case .json: .json
            case .automatic: isatty(STDERR_FILENO) == 1 ? .text : .json
            }
        let level = configuration.logLevel
        let lines = LineQueue(write: Self.writeToStandardError) { LineLogHandler.lost($0, in: format) }
        lines.start()
        logLines = lines
        let start = ContinuousClock.now
        let isCounting = instance != nil && level >= .info
        let repeats = isCounting ? RepeatedLines { start.duration(to: ContinuousClock.now) } : nil
        repeatedLines = repeats
        logger = Logger(label: "earshot") { _ in
            LineLogHandler(format: format, level: level, repeats: repeats) { lines.append($0) }
        }
        do {
            transport = try CurlClient(configuration: CurlConfiguration(configuration), logger: logger)
        } catch let error as CurlError {
            throw Self.exit(because: error.message)
        }
        do {
            let registry = configuration.service.registry
            let (templates, application) = (registry.session.endpoints.templates, registry.application)
            let origin = instance.map { "\(application)-\($0)" } ?? Store.originOfCommands
            store = try configuration.storagePath.map { try Store(path: $0, templates: templates, origin: origin) }
        } catch let error as StorageError {
            throw Self.exit(because: error)
        }
        var ari: any ARITransport = CurlARITransport(client: transport)
        if let metrics { ari = MeasuredTransport(ari, metrics, clock: ContinuousClock()) }
        client = ARIClient(transport: ari, timeout: configuration.timeout)
    }

    /// Writes what has been logged, before the process ends.
    func flushLog() {
        repeatedLines?.flush()
        logLines.flush()
    }

    func connection(of application: String) -> ARIEventConnection {
        ARIEventConnection(client: client, application: application, clock: transport.clock, logger: logger)
    }

    /// The directory of users, as the service sees it; nil for none.
    var directory: DirectoryForService? {
        store.map { DirectoryForService(directory: $0.directory, logger: logger) }
    }

    /// The record, as the service keeps it; nil for none.
    var record: KeptRecord? {
        store.map { store in
            KeptRecord(
                store: store.record,
                isRequired: configuration.isRecordRequired,
                keepsNumbers: configuration.recordKeepsNumbers,
                logger: logger
            )
        }
    }

    /// Of what may pass the process ends with 1, so that it is started again.
    static func exit(because error: any Error) -> ExitCode {
        guard let error = error as? StorageError, error.mayPass else { return exit(because: "\(error)") }
        writeToStandardError("earshot: \(error)\n")
        return .failure
    }

    static func exit(because reason: String) -> ExitCode {
        writeToStandardError("earshot: configuration: \(reason)\n")
        return ExitCode(78)
    }

    @Sendable private static func writeToStandardError(_ line: String) {
        // Nobody can read a log line about a log that cannot be written.
        try? FileHandle.standardError.write(contentsOf: Data(line.utf8))
    }
}

extension CurlConfiguration {
    /// Where Asterisk is and how to log in there.
    init(_ configuration: EarshotConfiguration) {
        self.init(
            baseURL: configuration.url,
            credentials: CurlCredentials(username: configuration.username, password: configuration.password)
        )
        certificateAuthorityFile = configuration.caFile
        allowsPlainTextBeyondLoopback = configuration.allowsPlainTextBeyondLoopback
        maximumConnections = configuration.connections
        connectTimeout = configuration.timeout
        requestTimeout = configuration.timeout
    }
}

import ARI
import ARIOverCurl
import ArgumentParser
import CurlTransport
import EarshotService
import Foundation
import Logging

/// The modules, put together as a configuration says.
struct Assembly {
    let configuration: EarshotConfiguration
    let transport: CurlClient
    let client: ARIClient
    let logger: Logger

    /// Reads the configuration and sets logging up.
    ///
    /// - Throws: `ExitCode` 78 (`EX_CONFIG` of `sysexits.h`) after it has said what is wrong.
    init(_ options: ConfigurationOptions) async throws {
        do throws(ConfigurationProblem) {
            let source = try await ConfigurationSource(
                path: options.config,
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
        logger = Logger(label: "earshot") { _ in LineLogHandler(format: format, level: level) }
        do {
            transport = try CurlClient(configuration: CurlConfiguration(configuration), logger: logger)
        } catch let error as CurlError {
            throw Self.exit(because: error.message)
        }
        client = ARIClient(transport: CurlARITransport(client: transport), timeout: configuration.timeout)
    }

    func connection(of application: String) -> ARIEventConnection {
        ARIEventConnection(client: client, application: application, clock: ContinuousClock(), logger: logger)
    }

    private static func exit(because reason: String) -> ExitCode {
        try? FileHandle.standardError.write(contentsOf: Data("earshot: configuration: \(reason)\n".utf8))
        return ExitCode(78)
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

package import Directory
import Hummingbird
import HummingbirdCore
import HummingbirdTLS
package import Logging
import Mustache
import NIOSSL
import ServiceLifecycle

/// The pages, served from this process until a graceful shutdown.
package struct AdministrationServer<ServiceClock: Clock>: Service where ServiceClock.Duration == Duration {
    private let configuration: AdministrationConfiguration
    let site: Site<ServiceClock>
    private let logger: Logger

    /// - Parameters:
    ///   - clock: for the ends of sessions.
    ///   - now: milliseconds since 1970.
    /// - Throws: when the templates are damaged.
    package init(
        _ configuration: AdministrationConfiguration,
        directory: Directory,
        live: any LiveSessions,
        asterisk: any AsteriskView,
        record: any RecordView,
        operations: any OperationsView,
        clock: ServiceClock,
        now: @escaping @Sendable () -> Int64,
        logger: Logger
    ) throws {
        self.configuration = configuration
        self.logger = logger
        site = Site(
            configuration: configuration,
            directory: directory,
            live: live,
            asterisk: asterisk,
            record: record,
            operations: operations,
            sessions: Sessions(
                directory: directory,
                clock: clock,
                idleLimit: configuration.idleLimit,
                limit: configuration.sessionLimit
            ),
            signInLimit: SignInLimit(clock: clock),
            clock: clock,
            templates: try .ofPages(),
            now: now,
            logger: logger
        )
    }

    /// How many connections there may be at the same time; further ones wait.
    private static var mostConnections: Int { 200 }

    package func run() async throws {
        // Not `runService`, which would end the page by a signal of its own before the sessions have been released.
        try await application().run()
    }

    /// - Throws: when certificate or key cannot be read.
    func application() throws -> some ApplicationProtocol {
        // Whoever opens connections and says nothing must not take the descriptors that Asterisk's events need.
        let channel = HTTP1Channel.Configuration(idleTimeout: .seconds(30))
        var server = HTTPServerBuilder.http1(configuration: channel)
        if let tls = configuration.tls {
            var settings = TLSConfiguration.makeServerConfiguration(
                certificateChain: try NIOSSLCertificate.fromPEMFile(tls.certificate).map { .certificate($0) },
                privateKey: .privateKey(try NIOSSLPrivateKey(file: tls.key, format: .pem))
            )
            settings.minimumTLSVersion = .tlsv12
            server = try .tls(.http1(configuration: channel), tlsConfiguration: settings)
        }
        return Application(
            router: site.router(),
            server: server,
            configuration: ApplicationConfiguration(
                address: .hostname(configuration.host, port: configuration.port),
                serverName: nil,
                availableConnectionsDelegate: .maximum(Self.mostConnections, logger: logger)
            ),
            onServerRunning: { [logger] channel in
                logger.notice(
                    "page is served",
                    metadata: ["web.listen": "\(channel.localAddress?.description ?? "unknown")"]
                )
            },
            logger: logger
        )
    }
}

import EarshotService
import Logging
import Monitoring
import ServiceLifecycle

/// Tells the service manager that the service is ready, that it still answers, and in one line how it is.
///
/// It is ready when the engine answers for the first time: then the configuration is right, and supervisors are served as soon as there
/// is an Asterisk, which may start later. From then on the engine is asked twice within the service manager's patience. An engine that is
/// stuck does not answer, nothing is told, and the service manager starts the service again.
struct ServiceManagerReport<ReportClock: Clock>: Service where ReportClock.Duration == Duration {
    let manager: ServiceManager
    /// Asks the engine; nil when it does not answer in time.
    let ask: @Sendable () async -> ServiceStatus?
    let clock: ReportClock
    let logger: Logger

    /// Until the engine is asked again. For somebody who does not count, only the line is to be true.
    private var interval: Duration { manager.patience.map { $0 / 2 } ?? .seconds(15) }

    /// Until the engine is asked again while it has never answered.
    private static var untilReady: Duration { .milliseconds(100) }

    func run() async throws {
        await cancelWhenGracefulShutdown { await report() }
        tell(["STOPPING=1", "STATUS=stopping"])
    }

    private func report() async {
        var told: String?
        repeat {
            guard let line = await ask()?.line else { continue }
            var words: [String] = []
            if told == nil { words.append("READY=1") }
            if manager.patience != nil { words.append("WATCHDOG=1") }
            if told != line { words.append("STATUS=\(line)") }
            // What could not be told is told again.
            if words.isEmpty || tell(words) { told = line }
        } while (try? await clock.sleep(for: told == nil ? Self.untilReady : interval)) != nil
    }

    @discardableResult
    private func tell(_ words: [String]) -> Bool {
        do {
            try manager.tell(words)
            return true
        } catch {
            logger.warning("service manager cannot be told", metadata: ["error": "\(error)"])
            return false
        }
    }
}

extension ServiceManagerReport: CustomStringConvertible {
    /// For the log lines of ServiceLifecycle.
    var description: String { "service manager" }
}

extension ServiceStatus {
    /// One plain line, for people.
    fileprivate var line: String {
        let number = sessions.waiting + sessions.inCall.values.reduce(0, +)
        let count = number == 1 ? "1 session" : "\(number) sessions"
        return isConnected ? "connected to Asterisk, \(count)" : "not connected to Asterisk, \(count)"
    }
}

import ArgumentParser
import Directory
import EarshotService
import Foundation
import Logging
import Monitoring
import MonitoringRecord
import Storage

/// Earshot's file, opened as a configuration says, and what is in it.
struct Store {
    let storage: Storage
    let directory: Directory
    let record: RecordStore
    let recordHealth: RecordHealth

    /// - Parameters:
    ///   - origin: which Earshot, or which command, writes into the record.
    /// - Throws: `StorageError`.
    init(path: String, templates: [EndpointTemplate], origin: String) throws {
        storage = try Storage(path: path, migrations: Directory.migrations + RecordStore.migrations)
        let health = RecordHealth()
        recordHealth = health
        record = RecordStore(
            storage,
            origin: origin,
            now: RecordStore.millisecondsNow,
            written: { health.note($0) }
        )
        directory = Directory(storage, templates: templates, journal: JournalInRecord(store: record))
    }

    /// For commands that work with the file alone: they need no access to Asterisk, and may run while the service does.
    ///
    /// - Throws: `ExitCode` 78 (`EX_CONFIG` of `sysexits.h`) after it has said what is wrong.
    init(_ options: ConfigurationOptions) throws {
        do {
            let source = try ConfigurationSource(path: options.path, environment: ProcessInfo.processInfo.environment)
            guard let path = try EarshotConfiguration.storagePath(source) else {
                throw ConfigurationProblem(
                    key: Setting.storagePath.environmentVariable,
                    source: "environment",
                    reason: "is missing; it is the file with users and rights, such as /var/lib/earshot/earshot.db"
                )
            }
            let templates = try EarshotConfiguration.templates(source)
            try self.init(path: path, templates: templates, origin: Self.originOfCommands)
        } catch let problem as ConfigurationProblem {
            throw Assembly.exit(because: problem.description)
        } catch let error as StorageError {
            throw Assembly.exit(because: error.description)
        }
    }

    /// What writes into the record when no service does.
    static let originOfCommands = "command-line"

    /// Who changes something by a command: the user of the operating system.
    static var author: Author { .commandLine(ProcessInfo.processInfo.userName) }
}

/// The service's view of the directory.
struct DirectoryForService: UserDirectory {
    let directory: Directory
    let logger: Logger

    /// How often it is looked for changes that another process has made.
    private static let interval: Duration = .milliseconds(200)

    func finding(of endpoint: EndpointName) async -> DirectoryFinding {
        do {
            return try await directory.rights(of: endpoint).map { .rights($0) } ?? .nothing
        } catch {
            logger.error("directory cannot be read", metadata: ["error": "\(error)"])
            return .unreadable
        }
    }

    func watch(_ body: @Sendable (RightsChange) async -> Void) async {
        await directory.watch(every: Self.interval, clock: ContinuousClock(), body)
    }
}

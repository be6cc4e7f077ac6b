import Foundation
import Glibc

/// The command `earshot serve`, running against the lab or another Asterisk, with its log.
package final class EarshotProcess: Sendable {
    /// One line of the log: `message`, `level`, `time` and the keys of `Log.md`.
    package typealias LogLine = [String: String]

    private let process: GuardedProcess

    private init(process: GuardedProcess) {
        self.process = process
    }

    /// Starts the command and waits until it is connected to the lab's Asterisk.
    ///
    /// - Parameters:
    ///   - command: the path of the command.
    ///   - environment: settings besides those that name the lab, or instead of them.
    /// - Throws: ``LabError`` with the command's last words when it does not connect within ten seconds.
    package static func start(
        _ command: String,
        in lab: Lab,
        environment: [String: String] = [:]
    ) async throws -> EarshotProcess {
        try await start(command, at: lab.ari.access, environment: environment)
    }

    /// Starts the command and waits until it is connected to an Asterisk.
    ///
    /// - Parameter environment: settings besides those that name the Asterisk, or instead of them.
    /// - Throws: ``LabError`` with the command's last words when it does not connect within ten seconds.
    package static func start(
        _ command: String,
        at asterisk: ARIAccess,
        environment: [String: String] = [:]
    ) async throws -> EarshotProcess {
        let earshot = try launch(command, ["serve"], at: asterisk, environment: environment)
        do {
            try await earshot.waitForLog("connected to Asterisk", within: .seconds(10))
        } catch {
            await earshot.stop()
            throw error
        }
        return earshot
    }

    /// Starts the command, and waits for nothing.
    package static func launch(
        _ command: String,
        _ arguments: [String],
        in lab: Lab,
        environment: [String: String] = [:]
    ) throws -> EarshotProcess {
        try launch(command, arguments, at: lab.ari.access, environment: environment)
    }

    private static func launch(
        _ command: String,
        _ arguments: [String],
        at asterisk: ARIAccess,
        environment: [String: String]
    ) throws -> EarshotProcess {
        guard FileManager.default.isExecutableFile(atPath: command) else {
            throw LabError("\(command) is not there: build it first")
        }
        let settings = settings(for: asterisk).merging(environment) { _, chosen in chosen }
        return EarshotProcess(
            process: try GuardedProcess(
                ["/usr/bin/env"] + settings.map { "\($0)=\($1)" }.sorted() + [command] + arguments,
                folder: try makeTemporaryFolder()
            )
        )
    }

    /// Runs the command to its end, and returns what it printed and its exit status.
    package static func output(
        _ command: String,
        _ arguments: [String],
        in lab: Lab,
        environment: [String: String] = [:]
    ) async throws -> (status: Int32, text: String) {
        let settings = settings(for: lab.ari.access).merging(environment) { _, chosen in chosen }
        return try await offTheExecutor {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: command)
            process.arguments = arguments
            process.environment = settings
            let output = Pipe()
            process.standardOutput = output
            process.standardError = output
            process.standardInput = FileHandle.nullDevice
            try process.run()
            let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            process.waitUntilExit()
            return (process.terminationStatus, text)
        }
    }

    private static func settings(for asterisk: ARIAccess) -> [String: String] {
        [
            "EARSHOT_ARI_URL": asterisk.url, "EARSHOT_ARI_USERNAME": asterisk.username,
            "EARSHOT_ARI_PASSWORD_FILE": asterisk.passwordFile, "EARSHOT_ARI_APPLICATION": asterisk.application,
            "EARSHOT_LOG_LEVEL": "debug", "EARSHOT_LOG_FORMAT": "json",
        ]
    }

    // MARK: - Ending

    /// Ends it as an administrator would, and waits for its end.
    package func stop() async {
        let process = process
        _ = try? await offTheExecutor { process.end() }
    }

    /// Sends a signal to the command itself, such as SIGKILL.
    package func send(signal: Int32) throws {
        guard let id = process.programID, kill(id, signal) == 0 else { throw LabError("earshot is not running") }
    }

    package var isRunning: Bool { process.isRunning }

    /// The command's own process, for somebody who sends it a signal at a moment of their own.
    package func processID() throws -> Int32 {
        guard let id = process.programID else { throw LabError("earshot is not running") }
        return id
    }

    /// Waits until the command has ended by itself.
    ///
    /// - Throws: ``LabError`` when it still runs after `timeout`.
    package func waitForEnd(within timeout: Duration = .seconds(5)) async throws {
        let deadline = ContinuousClock.now + timeout
        while process.isRunning {
            guard ContinuousClock.now < deadline else {
                throw LabError("earshot still runs:\n\(process.lastOutput(lines: 30))")
            }
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    /// How many files the process has open, sockets among them.
    package func openFiles() throws -> Int { try usage().openFiles }

    /// What the process takes of the machine now.
    package func usage() throws -> ProcessUsage { try ProcessUsage(of: processID()) }

    // MARK: - The log

    /// The last lines that the command printed.
    package func lastOutput(lines count: Int = 30) -> String { process.lastOutput(lines: count) }

    /// Everything that was logged so far.
    package func log() -> [LogLine] {
        let text = FileManager.default.contents(atPath: process.folder + "/log") ?? Data()
        return text.split(separator: UInt8(ascii: "\n")).compactMap { line in
            try? JSONDecoder().decode(LogLine.self, from: Data(line))
        }
    }

    /// Waits for a line after the first `start` ones.
    ///
    /// - Throws: ``LabError`` with the last lines when none comes in time.
    @discardableResult
    package func waitForLog(
        _ message: String,
        after start: Int = 0,
        within timeout: Duration = .seconds(5),
        where condition: (LogLine) -> Bool = { _ in true }
    ) async throws -> LogLine {
        let deadline = ContinuousClock.now + timeout
        while true {
            if let line = log().dropFirst(start).first(where: { $0["message"] == message && condition($0) }) {
                return line
            }
            guard ContinuousClock.now < deadline, process.isRunning else {
                throw LabError("waited in vain for the log line \"\(message)\":\n\(process.lastOutput(lines: 30))")
            }
            try await Task.sleep(for: .milliseconds(10))
        }
    }
}

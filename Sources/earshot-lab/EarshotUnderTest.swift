import Foundation
import Glibc
import LabSupport

/// The `earshot serve` that is shown or measured, connected to the lab.
enum EarshotUnderTest {
    /// How long it may take to connect.
    private static let patience = Duration.seconds(10)

    /// Runs `body` while Earshot serves the lab; ends it afterwards, whatever happened.
    ///
    /// - Throws: what `body` throws, and ``LabError`` with Earshot's last words when it does not connect.
    static func whileServing(
        _ lab: Lab,
        command: String,
        environment: [String: String] = [:],
        _ body: (EarshotProcess) async throws -> Void
    ) async throws {
        try await refuseSecond(lab)
        try await whileServing(lab.ari.access, command: command, environment: environment, body)
    }

    /// Runs `body` while Earshot serves an Asterisk that nobody else serves; ends it afterwards, whatever happened.
    ///
    /// - Throws: what `body` throws, and ``LabError`` with Earshot's last words when it does not connect.
    static func whileServing<Value>(
        _ asterisk: ARIAccess,
        command: String,
        environment: [String: String] = [:],
        _ body: (EarshotProcess) async throws -> Value
    ) async throws -> Value {
        let settings = ["EARSHOT_LOG_LEVEL": "info"].merging(environment) { $1 }
        let earshot = try await EarshotProcess.start(command, at: asterisk, environment: settings)
        let result: Result<Value, any Error>
        do {
            result = .success(try await body(earshot))
        } catch let error as LabError {
            result = .failure(LabError("\(error)\nEarshot's last words:\n\(earshot.lastOutput())"))
        } catch {
            result = .failure(error)
        }
        await earshot.stop()
        return try result.get()
    }

    /// Starts an Earshot that stays when this command has ended; ends it if `body` fails.
    ///
    /// - Returns: its process ID. Its log is `earshot.log` of the lab's folder, its process ID is in `earshot.pid` there.
    static func keepServing(
        _ lab: Lab,
        command: String,
        environment: [String: String],
        _ body: () async throws -> Void
    ) async throws -> pid_t {
        try await refuseSecond(lab)
        let log = lab.directory + "/earshot.log"
        let pidFile = lab.directory + "/earshot.pid"
        let launcher = Process()
        launcher.executableURL = URL(fileURLWithPath: "/bin/sh")
        // setsid: neither Ctrl-C nor the end of the terminal reaches it.
        launcher.arguments = [
            "-c", "log=$1; shift; setsid \"$@\" >\"$log\" 2>&1 </dev/null & echo $!", "launcher", log,
        ]
        launcher.arguments? += try arguments(lab, command: command, environment)
        let output = Pipe()
        launcher.standardOutput = output
        try launcher.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        guard let pid = pid_t(text.trimmingCharacters(in: .whitespacesAndNewlines)) else {
            throw LabError("Earshot was not started")
        }
        do {
            try Data("\(pid)\n".utf8).write(to: URL(fileURLWithPath: pidFile))
            let words = { @Sendable in
                String(decoding: FileManager.default.contents(atPath: log) ?? Data(), as: UTF8.self)
            }
            try await waitUntilConnected(lab, isRunning: { kill(pid, 0) == 0 }, lastOutput: words)
            try await body()
            return pid
        } catch {
            kill(pid, SIGTERM)
            try? FileManager.default.removeItem(atPath: pidFile)
            throw LabError("\(error)\nEarshot's log is \(log)")
        }
    }

    private static func arguments(
        _ lab: Lab,
        command: String,
        _ environment: [String: String]
    ) throws -> [String] {
        guard FileManager.default.isExecutableFile(atPath: command) else {
            throw LabError("\(command) is not there: run swift build -c release, or name another with --earshot")
        }
        return [
            "/usr/bin/env", "EARSHOT_ARI_URL=\(lab.ari.url)", "EARSHOT_ARI_USERNAME=\(lab.ari.username)",
            "EARSHOT_ARI_PASSWORD_FILE=\(lab.ari.passwordFile)", "EARSHOT_ARI_APPLICATION=\(lab.ari.application)",
        ] + environment.map { "\($0)=\($1)" }.sorted() + [command, "serve"]
    }

    /// Two of them would take the application from each other.
    private static func refuseSecond(_ lab: Lab) async throws {
        if try await lab.isApplicationRegistered(lab.ari.application) {
            throw LabError(
                "an Earshot serves this lab already; end it first (scripts/demo --stop, or wherever it was started)"
            )
        }
    }

    /// - Parameters:
    ///   - isRunning: whether there still is somebody to wait for.
    ///   - lastOutput: goes into the error.
    /// - Throws: ``LabError`` when no Earshot serves the lab in time.
    static func waitUntilConnected(
        _ lab: Lab,
        isRunning: () -> Bool = { true },
        lastOutput: () -> String = { "" }
    ) async throws {
        let deadline = ContinuousClock.now + patience
        while try await !lab.isApplicationRegistered(lab.ari.application) {
            guard isRunning() else { throw LabError("Earshot ended instead of connecting:\n\(lastOutput())") }
            guard ContinuousClock.now < deadline else {
                throw LabError("Earshot has not connected in \(patience):\n\(lastOutput())")
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }
}

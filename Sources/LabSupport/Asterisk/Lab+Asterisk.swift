import Foundation
import Glibc

/// What Asterisk itself says: the ground truth that tests compare Earshot with.
extension Lab {
    /// A channel in Asterisk, whoever made it.
    package struct Channel: Sendable, Decodable {
        package let id: String
        /// For instance `PJSIP/101-00000002` or `Snoop/…`.
        package let name: String
        /// `Up`, `Ring`, `Ringing`, …
        package let state: String

        /// `101` of `PJSIP/101-00000002`.
        package var endpoint: String? {
            guard name.hasPrefix("PJSIP/"), let dash = name.lastIndex(of: "-") else { return nil }
            return String(name[name.index(name.startIndex, offsetBy: 6)..<dash])
        }
    }

    /// A bridge in Asterisk, whoever made it.
    package struct Bridge: Sendable, Decodable {
        package let id: String
        /// `simple_bridge`, `softmix`, `holding_bridge`, `native_rtp`
        package let technology: String
        /// IDs of the channels in it.
        package let channels: [String]
        /// `Stasis` for bridges made over ARI; empty for those of Dial() and Queue().
        package let creator: String
    }

    /// All channels.
    package func channels() async throws -> [Channel] {
        try await decoded("/channels")
    }

    /// All bridges.
    package func bridges() async throws -> [Bridge] {
        try await decoded("/bridges")
    }

    /// Whether some program is connected as ARI application `name`.
    package func isApplicationRegistered(_ name: String) async throws -> Bool {
        try await request("GET", "/applications/" + name).status == 200
    }

    /// Waits until `condition` holds for Asterisk's channels and bridges; asks every 20 ms.
    ///
    /// Asterisk has no event for "everything is gone", and tests must not become clients of the events they check.
    ///
    /// - Throws: ``LabError`` with the channels and bridges that were there last.
    package func waitUntil(
        _ what: String,
        within timeout: Duration = .seconds(5),
        _ condition: @Sendable (_ channels: [Channel], _ bridges: [Bridge]) -> Bool
    ) async throws {
        let deadline = ContinuousClock.now + timeout
        while true {
            let (channels, bridges) = (try await channels(), try await bridges())
            if condition(channels, bridges) { return }
            guard ContinuousClock.now < deadline else {
                let seen = channels.map { "\($0.name) \($0.state)" } + bridges.map { "bridge \($0.id) \($0.channels)" }
                throw LabError("waited in vain for \(what) (\(timeout)); Asterisk has: \(seen.joined(separator: ", "))")
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// One request to ARI below its base URL, as the lab's own user.
    ///
    /// - Parameter path: with a leading slash, percent-encoded, with the query if there is one.
    package func request(_ method: String, _ path: String) async throws -> (status: Int, body: String) {
        let password = try ari.password()
        return try await offTheExecutor {
            try LoopbackHTTP.request(method, self.ari.url + path, user: self.ari.username, password: password)
        }
    }

    /// Runs a command on Asterisk's console (`scripts/lab cli`) and returns what it prints.
    package func cli(_ command: String) async throws -> String {
        try await runScript(["cli", command])
    }

    // MARK: - Asterisk's own process

    /// Sends a signal to Asterisk itself, such as SIGSTOP.
    package func signalAsterisk(_ signal: Int32) throws {
        guard let id = pid_t(exactly: pid), kill(id, signal) == 0 else {
            throw LabError("signal \(signal) cannot be sent to Asterisk: \(lastSystemError())")
        }
    }

    /// Starts Asterisk again after it was killed, as it was configured (`scripts/lab restart-asterisk`).
    ///
    /// - Returns: the lab as it is then: Asterisk is another process, and all else is as before.
    package func restartAsterisk() async throws -> Lab {
        _ = try await runScript(["restart-asterisk"])
        return try Self.load()
    }

    // MARK: - scripts/lab

    /// - Returns: what the script has printed.
    private func runScript(_ arguments: [String]) async throws -> String {
        let script = try Self.script(nextTo: directory)
        let folder = directory
        return try await offTheExecutor {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: script)
            process.arguments = arguments
            process.environment = ProcessInfo.processInfo.environment.merging(["EARSHOT_LAB_DIRECTORY": folder]) {
                $1
            }
            let output = Pipe()
            process.standardOutput = output
            process.standardError = output
            process.standardInput = FileHandle.nullDevice
            do { try process.run() } catch { throw LabError("cannot run \(script): \(error)") }
            let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            process.waitUntilExit()
            guard process.terminationStatus == 0 else {
                throw LabError("scripts/lab \(arguments.joined(separator: " ")) failed: \(text)")
            }
            return text
        }
    }

    /// `scripts/lab` of the checkout that the lab's folder lies in, else of the one that we are in.
    private static func script(nextTo folder: String) throws -> String {
        for start in [folder, FileManager.default.currentDirectoryPath] {
            var parent = URL(fileURLWithPath: start)
            while parent.path != "/" {
                let candidate = parent.appendingPathComponent("scripts/lab").path
                if FileManager.default.isExecutableFile(atPath: candidate) { return candidate }
                parent.deleteLastPathComponent()
            }
        }
        throw LabError("scripts/lab was not found above \(folder) or the current directory")
    }

    private func decoded<Value: Decodable>(_ path: String) async throws -> [Value] {
        let (status, body) = try await request("GET", path)
        guard status == 200 else { throw LabError("GET \(path) answered \(status): \(body)") }
        do {
            return try JSONDecoder().decode([Value].self, from: Data(body.utf8))
        } catch {
            throw LabError("GET \(path) answered what we cannot read: \(error)")
        }
    }
}

import ArgumentParser
import Foundation
import LabSupport

/// Runs a trial until it is through or interrupted, and says what went wrong.
///
/// - Throws: ExitCode.failure when something did.
func trying(_ trial: @escaping @Sendable () async throws -> Void) async throws {
    do {
        try await untilInterrupted(trial)
    } catch let error as LabError {
        say("trial: \(error)")
        throw ExitCode.failure
    }
}

/// Runs a command, as a shell reads it.
///
/// - Throws: ``LabError`` when its exit status is not 0.
func shell(_ command: String) async throws {
    let status = try await offTheExecutor {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", command]
        process.standardInput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus
    }
    guard status == 0 else { throw LabError("exit status \(status) of: \(command)") }
}

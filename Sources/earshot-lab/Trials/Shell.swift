import Foundation
import LabSupport

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

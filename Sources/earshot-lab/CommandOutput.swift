import Foundation
import LabSupport

/// Runs a command to its end.
///
/// - Parameter arguments: the first one is looked up in PATH.
/// - Returns: what it has written to its standard output.
/// - Throws: ``LabError`` when it fails.
func output(of arguments: [String]) async throws -> String {
    try await offTheExecutor {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw LabError("exit status \(process.terminationStatus) of: \(arguments.joined(separator: " "))")
        }
        return text
    }
}

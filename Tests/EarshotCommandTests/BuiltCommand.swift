import Foundation

/// The built command, as a process.
enum BuiltCommand {
    /// Runs it to its end, and returns what it printed and its exit status.
    static func run(
        _ arguments: [String],
        environment: [String: String] = [:]
    ) throws -> (status: Int32, text: String) {
        let process = process(arguments, environment)
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, text)
    }

    /// Starts it.
    ///
    /// - Parameter log: takes what it writes to its standard error; nil for nobody.
    static func start(_ arguments: [String], environment: [String: String], log: Pipe? = nil) throws -> Process {
        let process = process(arguments, environment)
        process.standardOutput = FileHandle.nullDevice
        if let log { process.standardError = log } else { process.standardError = FileHandle.nullDevice }
        try process.run()
        return process
    }

    private static func process(_ arguments: [String], _ environment: [String: String]) -> Process {
        let products = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
        let process = Process()
        process.executableURL = products.appendingPathComponent("earshot")
        process.arguments = arguments
        process.environment = environment
        process.standardInput = FileHandle.nullDevice
        return process
    }
}

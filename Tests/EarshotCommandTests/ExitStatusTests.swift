import Foundation
import Testing

/// The built command, run as a process: its exit status is an interface.
@Suite(.timeLimit(.minutes(1))) struct ExitStatusTests {
    private func run(
        _ arguments: [String],
        environment: [String: String] = [:]
    ) throws -> (status: Int32, text: String) {
        let products = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
        let process = Process()
        process.executableURL = products.appendingPathComponent("earshot")
        process.arguments = arguments
        process.environment = environment
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, text)
    }

    @Test(arguments: ["serve", "check"])
    func `a wrong configuration ends with 78 and names the key`(command: String) throws {
        let missing = try run([command])
        #expect(missing.status == 78)
        #expect(missing.text.contains("EARSHOT_ARI_PASSWORD"))
        let unknown = try run([command], environment: ["EARSHOT_ARI_PASSWORD": "hidden", "EARSHOT_ARI_PORT": "1"])
        #expect(unknown.status == 78)
        #expect(unknown.text.contains("EARSHOT_ARI_PORT"))
        #expect(!unknown.text.contains("hidden"))
    }

    @Test func `plain http to another machine is a wrong configuration`() throws {
        let environment = ["EARSHOT_ARI_PASSWORD": "hidden", "EARSHOT_ARI_URL": "http://192.0.2.1:8088/ari"]
        let refused = try run(["check"], environment: environment)
        #expect(refused.status == 78)
        #expect(refused.text.contains("https"))
    }

    @Test func `version and help are there`() throws {
        #expect(try run(["--version"]).status == 0)
        let help = try run(["serve", "--help"])
        #expect(help.status == 0)
        #expect(help.text.contains("EARSHOT_ARI_URL"))
    }
}

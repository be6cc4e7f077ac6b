import Foundation
import Testing

/// The built command, run as a process: its exit status is an interface.
@Suite(.timeLimit(.minutes(1))) struct ExitStatusTests {
    @Test(arguments: ["serve", "check"])
    func `a wrong configuration ends with 78 and names the key`(command: String) throws {
        let missing = try BuiltCommand.run([command])
        #expect(missing.status == 78)
        #expect(missing.text.contains("EARSHOT_ARI_PASSWORD"))
        let unknown = try BuiltCommand.run(
            [command],
            environment: ["EARSHOT_ARI_PASSWORD": "hidden", "EARSHOT_ARI_PORT": "1"]
        )
        #expect(unknown.status == 78)
        #expect(unknown.text.contains("EARSHOT_ARI_PORT"))
        #expect(!unknown.text.contains("hidden"))
    }

    @Test func `plain http to another machine is a wrong configuration`() throws {
        let environment = ["EARSHOT_ARI_PASSWORD": "hidden", "EARSHOT_ARI_URL": "http://192.0.2.1:8088/ari"]
        let refused = try BuiltCommand.run(["check"], environment: environment)
        #expect(refused.status == 78)
        #expect(refused.text.contains("https"))
    }

    @Test func `version and help are there`() throws {
        #expect(try BuiltCommand.run(["--version"]).status == 0)
        let help = try BuiltCommand.run(["serve", "--help"])
        #expect(help.status == 0)
        #expect(help.text.contains("EARSHOT_ARI_URL"))
    }
}

import ArgumentParser
import LabSupport

/// The lab's own command: it shows Earshot at work on a real Asterisk, and measures it.
@main
struct EarshotLab: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "earshot-lab",
        abstract: "Shows Earshot at work with real phones on the lab PBX, and measures it.",
        discussion: """
            All but bench load, bench client, bench request and websocket-cases need a running lab (scripts/lab up). \
            scripts/demo and scripts/bench do the whole set-up.
            """,
        subcommands: [
            Demo.self, Bench.self, Pictures.self, TakeOverTrial.self, ReleaseTrial.self, WebSocketCases.self,
            Requests.self,
        ]
    )
}

/// How to find the Earshot that is shown or measured.
struct EarshotOptions: ParsableArguments {
    @Option(help: "The earshot command.")
    var earshot = ".build/release/earshot"
}

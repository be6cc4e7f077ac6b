import ArgumentParser
import LabSupport

/// `earshot-lab websocket-cases`: runs the cases of Autobahn|Testsuite's server (`wstest -m fuzzingserver`) against
/// Earshot's framing.
struct WebSocketCases: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "websocket-cases",
        abstract: "Sends back what a server of WebSocket cases sends; scripts/test-websocket does the whole."
    )

    @Option(help: "The server's port on loopback.") var port: UInt16

    func run() throws {
        let text = try EchoClient.run("/getCaseCount", port: port)
        guard let count = Int(text), count > 0 else { throw LabError("the server has no cases: \(text)") }
        for number in 1...count {
            try EchoClient.run("/runCase?case=\(number)&agent=earshot", port: port)
            if number.isMultiple(of: 50) { say("\(number) of \(count)") }
        }
        try EchoClient.run("/updateReports?agent=earshot", port: port)
    }
}

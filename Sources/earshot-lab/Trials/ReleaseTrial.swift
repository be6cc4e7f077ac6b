import ArgumentParser
import LabSupport

/// `earshot-lab release`: whether a session ends in order when the Earshot that serves it does.
struct ReleaseTrial: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "release",
        abstract: "Ends the Earshot that serves the lab during a session, which has to end too.",
        discussion: """
            Whatever Earshot serves the lab already: 320 listens to a call of 201 to 101, while the command stops that Earshot. The session is over \
            when the command is, with nothing left in Asterisk. The call itself goes on.
            """
    )

    @Argument(help: "The command, as a shell reads it.")
    var command: String

    func run() async throws {
        let command = command
        try await running("trial") {
            let lab = try Lab.load()
            try await EarshotUnderTest.waitUntilConnected(lab)
            try await StandingCall.whileUp(in: lab) { _ in
                let phone = try MeasuringPhone(user: "320", server: lab.sip.port, tone: .supervisor)
                defer { phone.stop() }
                try await phone.dial("*91101")
                _ = try await phone.waitToHear(.client)
                try await shell(command)
                try await phone.waitFor(.closed)
                say("320 was released.")
                try await lab.waitUntil("the end of the session, and of nothing else") { channels, bridges in
                    channels.count == 2 && !bridges.contains { $0.id.hasPrefix("earshot-") }
                }
            }
        }
    }
}

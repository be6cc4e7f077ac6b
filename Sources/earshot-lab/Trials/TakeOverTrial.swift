import ArgumentParser
import LabSupport

/// `earshot-lab take-over`: whether anybody hears that another Earshot takes over.
struct TakeOverTrial: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "take-over",
        abstract: "Has another Earshot take over sessions of every kind, and looks at each packet of each ear.",
        discussion: """
            Whatever Earshot serves the lab already. There are seven sessions: listening, whispering, barging, in a mode and at a target that \
            keys chose, recording, and waiting. Each command has to end or restart that Earshot, and to leave another one that serves. Meanwhile no \
            ear may miss a packet, by the clock, the time stamps or the voices' phase, nor a voice for longer than one, nor hear whom it should \
            not. After all of the commands, keys, E, S, rights, the wait and the recording have to work.

            What keeps the machine busy takes audio away from every call, with or without a restart: Asterisk and this command have to come first \
            (chrt --rr), as Asterisk does with -p, and as phones do that are machines of their own.
            """
    )

    @Option(help: "A command that takes every right of 4002 away.")
    var takeAway: String

    @Argument(help: "The commands, each as a shell reads it.")
    var commands: [String]

    func run() async throws {
        let trial = self
        try await trying { try await trial.runUntilInterrupted() }
    }

    private func runUntilInterrupted() async throws {
        let lab = try Lab.load()
        try await EarshotUnderTest.waitUntilConnected(lab)
        try await SessionsOfEveryKind.whileUp(in: lab) { sessions in
            say("seven sessions are up")
            let start = ContinuousClock.now
            for command in commands {
                let ears = try await sessions.ears {
                    try await shell(command)
                    try await EarshotUnderTest.waitUntilConnected(lab)
                    // Asterisk may know the application still from before; what a new Earshot does first is to take the sessions over.
                    try await Task.sleep(for: .seconds(2))
                }
                say("another Earshot took over: supervisors: \(ears.supervisors.text)")
                say("  agents and clients: \(ears.parties.text)")
                guard ears.faults.isEmpty else { throw LabError(ears.faults.joined(separator: "\n")) }
                for totals in [ears.supervisors, ears.parties] { try check(totals) }
            }
            try await sessions.prove(takeAway: takeAway, recordedSince: start)
        }
    }

    private func check(_ ears: EarTotals) throws {
        guard ears.lostPackets == .zero else { throw LabError("\(milliseconds(ears.lostPackets)) of calls never came") }
        guard ears.worst <= SessionsOfEveryKind.mostWithoutVoice else {
            throw LabError("a voice was missing at an ear for \(milliseconds(ears.worst))")
        }
    }
}

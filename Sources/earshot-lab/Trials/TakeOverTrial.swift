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
            ear may miss a packet, by the clock, the time stamps or the client's phase, nor hear whom it should not. After all of the commands, \
            keys, E, S, rights, the wait and the recording have to work.

            What keeps the machine busy takes audio away from every call, with or without a restart: Asterisk and this command have to come first \
            (chrt --rr), as Asterisk does with -p, and as phones do that are machines of their own.
            """
    )

    /// Within it, a new Earshot has taken everything over.
    private static let patience = Duration.seconds(15)
    /// What follows on that at once.
    private static let settling = Duration.seconds(3)
    /// Earshot compares what it knows with Asterisk once more, 10 s after it has connected.
    private static let untilSecondComparison = Duration.seconds(12)

    @Option(help: "A command that takes every right of 4002 away.")
    var takeAway: String

    @Argument(help: "The commands, each as a shell reads it.")
    var commands: [String]

    func run() async throws {
        let trial = self
        try await running("trial") { try await trial.runUntilInterrupted() }
    }

    private func runUntilInterrupted() async throws {
        let lab = try Lab.load()
        try await EarshotUnderTest.waitUntilConnected(lab)
        try await SessionsOfEveryKind.whileUp(in: lab) { sessions in
            say("seven sessions are up")
            for command in commands {
                let before = try await sessions.takeOvers()
                try await listen(sessions, "another Earshot took over") {
                    try await shell(command)
                    try await waitForTakeOver(sessions, before)
                    try await Task.sleep(for: Self.settling)
                }
            }
            try await listen(sessions, "afterwards") { try await Task.sleep(for: Self.untilSecondComparison) }
            try await sessions.prove(takeAway: takeAway)
        }
    }

    private func listen(_ sessions: SessionsOfEveryKind, _ what: String, _ work: () async throws -> Void) async throws {
        let ears = try await sessions.ears(during: work)
        say("\(what): supervisors: \(ears.supervisors.text)")
        say("  agents and clients: \(ears.parties.text)")
    }

    private func waitForTakeOver(_ sessions: SessionsOfEveryKind, _ before: [Int]) async throws {
        let deadline = ContinuousClock.now + Self.patience
        while true {
            let now = try await sessions.takeOvers()
            if zip(before, now).allSatisfy({ $0 < $1 }) { return }
            guard ContinuousClock.now < deadline else {
                throw LabError("taken over: \(before) times before, \(now) now")
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }
}

import ArgumentParser
import Foundation
import LabSupport

/// `earshot-lab session`: what becomes of a session while something happens to the Earshot that serves it.
struct SessionTrial: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "session",
        abstract: "Listens to a call while a command is run, and checks what becomes of the session.",
        discussion: """
            Whatever Earshot serves the lab already, and goes on serving it: 320 listens to a call of 201 to 101. The command may restart, upgrade or \
            stop that Earshot. A session that must go on may miss next to nothing of the client, and must be put away in order afterwards; one that \
            must end is over when the command is, with nothing left in Asterisk. The call itself goes on in any case.
            """
    )

    enum Outcome: String, ExpressibleByArgument, CaseIterable {
        case goesOn = "goes-on"
        case ends
    }

    @Option(help: "What the session must do: goes-on or ends.")
    var expecting: Outcome

    @Option(help: "How much of the client may be missing in a session that goes on, in milliseconds.")
    var atMostLost = 20.0

    @Argument(help: "The command, as a shell reads it.")
    var command: String

    func run() async throws {
        let (expecting, atMostLost, command) = (expecting, atMostLost, command)
        do {
            try await untilInterrupted {
                let lab = try Lab.load()
                try await EarshotUnderTest.waitUntilConnected(lab)
                try await StandingCall.whileUp(in: lab, clientTone: .place) { _ in
                    try await Trial(lab: lab, command: command).run(expecting, atMostLost: atMostLost)
                }
            }
        } catch let error as LabError {
            say("session: \(error)")
            throw ExitCode.failure
        }
    }
}

private struct Trial {
    let lab: Lab
    let command: String

    func run(_ outcome: SessionTrial.Outcome, atMostLost: Double) async throws {
        let phone = try MeasuringPhone(user: "320", server: lab.sip.port, tone: .supervisor)
        defer { phone.stop() }
        try await phone.dial("*91101")
        _ = try await phone.waitToHear(.place)
        // Whatever belongs to the beginning is over.
        try await Task.sleep(for: .seconds(1))
        switch outcome {
        case .goesOn:
            let loss = try await lossWhileItRuns(phone)
            say("320 heard the call all the time; \(tenths(loss)) of the client were missing.")
            guard loss <= atMostLost else {
                throw LabError("\(tenths(loss)) of the client were missing, and at most \(tenths(atMostLost)) may be")
            }
            phone.hangUp()
            try await phone.waitFor(.closed)
        case .ends:
            try await runCommand()
            try await phone.waitFor(.closed)
            say("320 was released.")
        }
        try await lab.waitUntil("the end of the session, and of nothing else") { channels, bridges in
            channels.count == 2 && !bridges.contains { $0.id.hasPrefix("earshot-") }
        }
    }

    /// Runs the command, and waits until an Earshot serves the lab again.
    ///
    /// - Returns: how much of the client the supervisor has missed since before the command, in milliseconds.
    private func lossWhileItRuns(_ phone: MeasuringPhone) async throws -> Double {
        let start = ContinuousClock.now
        try await runCommand()
        try await EarshotUnderTest.waitUntilConnected(lab)
        // Asterisk may know the application still from before; taking the session over is the first thing that a new Earshot does.
        try await Task.sleep(for: .seconds(2))
        guard let loss = phone.reception(from: start, to: .now).loss(of: .place) else {
            throw LabError("hardly any audio came to the supervisor")
        }
        return loss.total / .milliseconds(1)
    }

    private func runCommand() async throws {
        let command = command
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
}

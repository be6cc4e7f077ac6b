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

            A command that keeps the machine busy takes audio away from every call, with a restart or without. What the same work alone takes is \
            measured first, by --same-work.
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

    @Option(
        help: "A command that works as much, and leaves Earshot alone: what is missing meanwhile may be missing on top."
    )
    var sameWork: String?

    @Argument(help: "The command, as a shell reads it.")
    var command: String

    func run() async throws {
        let (expecting, atMostLost) = (expecting, atMostLost)
        let (command, sameWork) = (command, sameWork)
        do {
            try await untilInterrupted {
                let lab = try Lab.load()
                try await EarshotUnderTest.waitUntilConnected(lab)
                try await StandingCall.whileUp(in: lab, clientTone: .place) { _ in
                    try await Trial(lab: lab, command: command, sameWork: sameWork).run(
                        expecting,
                        atMostLost: atMostLost
                    )
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
    let sameWork: String?

    func run(_ outcome: SessionTrial.Outcome, atMostLost: Double) async throws {
        let phone = try MeasuringPhone(user: "320", server: lab.sip.port, tone: .supervisor)
        defer { phone.stop() }
        try await phone.dial("*91101")
        _ = try await phone.waitToHear(.place)
        // Whatever belongs to the beginning is over.
        try await Task.sleep(for: .seconds(1))
        switch outcome {
        case .goesOn:
            var limit = atMostLost
            if let sameWork {
                let loss = try await loss(at: phone, during: sameWork)
                say("The same work alone: \(tenths(loss)) of the client were missing.")
                limit += loss
            }
            let loss = try await loss(at: phone, during: command)
            say("320 heard the call all the time; \(tenths(loss)) of the client were missing.")
            guard loss <= limit else {
                throw LabError("\(tenths(loss)) of the client were missing, and at most \(tenths(limit)) may be")
            }
            phone.hangUp()
            try await phone.waitFor(.closed)
        case .ends:
            try await Self.run(command)
            try await phone.waitFor(.closed)
            say("320 was released.")
        }
        try await lab.waitUntil("the end of the session, and of nothing else") { channels, bridges in
            channels.count == 2 && !bridges.contains { $0.id.hasPrefix("earshot-") }
        }
    }

    /// Runs a command, and waits until an Earshot serves the lab again.
    ///
    /// - Returns: how much of the client the supervisor has missed since before the command, in milliseconds.
    private func loss(at phone: MeasuringPhone, during command: String) async throws -> Double {
        let start = ContinuousClock.now
        try await Self.run(command)
        try await EarshotUnderTest.waitUntilConnected(lab)
        // Asterisk may know the application still from before; taking the session over is the first thing that a new Earshot does.
        try await Task.sleep(for: .seconds(2))
        guard let loss = phone.reception(from: start, to: .now).loss(of: .place) else {
            throw LabError("hardly any audio came to the supervisor")
        }
        return loss.total / .milliseconds(1)
    }

    private static func run(_ command: String) async throws {
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

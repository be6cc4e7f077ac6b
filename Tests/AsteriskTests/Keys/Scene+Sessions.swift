import Foundation
import LabSupport
import Testing

/// What tests of whole sessions have in common.
extension Scene {
    /// What Earshot logs when a session goes on otherwise than before.
    private static let changes: Set<String> = [
        "session started", "mode changed", "target changed", "key refused", "waiting for the next call",
        "session ended",
    ]

    /// Runs `body` while a supervisor monitors, with letters of the test's choice.
    func monitoring(
        _ mode: Mode = .listen,
        of target: String = "101",
        as user: String = "330",
        with letters: String,
        exitContext: String? = nil,
        _ body: (Phone) async throws -> Void
    ) async throws {
        try await withSupervisor(user) { supervisor in
            try await monitor(mode, of: target, on: supervisor, with: letters, exitContext: exitContext)
            try await body(supervisor)
        }
    }

    /// The supervisor dials, and is in the call when this returns.
    ///
    /// - Returns: the log line of the session's beginning.
    @discardableResult
    func monitor(
        _ mode: Mode = .listen,
        of target: String = "101",
        on supervisor: Phone,
        with letters: String,
        exitContext: String? = nil
    ) async throws -> EarshotProcess.LogLine {
        let user = supervisor.settings.user
        try await lab.setSpyParams(letters, of: user, exitContext: exitContext)
        let line = try await earshot.line("session started", of: user) {
            try await supervisor.dial(mode.rawValue + target)
        }
        try await supervisor.waitToHear(.agent)
        return line
    }

    /// Presses keys of which each does something, and waits for the log line of the last one.
    @discardableResult
    func press(
        _ keys: String,
        on supervisor: Phone,
        _ message: String
    ) async throws -> EarshotProcess.LogLine {
        try await earshot.line(message, of: supervisor.settings.user) { try await supervisor.sendDTMF(keys) }
    }

    /// Presses keys that do nothing, and waits until Earshot has dealt with them.
    func pressInVain(
        _ keys: String,
        on supervisor: Phone,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let start = earshot.log().count
        for key in keys {
            try await earshot.line("session event", where: { $0["event"] == "keyPressed(\(key))" }) {
                try await supervisor.sendDTMF(String(key))
            }
        }
        let changes = earshot.log().dropFirst(start).compactMap { $0["message"] }.filter(Self.changes.contains)
        #expect(changes.isEmpty, sourceLocation: sourceLocation)
    }

    /// Checks every ear, after what was under way has arrived.
    func expectEars(
        _ supervisor: Phone,
        _ mode: Mode,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        _ = try await agent.listen(for: .milliseconds(200))
        try await expect(ears(supervisor, mode), for: .milliseconds(600), sourceLocation: sourceLocation)
    }

    /// Does something that makes Earshot play a prompt to the supervisor, and waits for the prompt's end. The supervisor
    /// hears it, and nobody else does.
    func expectPrompt(
        on supervisor: Phone,
        sourceLocation: SourceLocation = #_sourceLocation,
        _ work: () async throws -> Void
    ) async throws {
        let marks = (supervisor.mark(), agent.mark(), client.mark())
        try await earshot.line(
            "session event",
            where: { $0["event"]?.hasPrefix("playbackFinished") == true },
            within: .seconds(10),
            after: work
        )
        // What was under way has arrived then.
        _ = try await supervisor.listen(for: .milliseconds(200))
        let atSupervisor = supervisor.heard(since: marks.0).soundBesidesTones
        let atAgent = agent.heard(since: marks.1).soundBesidesTones
        let atClient = client.heard(since: marks.2).soundBesidesTones
        #expect(atSupervisor >= .milliseconds(200), sourceLocation: sourceLocation)
        #expect(atAgent <= .milliseconds(60), sourceLocation: sourceLocation)
        #expect(atClient <= .milliseconds(60), sourceLocation: sourceLocation)
    }

    /// The supervisor hangs up, and nothing of their session is left.
    func end(_ supervisor: Phone) async throws {
        let line = try await earshot.line("session ended", of: supervisor.settings.user) {
            try await supervisor.hangUp()
        }
        #expect(line["session.end_reason"] == "supervisor_hung_up")
        try await Self.nothingIsLeft(in: lab)
    }
}

extension Mode {
    /// The key that chooses it where `d` lets keys do so.
    var key: String {
        switch self {
        case .listen: "4"
        case .whisper: "5"
        case .barge: "6"
        }
    }
}

extension EarshotProcess {
    /// Waits for a line that came since `work` began.
    ///
    /// - Parameter supervisor: whose session it is about; nil for anybody's.
    @discardableResult
    func line(
        _ message: String,
        of supervisor: String? = nil,
        where condition: (LogLine) -> Bool = { _ in true },
        within timeout: Duration = .seconds(5),
        after work: () async throws -> Void
    ) async throws -> LogLine {
        let start = log().count
        try await work()
        return try await waitForLog(message, after: start, within: timeout) {
            (supervisor == nil || $0["supervisor.ext"] == supervisor) && condition($0)
        }
    }

    /// The lines of a supervisor's sessions with this message, after the first `start` ones of the log.
    func lines(_ message: String, of supervisor: String, after start: Int) -> [LogLine] {
        log().dropFirst(start).filter { $0["message"] == message && $0["supervisor.ext"] == supervisor }
    }
}

extension Heard {
    /// For how long there was something louder than 30 dB below full scale besides all the tones of the lab, in steps of
    /// 20 ms: a prompt, or the beginning or end of a tone within a packet.
    var soundBesidesTones: Duration {
        let tones: [Tone] = [
            .client, .agent, .supervisor, .secondSupervisor, .thirdSupervisor, .otherClient, .otherAgent,
        ]
        let packets = stride(from: 0, to: samples.count - 159, by: 160).count { start in
            let packet = samples[start..<(start + 160)]
            let all = Self.power(ToneMeter.level(ofAll: packet))
            let known = tones.reduce(0) { $0 + Self.power(ToneMeter.level(of: $1, in: packet)) }
            return all - known > Self.power(-30)
        }
        return .milliseconds(20 * packets)
    }

    private static func power(_ level: Double) -> Double { exp(level / 10 * log(10)) }
}

extension Tone {
    // Further parties, at a distance from everybody else and from what µ-law makes of three voices.
    static let thirdSupervisor = Tone(frequency: 3_300)
    static let otherClient = Tone(frequency: 2_200)
    static let otherAgent = Tone(frequency: 3_300)
}

extension Scene {
    /// A call of other people, while the scene's goes on.
    struct OtherCall: Sendable {
        let client: Phone
        let agent: Phone

        /// What everybody must hear of whom while a supervisor monitors this call in `mode`; without a mode, while they do not.
        func ears(_ mode: Mode?) -> [Ear] {
            let isHeardByAgent = mode?.agentHearsSupervisor == true
            let isHeardByClient = mode?.clientHearsSupervisor == true
            return [
                Ear(
                    name: "other agent",
                    phone: agent,
                    hears: [.otherClient] + (isHeardByAgent ? [.supervisor] : []),
                    isFreeOf: [.client] + (isHeardByAgent ? [] : [.supervisor])
                ),
                Ear(
                    name: "other client",
                    phone: client,
                    hears: [.otherAgent] + (isHeardByClient ? [.supervisor] : []),
                    isFreeOf: [.agent] + (isHeardByClient ? [] : [.supervisor])
                ),
            ]
        }
    }

    /// Runs `body` while 202 talks to another agent, too.
    func withOtherCall(to agent: String = "102", _ body: (OtherCall) async throws -> Void) async throws {
        try await Self.withPhones(["202": .otherClient, agent: .otherAgent], in: lab) { phones in
            let call = OtherCall(client: try phones["202"], agent: try phones[agent])
            try await call.client.dial(agent)
            try await call.client.waitToHear(.otherAgent)
            try await call.agent.waitToHear(.otherClient)
            try await body(call)
        }
    }

    /// Runs `body` while 202 talks to the scene's agent, too.
    func withSecondCall(_ body: (Phone) async throws -> Void) async throws {
        try await Self.withPhones(["202": .otherClient], in: lab) { phones in
            let client = try phones["202"]
            try await agent.waitForRecordingOfItsOwn()
            try await client.dial(agent.settings.user)
            try await client.waitToHear(.agent)
            try await agent.waitToHear(.otherClient)
            try await body(client)
        }
    }
}

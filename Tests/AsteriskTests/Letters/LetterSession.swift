import LabSupport
import Testing

/// A supervisor with `SPY_PARAMS` of the test's choice, and what Earshot says of their code.
struct LetterSession: Sendable {
    let supervisor: Phone
    let earshot: EarshotProcess
    /// How long the log was before they dialled.
    let begin: Int
    /// What they hear from then on.
    let mark: HearingMark

    /// Dials `code` with these letters, and waits for nothing.
    static func dial(
        _ code: String,
        by supervisor: Phone,
        letters: String,
        _ bench: Bench
    ) async throws -> LetterSession {
        try await bench.lab.setSpyParams(letters, of: supervisor.settings.user)
        let begin = bench.earshot.log().count
        let mark = supervisor.mark()
        try await supervisor.dial(code)
        return LetterSession(supervisor: supervisor, earshot: bench.earshot, begin: begin, mark: mark)
    }

    /// Waits for a line of this session.
    @discardableResult
    func logged(
        _ message: String,
        where condition: (EarshotProcess.LogLine) -> Bool = { _ in true }
    ) async throws -> EarshotProcess.LogLine {
        let user = supervisor.settings.user
        return try await earshot.waitForLog(message, after: begin, within: .seconds(8)) {
            $0["supervisor.ext"] == user && condition($0)
        }
    }

    /// The lines of this session so far.
    func lines(_ message: String) -> [EarshotProcess.LogLine] {
        earshot.lines(message, of: supervisor.settings.user, after: begin)
    }

    /// Waits for the session's end, which must have this reason.
    func expectEnd(_ reason: String, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let line = try await logged("session ended")
        #expect(line["session.end_reason"] == reason, sourceLocation: sourceLocation)
    }

    /// Whether Earshot lets the supervisor in: nil, or the reason of the refusal. Then they hang up.
    func refusal() async throws -> String? {
        // Only one of the two comes, and whichever is waited for in vain would cost seconds.
        let ends = Set(["session started", "supervisor refused"])
        let deadline = ContinuousClock.now + .seconds(8)
        while ContinuousClock.now < deadline {
            if let line = earshot.log().dropFirst(begin).first(where: { ends.contains($0["message"] ?? "") }) {
                try await supervisor.hangUp()
                try await logged("session ended")
                return line["permission.reason"]
            }
            try await Task.sleep(for: .milliseconds(10))
        }
        throw LabError("neither let in nor refused:\n\(earshot.lastOutput())")
    }
}

extension Scene {
    /// Runs `body` while a supervisor with these letters is in the call of the agent; then they hang up, unless their session is over.
    func withLetters(
        _ letters: String,
        _ mode: Mode = .listen,
        of user: String = "330",
        target: String = "101",
        _ body: (LetterSession) async throws -> Void
    ) async throws {
        try await withSupervisor(user) { supervisor in
            let session = try await LetterSession.dial(
                mode.rawValue + target,
                by: supervisor,
                letters: letters,
                bench
            )
            try await session.logged("session started")
            try await body(session)
            if session.lines("session ended").isEmpty { try await supervisor.hangUp() }
            try await session.logged("session ended")
            try await Self.nothingIsLeft(in: lab)
        }
    }

    /// Runs `body` while the agent is in two calls, and a supervisor with these parameters in the newer one.
    ///
    /// - Parameter body: takes the client of the newer call too, who has the tone of a second supervisor.
    static func whileTalkingTwice(
        _ letters: String,
        _ body: (Scene, Phone, LetterSession) async throws -> Void
    ) async throws {
        try await whileTalking { scene in
            try await withPhones(["202": .secondSupervisor], in: scene.lab) { phones in
                let second = try phones["202"]
                try await second.dial("101")
                try await second.waitFor(.established)
                try await scene.agent.waitForCalls(2)
                try await scene.withLetters(letters) { session in
                    try await session.supervisor.waitToHear(.secondSupervisor)
                    try await body(scene, second, session)
                }
            }
        }
    }
}

import LabSupport
import Testing

/// A call that a supervisor is in, while something happens to it.
struct Monitored: Sendable {
    let scene: Scene
    let mode: Mode
    let supervisor: Phone
    /// Lines of the log before anything happened to the call.
    let start: Int

    var client: Phone { scene.client }
    var agent: Phone { scene.agent }

    /// Whoever is neither client, agent nor supervisor speaks like this.
    static let third = Tone.secondSupervisor

    /// Everything that is heard in these tests.
    static let tones = [Tone.client, .agent, .supervisor, third, .musicOnHold]

    /// What `phone` must hear for a while: these tones and none of the others.
    func ear(_ name: String, _ phone: Phone, hears tones: [Tone]) -> Ear {
        Ear(name: name, phone: phone, hears: tones, isFreeOf: Self.tones.filter { !tones.contains($0) }, clicks: 1)
    }

    /// The supervisor's tone, for somebody whom this mode lets hear it.
    var heardByAgent: [Tone] { mode.agentHearsSupervisor ? [.supervisor] : [] }
    /// The supervisor's tone, for somebody whom this mode lets hear it.
    var heardByClient: [Tone] { mode.clientHearsSupervisor ? [.supervisor] : [] }

    /// What agent and supervisor hear while the agent gets music on hold: no audio hook sees it, where Asterisk can do that.
    func earsWithMusicForAgent() -> [Ear] {
        let isHooked = !scene.lab.can(.keepMusicFromHooks)
        return [
            ear("agent", agent, hears: [.musicOnHold] + (isHooked ? heardByAgent : [])),
            ear("supervisor", supervisor, hears: [.agent] + (isHooked ? [.musicOnHold] : [])),
        ]
    }

    /// Agent, client and supervisor hear what they must in an undisturbed call.
    func expectUsualEars(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        try await expect(usualEars(with: client, .client), sourceLocation: sourceLocation)
    }

    /// Agent, supervisor and `peer` hear what they must after `peer`, who speaks like `tone`, took somebody else's place in the agent's
    /// call.
    func expectUsualEars(
        afterChangeTo peer: Phone,
        _ tone: Tone = third,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        try await supervisor.waitToHear(tone)
        try await agent.waitToHear(tone)
        // For whatever belongs to the change itself.
        _ = try await peer.listen(for: .milliseconds(500))
        try await expect(usualEars(with: peer, tone), sourceLocation: sourceLocation)
    }

    private func usualEars(with peer: Phone, _ tone: Tone) -> [Ear] {
        [
            ear("agent", agent, hears: [tone] + heardByAgent),
            ear("peer", peer, hears: [.agent] + heardByClient),
            ear("supervisor", supervisor, hears: [.agent, tone]),
        ]
    }

    /// The session is the same as before, and Earshot has found nothing to complain of.
    func expectItGoesOn(sourceLocation: SourceLocation = #_sourceLocation) {
        let lines = scene.earshot.log().dropFirst(start)
        #expect(!lines.contains { $0["message"] == "session ended" }, sourceLocation: sourceLocation)
        #expect(!lines.contains { $0["message"] == "session started" }, sourceLocation: sourceLocation)
        for line in lines where ["warning", "error", "critical"].contains(line["level"]) {
            Issue.record("Earshot complains: \(line)", sourceLocation: sourceLocation)
        }
    }

    /// The session ends because the agent has left, and nothing is left of it; the supervisor is released.
    func expectTheAgentLeft(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let end = try await scene.earshot.waitForLog("session ended", after: start)
        #expect(end["session.end_reason"] == "target_hung_up", sourceLocation: sourceLocation)
        try await supervisor.waitFor(.closed)
        try await Scene.nothingIsLeft(in: scene.lab)
    }
}

extension Scene {
    /// Runs `body` while supervisor 311 monitors this call's agent.
    func whileMonitored(
        _ mode: Mode,
        codecs: [PhoneSettings.Codec] = [.pcmu],
        _ body: (Monitored) async throws -> Void
    ) async throws {
        try await Self.withPhones(["311": .supervisor], codecs: codecs, in: lab) { phones in
            let supervisor = try phones["311"]
            let before = earshot.log().count
            try await supervisor.dial(mode.rawValue + agent.settings.user)
            try await earshot.waitForLog("session started", after: before)
            try await supervisor.waitToHear(.client)
            // The hooks of both directions begin one after the other.
            _ = try await supervisor.listen(for: .milliseconds(200))
            let monitored = Monitored(scene: self, mode: mode, supervisor: supervisor, start: earshot.log().count)
            try await body(monitored)
        }
        try await Self.nothingIsLeft(in: lab)
    }
}

import LabSupport
import Testing

extension OnAsterisk.AsteriskTests {
    @Suite struct TransferTests {
        @Test(.timeLimit(.minutes(1)), arguments: Mode.allCases)
        func `whoever the supervisor transfers their call to hears nothing and is not heard`(mode: Mode) async throws {
            try await Scene.whileTalking { scene in
                try await Scene.withPhones(["311": .supervisor, "202": .secondSupervisor], in: scene.lab) { phones in
                    let supervisor = try phones["311"]
                    let stranger = try phones["202"]
                    try await supervisor.dial(mode.rawValue + "101")
                    try await supervisor.waitToHear(.client)
                    let start = scene.earshot.log().count
                    let mark = stranger.mark()
                    let agentMark = scene.agent.mark()
                    let clientMark = scene.client.mark()
                    try await supervisor.transfer(to: "202")
                    let end = try await scene.earshot.waitForLog("session ended", after: start)
                    #expect(end["session.end_reason"] == "supervisor_transferred")
                    try await Scene.nothingIsLeft(in: scene.lab)
                    // Long enough for whatever would still come.
                    _ = try await scene.agent.listen(for: .seconds(1))
                    for tone in [Tone.client, .agent] {
                        #expect(stranger.heard(since: mark).longestStretch(of: tone) <= .milliseconds(40))
                    }
                    // Asterisk puts them into the supervisor's bridge before it tells: a packet or two may get through.
                    for ear in [scene.agent.heard(since: agentMark), scene.client.heard(since: clientMark)] {
                        #expect(ear.longestStretch(of: .secondSupervisor) <= .milliseconds(40))
                    }
                    scene.expectNoGap(since: clientMark, agentMark)
                }
            }
        }
    }
}

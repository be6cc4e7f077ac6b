import LabSupport
import Testing

extension OnAsterisk.AsteriskTests {
    /// Done when 1: 3 modes × 2 directions × 3 ears, by tones.
    @Suite struct WhoHearsWhomTests {
        @Test(.timeLimit(.minutes(2)), arguments: Mode.allCases, Scene.Direction.allCases)
        func `each ear hears what the mode says, and nobody notices`(
            mode: Mode,
            direction: Scene.Direction
        ) async throws {
            try await Scene.whileTalking(direction) { scene in
                try await scene.withSupervisor("311") { supervisor in
                    let clientMark = scene.client.mark()
                    let agentMark = scene.agent.mark()
                    try await supervisor.dial(mode.rawValue + "101")
                    try await supervisor.waitToHear(.client)
                    try await expect(scene.ears(supervisor, mode))
                    try await supervisor.hangUp()
                    try await Scene.nothingIsLeft(in: scene.lab)
                    // What was under way when the snoop ended may still arrive.
                    _ = try await scene.agent.listen(for: .milliseconds(200))
                    try await expect([
                        Ear(name: "agent afterwards", phone: scene.agent, hears: [.client], isFreeOf: [.supervisor]),
                        Ear(name: "client afterwards", phone: scene.client, hears: [.agent], isFreeOf: [.supervisor]),
                    ])
                    scene.expectNoGap(since: clientMark, agentMark)
                }
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func `with the default parameters a beep and the extension come first, and only the supervisor hears them`()
            async throws
        {
            try await Scene.whileTalking { scene in
                try await scene.withSupervisor("305") { supervisor in
                    let agentMark = scene.agent.mark()
                    let clientMark = scene.client.mark()
                    let mark = supervisor.mark()
                    let start = scene.earshot.log().count
                    try await supervisor.dial("*91101")
                    let beep = try await supervisor.waitForSound(since: mark)
                    let log = try await scene.earshot.waitForLog("session started", after: start)
                    // The call follows the announcement.
                    let call = try await supervisor.waitToHear(.client)
                    #expect(call - beep >= .milliseconds(500))
                    #expect(log["session.mode"] == "listen")
                    #expect(log["target.ext"] == "101")
                    #expect(log["supervisor.ext"] == "305")
                    try await expect(scene.ears(supervisor, .listen))
                    scene.expectNoGap(since: clientMark, agentMark)
                    try await supervisor.hangUp()
                }
            }
        }
    }
}

extension Scene {
    /// Agent and client have heard each other all the time. 40 ms are two packets.
    func expectNoGap(since clientMark: HearingMark, _ agentMark: HearingMark) {
        let client = client.heard(since: clientMark).longestGap(of: .agent)
        let agent = agent.heard(since: agentMark).longestGap(of: .client)
        #expect(client <= .milliseconds(40))
        #expect(agent <= .milliseconds(40))
    }

    /// What everybody must hear while a supervisor is in the call.
    func ears(_ supervisor: Phone, _ mode: Mode) -> [Ear] {
        [
            Ear(
                name: "agent",
                phone: agent,
                hears: [.client] + (mode.agentHearsSupervisor ? [.supervisor] : []),
                isFreeOf: [.agent] + (mode.agentHearsSupervisor ? [] : [.supervisor])
            ),
            Ear(
                name: "client",
                phone: client,
                hears: [.agent] + (mode.clientHearsSupervisor ? [.supervisor] : []),
                isFreeOf: [.client] + (mode.clientHearsSupervisor ? [] : [.supervisor])
            ),
            Ear(name: "supervisor", phone: supervisor, hears: [.agent, .client], isFreeOf: [.supervisor]),
        ]
    }
}

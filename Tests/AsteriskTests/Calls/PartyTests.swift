import LabSupport
import Testing

extension OnAsterisk.AsteriskTests {
    /// Calls with more about them than one agent and one client.
    @Suite struct PartyTests {
        @Test(.timeLimit(.minutes(1)), arguments: Mode.allCases)
        func `an agent of a queue is monitored as in any call`(mode: Mode) async throws {
            try await Scene.whileTalking(dialled: "600") { scene in
                try await scene.whileMonitored(mode) { call in
                    try await call.expectUsualEars()
                    call.expectItGoesOn()
                    try await call.agent.hangUp()
                    try await call.expectTheAgentLeft()
                }
            }
        }

        @Test(.timeLimit(.minutes(1)), arguments: Mode.allCases)
        func `in a conference everybody else hears a barging supervisor, and whispering reaches the agent alone`(
            mode: Mode
        ) async throws {
            let bench = try Bench.current
            let tones: [String: Tone?] = ["101": .agent, "201": .client, "202": Monitored.third]
            try await Scene.withPhones(tones, in: bench.lab) { phones in
                let scene = Scene(bench: bench, client: try phones["201"], agent: try phones["101"])
                let third = try phones["202"]
                for phone in [scene.agent, scene.client, third] {
                    try await phone.dial("720")
                    try await phone.waitFor(.established)
                }
                try await scene.agent.waitToHear(Monitored.third)
                try await scene.whileMonitored(mode) { call in
                    try await expect([
                        call.ear("agent", call.agent, hears: [.client, Monitored.third] + call.heardByAgent),
                        call.ear("client", call.client, hears: [.agent, Monitored.third] + call.heardByClient),
                        call.ear("third", third, hears: [.agent, .client] + call.heardByClient),
                        call.ear("supervisor", call.supervisor, hears: [.agent, .client, Monitored.third]),
                    ])
                    try await call.client.hangUp()
                    _ = try await call.agent.listen(for: .milliseconds(200))
                    try await expect([
                        call.ear("agent", call.agent, hears: [Monitored.third] + call.heardByAgent),
                        call.ear("third", third, hears: [.agent] + call.heardByClient),
                        call.ear("supervisor", call.supervisor, hears: [.agent, Monitored.third]),
                    ])
                    call.expectItGoesOn()
                    try await call.agent.hangUp()
                    try await call.expectTheAgentLeft()
                }
            }
        }

        @Test(.timeLimit(.minutes(1)), arguments: Mode.allCases)
        func `a second call of the agent does not move the session`(mode: Mode) async throws {
            try await Scene.whileTalking { scene in
                try await Scene.withPhones(["202": Monitored.third], in: scene.lab) { phones in
                    let third = try phones["202"]
                    try await scene.whileMonitored(mode) { call in
                        try await call.agent.hold()
                        try await call.agent.dial("202")
                        try await third.waitToHear(.agent)
                        try await call.agent.waitForCalls(2)
                        try await expect([
                            call.ear("third", third, hears: [.agent]),
                            call.ear("supervisor", call.supervisor, hears: [.client]),
                        ])
                        call.expectItGoesOn()
                        try await third.hangUp()
                        try await call.agent.waitForCalls(1)
                        try await call.supervisor.waitToHear(.agent)
                        _ = try await call.supervisor.listen(for: .milliseconds(200))
                        try await call.expectUsualEars()
                        call.expectItGoesOn()
                    }
                }
            }
        }
    }
}

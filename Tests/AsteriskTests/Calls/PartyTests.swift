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

        @Test(.timeLimit(.minutes(1)))
        func `in a large conference whoever is protected ends the session, although Asterisk names ten members only`()
            async throws
        {
            let bench = try Bench.current
            try await Scene.withPhones(["101": .agent, "110": .client, "311": .supervisor], in: bench.lab) { phones in
                let (agent, protected, supervisor) = (try phones["101"], try phones["110"], try phones["311"])
                try await agent.dial("720")
                try await agent.waitFor(.established)
                let member = "/channels?endpoint=Local/720@lab/n&context=lab&extension=711&priority=1"
                for _ in 1...12 { #expect(try await bench.lab.request("POST", member).status == 200) }
                try await bench.lab.waitUntil("thirteen members") { _, bridges in
                    bridges.contains { $0.channels.count >= 13 }
                }
                let start = bench.earshot.log().count
                try await supervisor.dial("*91101")
                try await bench.earshot.waitForLog("session started", after: start)
                try await supervisor.waitToHear(.agent)
                let mark = supervisor.mark()
                try await protected.dial("720")
                let end = try await bench.earshot.waitForLog("session ended", after: start, within: .seconds(10))
                #expect(end["session.end_reason"] == "target_protected")
                #expect(supervisor.heard(since: mark).longestStretch(of: .client) <= .milliseconds(200))
                _ = try await bench.lab.cli("confbridge kick 720 all")
                try await bench.lab.waitUntil("the end of the conference") { channels, _ in
                    !channels.contains { $0.name.hasPrefix("Local/720@") }
                }
            }
            try await Scene.nothingIsLeft(in: bench.lab)
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

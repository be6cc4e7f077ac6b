import LabSupport
import Testing

extension OnAsterisk.AsteriskTests {
    /// Codecs, direct media and recordings.
    @Suite struct MediaTests {
        @Test(.timeLimit(.minutes(1)), arguments: Mode.allCases)
        func `direct media comes back to Asterisk for the session, and leaves again after it`(mode: Mode) async throws {
            try await Scene.whileTalking(agent: "103", client: "203") { scene in
                try await expectDirectMedia(scene)
                try await scene.whileMonitored(mode) { call in
                    try await call.expectUsualEars()
                    let channel = try #require(try await scene.lab.channels().first { $0.endpoint == "103" })
                    let bridge = try await scene.lab.bridges().first { $0.channels.contains(channel.id) }
                    #expect(bridge?.technology == "simple_bridge")
                    let (agent, client) = (try await call.agent.audioPorts(), try await call.client.audioPorts())
                    #expect(agent.peer != client.own)
                    #expect(client.peer != agent.own)
                    call.expectItGoesOn()
                    try await call.supervisor.hangUp()
                }
                try await expectDirectMedia(scene)
                try await expect([
                    Ear(name: "agent", phone: scene.agent, hears: [.client], isFreeOf: [.supervisor, .agent]),
                    Ear(name: "client", phone: scene.client, hears: [.agent], isFreeOf: [.supervisor, .client]),
                ])
            }
        }

        @Test(.timeLimit(.minutes(1)), arguments: Mode.allCases)
        func `a new partner whose media could be direct is heard, and their media is direct after the session`(
            mode: Mode
        ) async throws {
            try await Scene.whileTalking(agent: "103", client: "201") { scene in
                try await Scene.withPhones(["203": Monitored.third], in: scene.lab) { phones in
                    let third = try phones["203"]
                    try await scene.whileMonitored(mode) { call in
                        try await call.client.transfer(to: "203")
                        try await call.client.waitFor(.closed)
                        try await third.waitToHear(.agent)
                        try await call.expectUsualEars(afterChangeTo: third)
                        call.expectItGoesOn()
                        try await call.supervisor.hangUp()
                    }
                    try await scene.lab.waitUntil("a native bridge") { $1.contains { $0.technology == "native_rtp" } }
                }
            }
        }

        /// The call's bridge is native, and its audio does not pass through Asterisk.
        private func expectDirectMedia(_ scene: Scene) async throws {
            try await scene.lab.waitUntil("a native bridge") { $1.contains { $0.technology == "native_rtp" } }
            // The phones are told by a re-INVITE, which takes them a moment.
            _ = try await scene.agent.listen(for: .milliseconds(300))
            let (agent, client) = (try await scene.agent.audioPorts(), try await scene.client.audioPorts())
            #expect(agent.peer == client.own)
            #expect(client.peer == agent.own)
        }

        @Test(.timeLimit(.minutes(1)), arguments: Mode.allCases)
        func `a supervisor in G.711 is in a call in G.722`(mode: Mode) async throws {
            try await Scene.whileTalking(agent: "104", client: "204", codecs: [.g722]) { scene in
                try await scene.whileMonitored(mode) { call in
                    try await call.expectUsualEars()
                    call.expectItGoesOn()
                }
            }
        }

        @Test(.timeLimit(.minutes(1)), arguments: Mode.allCases)
        func `a supervisor in G.722 is in a call in G.711`(mode: Mode) async throws {
            try await Scene.whileTalking { scene in
                try await scene.whileMonitored(mode, codecs: [.g722]) { call in
                    try await call.expectUsualEars()
                    call.expectItGoesOn()
                }
            }
        }

        @Test(.timeLimit(.minutes(1)), arguments: Mode.allCases)
        func `a recording of the agent's channel has no supervisor in it, one of the client's has a barging one`(
            mode: Mode
        ) async throws {
            try await Scene.whileTalking(dialled: "*82101") { scene in
                let channels = try await scene.lab.channels()
                let agent = try #require(channels.first { $0.endpoint == "101" })
                let client = try #require(channels.first { $0.endpoint == "201" })
                try await scene.whileMonitored(mode) { call in
                    try await call.expectUsualEars()
                    call.expectItGoesOn()
                    try await call.supervisor.hangUp()
                }
                try await scene.client.hangUp()
                let ofAgent = try await scene.lab.mixMonitorRecording(ofChannel: agent.id)
                let ofClient = try await scene.lab.mixMonitorRecording(ofChannel: client.id)
                // It begins before both speak, and goes on for a second of listening and more.
                let long = Duration.milliseconds(500)
                for recording in [ofAgent, ofClient] {
                    #expect(recording.longestStretch(of: .agent) >= long)
                    #expect(recording.longestStretch(of: .client) >= long)
                }
                #expect(ofAgent.isFree(of: .supervisor))
                let barged = ofClient.longestStretch(of: .supervisor)
                #expect(mode == .barge ? barged >= long : barged == .zero)
            }
        }
    }
}

import LabSupport
import Testing

extension OnAsterisk.AsteriskTests {
    /// `N`: the supervisor hears without being answered.
    @Suite struct UnansweredLetterTests {
        @Test(.timeLimit(.minutes(1)), arguments: Mode.allCases)
        func `with N the supervisor hears the call as early media, and their call is never answered`(
            mode: Mode
        ) async throws {
            try await Scene.whileTalking { scene in
                // Older releases start early media with the first prompt.
                let isAnnounced = mode == .listen || !scene.lab.can(.startEarlyMedia)
                try await scene.withLetters(isAnnounced ? "ESsbN" : "qESsbN", mode) { session in
                    let supervisor = session.supervisor
                    try await supervisor.waitFor(.progress)
                    try await supervisor.waitToHear(.client)
                    // A phone may say nothing before it is answered; this one speaks.
                    try await expect(scene.ears(supervisor, mode))
                    try await scene.lab.waitUntil("the supervisor, not answered") { channels, _ in
                        channels.first { $0.endpoint == "330" }?.state == "Ring"
                    }
                    try await scene.agent.hangUp()
                    try await session.expectEnd("target_hung_up")
                    try await supervisor.waitFor(.closed)
                    #expect(!supervisor.history.contains { $0.name == .established })
                }
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func `with N and q the supervisor hears at once, or nothing where early media needs a prompt`() async throws {
            try await Scene.whileTalking { scene in
                try await scene.withLetters("qESsbN") { session in
                    let supervisor = session.supervisor
                    if scene.lab.can(.startEarlyMedia) {
                        try await supervisor.waitToHear(.client)
                    } else {
                        let heard = try await supervisor.listen(for: .milliseconds(500))
                        #expect(heard.longestStretch(of: .client) == .zero)
                        #expect(!supervisor.history.contains { $0.name == .progress })
                    }
                    #expect(!supervisor.history.contains { $0.name == .established })
                }
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func `without N the supervisor is answered`() async throws {
            try await Scene.whileTalking { scene in
                try await scene.withLetters("qESsb") { session in
                    try await session.supervisor.waitFor(.established)
                    try await scene.lab.waitUntil("the supervisor, answered") { channels, _ in
                        channels.first { $0.endpoint == "330" }?.state == "Up"
                    }
                }
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func `with N a refusal is heard as early media too`() async throws {
            let bench = try Bench.current
            try await Scene.withPhones(["102": .agent, "330": nil], in: bench.lab) { phones in
                let supervisor = try phones["330"]
                try await bench.lab.setSpyParams("ESsbN")
                try await Scene.expectRefusal(
                    of: supervisor,
                    dialling: "*91102",
                    "nobody_talking",
                    from: bench.earshot,
                    in: bench.lab
                )
                #expect(supervisor.history.contains { $0.name == .progress })
                #expect(!supervisor.history.contains { $0.name == .established })
            }
            try await Scene.nothingIsLeft(in: bench.lab)
        }

        @Test(.timeLimit(.minutes(1)))
        func `with N the supervisor waits unanswered, is told so, and hears the next call`() async throws {
            let bench = try Bench.current
            let users: [String: Tone?] = ["101": .agent, "201": .client, "330": .supervisor]
            try await Scene.withPhones(users, in: bench.lab) { phones in
                let supervisor = try phones["330"]
                let session = try await LetterSession.dial("*92101", by: supervisor, letters: "bN", bench)
                try await session.logged("waiting for the next call")
                try await supervisor.waitFor(.progress)
                try await supervisor.waitForSound(since: session.mark)
                try await bench.lab.waitUntilWatched(["PJSIP/101"])
                let client = try phones["201"]
                try await client.dial("101")
                try await session.logged("session started")
                try await supervisor.waitToHear(.client)
                let scene = Scene(bench: bench, client: client, agent: try phones["101"])
                try await expect(scene.ears(supervisor, .whisper))
                #expect(!supervisor.history.contains { $0.name == .established })
                try await supervisor.hangUp()
                try await session.expectEnd("supervisor_hung_up")
            }
            try await Scene.nothingIsLeft(in: bench.lab)
        }

        @Test(.timeLimit(.minutes(1)))
        func `with N the supervisor may give up, and the call goes on`() async throws {
            try await Scene.whileTalking { scene in
                let (agentMark, clientMark) = (scene.agent.mark(), scene.client.mark())
                let letters = scene.lab.can(.startEarlyMedia) ? "qESsbN" : "ESsbN"
                try await scene.withLetters(letters) { session in
                    try await session.supervisor.waitToHear(.client)
                    try await session.supervisor.hangUp()
                    try await session.expectEnd("supervisor_hung_up")
                }
                scene.expectNoGap(since: clientMark, agentMark)
            }
        }
    }
}

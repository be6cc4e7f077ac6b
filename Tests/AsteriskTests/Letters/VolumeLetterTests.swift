import LabSupport
import Testing

extension OnAsterisk.AsteriskTests {
    /// `v(n)`: how loud the supervisor hears, and nobody else.
    @Suite struct VolumeLetterTests {
        /// What Asterisk does to every sample, in dB: it multiplies or divides by n (`main/frame.c`). Three times one tone just
        /// fits into µ-law; four times is cut off, which takes one more dB of its fundamental.
        static let changes: [(volume: Int, decibels: Double)] = [
            (-4, -12), (-3, -9.5), (-2, -6), (-1, 0), (0, 0), (1, 0), (2, 6), (3, 9.5), (4, 11),
        ]

        @Test(.timeLimit(.minutes(1)))
        func `v(n) changes what the supervisor hears by n times`() async throws {
            try await Scene.whileTalking { scene in
                try await scene.withSupervisor("330") { supervisor in
                    var unchanged: Double?
                    for (volume, decibels) in [(0, 0)] + Self.changes {
                        // Of one voice alone, so that there is room for four times as much.
                        let session = try await LetterSession.dial(
                            "*91101",
                            by: supervisor,
                            letters: "qESsbov(\(volume))",
                            scene.bench
                        )
                        try await session.logged("session started")
                        // Four times less is still twice as loud as what counts as heard.
                        try await supervisor.waitToHear(.agent, since: session.mark)
                        let level = try await supervisor.listen(for: .milliseconds(500)).level(of: .agent)
                        let change = level - (unchanged ?? level)
                        unchanged = unchanged ?? level
                        #expect(abs(change - decibels) < 0.7, "v(\(volume)) changes by \(change) dB")
                        #expect(session.lines("user's setting is not as it should be").isEmpty)
                        try await supervisor.hangUp()
                        try await session.expectEnd("supervisor_hung_up")
                    }
                }
            }
        }

        @Test(.timeLimit(.minutes(1)), arguments: [-4, 4])
        func `agent and client hear each other and the supervisor as loud as without v`(volume: Int) async throws {
            try await Scene.whileTalking { scene in
                var levels: [[Double]] = []
                for letters in ["qESsb", "qESsbv(\(volume))"] {
                    try await scene.withLetters(letters, .barge) { session in
                        try await scene.client.waitToHear(.supervisor)
                        try await session.supervisor.waitToHear(.client)
                        async let agent = scene.agent.listen(for: .milliseconds(500))
                        async let client = scene.client.listen(for: .milliseconds(500))
                        async let supervisor = session.supervisor.listen(for: .milliseconds(500))
                        let heard = try await (agent: agent, client: client, supervisor: supervisor)
                        levels.append([
                            heard.agent.level(of: .client), heard.agent.level(of: .supervisor),
                            heard.client.level(of: .agent), heard.client.level(of: .supervisor),
                            heard.supervisor.level(of: .client),
                        ])
                    }
                }
                let changes = zip(levels[0], levels[1]).map { $1 - $0 }
                #expect(changes.dropLast().allSatisfy { abs($0) < 0.5 }, "\(changes)")
                // Two voices at four times are cut off, so how much louder is not asked here.
                let own = try #require(changes.last)
                #expect(volume < 0 ? own < -11 : own > 5, "\(changes)")
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func `what follows the session in the dialplan is as loud as without v`() async throws {
            try await Scene.whileTalking { scene in
                var levels: [Double] = []
                for letters in ["qESsbX", "qESsbXv(-4)"] {
                    try await scene.withSupervisor("330") { supervisor in
                        try await scene.lab.setSpyParams(letters, exitContext: "lab-exit")
                        try await supervisor.dial("*91101")
                        try await supervisor.waitToHear(.client)
                        // A tone is behind this key.
                        try await supervisor.sendDTMF("5")
                        try await supervisor.waitToHear(.milliwatt)
                        levels.append(try await supervisor.listen(for: .milliseconds(500)).level(of: .milliwatt))
                        try await supervisor.hangUp()
                    }
                }
                #expect(abs(levels[1] - levels[0]) < 0.5, "\(levels)")
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func `a volume that there is not means the default parameters, with a warning`() async throws {
            try await Scene.whileTalking { scene in
                try await scene.withLetters("qESsbv(5)") { session in
                    let warning = try await session.logged("user's setting is not as it should be")
                    #expect(warning["error"]?.contains("the argument of v") == true)
                    // ESsb has no q: an announcement comes first.
                    try await session.supervisor.waitForSound(since: session.mark)
                }
            }
        }
    }
}

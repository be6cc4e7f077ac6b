import LabSupport
import Testing

extension OnAsterisk.AsteriskTests {
    /// `#` and `v()`: how loud the supervisor hears.
    @Suite struct VolumeKeyTests {
        /// What comes after what, and by how much each is louder than unchanged: as many times as it says, or a part.
        static let steps: [(level: Int, gain: ClosedRange<Double>)] = [
            (1, -1...1), (2, 5...7), (3, 8...10.5),
            (4, 10...12.5),  // Four times a third of full scale is more than all of it.
            (-4, -13 ... -11), (-3, -10.5 ... -8.5), (-2, -7 ... -5), (-1, -1...1), (0, -1...1),
        ]

        @Test(.timeLimit(.minutes(1)))
        func `each # is a step louder, and after the loudest comes the quietest, for the supervisor alone`()
            async throws
        {
            try await Scene.whileTalking { scene in
                try await scene.monitoring(.barge, with: "qESsbo") { supervisor in
                    try await scene.agent.waitToHear(.supervisor)
                    try await scene.client.waitToHear(.supervisor)
                    _ = try await supervisor.listen(for: .milliseconds(200))
                    let marks = (scene.agent.mark(), scene.client.mark())
                    let unchanged = try await supervisor.listen(for: .milliseconds(300)).level(of: .agent)
                    for (level, gain) in Self.steps {
                        try await scene.pressForVolume(level, on: supervisor)
                        let heard = try await supervisor.listen(for: .milliseconds(300))
                        let change = heard.level(of: .agent) - unchanged
                        #expect(gain.contains(change), "level \(level)")
                    }
                    for (phone, mark) in [(scene.agent, marks.0), (scene.client, marks.1)] {
                        let levels = phone.heard(since: mark).levels(of: .supervisor).sorted()
                        let (quietest, loudest) = (try #require(levels.first), try #require(levels.last))
                        // For a key, the phone says nothing.
                        #expect(loudest - levels[levels.count / 2] <= 1)
                        #expect(quietest <= loudest)
                    }
                    try await scene.end(supervisor)
                }
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func `# goes on from where v began, and a new session begins anew`() async throws {
            try await Scene.whileTalking { scene in
                try await scene.withSupervisor("330") { supervisor in
                    func level() async throws -> Double {
                        _ = try await supervisor.listen(for: .milliseconds(200))
                        return try await supervisor.listen(for: .milliseconds(300)).level(of: .agent)
                    }
                    try await scene.monitor(on: supervisor, with: "qESsbo")
                    let unchanged = try await level()
                    try await scene.end(supervisor)
                    try await scene.monitor(on: supervisor, with: "qESsbov(-3)")
                    let quiet = try await level() - unchanged
                    try await scene.pressForVolume(-2, on: supervisor)
                    let louder = try await level() - unchanged
                    try await scene.end(supervisor)
                    try await scene.monitor(on: supervisor, with: "qESsbo")
                    let anew = try await level() - unchanged
                    #expect((-10.5 ... -8.5).contains(quiet))
                    #expect((-7 ... -5).contains(louder))
                    #expect((-1...1).contains(anew))
                    try await scene.end(supervisor)
                }
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func `the volume stays in another mode`() async throws {
            try await Scene.whileTalking { scene in
                try await scene.monitoring(with: "qESsbodv(-4)") { supervisor in
                    _ = try await supervisor.listen(for: .milliseconds(200))
                    let before = try await supervisor.listen(for: .milliseconds(300)).level(of: .agent)
                    try await scene.press("6", on: supervisor, "mode changed")
                    _ = try await supervisor.listen(for: .milliseconds(200))
                    let after = try await supervisor.listen(for: .milliseconds(300)).level(of: .agent)
                    #expect(abs(after - before) <= 1)
                    #expect(before < -18)
                    try await scene.end(supervisor)
                }
            }
        }
    }
}

extension Scene {
    /// Presses `#`, and waits until Asterisk has been told the new volume and its audio has arrived.
    fileprivate func pressForVolume(_ level: Int, on supervisor: Phone) async throws {
        try await earshot.line(
            "session command",
            where: { $0["command"]?.hasSuffix("volume, \"\(level)\")") == true },
            after: { try await supervisor.sendDTMF("#") }
        )
        _ = try await supervisor.listen(for: .milliseconds(160))
    }
}

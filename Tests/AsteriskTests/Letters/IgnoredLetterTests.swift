import LabSupport
import Testing

extension OnAsterisk.AsteriskTests {
    /// `u l D w B`: a warning, and nothing else.
    @Suite struct IgnoredLetterTests {
        @Test(
            .timeLimit(.minutes(1)),
            arguments: [
                ("u", Mode.listen, "the target comes from the code dialled"),
                ("l", .listen, "it has no meaning for a snoop channel"),
                ("D", .listen, "it has no meaning for a snoop channel"),
                ("w", .listen, "the mode comes from the code dialled"),
                ("B", .listen, "the mode comes from the code dialled"),
                ("B", .whisper, "the mode comes from the code dialled"),
                ("w", .barge, "the mode comes from the code dialled"),
            ]
        )
        func `a letter without a meaning gives a warning, and changes no ear`(
            letter: String,
            mode: Mode,
            why: String
        ) async throws {
            try await Scene.whileTalking { scene in
                try await scene.withLetters("qESsb" + letter, mode) { session in
                    let warnings = session.lines("user's setting is not as it should be")
                    #expect(warnings.count == 1)
                    #expect(warnings.first?["level"] == "warning")
                    #expect(warnings.first?["setting"] == "SPY_PARAMS")
                    #expect(warnings.first?["error"] == "\(letter) is ignored: \(why)")
                    try await session.supervisor.waitToHear(.client)
                    try await expect(scene.ears(session.supervisor, mode))
                    try await scene.agent.hangUp()
                    try await session.expectEnd("target_hung_up")
                }
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func `w and B give nobody a mode above their permission`() async throws {
            try await Scene.whileTalking { scene in
                try await scene.withLetters("qESsbwB", of: "336") { session in
                    try await session.supervisor.waitToHear(.client)
                    try await expect(scene.ears(session.supervisor, .listen))
                }
                try await scene.withSupervisor("336") { supervisor in
                    let whisper = try await LetterSession.dial(
                        "*92101",
                        by: supervisor,
                        letters: "qESsbwB",
                        scene.bench
                    )
                    #expect(try await whisper.refusal() == "mode_above_permission")
                }
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func `letters that mean something give no warning`() async throws {
            try await Scene.whileTalking { scene in
                let letters = "qESsbc(7)de(101)g(sales)n(101@default)or(letters)v(1)Wx(9)X"
                try await scene.withLetters(letters) { session in
                    #expect(session.lines("user's setting is not as it should be").isEmpty)
                }
            }
        }
    }
}

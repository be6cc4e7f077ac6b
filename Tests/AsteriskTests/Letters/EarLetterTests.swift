import LabSupport
import Testing

extension OnAsterisk.AsteriskTests {
    /// `o` and `W`: what the supervisor themselves hears.
    @Suite struct EarLetterTests {
        @Test(.timeLimit(.minutes(1)), arguments: Mode.allCases)
        func `with o the supervisor hears the agent alone, and is heard as ever`(mode: Mode) async throws {
            try await Scene.whileTalking { scene in
                try await scene.withLetters("qESsbo", mode) { session in
                    try await session.supervisor.waitToHear(.agent)
                    try await expect(scene.ears(session.supervisor, mode, supervisorHears: [.agent]))
                }
            }
        }

        @Test(.timeLimit(.minutes(1)), arguments: ["qESsbW", "qESsboW"])
        func `with W who whispers hears nothing, and the agent hears them`(letters: String) async throws {
            try await Scene.whileTalking { scene in
                try await scene.withLetters(letters, .whisper) { session in
                    try await scene.agent.waitToHear(.supervisor)
                    try await expect(scene.ears(session.supervisor, .whisper, supervisorHears: []))
                    // They are not left behind for hearing nothing.
                    try await scene.agent.hangUp()
                    try await session.expectEnd("target_hung_up")
                    try await session.supervisor.waitFor(.closed)
                    // The tones of the call were never there, not even for a packet.
                    let heard = session.supervisor.heard(since: session.mark)
                    #expect(heard.longestStretch(of: .client) == .zero)
                    #expect(heard.longestStretch(of: .agent) == .zero)
                }
            }
        }

        @Test(.timeLimit(.minutes(1)), arguments: [Mode.listen, .barge])
        func `W changes nothing for who listens or barges in`(mode: Mode) async throws {
            try await Scene.whileTalking { scene in
                try await scene.withLetters("qESsbW", mode) { session in
                    try await session.supervisor.waitToHear(.client)
                    try await expect(scene.ears(session.supervisor, mode))
                }
            }
        }
    }
}

extension Scene {
    /// What everybody must hear while a supervisor is in the call who hears only some of it.
    fileprivate func ears(_ supervisor: Phone, _ mode: Mode, supervisorHears: [Tone]) -> [Ear] {
        let silent = [Tone.agent, .client, .supervisor].filter { !supervisorHears.contains($0) }
        return ears(supervisor, mode).dropLast() + [
            Ear(name: "supervisor", phone: supervisor, hears: supervisorHears, isFreeOf: silent)
        ]
    }
}

import LabSupport
import Testing

extension OnAsterisk.AsteriskTests {
    /// `q`, `s` and `n`: what is said before the call.
    @Suite(.serialized) struct AnnouncementLetterTests {
        @Test(.timeLimit(.minutes(1)))
        func `with q the first thing to hear is the call`() async throws {
            try await Scene.whileTalking { scene in
                // The other letters about the announcement change nothing.
                for letters in ["qESsb", "qESbn(101)"] {
                    let nothing = try await announcement(letters, scene)
                    #expect(nothing.length < .milliseconds(100), "\(letters)")
                }
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func `without s the channel's type is said before the digits`() async throws {
            try await Scene.whileTalking { scene in
                let digits = try await announcement("ESsb", scene)
                let typeAndDigits = try await announcement("ESb", scene)
                #expect(digits.length > .milliseconds(800))
                // The word takes 680 ms.
                let word = typeAndDigits.length - digits.length
                #expect(word > .milliseconds(500) && word < .milliseconds(900), "\(word)")
            }
        }

        @Test(.timeLimit(.minutes(1)), arguments: ["n", "n()", "n(101)", "n(101@default)", "n(@default)"])
        func `with n the recorded name of the extension's mailbox is heard instead of the digits`(
            letters: String
        ) async throws {
            try await Scene.whileTalking { scene in
                try scene.lab.recordName(ofMailbox: "101")
                defer { scene.lab.removeName(ofMailbox: "101") }
                let name = try await announcement("ESsb" + letters, scene)
                // The recording lasts a second, and is there once.
                #expect(name.nameStretch > .milliseconds(900) && name.nameStretch < .milliseconds(1100))
                // A beep, the name, and no digits, which would take another second.
                #expect(name.length < .milliseconds(1800), "\(name.length)")
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func `with n the name is that of the mailbox in the letter, and of no other one`() async throws {
            try await Scene.whileTalking { scene in
                try scene.lab.recordName(ofMailbox: "555")
                defer { scene.lab.removeName(ofMailbox: "555") }
                let named = try await announcement("ESsbn(555)", scene)
                let unnamed = try await announcement("ESsbn", scene)
                #expect(named.nameStretch > .milliseconds(900))
                #expect(unnamed.nameStretch < .milliseconds(300))
            }
        }

        @Test(.timeLimit(.minutes(1)), arguments: ["n", "n(nobody@nowhere)"])
        func `without a recorded name the digits are said`(letters: String) async throws {
            try await Scene.whileTalking { scene in
                scene.lab.removeName(ofMailbox: "101")
                let digits = try await announcement("ESsb", scene)
                let instead = try await announcement("ESsb" + letters, scene)
                #expect(instead.nameStretch < .milliseconds(300))
                // As long as without n, or a beep longer: the name's own beep.
                #expect(instead.length >= digits.length - .milliseconds(100), "\(instead.length)")
                #expect(instead.length < digits.length + .milliseconds(800), "\(instead.length)")
            }
        }

        private struct Announcement {
            /// From the first sound to the call.
            let length: Duration
            /// How long the tone of a recorded name was heard without a break.
            let nameStretch: Duration
        }

        /// What a supervisor with these parameters hears before the call; agent and client hear nothing of it.
        private func announcement(_ letters: String, _ scene: Scene) async throws -> Announcement {
            let (agentMark, clientMark) = (scene.agent.mark(), scene.client.mark())
            var result: Announcement?
            try await scene.withSupervisor("330") { supervisor in
                let session = try await LetterSession.dial(
                    "*91101",
                    by: supervisor,
                    letters: letters,
                    scene.bench
                )
                try await session.logged("session started")
                try await supervisor.waitToHear(.client)
                let heard = supervisor.heard(since: session.mark)
                result = Announcement(
                    length: heard.timeFromFirstSound(to: .client),
                    nameStretch: heard.longestStretch(of: .name)
                )
                try await expect(scene.ears(supervisor, .listen), for: .milliseconds(500))
                try await supervisor.hangUp()
                try await session.expectEnd("supervisor_hung_up")
            }
            scene.expectNoGap(since: clientMark, agentMark)
            for heard in [scene.agent.heard(since: agentMark), scene.client.heard(since: clientMark)] {
                #expect(heard.longestStretch(of: .name) == .zero)
            }
            return try #require(result)
        }
    }
}

extension Heard {
    /// From the first packet with anything in it to the beginning of a stretch of 100 ms of `tone`, in steps of 20 ms.
    fileprivate func timeFromFirstSound(to tone: Tone) -> Duration {
        let packets = stride(from: 0, to: samples.count - 159, by: 160).map { samples[$0..<($0 + 160)] }
        let sound = packets.firstIndex { ToneMeter.level(ofAll: $0) > -40 } ?? 0
        let isTone = packets.map { ToneMeter.level(of: tone, in: $0) > Self.presentLevel }
        let call = isTone.indices.first { index in
            index + 5 <= isTone.count && isTone[index..<(index + 5)].allSatisfy { $0 }
        }
        return .milliseconds(20 * ((call ?? packets.count) - sound))
    }
}

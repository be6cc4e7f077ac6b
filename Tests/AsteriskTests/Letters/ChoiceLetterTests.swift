import LabSupport
import Testing

extension OnAsterisk.AsteriskTests {
    /// `b`, `e` and `g`: whose calls may be monitored.
    @Suite struct ChoiceLetterTests {
        /// The lab's 101 has SPYGROUP=sales:night.
        static let lists: [(letters: String, isAllowed: Bool)] = [
            ("e(101)", true), ("e(102:101)", true), ("e(PJSIP/101)", true), ("e(pjsip/101:PJSIP/102)", true),
            ("e(102)", false), ("e(10:1010)", false), ("e(1)", false), ("e(PJSIP/10)", false), ("e(PJSIP)", false),
            ("e(PJSIP/101-)", false), ("e(SIP/101)", false), ("e(PJSIP/1010)", false),
            ("g(sales)", true), ("g(night)", true), ("g(support:night)", true),
            ("g(support)", false), ("g(sale)", false), ("g(SALES)", false), ("g(sales:night)e(102)", false),
            ("g(support)e(101)", false), ("g(day:night)e(10:101)", true),
        ]

        @Test(.timeLimit(.minutes(1)))
        func `e and g let a supervisor in by equality, and by nothing else`() async throws {
            try await Scene.whileTalking { scene in
                try await scene.withSupervisor("330") { supervisor in
                    for (letters, isAllowed) in Self.lists {
                        let session = try await LetterSession.dial(
                            "*91101",
                            by: supervisor,
                            letters: "qESsb" + letters,
                            scene.bench
                        )
                        let refusal = try await session.refusal()
                        #expect(refusal == (isAllowed ? nil : "not_in_group"), "\(letters)")
                    }
                }
            }
        }

        @Test(.timeLimit(.minutes(1)), arguments: ["qESsbe(102)", "qESsbg(support)"])
        func `who may not monitor a target hears a prompt and no call`(letters: String) async throws {
            try await Scene.whileTalking { scene in
                try await scene.lab.setSpyParams(letters)
                try await scene.withSupervisor("330") { supervisor in
                    try await scene.expectRefusal(of: supervisor, dialling: "*91101", "not_in_group")
                }
            }
        }

        @Test(.timeLimit(.minutes(1)), arguments: [("10", "e(101)"), ("10", "g(sales)"), ("1010", "e(10:101)")])
        func `an extension that begins or ends like an allowed one is refused`(
            agent: String,
            letters: String
        ) async throws {
            try await Scene.whileTalking(agent: agent) { scene in
                try await scene.withSupervisor("330") { supervisor in
                    let session = try await LetterSession.dial(
                        "*91" + agent,
                        by: supervisor,
                        letters: "qESsb" + letters,
                        scene.bench
                    )
                    #expect(try await session.refusal() == "not_in_group")
                }
            }
        }

        @Test(.timeLimit(.minutes(1)), arguments: ["qSsbg(sales)", "qSsbe(101)"])
        func `who is allowed is heard as ever`(letters: String) async throws {
            try await Scene.whileTalking { scene in
                try await scene.withLetters(letters) { session in
                    try await session.supervisor.waitToHear(.client)
                    try await expect(scene.ears(session.supervisor, .listen))
                }
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func `without b the session begins while the extension rings, and hears the call when it is answered`()
            async throws
        {
            let bench = try Bench.current
            try await Scene.withPhones(["102": .agent], answering: .manual, in: bench.lab) { ringing in
                try await Scene.withPhones(["201": .client, "330": .supervisor], in: bench.lab) { phones in
                    let (client, supervisor) = (try phones["201"], try phones["330"])
                    try await client.dial("102")
                    try await ringing["102"].waitFor(.incoming)
                    let session = try await LetterSession.dial(
                        "*91102",
                        by: supervisor,
                        letters: "qESs",
                        bench
                    )
                    try await session.logged("session started")
                    try await ringing["102"].answer()
                    try await supervisor.waitToHear(.client)
                    let scene = Scene(bench: bench, client: client, agent: try ringing["102"])
                    try await expect(scene.ears(supervisor, .listen))
                    try await client.hangUp()
                    try await session.expectEnd("target_hung_up")
                }
            }
            try await Scene.nothingIsLeft(in: bench.lab)
        }
    }
}

import LabSupport
import Testing

extension OnAsterisk.AsteriskTests {
    /// Keys that lead to another call: `*`, and digits with a `#`.
    @Suite struct TargetKeyTests {
        @Test(.timeLimit(.minutes(1)), arguments: [("qSb", "*"), ("qSbc(0)", "0")])
        func `of an agent with two calls the key leads to the other one, and back`(
            parameters: String,
            key: String
        ) async throws {
            try await Scene.whileTalking { scene in
                try await scene.withSecondCall { second in
                    func expectIn(_ mine: Phone, _ tone: Tone, not other: Phone, _ otherTone: Tone) async throws {
                        _ = try await mine.listen(for: .milliseconds(200))
                        try await expect(
                            [
                                Ear(name: "client", phone: mine, hears: [.agent, .supervisor], isFreeOf: [tone]),
                                Ear(name: "other client", phone: other, hears: [.agent], isFreeOf: [.supervisor]),
                            ],
                            for: .milliseconds(500)
                        )
                    }
                    try await scene.withSupervisor("330") { supervisor in
                        // The newest call comes first.
                        let first = try await scene.monitor(.barge, on: supervisor, with: parameters)
                        try await expectIn(second, .otherClient, not: scene.client, .client)
                        try await scene.expectToHear(.otherClient, not: .client, on: supervisor)
                        let next = try await scene.press(key, on: supervisor, "target changed")
                        try await expectIn(scene.client, .client, not: second, .otherClient)
                        try await scene.expectToHear(.client, not: .otherClient, on: supervisor)
                        let last = try await scene.press(key, on: supervisor, "target changed")
                        try await expectIn(second, .otherClient, not: scene.client, .client)
                        try await scene.expectToHear(.otherClient, not: .client, on: supervisor)
                        #expect(first["target.channel"] == last["target.channel"])
                        #expect(first["target.channel"] != next["target.channel"])
                        try await scene.end(supervisor)
                    }
                }
            }
        }

        @Test(.timeLimit(.minutes(1)), arguments: [("Ssb", true), ("qSb", false), ("qESb", false)])
        func `digits with # lead to that extension's call, announced as the first one`(
            parameters: String,
            isAnnounced: Bool
        ) async throws {
            try await Scene.whileTalking { scene in
                try await scene.withOtherCall { other in
                    try await scene.monitoring(.barge, with: parameters) { supervisor in
                        let marks = (supervisor.mark(), other.agent.mark(), scene.agent.mark())
                        let line = try await scene.press("102#", on: supervisor, "target changed")
                        #expect(line["target.ext"] == "102")
                        #expect(line["session.mode"] == "barge")
                        try await supervisor.waitToHear(.otherAgent)
                        _ = try await supervisor.listen(for: .milliseconds(200))
                        let announcement = supervisor.heard(since: marks.0).soundBesidesTones
                        #expect(isAnnounced ? announcement > .milliseconds(300) : announcement < .milliseconds(100))
                        try await expect(
                            other.ears(.barge) + [
                                Ear(
                                    name: "supervisor",
                                    phone: supervisor,
                                    hears: [.otherAgent, .otherClient],
                                    isFreeOf: [.agent, .client, .supervisor]
                                ),
                                Ear(name: "agent", phone: scene.agent, hears: [.client], isFreeOf: [.supervisor]),
                                Ear(name: "client", phone: scene.client, hears: [.agent], isFreeOf: [.supervisor]),
                            ],
                            for: .milliseconds(600)
                        )
                        #expect(other.agent.heard(since: marks.1).soundBesidesTones <= .milliseconds(60))
                        #expect(scene.agent.heard(since: marks.2).soundBesidesTones <= .milliseconds(60))
                        try await scene.end(supervisor)
                    }
                }
            }
        }

        /// Parameters, keys, and why they are refused.
        struct Refused: Sendable {
            let parameters: String
            let keys: String
            let reason: String
            /// Who talks to 202 at that time.
            var other: String?
        }

        static let refused = [
            Refused(parameters: "qSb", keys: "330#", reason: "own_extension"),
            Refused(parameters: "qSb", keys: "999#", reason: "unknown_extension"),
            Refused(parameters: "qSb", keys: "102#", reason: "nobody_talking"),
            Refused(parameters: "qSb", keys: "110#", reason: "target_protected", other: "110"),
            Refused(parameters: "qSbe(101)", keys: "102#", reason: "not_in_group", other: "102"),
            Refused(parameters: "qSbg(sales)", keys: "102#", reason: "not_in_group", other: "102"),
        ]

        @Test(.timeLimit(.minutes(1)), arguments: refused)
        func `an extension that may not be monitored is refused by its prompt, and the supervisor stays`(
            refused: Refused
        ) async throws {
            try await Scene.whileTalking { scene in
                func run() async throws {
                    try await scene.monitoring(.whisper, with: refused.parameters) { supervisor in
                        let start = scene.earshot.log().count
                        try await scene.expectPrompt(on: supervisor) {
                            let line = try await scene.press(refused.keys, on: supervisor, "key refused")
                            #expect(line["permission.reason"] == refused.reason)
                        }
                        try await scene.expectEars(supervisor, .whisper)
                        #expect(scene.earshot.lines("target changed", of: "330", after: start).isEmpty)
                        try await scene.end(supervisor)
                    }
                }
                guard let other = refused.other else { return try await run() }
                try await scene.withOtherCall(to: other) { call in
                    let mark = call.agent.mark()
                    try await run()
                    #expect(call.agent.heard(since: mark).longestStretch(of: .supervisor) == .zero)
                }
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func `keys pressed quickly one after the other are all handled, in order`() async throws {
            try await Scene.whileTalking { scene in
                try await scene.withOtherCall { _ in
                    let phone = try MeasuringPhone(user: "321", server: scene.lab.sip.port, tone: .supervisor)
                    defer { phone.stop() }
                    try await scene.lab.setSpyParams("qSbx(8)", of: "321")
                    try await scene.earshot.line("session started", of: "321") { try await phone.dial("*91101") }
                    let start = scene.earshot.log().count
                    // To 102, to nobody, to the next call (there is none), back to 101, and away.
                    phone.sendDTMF("102#999#*101#8")
                    try await scene.earshot.waitForLog("session ended", after: start)
                    let story = scene.earshot.log().dropFirst(start).compactMap { line -> String? in
                        switch line["message"] {
                        case "target changed": line["target.ext"]
                        case "key refused": line["permission.reason"]
                        case "session ended": line["session.end_reason"]
                        default: nil
                        }
                    }
                    #expect(story == ["102", "unknown_extension", "nobody_talking", "101", "supervisor_left"])
                }
            }
        }
    }
}

extension Scene {
    /// The supervisor hears the agent and this client, and not the other one nor themselves.
    fileprivate func expectToHear(_ client: Tone, not other: Tone, on supervisor: Phone) async throws {
        try await expect(
            [
                Ear(
                    name: "supervisor",
                    phone: supervisor,
                    hears: [.agent, client],
                    isFreeOf: [other, .supervisor]
                )
            ],
            for: .milliseconds(500)
        )
    }
}

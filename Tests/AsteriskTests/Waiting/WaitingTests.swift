import LabSupport
import Testing

extension OnAsterisk.AsteriskTests {
    /// Without `S` and `E`: waiting for an extension's calls, and following from one to the next.
    @Suite struct WaitingTests {
        @Test(.timeLimit(.minutes(1)), arguments: [("sb", true), ("qb", false)])
        func `a supervisor waits for a call, is in it, hears its end, waits, and is in the next one`(
            parameters: String,
            isAnnounced: Bool
        ) async throws {
            try await Scene.whileWaiting(with: parameters, mode: .whisper) { scene, supervisor, prompt in
                // They were told that they have to wait, whatever the parameters say.
                #expect(prompt >= .milliseconds(300))
                for message in ["session started", "target changed"] {
                    let mark = supervisor.mark()
                    let line = try await scene.earshot.line(message, of: "330") { try await scene.client.dial("101") }
                    #expect(line["target.ext"] == "101")
                    try await supervisor.waitToHear(.client, since: mark)
                    try await scene.expectEars(supervisor, .whisper)
                    let announcement = supervisor.heard(since: mark).soundBesidesTones
                    #expect(isAnnounced ? announcement >= .milliseconds(300) : announcement <= .milliseconds(100))
                    let end = supervisor.mark()
                    try await scene.earshot.line("waiting for the next call", of: "330") {
                        try await scene.client.hangUp()
                    }
                    try await scene.agent.waitFor(.closed)
                    if isAnnounced {
                        try await supervisor.waitForSound(since: end)
                    } else {
                        let heard = try await supervisor.listen(for: .milliseconds(300))
                        #expect(heard.soundBesidesTones <= .milliseconds(60))
                    }
                }
                try await scene.end(supervisor)
                try await scene.lab.waitUntilWatched([])
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func `a call that comes while the supervisor is told to wait is heard at once`() async throws {
            let bench = try Bench.current
            try await bench.lab.setSpyParams("qb")
            try await Scene.withPhones(["101": .agent, "201": .client, "330": nil], in: bench.lab) { phones in
                let supervisor = try phones["330"]
                let mark = supervisor.mark()
                try await supervisor.dial("*91101")
                try await supervisor.waitForSound(since: mark)
                try await bench.earshot.line("session started", of: "330") { try await phones["201"].dial("101") }
                try await supervisor.waitToHear(.client)
                // The prompt has four seconds; nothing of it is left.
                #expect(try await supervisor.listen(for: .milliseconds(500)).soundBesidesTones <= .milliseconds(60))
                // By then the hooks of both directions have begun, one after the other.
                let heard = try await supervisor.listen(for: .milliseconds(500))
                #expect(heard.soundBesidesTones <= .milliseconds(60))
                #expect(heard.longestStretch(of: .client) >= .milliseconds(400))
                try await supervisor.hangUp()
            }
            try await Scene.nothingIsLeft(in: bench.lab)
        }

        @Test(.timeLimit(.minutes(1)))
        func `a second call of the extension does not move the session, until the first one ends`() async throws {
            try await Scene.whileTalking { scene in
                try await scene.monitoring(with: "qb") { supervisor in
                    let start = scene.earshot.log().count
                    try await scene.withSecondCall { second in
                        try await expect(
                            [
                                Ear(
                                    name: "supervisor",
                                    phone: supervisor,
                                    hears: [.agent, .client],
                                    isFreeOf: [.otherClient, .supervisor]
                                )
                            ],
                            for: .seconds(1)
                        )
                        #expect(scene.earshot.lines("target changed", of: "330", after: start).isEmpty)
                        try await scene.earshot.line("target changed", of: "330") {
                            try await scene.client.hangUp()
                        }
                        try await supervisor.waitToHear(.otherClient)
                        try await expect(
                            [
                                Ear(
                                    name: "supervisor",
                                    phone: supervisor,
                                    hears: [.agent, .otherClient],
                                    isFreeOf: [.supervisor]
                                ),
                                Ear(name: "client", phone: second, hears: [.agent], isFreeOf: [.supervisor]),
                            ],
                            for: .milliseconds(500)
                        )
                        try await scene.end(supervisor)
                    }
                }
            }
        }

        @Test(.timeLimit(.minutes(1)), arguments: [("qSb", "no_call_left"), ("qEb", "target_hung_up")])
        func `with S or E nobody waits when the only call ends`(parameters: String, reason: String) async throws {
            try await Scene.whileTalking { scene in
                try await scene.monitoring(with: parameters) { supervisor in
                    let start = scene.earshot.log().count
                    let line = try await scene.earshot.line("session ended", of: "330") {
                        try await scene.client.hangUp()
                    }
                    #expect(line["session.end_reason"] == reason)
                    #expect(scene.earshot.lines("waiting for the next call", of: "330", after: start).isEmpty)
                    try await supervisor.waitFor(.closed)
                    try await Scene.nothingIsLeft(in: scene.lab)
                }
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func `with S a supervisor follows to the agent's other call`() async throws {
            try await Scene.whileTalking { scene in
                try await scene.monitoring(with: "qSb") { supervisor in
                    try await scene.withSecondCall { _ in
                        try await scene.earshot.line("target changed", of: "330") {
                            try await scene.client.hangUp()
                        }
                        try await supervisor.waitToHear(.otherClient)
                        try await scene.end(supervisor)
                    }
                }
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func `a ringing call is not taken, and an answered one is`() async throws {
            let bench = try Bench.current
            try await bench.lab.setSpyParams("qb")
            try await Scene.withPhones(["101": .agent], answering: .manual, in: bench.lab) { ringing in
                try await Scene.withPhones(["201": .client, "330": nil], in: bench.lab) { phones in
                    let (supervisor, client, agent) = (try phones["330"], try phones["201"], try ringing["101"])
                    try await bench.earshot.line("waiting for the next call", of: "330") {
                        try await supervisor.dial("*91101")
                    }
                    let start = bench.earshot.log().count
                    try await client.dial("101")
                    try await agent.waitFor(.incoming)
                    // Long enough for whatever would come.
                    _ = try await supervisor.listen(for: .milliseconds(500))
                    #expect(bench.earshot.lines("session started", of: "330", after: start).isEmpty)
                    try await bench.earshot.line("session started", of: "330") { try await agent.answer() }
                    try await supervisor.waitToHear(.client)
                    try await supervisor.hangUp()
                }
            }
            try await Scene.nothingIsLeft(in: bench.lab)
        }

        @Test(.timeLimit(.minutes(1)))
        func `Asterisk tells of an extension for as long as somebody waits for it`() async throws {
            let bench = try Bench.current
            let lab = bench.lab
            for user in ["330", "331"] { try await lab.setSpyParams("qb", of: user) }
            try await lab.waitUntilWatched([])
            try await Scene.withPhones(
                ["330": nil, "331": .supervisor, "101": .agent, "201": .client],
                in: lab
            ) { phones in
                let (first, second) = (try phones["330"], try phones["331"])
                for supervisor in [first, second] {
                    try await bench.earshot.line("waiting for the next call", of: supervisor.settings.user) {
                        try await supervisor.dial("*91101")
                    }
                    try await lab.waitUntilWatched(["PJSIP/101"])
                }
                // One leaves, and the other one still waits.
                try await bench.earshot.line("session ended", of: "330") { try await first.hangUp() }
                #expect(try await lab.watchedSources().endpoints == ["PJSIP/101"])
                try await bench.earshot.line("session started", of: "331") { try await phones["201"].dial("101") }
                try await second.waitToHear(.client)
                try await lab.waitUntilWatched([])
                // And again, until they leave.
                try await bench.earshot.line("waiting for the next call", of: "331") {
                    try await phones["201"].hangUp()
                }
                try await lab.waitUntilWatched(["PJSIP/101"])
                try await bench.earshot.line("session ended", of: "331") { try await second.hangUp() }
                try await lab.waitUntilWatched([])
                try await Scene.nothingIsLeft(in: lab)
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func `a waiting supervisor can wait for another extension by keys`() async throws {
            try await Scene.whileWaiting(with: "qb", mode: .listen) { scene, supervisor, _ in
                try await scene.lab.waitUntilWatched(["PJSIP/101"])
                let line = try await scene.press("102#", on: supervisor, "waiting for the next call")
                #expect(line["target.ext"] == "102")
                try await scene.lab.waitUntilWatched(["PJSIP/102"])
                let start = scene.earshot.log().count
                // The extension that they waited for has a call, and that is not their business any more.
                try await scene.client.dial("101")
                try await scene.client.waitToHear(.agent)
                try await scene.withOtherCall { _ in
                    try await scene.earshot.waitForLog("session started", after: start) { $0["target.ext"] == "102" }
                    try await supervisor.waitToHear(.otherAgent)
                    #expect(scene.earshot.lines("session started", of: "330", after: start).count == 1)
                    try await scene.end(supervisor)
                    try await scene.lab.waitUntilWatched([])
                }
            }
        }
    }
}

extension OnAsterisk.AsteriskServiceTests {
    @Suite struct WaitingLimitTests {
        @Test(.timeLimit(.minutes(1)))
        func `who has waited long enough is told so and released`() async throws {
            try await Bench.run(environment: ["EARSHOT_SESSIONS_WAITING_LIMIT": "2"]) {
                let bench = try Bench.current
                try await bench.lab.setSpyParams("qb")
                try await Scene.withPhones(["101": .agent, "330": nil], in: bench.lab) { phones in
                    let supervisor = try phones["330"]
                    let waiting = try await bench.earshot.line("waiting for the next call", of: "330") {
                        try await supervisor.dial("*91101")
                    }
                    let line = try await bench.earshot.waitForLog("session ended", within: .seconds(15))
                    #expect(line["session.end_reason"] == "waiting_limit")
                    #expect(line["session.id"] == waiting["session.id"])
                    let prompts = bench.earshot.log().compactMap { $0["command"] }.filter { $0.hasPrefix("play(") }
                    #expect(prompts.last?.contains("waitingLimit") == true)
                    try await supervisor.waitFor(.closed)
                    try await bench.lab.waitUntilWatched([])
                    try await Scene.nothingIsLeft(in: bench.lab)
                }
            }
        }
    }
}

extension Scene {
    /// Runs `body` while a supervisor, 330, waits for the first call of an agent, 101.
    ///
    /// The third argument of `body` is how long they have heard a prompt, which is over.
    fileprivate static func whileWaiting(
        with parameters: String,
        mode: Mode,
        _ body: (Scene, Phone, Duration) async throws -> Void
    ) async throws {
        let bench = try Bench.current
        try await bench.lab.setSpyParams(parameters)
        try await withPhones(["101": .agent, "201": .client, "330": .supervisor], in: bench.lab) { phones in
            let scene = Scene(bench: bench, client: try phones["201"], agent: try phones["101"])
            let supervisor = try phones["330"]
            let mark = supervisor.mark()
            let start = bench.earshot.log().count
            try await supervisor.dial(mode.rawValue + "101")
            try await bench.earshot.waitForLog("waiting for the next call", after: start)
            try await bench.earshot.waitForLog("session event", after: start, within: .seconds(10)) {
                $0["event"]?.hasPrefix("playbackFinished") == true
            }
            _ = try await supervisor.listen(for: .milliseconds(200))
            try await body(scene, supervisor, supervisor.heard(since: mark).soundBesidesTones)
        }
        try await nothingIsLeft(in: bench.lab)
    }
}

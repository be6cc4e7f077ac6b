import LabSupport
import Testing

extension OnAsterisk.AsteriskTests {
    /// `E` and `S`: what happens at an extension without a call, and at the end of one.
    @Suite struct EndLetterTests {
        @Test(.timeLimit(.minutes(1)), arguments: ["qb", "qEb"])
        func `without S the session waits at an idle extension, and hears its next call`(
            letters: String
        ) async throws {
            let bench = try Bench.current
            let users: [String: Tone?] = ["101": .agent, "201": .client, "330": .supervisor]
            try await Scene.withPhones(users, in: bench.lab) { phones in
                let (agent, client, supervisor) = (try phones["101"], try phones["201"], try phones["330"])
                let session = try await LetterSession.dial("*92101", by: supervisor, letters: letters, bench)
                let waiting = try await session.logged("waiting for the next call")
                #expect(waiting["target.ext"] == "101")
                // They wait in an answered call, and are told so once.
                try await supervisor.waitFor(.established)
                try await supervisor.waitForSound(since: session.mark)
                try await bench.lab.waitUntil("the supervisor alone") { channels, bridges in
                    channels.map(\.endpoint) == ["330"] && bridges.allSatisfy { $0.channels.isEmpty }
                }
                try await bench.lab.waitUntilWatched(["PJSIP/101"])
                try await client.dial("101")
                try await session.logged("session started")
                try await supervisor.waitToHear(.client)
                let scene = Scene(bench: bench, client: client, agent: agent)
                try await expect(scene.ears(supervisor, .whisper))
                // Who hears a call needs no more news of the extension.
                try await bench.lab.waitUntilWatched([])
                try await supervisor.hangUp()
                try await session.expectEnd("supervisor_hung_up")
            }
            try await Scene.nothingIsLeft(in: bench.lab)
        }

        @Test(.timeLimit(.minutes(1)), arguments: ["qSb", "qESb"])
        func `with S the session ends at an idle extension`(letters: String) async throws {
            let bench = try Bench.current
            try await Scene.withPhones(["102": .agent, "330": nil], in: bench.lab) { phones in
                try await bench.lab.setSpyParams(letters)
                try await Scene.expectRefusal(
                    of: try phones["330"],
                    dialling: "*91102",
                    "nobody_talking",
                    from: bench.earshot,
                    in: bench.lab
                )
                #expect(try await bench.lab.watchedSources().endpoints == [])
            }
        }

        @Test(
            .timeLimit(.minutes(1)),
            arguments: [
                ("qESb", Mode.listen, "target_hung_up"), ("qEb", .listen, "target_hung_up"),
                ("qSb", .listen, "no_call_left"), ("qSb", .whisper, "no_call_left"),
                ("qSb", .barge, "target_hung_up"), ("qb", .barge, "target_hung_up"),
            ]
        )
        func `the only call's end is the session's, and the log tells by which letter`(
            letters: String,
            mode: Mode,
            reason: String
        ) async throws {
            try await Scene.whileTalking { scene in
                try await scene.withLetters(letters, mode) { session in
                    try await session.supervisor.waitToHear(.client)
                    let end = try await scene.agent.hangUp()
                    let released = try await session.supervisor.waitFor(.closed)
                    #expect(released.at - end <= .milliseconds(500))
                    try await session.expectEnd(reason)
                }
            }
        }

        @Test(.timeLimit(.minutes(1)), arguments: [Mode.listen, .whisper])
        func `without E and S the session goes on to the extension's next call, and the one after it`(
            mode: Mode
        ) async throws {
            try await Scene.whileTalking { scene in
                try await scene.withLetters("qb", mode) { session in
                    let supervisor = session.supervisor
                    try await supervisor.waitToHear(.client)
                    for number in 1...2 {
                        try await scene.agent.hangUp()
                        try await scene.agent.waitFor(.closed)
                        try await scene.client.waitFor(.closed)
                        try await waitForLines(number, "waiting for the next call", of: session)
                        try await scene.lab.waitUntilWatched(["PJSIP/101"])
                        // Nothing of the call that is over is left while they wait.
                        try await Scene.nothingOfACallIsLeft(in: scene.lab)
                        let mark = supervisor.mark()
                        try await scene.client.dial("101")
                        try await scene.agent.waitFor(.established)
                        try await waitForLines(number, "target changed", of: session)
                        try await supervisor.waitToHear(.client, since: mark)
                        try await expect(scene.ears(supervisor, mode))
                    }
                    #expect(session.lines("session started").count == 1)
                    #expect(session.lines("session ended").isEmpty)
                }
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func `with S alone the session goes on to a call that is there already`() async throws {
            try await Scene.whileTalkingTwice("qSb") { scene, second, session in
                try await second.hangUp()
                try await session.logged("target changed")
                try await session.supervisor.waitToHear(.client)
                try await expect([
                    Ear(
                        name: "supervisor",
                        phone: session.supervisor,
                        hears: [.client, .agent],
                        isFreeOf: [.secondSupervisor]
                    )
                ])
                try await scene.client.hangUp()
                try await session.expectEnd("no_call_left")
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func `with E the session ends though the extension has another call`() async throws {
            try await Scene.whileTalkingTwice("qESb") { _, second, session in
                try await second.hangUp()
                try await session.expectEnd("target_hung_up")
                #expect(session.lines("target changed").isEmpty)
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func `without q a beep tells the end of the call and the beginning of the next one, to the supervisor alone`()
            async throws
        {
            try await Scene.whileTalking { scene in
                try await scene.withLetters("sb") { session in
                    let supervisor = session.supervisor
                    try await supervisor.waitToHear(.client)
                    try await scene.agent.hangUp()
                    try await scene.agent.waitFor(.closed)
                    try await scene.client.waitFor(.closed)
                    try await session.logged("waiting for the next call")
                    try await supervisor.waitForSound()
                    let mark = supervisor.mark()
                    let clientMark = scene.client.mark()
                    try await scene.client.dial("101")
                    try await scene.agent.waitFor(.established)
                    let call = try await supervisor.waitToHear(.client, since: mark)
                    let beep = try await supervisor.waitForSound(since: mark)
                    // The beep and the digits come before the call.
                    #expect(call - beep >= .milliseconds(500))
                    try await scene.client.waitToHear(.agent, since: clientMark)
                    try await expect(scene.ears(supervisor, .listen))
                }
            }
        }

        private func waitForLines(_ count: Int, _ message: String, of session: LetterSession) async throws {
            try await session.logged(message) { _ in session.lines(message).count >= count }
        }
    }
}

extension Scene {
    /// Waits until Asterisk has no snoop of Earshot's, and nobody in a bridge of Earshot's but a supervisor alone.
    fileprivate static func nothingOfACallIsLeft(in lab: Lab) async throws {
        try await lab.waitUntil("the supervisor alone") { channels, bridges in
            !channels.contains { $0.isEarshots } && bridges.allSatisfy { $0.channels.count <= 1 }
        }
    }
}

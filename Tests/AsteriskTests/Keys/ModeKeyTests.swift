import LabSupport
import Testing

extension OnAsterisk.AsteriskTests {
    /// `d`: the keys 4, 5 and 6.
    @Suite struct ModeKeyTests {
        @Test(.timeLimit(.minutes(1)), arguments: Mode.allCases)
        func `each ear hears what the chosen mode says, whatever was dialled`(dialled: Mode) async throws {
            try await Scene.whileTalking { scene in
                try await scene.withSupervisor("330") { supervisor in
                    for chosen in Mode.allCases {
                        try await scene.monitor(dialled, on: supervisor, with: "qESsbd")
                        let marks = (scene.client.mark(), scene.agent.mark(), supervisor.mark())
                        if chosen == dialled {
                            try await scene.pressInVain(chosen.key, on: supervisor)
                        } else {
                            let start = scene.earshot.log().count
                            let line = try await scene.press(chosen.key, on: supervisor, "mode changed")
                            #expect(line["session.mode"] == "\(chosen)")
                            #expect(scene.earshot.lines("mode changed", of: "330", after: start).count == 1)
                        }
                        try await scene.expectEars(supervisor, chosen)
                        // Not for a moment in between either.
                        scene.expectNoGap(since: marks.0, marks.1)
                        #expect(scene.client.heard(since: marks.0).longestStretch(of: .client) == .zero)
                        #expect(scene.agent.heard(since: marks.1).longestStretch(of: .agent) == .zero)
                        #expect(supervisor.heard(since: marks.2).longestStretch(of: .supervisor) == .zero)
                        if dialled != .barge, chosen != .barge {
                            #expect(scene.client.heard(since: marks.0).longestStretch(of: .supervisor) == .zero)
                        }
                        try await scene.end(supervisor)
                    }
                }
            }
        }

        @Test(
            .timeLimit(.minutes(1)),
            arguments: [("336", Mode.listen, "5"), ("336", .listen, "6"), ("337", .whisper, "6")]
        )
        func `a mode above the permission is refused by a tone, and nothing changes`(
            user: String,
            dialled: Mode,
            key: String
        ) async throws {
            try await Scene.whileTalking { scene in
                try await scene.monitoring(dialled, as: user, with: "qESsbd") { supervisor in
                    let start = scene.earshot.log().count
                    try await scene.expectPrompt(on: supervisor) {
                        let line = try await scene.press(key, on: supervisor, "key refused")
                        #expect(line["permission.reason"] == "mode_above_permission")
                    }
                    try await scene.expectEars(supervisor, dialled)
                    #expect(scene.earshot.lines("mode changed", of: user, after: start).isEmpty)
                    try await scene.end(supervisor)
                }
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func `a supervisor may go as high as their permission, and down again`() async throws {
            try await Scene.whileTalking { scene in
                try await scene.monitoring(.listen, as: "337", with: "qESsbd") { supervisor in
                    try await scene.press("5", on: supervisor, "mode changed")
                    try await scene.expectEars(supervisor, .whisper)
                    try await scene.press("4", on: supervisor, "mode changed")
                    try await scene.expectEars(supervisor, .listen)
                    try await scene.end(supervisor)
                }
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func `without d the keys change no mode`() async throws {
            try await Scene.whileTalking { scene in
                try await scene.monitoring(.whisper, with: "qESsb") { supervisor in
                    try await scene.pressInVain("456", on: supervisor)
                    try await scene.expectEars(supervisor, .whisper)
                    try await scene.end(supervisor)
                }
            }
        }

        @Test(.timeLimit(.minutes(1)), arguments: ["6456545654", "5645646465", "6565454646"])
        func `ten keys as fast as a phone can are handled in order and end in the last one's mode`(
            keys: String
        ) async throws {
            let modes = try keys.map { key in try #require(Mode.allCases.first { $0.key == String(key) }) }
            try await Scene.whileTalking { scene in
                let phone = try MeasuringPhone(user: "321", server: scene.lab.sip.port, tone: .supervisor)
                defer { phone.stop() }
                try await scene.lab.setSpyParams("qESsbd", of: "321")
                try await scene.earshot.line("session started", of: "321") { try await phone.dial("*91101") }
                _ = try await phone.waitToHear(.client)
                let start = scene.earshot.log().count
                phone.sendDTMF(keys)
                let deadline = ContinuousClock.now + .seconds(5)
                while scene.earshot.lines("mode changed", of: "321", after: start).count < keys.count,
                    ContinuousClock.now < deadline
                {
                    _ = try await phone.listen(for: .milliseconds(40))
                }
                let changes = scene.earshot.lines("mode changed", of: "321", after: start)
                #expect(changes.map { $0["session.mode"] } == modes.map { "\($0)" })
                let last = try #require(modes.last)
                _ = try await phone.listen(for: .milliseconds(200))
                try await expect(scene.ears(scene.client, last).prefix(2).map { $0 }, for: .milliseconds(600))
                let heard = try await phone.listen(for: .milliseconds(600)).heard
                let hearsBoth = heard.hears(.client) && heard.hears(.agent)
                #expect(hearsBoth)
                #expect(heard.longestStretch(of: .supervisor) == .zero)
                phone.hangUp()
                try await phone.waitFor(.closed)
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func `a call that was switched to barge ends with the agent, also without E and S`() async throws {
            try await Scene.whileTalking { scene in
                try await scene.monitoring(.listen, with: "qbd") { supervisor in
                    try await scene.press("6", on: supervisor, "mode changed")
                    let line = try await scene.earshot.line("session ended", of: "330") {
                        try await scene.agent.hangUp()
                    }
                    #expect(line["session.end_reason"] == "target_hung_up")
                    try await supervisor.waitFor(.closed)
                    try await Scene.nothingIsLeft(in: scene.lab)
                }
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func `a call that was switched back from barge goes on to the next one`() async throws {
            try await Scene.whileTalking { scene in
                try await scene.monitoring(.barge, with: "qbd") { supervisor in
                    try await scene.press("4", on: supervisor, "mode changed")
                    try await scene.earshot.line("waiting for the next call", of: "330") {
                        try await scene.agent.hangUp()
                    }
                    try await scene.end(supervisor)
                }
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func `keys that are pressed during the announcement count afterwards`() async throws {
            try await Scene.whileTalking { scene in
                try await scene.withSupervisor("330") { supervisor in
                    try await scene.lab.setSpyParams("ESsbd")
                    let start = scene.earshot.log().count
                    let mark = supervisor.mark()
                    try await supervisor.dial("*91101")
                    try await supervisor.waitForSound(since: mark)
                    try await supervisor.sendDTMF("6")
                    let line = try await scene.earshot.waitForLog("mode changed", after: start)
                    #expect(line["session.mode"] == "barge")
                    let story = scene.earshot.log().dropFirst(start).compactMap { line in
                        line["event"]?.hasPrefix("keyPressed") == true ? "key" : line["message"]
                    }
                    #expect(
                        story.filter { ["key", "session started", "mode changed"].contains($0) }
                            == ["key", "session started", "mode changed"]
                    )
                    try await scene.expectEars(supervisor, .barge)
                    try await scene.end(supervisor)
                }
            }
        }
    }
}

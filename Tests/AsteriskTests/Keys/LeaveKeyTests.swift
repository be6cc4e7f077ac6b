import LabSupport
import Testing

extension OnAsterisk.AsteriskTests {
    /// The keys by which a supervisor leaves: `*`, and those of `c()`, `x()` and `X`.
    @Suite struct LeaveKeyTests {
        @Test(
            .timeLimit(.minutes(1)),
            arguments: [("qESsb", "*"), ("qESsbc(7)", "7"), ("qSbx(9)", "9"), ("qSbx(#)", "#")]
        )
        func `who leaves by a key is released at once, and the call goes on`(
            parameters: String,
            key: String
        ) async throws {
            try await Scene.whileTalking { scene in
                try await scene.monitoring(.barge, with: parameters) { supervisor in
                    let marks = (scene.client.mark(), scene.agent.mark())
                    let line = try await scene.press(key, on: supervisor, "session ended")
                    #expect(line["session.end_reason"] == "supervisor_left")
                    try await supervisor.waitFor(.closed)
                    try await Scene.nothingIsLeft(in: scene.lab)
                    _ = try await scene.agent.listen(for: .milliseconds(200))
                    scene.expectNoGap(since: marks.0, marks.1)
                    try await expect(
                        [
                            Ear(name: "client", phone: scene.client, hears: [.agent], isFreeOf: [.supervisor]),
                            Ear(name: "agent", phone: scene.agent, hears: [.client], isFreeOf: [.supervisor]),
                        ],
                        for: .milliseconds(500)
                    )
                }
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func `with c the star is no key any more`() async throws {
            try await Scene.whileTalking { scene in
                try await scene.monitoring(with: "qESsbc(7)") { supervisor in
                    try await scene.pressInVain("*", on: supervisor)
                    try await scene.expectEars(supervisor, .listen)
                    try await scene.end(supervisor)
                }
            }
        }

        @Test(.timeLimit(.minutes(1)), arguments: [("qSb", "*"), ("qSbc(7)", "7")])
        func `with a single call there is no next one: a tone, and the supervisor stays`(
            parameters: String,
            key: String
        ) async throws {
            try await Scene.whileTalking { scene in
                try await scene.monitoring(.whisper, with: parameters) { supervisor in
                    try await scene.expectPrompt(on: supervisor) {
                        let line = try await scene.press(key, on: supervisor, "key refused")
                        #expect(line["permission.reason"] == "nobody_talking")
                    }
                    try await scene.expectEars(supervisor, .whisper)
                    try await scene.end(supervisor)
                }
            }
        }

        @Test(.timeLimit(.minutes(1)), arguments: [("qbx(9)", "9"), ("qEbc(7)", "7"), ("qEb", "*")])
        func `a waiting supervisor leaves by the same keys`(parameters: String, key: String) async throws {
            let bench = try Bench.current
            try await bench.lab.setSpyParams(parameters)
            try await Scene.withPhones(["101": .agent, "330": .supervisor], in: bench.lab) { phones in
                let supervisor = try phones["330"]
                try await bench.earshot.line("waiting for the next call", of: "330") {
                    try await supervisor.dial("*91101")
                }
                let line = try await bench.earshot.line("session ended", of: "330") {
                    try await supervisor.sendDTMF(key)
                }
                #expect(line["session.end_reason"] == "supervisor_left")
                try await supervisor.waitFor(.closed)
                try await Scene.nothingIsLeft(in: bench.lab)
            }
        }

        @Test(.timeLimit(.minutes(1)), arguments: [("5", "lab-exit" as String?), ("8", nil)])
        func `with X a digit leads to the dialplan`(key: String, context: String?) async throws {
            try await Scene.whileTalking { scene in
                try await scene.withSupervisor("330") { supervisor in
                    try await scene.lab.setGlobal("LAB_SPY_CHANNEL", to: "")
                    let started = try await scene.monitor(
                        .barge,
                        on: supervisor,
                        with: "qSbX",
                        exitContext: context
                    )
                    let target = try await scene.lab.channels().first { $0.id == started["target.channel"] }
                    // No extension there: an ordinary digit.
                    try await scene.pressInVain("1", on: supervisor)
                    let line = try await scene.press(key, on: supervisor, "session ended")
                    #expect(line["session.end_reason"] == "supervisor_exited")
                    try await supervisor.waitToHear(.milliwatt)
                    #expect(try await scene.lab.channelLeft() == target?.name)
                    try await Scene.nothingIsLeft(in: scene.lab)
                    let mark = supervisor.mark()
                    try await expect(
                        [
                            Ear(name: "supervisor", phone: supervisor, hears: [.milliwatt], isFreeOf: []),
                            Ear(name: "client", phone: scene.client, hears: [.agent], isFreeOf: [.supervisor]),
                            Ear(name: "agent", phone: scene.agent, hears: [.client], isFreeOf: [.supervisor]),
                        ],
                        for: .milliseconds(600)
                    )
                    // Milliwatt has harmonics, so nothing quieter than a party is looked for.
                    #expect(supervisor.heard(since: mark).longestStretch(of: .agent) == .zero)
                    try await supervisor.hangUp()
                }
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func `with X a waiting supervisor goes to the dialplan too, and has left no channel`() async throws {
            let bench = try Bench.current
            try await bench.lab.setSpyParams("qbX", exitContext: "lab-exit")
            try await bench.lab.setGlobal("LAB_SPY_CHANNEL", to: "nobody's")
            try await Scene.withPhones(["101": .agent, "330": .supervisor], in: bench.lab) { phones in
                let supervisor = try phones["330"]
                try await bench.earshot.line("waiting for the next call", of: "330") {
                    try await supervisor.dial("*91101")
                }
                try await bench.earshot.line("session ended", of: "330") { try await supervisor.sendDTMF("5") }
                try await supervisor.waitToHear(.milliwatt)
                #expect(try await bench.lab.channelLeft() == "")
                try await supervisor.hangUp()
                try await Scene.nothingIsLeft(in: bench.lab)
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func `without X a digit leads nowhere`() async throws {
            try await Scene.whileTalking { scene in
                try await scene.monitoring(with: "qSb", exitContext: "lab-exit") { supervisor in
                    try await scene.pressInVain("5", on: supervisor)
                    try await scene.expectEars(supervisor, .listen)
                    try await scene.end(supervisor)
                }
            }
        }
    }
}

import LabSupport
import Testing

extension OnAsterisk.AsteriskTests {
    /// Several supervisors at the same time.
    @Suite struct SupervisorsTests {
        /// Who monitors, in which mode, with which voice.
        private static let users: [(user: String, mode: Mode, tone: Tone)] = [
            ("330", .listen, .thirdSupervisor), ("331", .whisper, .secondSupervisor), ("332", .barge, .supervisor),
        ]

        @Test(.timeLimit(.minutes(1)))
        func `three supervisors in three modes do not disturb each other, whoever switches or leaves`() async throws {
            try await Scene.whileTalking { scene in
                let tones = Dictionary(uniqueKeysWithValues: Self.users.map { ($0.user, Optional($0.tone)) })
                try await Scene.withPhones(tones, in: scene.lab) { phones in
                    for (user, mode, _) in Self.users {
                        try await scene.monitor(mode, on: phones[user], with: "qESsbd")
                    }
                    var modes = Dictionary(uniqueKeysWithValues: Self.users.map { ($0.user, $0.mode) })
                    func expectAll(sourceLocation: SourceLocation = #_sourceLocation) async throws {
                        _ = try await scene.agent.listen(for: .milliseconds(200))
                        let agent = Self.users.filter { modes[$0.user]?.agentHearsSupervisor == true }.map(\.tone)
                        let client = Self.users.filter { modes[$0.user]?.clientHearsSupervisor == true }.map(\.tone)
                        let all = Self.users.map(\.tone)
                        var ears = [
                            Ear(
                                name: "agent",
                                phone: scene.agent,
                                hears: [.client] + agent,
                                isFreeOf: [.agent] + all.filter { !agent.contains($0) }
                            ),
                            Ear(
                                name: "client",
                                phone: scene.client,
                                hears: [.agent] + client,
                                isFreeOf: [.client] + all.filter { !client.contains($0) }
                            ),
                        ]
                        for (user, _, tone) in Self.users where modes[user] != nil {
                            ears.append(
                                Ear(
                                    name: user,
                                    phone: try phones[user],
                                    hears: [.agent, .client],
                                    isFreeOf: [tone]
                                )
                            )
                        }
                        try await expect(ears, for: .milliseconds(500), sourceLocation: sourceLocation)
                    }
                    let marks = (scene.client.mark(), scene.agent.mark())
                    try await expectAll()
                    // Each of them changes something while the others stay.
                    try await scene.press("4", on: phones["332"], "mode changed")
                    modes["332"] = .listen
                    try await expectAll()
                    try await scene.press("6", on: phones["330"], "mode changed")
                    modes["330"] = .barge
                    try await expectAll()
                    try await scene.earshot.line("session ended", of: "331") { try await phones["331"].hangUp() }
                    modes["331"] = nil
                    try await expectAll()
                    try await scene.press("*", on: phones["330"], "session ended")
                    modes["330"] = nil
                    try await expectAll()
                    scene.expectNoGap(since: marks.0, marks.1)
                    // The last one's call ends with the agent's.
                    let line = try await scene.earshot.line("session ended", of: "332") {
                        try await scene.agent.hangUp()
                    }
                    #expect(line["session.end_reason"] == "target_hung_up")
                }
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func `all supervisors of an agent are released when the agent hangs up`() async throws {
            try await Scene.whileTalking { scene in
                let users: [String: Tone?] = ["330": nil, "331": nil, "332": nil]
                try await Scene.withPhones(users, in: scene.lab) { phones in
                    for (user, mode, _) in Self.users {
                        try await scene.monitor(mode, on: phones[user], with: "qESsb")
                    }
                    try await scene.agent.hangUp()
                    for user in users.keys { try await phones[user].waitFor(.closed) }
                    try await Scene.nothingIsLeft(in: scene.lab)
                }
            }
        }

        @Test(.timeLimit(.minutes(1)), arguments: Mode.allCases)
        func `a supervisor who monitors cannot be monitored through their session`(mode: Mode) async throws {
            try await Scene.whileTalking { scene in
                try await scene.monitoring(mode, with: "qESsb") { supervisor in
                    try await Scene.withPhones(["331": .secondSupervisor], in: scene.lab) { phones in
                        try await scene.lab.setSpyParams("qESs", of: "331")
                        try await scene.expectNoSession(of: phones["331"], dialling: "*91330", "nobody_talking")
                    }
                    try await scene.expectEars(supervisor, mode)
                    try await scene.end(supervisor)
                }
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func `one user may have two sessions at the same time`() async throws {
            try await Scene.whileTalking { scene in
                let port = scene.lab.sip.port
                let first = try MeasuringPhone(user: "321", server: port, tone: .thirdSupervisor)
                let second = try MeasuringPhone(user: "321", server: port, tone: .supervisor)
                defer {
                    first.stop()
                    second.stop()
                }
                try await scene.lab.setSpyParams("qESsbd", of: "321")
                for (phone, mode) in [(first, Mode.listen), (second, .barge)] {
                    try await scene.earshot.line("session started", of: "321") {
                        try await phone.dial(mode.rawValue + "101")
                    }
                    _ = try await phone.waitToHear(.client)
                }
                _ = try await scene.agent.listen(for: .milliseconds(200))
                func expectEars(freeOf free: Tone, hearing tone: Tone) async throws {
                    _ = try await scene.agent.listen(for: .milliseconds(200))
                    try await expect(
                        [
                            Ear(name: "agent", phone: scene.agent, hears: [.client, tone], isFreeOf: [free]),
                            Ear(name: "client", phone: scene.client, hears: [.agent, tone], isFreeOf: [free]),
                        ],
                        for: .milliseconds(500)
                    )
                }
                try await expectEars(freeOf: .thirdSupervisor, hearing: .supervisor)
                // A key of the one changes nothing for the other.
                try await scene.earshot.line("mode changed", of: "321") { first.sendDTMF("6") }
                try await scene.earshot.line("mode changed", of: "321") { second.sendDTMF("4") }
                try await expectEars(freeOf: .supervisor, hearing: .thirdSupervisor)
                second.hangUp()
                try await second.waitFor(.closed)
                try await expectEars(freeOf: .supervisor, hearing: .thirdSupervisor)
                let heard = try await first.listen(for: .milliseconds(500)).heard
                let hearsBoth = heard.hears(.agent) && heard.hears(.client)
                #expect(hearsBoth)
                first.hangUp()
                try await first.waitFor(.closed)
            }
        }
    }
}

extension Scene {
    /// The code is refused: the phone hears a prompt and neither party of the call.
    fileprivate func expectNoSession(of phone: Phone, dialling code: String, _ reason: String) async throws {
        let mark = phone.mark()
        let line = try await earshot.line("supervisor refused", of: phone.settings.user) {
            try await phone.dial(code)
        }
        #expect(line["permission.reason"] == reason)
        try await phone.waitFor(.closed, within: .seconds(10))
        for tone in [Tone.client, .agent, .supervisor] {
            // A prompt is speech and has every frequency for a moment; a call's tone lasts.
            #expect(phone.heard(since: mark).longestStretch(of: tone) <= .milliseconds(200))
        }
    }
}

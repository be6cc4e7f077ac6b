import LabSupport
import Testing

extension OnAsterisk.AsteriskTests {
    /// Done when 2: who may do what.
    @Suite struct PermissionTests {
        /// Users of the lab, and the highest mode that each may use.
        static let allowed: [(user: String, modes: [Mode])] = [
            ("300", []), ("301", []), ("302", []), ("303", [.listen]), ("304", [.listen, .whisper]),
            ("305", Mode.allCases), ("309", Mode.allCases),
        ]

        @Test(.timeLimit(.minutes(4)))
        func `each permission allows exactly its own mode and the lower ones`() async throws {
            try await Scene.whileTalking { scene in
                for (user, modes) in Self.allowed {
                    try await scene.withSupervisor(user) { supervisor in
                        for mode in Mode.allCases {
                            if modes.contains(mode) {
                                try await scene.expectSession(of: supervisor, mode)
                            } else {
                                let reason = modes.isEmpty ? "no_permission" : "mode_above_permission"
                                try await scene.expectRefusal(of: supervisor, dialling: mode.rawValue + "101", reason)
                            }
                        }
                    }
                }
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func `the witness of refusals does see the snoop of a session`() async throws {
            try await Scene.whileTalking { scene in
                try await scene.withSupervisor("311") { supervisor in
                    try await Witness.watch(scene.lab) { witness in
                        try await scene.expectSession(of: supervisor, .listen)
                        #expect(witness.sawSnoop)
                    }
                }
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func `a supervisor for whom monitoring is disabled is refused every mode`() async throws {
            try await Scene.whileTalking { scene in
                try await scene.withSupervisor("306") { supervisor in
                    for mode in Mode.allCases {
                        try await scene.expectRefusal(
                            of: supervisor,
                            dialling: mode.rawValue + "101",
                            "monitoring_disabled"
                        )
                    }
                }
            }
        }

        @Test(.timeLimit(.minutes(1)), arguments: Scene.Direction.allCases)
        func `a protected user's call is refused, whoever called whom`(direction: Scene.Direction) async throws {
            try await Scene.whileTalking(direction, agent: "110") { scene in
                try await scene.withSupervisor("305") { supervisor in
                    try await scene.expectRefusal(of: supervisor, dialling: "*91110", "target_protected")
                }
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func `a protected user is not heard through the other side of their call`() async throws {
            let bench = try Bench.current
            try await Scene.withPhones(["110": .client, "102": .agent, "305": nil], in: bench.lab) { phones in
                try await phones["110"].dial("102")
                try await phones["102"].waitFor(.established)
                try await phones["102"].waitToHear(.client)
                try await Scene.expectRefusal(
                    of: phones["305"],
                    dialling: "*91102",
                    "target_protected",
                    from: bench.earshot,
                    in: bench.lab
                )
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func `malformed parameters mean the default, with a warning`() async throws {
            try await Scene.whileTalking { scene in
                try await scene.withSupervisor("310") { supervisor in
                    try await scene.expectSession(of: supervisor, .listen)
                    let warning = try await scene.earshot.waitForLog("user's setting is not as it should be") {
                        $0["supervisor.ext"] == "310"
                    }
                    #expect(warning["setting"] == "SPY_PARAMS")
                }
            }
        }
    }
}

extension Scene {
    /// The supervisor dials, is let in, and hangs up.
    func expectSession(of supervisor: Phone, _ mode: Mode) async throws {
        let start = earshot.log().count
        try await supervisor.dial(mode.rawValue + "101")
        let line = try await earshot.waitForLog("session started", after: start)
        #expect(line["supervisor.ext"] == supervisor.settings.user)
        #expect(line["session.mode"] == "\(mode)")
        try await supervisor.waitToHear(.client)
        try await supervisor.hangUp()
        try await earshot.waitForLog("session ended", after: start)
    }

    /// The supervisor dials, hears a prompt and nothing of the call, is hung up, and no snoop is made.
    func expectRefusal(
        of supervisor: Phone,
        dialling code: String,
        _ reason: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        try await Self.expectRefusal(
            of: supervisor,
            dialling: code,
            reason,
            from: earshot,
            in: lab,
            sourceLocation: sourceLocation
        )
    }

    static func expectRefusal(
        of supervisor: Phone,
        dialling code: String,
        _ reason: String,
        from earshot: EarshotProcess,
        in lab: Lab,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let start = earshot.log().count
        try await Witness.watch(lab) { witness in
            let mark = supervisor.mark()
            try await supervisor.dial(code)
            try await supervisor.waitForSound(since: mark)
            let line = try await earshot.waitForLog("supervisor refused", after: start)
            #expect(line["permission.reason"] == reason, sourceLocation: sourceLocation)
            try await supervisor.waitFor(.closed, within: .seconds(10))
            let heard = supervisor.heard(since: mark)
            for tone in [Tone.client, .agent] {
                // A prompt is speech and has every frequency for a moment; a call's tone lasts.
                let stretch = heard.longestStretch(of: tone)
                #expect(stretch <= .milliseconds(200), "heard \(tone)", sourceLocation: sourceLocation)
            }
            #expect(!witness.sawSnoop, sourceLocation: sourceLocation)
            #expect(witness.channels.contains { $0.hasPrefix("PJSIP/\(supervisor.settings.user)-") })
        }
    }
}

import LabSupport
import Testing

extension OnAsterisk.AsteriskServiceTests {
    /// Users in Earshot's own file: what is changed there counts at once, by everybody's ears.
    @Suite struct UserFileTests {
        /// 300 has no variable in Asterisk at all.
        private static let user = "300"

        @Test(.timeLimit(.minutes(2)))
        func `a right that is lowered is lowered in the call, and one that is taken away ends it, within a second`()
            async throws
        {
            try await Office.open { office in
                try await office.set(Self.user, "--permission", "barge", "--params", "qESsb")
                try await Scene.whileTalking { scene in
                    try await scene.withSupervisor(Self.user) { supervisor in
                        try await supervisor.dial("*93101")
                        try await scene.client.waitToHear(.supervisor)
                        try await scene.expectEars(supervisor, .barge)

                        let before = scene.client.mark()
                        // The supervisor hears why, for longer than the second.
                        try await scene.expectPrompt(on: supervisor) {
                            try await scene.earshot.line("a right was taken away", of: Self.user) {
                                try await office.set(Self.user, "--permission", "whisper")
                            }
                        }
                        try await scene.expectEars(supervisor, .whisper)
                        #expect(scene.client.heard(since: before).longestStretch(of: .supervisor) <= .seconds(1))

                        let start = scene.agent.mark()
                        try await scene.earshot.line("session ended", of: Self.user, within: .seconds(10)) {
                            try await office.set(Self.user, "--permission", "none")
                        }
                        try await supervisor.waitFor(.closed)
                        #expect(scene.agent.heard(since: start).longestStretch(of: .supervisor) <= .seconds(1))
                        #expect(
                            scene.earshot.log().last { $0["message"] == "session ended" }?["session.end_reason"]
                                == "no_permission"
                        )
                        try await scene.expectRefusal(of: supervisor, dialling: "*91101", "no_permission")
                    }
                }
            }
        }

        @Test(.timeLimit(.minutes(2)), arguments: ["101", "201", "311"])
        func `DISABLE_SPY of anybody in the call ends it`(user: String) async throws {
            try await Office.open { office in
                try await Scene.whileTalking { scene in
                    try await scene.withSupervisor("311") { supervisor in
                        try await supervisor.dial("*93101")
                        try await scene.client.waitToHear(.supervisor)
                        let marks = (scene.client.mark(), supervisor.mark())
                        // The supervisor keeps what Asterisk gives them: only this is set.
                        try await scene.earshot.line("session ended", of: "311", within: .seconds(10)) {
                            try await office.set(user, "--disable-spy", "yes", "--permission", "barge")
                        }
                        try await supervisor.waitFor(.closed)
                        #expect(scene.client.heard(since: marks.0).longestStretch(of: .supervisor) <= .seconds(1))
                        #expect(supervisor.heard(since: marks.1).longestStretch(of: .client) <= .seconds(1))
                        let reason = scene.earshot.log().last { $0["message"] == "session ended" }
                        #expect(
                            reason?["session.end_reason"]
                                == (user == "311" ? "monitoring_disabled" : "target_protected")
                        )
                    }
                }
            }
        }

        @Test(.timeLimit(.minutes(2)))
        func `whom a user may monitor, and by which phones, the file says`() async throws {
            try await Office.open { office in
                try await office.set(
                    Self.user,
                    "--permission",
                    "barge",
                    "--params",
                    "qESsb",
                    "--may-monitor",
                    "group:team,102"
                )
                // Extension 7777 is the phone 101.
                try await office.set("7777", "--groups", "team", "--endpoints", "PJSIP/101")
                try await Scene.whileTalking { scene in
                    try await scene.withSupervisor(Self.user) { supervisor in
                        try await supervisor.dial("*917777")
                        try await supervisor.waitToHear(.client)
                        try await scene.earshot.line("session ended", of: Self.user, within: .seconds(10)) {
                            try await office.set("7777", "--groups", "support")
                        }
                        try await supervisor.waitFor(.closed)
                        try await scene.expectRefusal(of: supervisor, dialling: "*917777", "not_in_group")
                        let explanation = try await office.earshot("explain", Self.user, "whisper", "7777")
                        #expect(explanation.status == 1)
                        #expect(explanation.text == "Not allowed: 7777 is not among those whom 300 may monitor.\n")
                        try await office.set("7777", "--groups", "support:team")
                        let allowed = try await office.earshot("explain", Self.user, "whisper", "7777")
                        #expect(allowed.status == 0)
                        #expect(allowed.text.hasPrefix("Allowed: 300 has Barge, by the directory"))
                    }
                }
            }
        }

        @Test(.timeLimit(.minutes(2)))
        func `when the file cannot be read nobody is admitted, and the log says so`() async throws {
            try await Office.open { office in
                try await Scene.whileTalking { scene in
                    try await scene.withSupervisor("311") { supervisor in
                        try await office.set("311", "--permission", "barge")
                        try await office.execute("DROP TABLE users")
                        try await scene.earshot.line("directory cannot be read") {
                            try await scene.expectRefusal(of: supervisor, dialling: "*91101", "storage_unavailable")
                        }
                    }
                }
            }
        }
    }
}

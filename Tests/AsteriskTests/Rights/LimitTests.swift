import LabSupport
import Testing

extension OnAsterisk.AsteriskTests {
    /// Whom a supervisor may monitor at all.
    @Suite struct LimitTests {
        @Test(.timeLimit(.minutes(1)))
        func `an endpoint that is named like a trunk is nobody to whisper to`() async throws {
            try await Scene.whileTalking(client: "provider") { scene in
                try await scene.withSupervisor("304") { supervisor in
                    try await scene.expectRefusal(of: supervisor, dialling: "*92provider", "not_an_agent")
                }
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func `a limit that is mistyped leaves nobody to monitor`() async throws {
            try await Scene.whileTalking { scene in
                try await scene.withSupervisor("330") { supervisor in
                    for letters in ["qESsbg[sales]", "g", "e:999", "\\,g=sales"] {
                        let session = try await LetterSession.dial(
                            "*91101",
                            by: supervisor,
                            letters: letters,
                            scene.bench
                        )
                        #expect(try await session.refusal() == "not_in_group", "\(letters)")
                        try await supervisor.waitFor(.closed)
                    }
                }
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func `a key to barge that follows a search in vain does not count in the old call`() async throws {
            try await Scene.whileTalking { scene in
                try await scene.monitoring(with: "qSbd") { supervisor in
                    let start = scene.earshot.log().count
                    let mark = scene.client.mark()
                    try await supervisor.sendDTMF("*6")
                    for _ in 1...2 { try await scene.earshot.waitForLog("key refused", after: start) }
                    _ = try await scene.client.listen(for: .seconds(1))
                    #expect(scene.client.heard(since: mark).longestStretch(of: .supervisor) <= .milliseconds(40))
                    #expect(scene.earshot.log().dropFirst(start).count { $0["message"] == "key refused" } == 2)
                    try await scene.end(supervisor)
                }
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func `phones without permission that dial again and again keep no supervisor from a call`() async throws {
            try await Scene.whileTalking { scene in
                try await Scene.withPhones(["300": nil, "301": nil, "311": .supervisor], in: scene.lab) { phones in
                    let (supervisor, callers) = (try phones["311"], [try phones["300"], try phones["301"]])
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        for caller in callers {
                            group.addTask {
                                for _ in 1...8 {
                                    try await caller.dial("*91101")
                                    try await caller.hangUp()
                                    try await caller.waitFor(.closed)
                                }
                            }
                        }
                        try await supervisor.dial("*91101")
                        try await supervisor.waitToHear(.client)
                        try await group.waitForAll()
                    }
                    try await supervisor.hangUp()
                    try await supervisor.waitFor(.closed)
                }
            }
        }
    }
}

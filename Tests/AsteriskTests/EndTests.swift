import LabSupport
import Testing

extension OnAsterisk.AsteriskTests {
    /// Done when 4 and 5: how sessions end, and that nothing is left.
    @Suite struct EndTests {
        @Test(.timeLimit(.minutes(1)), arguments: Mode.allCases)
        func `when the agent hangs up, client and supervisor are released at once`(mode: Mode) async throws {
            try await Scene.whileTalking { scene in
                try await scene.withSupervisor("311") { supervisor in
                    try await supervisor.dial(mode.rawValue + "101")
                    try await supervisor.waitToHear(.client)
                    let start = scene.earshot.log().count
                    let end = try await scene.agent.hangUp()
                    let released = try await supervisor.waitFor(.closed)
                    try await scene.client.waitFor(.closed)
                    #expect(released.at - end <= .milliseconds(200))
                    let line = try await scene.earshot.waitForLog("session ended", after: start)
                    #expect(line["session.end_reason"] == "target_hung_up")
                    try await Scene.nothingIsLeft(in: scene.lab)
                }
            }
        }

        @Test(.timeLimit(.minutes(1)), arguments: Mode.allCases)
        func `when the client hangs up, the session ends with the call`(mode: Mode) async throws {
            try await Scene.whileTalking { scene in
                try await scene.withSupervisor("311") { supervisor in
                    try await supervisor.dial(mode.rawValue + "101")
                    try await supervisor.waitToHear(.client)
                    try await scene.client.hangUp()
                    try await scene.agent.waitFor(.closed)
                    try await supervisor.waitFor(.closed)
                    try await Scene.nothingIsLeft(in: scene.lab)
                }
            }
        }

        @Test(.timeLimit(.minutes(1)), arguments: Mode.allCases)
        func `when the supervisor hangs up, the call goes on`(mode: Mode) async throws {
            try await Scene.whileTalking { scene in
                try await scene.withSupervisor("311") { supervisor in
                    let clientMark = scene.client.mark()
                    let agentMark = scene.agent.mark()
                    try await supervisor.dial(mode.rawValue + "101")
                    try await supervisor.waitToHear(.client)
                    let start = scene.earshot.log().count
                    try await supervisor.hangUp()
                    let line = try await scene.earshot.waitForLog("session ended", after: start)
                    #expect(line["session.end_reason"] == "supervisor_hung_up")
                    try await Scene.nothingIsLeft(in: scene.lab)
                    _ = try await scene.agent.listen(for: .milliseconds(500))
                    scene.expectNoGap(since: clientMark, agentMark)
                }
            }
        }

        @Test(.timeLimit(.minutes(2)))
        func `forty codes dialled and hung up at once leave nothing and disturb nobody`() async throws {
            try await Scene.whileTalking { scene in
                let phone = try MeasuringPhone(user: "320", server: scene.lab.sip.port, tone: .supervisor)
                defer { phone.stop() }
                func dial(_ count: Int) async throws {
                    for number in 0..<count {
                        let code = Mode.allCases[number % 3].rawValue + "101"
                        try await phone.dial(code, hangUpAfter: .milliseconds(number * 100 / max(1, count - 1)))
                        try await phone.waitFor(.closed)
                    }
                    try await Scene.nothingIsLeft(in: scene.lab)
                }
                let files = try scene.earshot.openFiles()
                let clientMark = scene.client.mark()
                let agentMark = scene.agent.mark()
                try await dial(40)
                scene.expectNoGap(since: clientMark, agentMark)
                // At most eight connections to Asterisk are kept; one file for each code would be forty.
                #expect(try scene.earshot.openFiles() <= files + 8)
                try await scene.lab.waitUntil("the two channels of the call, alone") { channels, bridges in
                    // A parking lot that was used once keeps its bridge, empty.
                    channels.count == 2 && bridges.count { !$0.channels.isEmpty } == 1
                }
            }
        }
    }
}

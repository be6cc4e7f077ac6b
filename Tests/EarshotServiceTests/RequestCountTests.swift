import ARI
import ARITestSupport
import Monitoring
import Testing

/// What a session asks of Asterisk, as `Limits.md` has it. Each request costs both of them; one more is a decision.
@Suite(.timeLimit(.minutes(1)))
struct RequestCountTests {
    /// How often each operation was asked for after the first `count` requests.
    private static func operations(_ stage: Stage, after count: Int) async -> [String: Int] {
        await stage.asterisk.exchanges.dropFirst(count).reduce(into: [:]) { $0[$1.request.operation, default: 0] += 1 }
    }

    private static let start = [
        "channels.getChannelVar": 4, "asterisk.getObject": 3, "endpoints.get": 1, "channels.answer": 1,
        "applications.subscribe": 1, "channels.snoopChannelWithId": 1, "bridges.createWithId": 1,
        "bridges.addChannel": 2, "channels.playWithId": 1, "channels.setChannelVar": 2,
    ]

    @Test(arguments: MonitoringMode.allCases)
    func `from the code to the call, and until the supervisor hangs up`(mode: MonitoringMode) async throws {
        try await Stage.run { stage in
            await stage.settle()
            let before = await stage.asterisk.exchanges.count
            let scene = try await stage.monitor(mode.code)
            await stage.settle()
            let asked = await Self.operations(stage, after: before)
            #expect(asked == Self.start)
            let begun = await stage.asterisk.exchanges.count
            await stage.hangUp(scene.supervisor)
            try await stage.untilEnded()
            let end = ["applications.unsubscribe": 1, "channels.hangup": 1, "bridges.destroy": 1]
            let last = await Self.operations(stage, after: begun)
            #expect(last == end)
        }
    }

    @Test func `when the agent hangs up`() async throws {
        try await Stage.run { stage in
            let scene = try await stage.monitor()
            await stage.settle()
            let begun = await stage.asterisk.exchanges.count
            await stage.hangUp(scene.agent)
            try await stage.untilEnded()
            await stage.settle()
            let end = [
                "applications.unsubscribe": 1, "channels.setChannelVar": 1, "bridges.destroy": 1,
                "channels.continueInDialplan": 1,
            ]
            let asked = await Self.operations(stage, after: begun)
            #expect(asked == end)
        }
    }

    @Test func `a refusal asks for nothing about the extension`() async throws {
        try await Stage.run { stage in
            await stage.settle()
            let before = await stage.asterisk.exchanges.count
            await stage.asterisk.change { _ = $0.dial(from: "200", "*91101") }
            try await stage.untilEnded()
            await stage.settle()
            let all = [
                "channels.getChannelVar": 1, "asterisk.getObject": 1, "channels.answer": 1, "channels.playWithId": 1,
                "channels.setChannelVar": 1, "channels.continueInDialplan": 1,
            ]
            let asked = await Self.operations(stage, after: before)
            #expect(asked == all)
        }
    }
}

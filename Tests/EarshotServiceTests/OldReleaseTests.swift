import ARI
import ARITestSupport
import EarshotService
import InMemoryLogging
import Logging
import Testing

/// What an older release of Asterisk does not have, Earshot does without.
@Suite(.timeLimit(.minutes(5)))
struct OldReleaseTests {
    @Test(arguments: ["ESsbN", "qESsbN"])
    func `with N a supervisor is let in unanswered where Asterisk has no request for early media`(
        letters: String
    ) async throws {
        let world = AsteriskWorld.office(supervisor: ["SPY_PERMISSION": "Barge", "SPY_PARAMS": letters])
        try await Stage.run(world) { stage in
            // Before 20.16, 21.11 and 22.6.
            await stage.asterisk.inject(
                .answer(status: 404, body: #"{"message":"Resource not found"}"#),
                into: "channels.progress"
            )
            let scene = try await stage.monitor()
            #expect(await stage.requests("channels.progress").count == 1)
            #expect(await stage.requests("channels.answer").isEmpty)
            #expect(stage.lines("request to Asterisk failed").map(\.level) == [.debug])
            await stage.hangUp(scene.agent)
            try await stage.untilEnded()
            #expect(await stage.result(of: scene.supervisor) == "target_hung_up")
        }
    }
}

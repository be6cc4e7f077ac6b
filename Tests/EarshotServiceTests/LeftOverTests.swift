import ARI
import ARITestSupport
import EarshotService
import Testing

/// What is not wanted in Asterisk is removed, however often it takes.
@Suite(.timeLimit(.minutes(5))) struct LeftOverTests {
    @Test func `a stranger whose hanging up is lost is hung up again until they are gone`() async throws {
        try await Stage.run { stage in
            let scene = try await stage.monitor()
            for _ in 1...3 {
                await stage.asterisk.inject(.answer(status: 500, body: "{}"), into: "channels.hangup")
            }
            let stranger = await stage.asterisk.change { $0.replace(scene.supervisor, by: "200") }
            let channel = try #require(stranger)
            try await stage.until("the stranger is gone") { $0.leg(channel) == nil && $0.snoops.isEmpty }
        }
    }

    @Test func `a supervisor who was given up is hung up again and again, and let into no call`() async throws {
        try await Stage.run(.office(supervisor: ["SPY_PERMISSION": "Barge", "SPY_PARAMS": "q"])) { stage in
            let scene = try await stage.monitor("*93101")
            // Neither sent back nor hung up: the session's attempts all fail.
            for operation in ["channels.continueInDialplan", "channels.hangup", "channels.hangup", "channels.hangup"] {
                await stage.asterisk.inject(.answer(status: 500, body: "{}"), into: operation)
            }
            for _ in 1...4 {
                await stage.asterisk.inject(.answer(status: 500, body: "{}"), into: "channels.hangup")
            }
            await stage.hangUp(scene.client)
            _ = await stage.asterisk.change { $0.placeCall(from: "200", to: "101") }
            try await stage.until("the supervisor is gone") { $0.leg(scene.supervisor) == nil }
            #expect(stage.lines("session started").count == 1)
        }
    }

    @Test func `no timer of a session that has ended sleeps on`() async throws {
        try await Stage.run(.office(supervisor: ["SPY_PERMISSION": "Barge", "SPY_PARAMS": "q"])) { stage in
            let before = stage.clock.deadlines.count
            for _ in 1...20 {
                let supervisor = await stage.asterisk.change { $0.dial(from: "305", "*91101") }
                await stage.settle()
                await stage.hangUp(supervisor)
                await stage.settle()
            }
            #expect(stage.lines("waiting for the next call").count == 20)
            #expect(stage.clock.deadlines.count == before)
        }
    }
}

import ARI
import ARITestSupport
import EarshotService
import Monitoring
import Testing

/// When the service compares its sessions with Asterisk.
@Suite struct ComparisonScheduleTests {
    private static func connected() -> ComparisonSchedule {
        var schedule = ComparisonSchedule()
        _ = schedule.connected(1)
        _ = schedule.finished(connection: 1, isSuccess: true)
        return schedule
    }

    @Test func `each connection begins with a comparison, and others follow every few minutes`() {
        var schedule = ComparisonSchedule()
        #expect(schedule.connected(1) == [.cancelTimer, .compare(connection: 1)])
        #expect(schedule.finished(connection: 1, isSuccess: true) == [.setTimer(after: .seconds(300))])
        #expect(schedule.timerExpired() == [.compare(connection: 1)])
        #expect(schedule.finished(connection: 1, isSuccess: true) == [.setTimer(after: .seconds(300))])
        #expect(schedule.disconnected() == [.cancelTimer])
        #expect(schedule.timerExpired() == [])
    }

    @Test func `however many doubts there are, one comparison follows them`() {
        var schedule = Self.connected()
        #expect(schedule.doubted() == [.setTimer(after: .seconds(10))])
        for _ in 1...100 { #expect(schedule.doubted() == []) }
        #expect(schedule.timerExpired() == [.compare(connection: 1)])
        for _ in 1...100 { #expect(schedule.doubted() == []) }
        // They came after Asterisk was asked.
        #expect(schedule.finished(connection: 1, isSuccess: true) == [.setTimer(after: .seconds(10))])
    }

    @Test func `one that fails is tried again after growing waits, and doubts add none`() {
        var schedule = ComparisonSchedule()
        _ = schedule.connected(1)
        for seconds in [1, 2, 5, 10, 30, 30] {
            #expect(schedule.finished(connection: 1, isSuccess: false) == [.setTimer(after: .seconds(seconds))])
            #expect(schedule.doubted() == [])
            #expect(schedule.timerExpired() == [.compare(connection: 1)])
        }
        #expect(schedule.finished(connection: 1, isSuccess: true) == [.setTimer(after: .seconds(300))])
        _ = schedule.timerExpired()
        #expect(schedule.finished(connection: 1, isSuccess: false) == [.setTimer(after: .seconds(1))])
    }

    @Test func `the outcome over an earlier connection is of no interest`() {
        var schedule = ComparisonSchedule()
        _ = schedule.connected(1)
        _ = schedule.disconnected()
        #expect(schedule.doubted() == [])
        #expect(schedule.connected(2) == [.cancelTimer, .compare(connection: 2)])
        #expect(schedule.finished(connection: 1, isSuccess: false) == [])
        #expect(schedule.finished(connection: 2, isSuccess: true) == [.setTimer(after: .seconds(300))])
    }
}

@Suite(.timeLimit(.minutes(5)))
struct ComparisonTests {
    @Test func `a hundred unclear outcomes while Asterisk stalls cost few comparisons`() async throws {
        try await Stage.run(.office(), Stage.Options(tolerated: { _ in true })) { stage in
            _ = await stage.asterisk.change { $0.placeCall(from: "200", to: "101") }
            let before = await stage.requests("bridges.list").count
            for _ in 1...50 {
                for operation in ["bridges.createWithId", "channels.snoopChannelWithId"] {
                    await stage.asterisk.inject(Failure.timeout.action, into: operation)
                }
                await stage.asterisk.inject(Failure.timeout.action, into: "bridges.list")
                let supervisor = await stage.asterisk.change { $0.dial(from: "305", "*91101") }
                await stage.settle()
                await stage.hangUp(supervisor)
                await stage.settle()
            }
            stage.clock.advance(by: .seconds(30))
            await stage.settle()
            #expect(await stage.requests("bridges.list").count - before <= 4)
        }
    }

    @Test func `a supervisor whom Asterisk calls gone, and who is not, is hung up`() async throws {
        try await Stage.run { stage in
            let scene = try await stage.monitor()
            await stage.asterisk.inject(
                .answer(status: 404, body: #"{"message":"Channel not found"}"#),
                into: "channels.continueInDialplan"
            )
            await stage.hangUp(scene.agent)
            try await stage.untilEnded()
            #expect(await stage.asterisk.current.leg(scene.supervisor) != nil)
            let start = stage.clock.now
            try await stage.until("they are hung up") { $0.leg(scene.supervisor) == nil }
            #expect(start.duration(to: stage.clock.now) <= .seconds(30))
            #expect(stage.lines("session started").count == 1)
        }
    }

    @Test func `what comes to be ours unnoticed is found within five minutes`() async throws {
        try await Stage.run { stage in
            let bridge = Bridge.ID("earshot-i0-7-2-br")
            let answer = await stage.asterisk.change { world in
                world.handle(
                    ARIHTTPRequest(
                        operation: "bridges.createWithId",
                        method: .post,
                        path: ["bridges", bridge.rawValue],
                        query: [("type", "mixing")]
                    )
                )
            }
            #expect(answer.status == 200)
            let start = stage.clock.now
            try await stage.until("it is removed") { $0.bridge(bridge) == nil }
            #expect(start.duration(to: stage.clock.now) <= .seconds(300))
        }
    }

    @Test func `who dials while Asterisk is compared is served as they dialled`() async throws {
        try await Stage.run { stage in
            let call = await stage.asterisk.change { $0.placeCall(from: "200", to: "101") }
            await stage.settle()
            // The answer to the comparison overtakes the event of the supervisor's arrival.
            await stage.asterisk.holdEvents()
            let supervisor = await stage.asterisk.change { $0.dial(from: "305", "*93101") }
            stage.clock.advance(by: ComparisonSchedule.regularPause)
            await stage.settle()
            #expect(await stage.requests("bridges.list").count == 2)
            await stage.asterisk.releaseEvents()
            try await stage.until("in the call") { $0.isMonitoring(supervisor, call.callee) }
            #expect(stage.lines("a waiting supervisor was found").isEmpty)
            #expect(await stage.asterisk.current.snoops.map(\.snoop?.whisper) == [.both])
        }
    }
}

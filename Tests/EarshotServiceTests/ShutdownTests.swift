import ARI
import ARITestSupport
import EarshotService
import Monitoring
import Testing

@Suite(.timeLimit(.minutes(5)))
struct ShutdownTests {
    @Test func `without sessions the service stops at once`() async throws {
        try await Stage.run { stage in
            let time = try await stage.stop()
            #expect(time == .zero)
            #expect(stage.lines("stopped").count == 1)
        }
    }

    @Test(arguments: MonitoringMode.allCases)
    func `everybody is released, and the calls go on`(mode: MonitoringMode) async throws {
        try await Stage.run { stage in
            let scene = try await stage.monitor(mode.code)
            let time = try await stage.stop()
            #expect(time == .zero)
            let world = await stage.asterisk.current
            #expect(world.leg(scene.supervisor) == nil && world.leftovers == [])
            #expect(world.heard(by: scene.agent) == [scene.client])
            #expect(await stage.result(of: scene.supervisor) == "service_stopping")
            #expect(stage.lines("session ended").map { $0[.endReason] } == ["service_stopping"])
        }
    }

    @Test(arguments: 1...HangUpCase.requestsUntilInTheCall, [false, true])
    func `in each phase it stops within the limit`(request: Int, isDone: Bool) async throws {
        let options = Stage.Options(tolerated: { !isDone && $0.operation != "channels.snoopChannelWithId" })
        try await Stage.run(.office(), options) { stage in
            await stage.asterisk.inject(isDone ? .holdAnswer : .holdRequest, occurrence: request)
            let scene = await stage.dial()
            await stage.settle()
            let time = try await stage.stop()
            #expect(time <= options.configuration.shutdownLimit)
            let world = await stage.asterisk.current
            #expect(world.leg(scene.supervisor) == nil && world.leftovers == [])
            #expect(stage.lines("sessions did not end in time").isEmpty)
        }
    }

    @Test func `when sessions are handed over, everybody goes on hearing`() async throws {
        let control = SessionControl()
        let leftovers = ["snoop earshot-i1-1-1-sn", "bridge earshot-i1-1-2-br"]
        try await Stage.run(.office(), Stage.Options(leftovers: leftovers, control: control)) { stage in
            let scene = try await stage.monitor()
            control.handOver()
            await stage.untilOutcome()
            guard case .success? = stage.outcome else {
                Issue.record("ended with \(String(describing: stage.outcome))")
                return
            }
            #expect(stage.lines("handing over").count == 1)
            #expect(stage.lines("session ended").isEmpty)
            #expect(await stage.asterisk.current.isMonitoring(scene.supervisor, scene.agent))
        }
    }

    @Test func `prompts do not hold the service up`() async throws {
        var world = AsteriskWorld.office()
        world.playbacksEndAtOnce = false
        try await Stage.run(world) { stage in
            let scene = await stage.dial()
            let refused = await stage.asterisk.change { $0.dial(from: "200", "*91101") }
            await stage.settle()
            let time = try await stage.stop()
            #expect(time <= ServiceConfiguration().shutdownLimit)
            #expect(await stage.result(of: scene.supervisor) == "service_stopping")
            #expect(await stage.result(of: refused) == "no_permission")
        }
    }

    @Test func `who dials while the service stops is released`() async throws {
        try await Stage.run { stage in
            _ = try await stage.monitor()
            // The last session cannot end yet.
            await stage.asterisk.inject(.holdRequest, into: "bridges.destroy")
            await stage.requestStop()
            #expect(await stage.asterisk.heldRequests == 1)
            let late = await stage.asterisk.change { $0.dial(from: "305", "*91101") }
            try await stage.stop()
            #expect(await stage.result(of: late) == "service_stopping")
            #expect(await stage.asterisk.current.snoopsMade == 1)
        }
    }

    @Test func `what nobody waits for when the last session has ended is given up, and is no fault`() async throws {
        try await Stage.run { stage in
            _ = try await stage.monitor()
            await stage.asterisk.inject(.holdAnswer, into: "applications.unsubscribe")
            let time = try await stage.stop(releases: false)
            #expect(time == .zero)
            #expect(await stage.requests("applications.unsubscribe").count == 1)
            #expect(stage.lines("request to Asterisk failed").isEmpty)
        }
    }

    @Test func `an Asterisk that does not answer any more does not hold the service up`() async throws {
        let options = Stage.Options(leftovers: ["snoop earshot-i1-1-1-sn", "bridge earshot-i1-1-2-br"])
        try await Stage.run(.office(), options) { stage in
            _ = try await stage.monitor()
            for _ in 0..<30 { await stage.asterisk.inject(.fail(ARITransportError(.timedOut, "no answer"))) }
            let time = try await stage.stop()
            #expect(time <= options.configuration.shutdownLimit)
            #expect(stage.outcome != nil)
        }
    }

    @Test func `requests that never end are given up at the limit`() async throws {
        let options = Stage.Options(leftovers: ["snoop earshot-i1-1-1-sn", "bridge earshot-i1-1-2-br"])
        try await Stage.run(.office(), options) { stage in
            _ = try await stage.monitor()
            for _ in 0..<30 { await stage.asterisk.inject(.holdRequest) }
            let time = try await stage.stop(releases: false)
            #expect(time <= options.configuration.shutdownLimit)
            let lines = stage.lines("something could not be removed") + stage.lines("sessions did not end in time")
            #expect(!lines.isEmpty)
        }
    }

    @Test func `it stops while Asterisk is away`() async throws {
        try await Stage.run { stage in
            for _ in 0..<100 { await stage.asterisk.inject(.refuse(ARITransportError(.connectionFailed, "refused"))) }
            await stage.asterisk.dropConnection()
            await stage.settle()
            let time = try await stage.stop()
            #expect(time == .zero)
        }
    }

    @Test func `sessions of a broken connection end within the limit`() async throws {
        try await Stage.run { stage in
            let scene = try await stage.monitor()
            for _ in 0..<100 { await stage.asterisk.inject(.refuse(ARITransportError(.connectionFailed, "refused"))) }
            await stage.asterisk.dropConnection()
            await stage.settle()
            let time = try await stage.stop()
            #expect(time <= ServiceConfiguration().shutdownLimit)
            let world = await stage.asterisk.current
            #expect(world.leg(scene.supervisor) == nil && world.leftovers == [])
        }
    }
}

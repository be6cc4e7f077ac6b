import ARI
import ARITestSupport
import EarshotService
import Monitoring
import Testing

@Suite(.timeLimit(.minutes(5)))
struct ModeTests {
    @Test(arguments: MonitoringMode.allCases)
    func `each mode brings the supervisor into the call with its own directions only`(mode: MonitoringMode) async throws
    {
        try await Stage.run { stage in
            let scene = try await stage.monitor(mode.code)
            let world = await stage.asterisk.current
            #expect(world.heard(by: scene.supervisor) == [scene.agent, scene.client])
            #expect(world.hears(scene.agent, scene.supervisor) == (mode != .listen))
            #expect(world.hears(scene.client, scene.supervisor) == (mode == .barge))
            #expect(world.hears(scene.agent, scene.client) && world.hears(scene.client, scene.agent))
            await stage.expectDirections(of: mode)
            #expect(await stage.requests("channels.snoopChannelWithId").count == 1)
        }
    }

    @Test(arguments: MonitoringMode.allCases)
    func `prompts are played to the supervisor, never into a bridge`(mode: MonitoringMode) async throws {
        try await Stage.run { stage in
            let scene = try await stage.monitor(mode.code)
            let played = await stage.asterisk.exchanges.map(\.request).filter { $0.path.contains("play") }
            #expect(played.map { Array($0.path.prefix(3)) } == [["channels", scene.supervisor.rawValue, "play"]])
            #expect(await stage.prompts(of: scene.supervisor) == [["sound:beep", "digits:101"]])
        }
    }

    @Test(arguments: MonitoringMode.allCases)
    func `the agent's end releases the supervisor and removes everything`(mode: MonitoringMode) async throws {
        try await Stage.run { stage in
            let scene = try await stage.monitor(mode.code)
            await stage.hangUp(scene.agent)
            try await stage.untilEnded()
            let world = await stage.asterisk.current
            #expect(world.livingLegs.isEmpty && world.leftovers.isEmpty)
            #expect(await stage.result(of: scene.supervisor) == "target_hung_up")
            #expect(stage.clock.now.offset == .zero, "nobody waited for anything")
        }
    }

    @Test(arguments: MonitoringMode.allCases)
    func `the supervisor's end leaves the call alone and removes everything`(mode: MonitoringMode) async throws {
        try await Stage.run { stage in
            let scene = try await stage.monitor(mode.code)
            await stage.hangUp(scene.supervisor)
            try await stage.untilEnded()
            let world = await stage.asterisk.current
            #expect(world.leftovers.isEmpty)
            #expect(world.heard(by: scene.agent) == [scene.client])
            #expect(world.heard(by: scene.client) == [scene.agent])
            #expect(stage.lines("session ended").first?[.endReason] == "supervisor_hung_up")
        }
    }

    @Test func `quiet params leave the prompt out`() async throws {
        try await Stage.run(.office(supervisor: ["SPY_PERMISSION": "Listen", "SPY_PARAMS": "qESsb"])) { stage in
            let scene = try await stage.monitor()
            #expect(await stage.prompts(of: scene.supervisor) == [])
        }
    }

    @Test func `without s the channel's type is said before the extension`() async throws {
        try await Stage.run(.office(supervisor: ["SPY_PERMISSION": "Listen", "SPY_PARAMS": "ESb"])) { stage in
            let scene = try await stage.monitor()
            #expect(await stage.prompts(of: scene.supervisor) == [["sound:beep", "sound:spy-sip", "digits:101"]])
        }
    }

    @Test func `without E and S the supervisor hears the agent's next call at once`() async throws {
        try await Stage.run(.office(supervisor: ["SPY_PERMISSION": "Listen", "SPY_PARAMS": "qsb"])) { stage in
            let scene = try await stage.monitor()
            let second = await stage.asterisk.change { world in
                let call = world.placeCall(from: "200", to: "101")
                world.hangUp(scene.agent)
                return call
            }
            try await stage.until("the next call is heard") { $0.isMonitoring(scene.supervisor, second.callee) }
            await stage.expectDirections(of: .listen)
        }
    }

    @Test func `without E a barged call's end is the session's all the same`() async throws {
        try await Stage.run(.office(supervisor: ["SPY_PERMISSION": "Barge", "SPY_PARAMS": "qsb"])) { stage in
            let scene = try await stage.monitor("*93101")
            await stage.asterisk.change { world in
                _ = world.placeCall(from: "200", to: "101")
                world.hangUp(scene.agent)
            }
            try await stage.untilEnded()
            #expect(await stage.result(of: scene.supervisor) == "target_hung_up")
            #expect(await stage.asterisk.current.snoopsMade == 1)
        }
    }

    @Test func `two supervisors in one call each get a bridge of their own`() async throws {
        var world = AsteriskWorld.office()
        world.addEndpoint("306", variables: ["SPY_PERMISSION": "Barge"])
        try await Stage.run(world) { stage in
            let scene = try await stage.monitor("*92101")
            let second = await stage.asterisk.change { $0.dial(from: "306", "*92101") }
            try await stage.until("the second one is in the call") { $0.isMonitoring(second, scene.agent) }
            let world = await stage.asterisk.current
            #expect(world.doubledSnoops.isEmpty)
            #expect(world.leg(second)?.bridge != world.leg(scene.supervisor)?.bridge)
            await stage.hangUp(scene.agent)
            try await stage.untilEnded(sessions: 2)
        }
    }
}

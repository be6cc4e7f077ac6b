import ARI
import ARITestSupport
import EarshotService
import Monitoring
import Testing

@Suite(.timeLimit(.minutes(5)))
struct EventOrderTests {
    @Test(arguments: MonitoringMode.allCases)
    func `answers may come before their events`(mode: MonitoringMode) async throws {
        try await Stage.run { stage in
            let scene = await stage.dial(mode.code)
            // Again and again the events are kept back until everything that can happen without them has happened.
            for _ in 0..<6 {
                await stage.asterisk.holdEvents()
                await stage.settle()
                await stage.asterisk.releaseEvents()
            }
            await stage.settle()
            #expect(await stage.asterisk.current.isMonitoring(scene.supervisor, scene.agent))
            #expect(stage.lines("session started").count == 1)
            await stage.expectDirections(of: mode)
        }
    }

    @Test(arguments: 0..<20)
    func `tasks may run in any order`(seed: UInt64) async throws {
        try await Stage.run(.office(), Stage.Options(seed: seed)) { stage in
            let scene = await stage.dial("*92101")
            await stage.settle()
            #expect(await stage.asterisk.current.isMonitoring(scene.supervisor, scene.agent))
            await stage.hangUp(scene.agent)
            await stage.settle()
            #expect(stage.lines("session ended").count == 1)
            #expect(stage.clock.now.offset == .zero)
        }
    }

    @Test(arguments: ["StasisStart", "PlaybackFinished", "ChannelEnteredBridge", "PlaybackStarted"])
    func `an event that comes twice counts once`(type: String) async throws {
        try await Stage.run { stage in
            let scene = try await stage.monitor()
            await stage.asterisk.repeatLastEvent(type)
            await stage.settle()
            #expect(await stage.asterisk.current.isMonitoring(scene.supervisor, scene.agent))
            #expect(stage.lines("supervisor arrived").count == 1)
            #expect(stage.lines("session started").count == 1)
        }
    }

    @Test func `an end that is told twice counts once`() async throws {
        try await Stage.run { stage in
            let scene = try await stage.monitor()
            await stage.hangUp(scene.agent)
            await stage.asterisk.repeatLastEvent("StasisEnd")
            await stage.settle()
            await stage.asterisk.repeatLastEvent("StasisEnd")
            await stage.settle()
            #expect(stage.lines("session ended").count == 1)
        }
    }

    @Test func `a supervisor's arrival that is told after their end makes nothing`() async throws {
        try await Stage.run { stage in
            let scene = try await stage.monitor()
            await stage.hangUp(scene.supervisor)
            try await stage.untilEnded()
            let start = try #require(
                await stage.asterisk.delivered.first { $0.type == "StasisStart" }
            )
            await stage.asterisk.deliver(start.bytes, to: "earshot")
            try await stage.untilEnded(sessions: 2)
            #expect(await stage.asterisk.current.snoopsMade == 1)
        }
    }

    @Test func `a snoop that comes after its session was given up is removed`() async throws {
        var world = AsteriskWorld.office()
        world.entersStasisAtOnce = false
        try await Stage.run(world) { stage in
            let call = await stage.asterisk.change { $0.placeCall(from: "200", to: "101") }
            let supervisor = await stage.asterisk.change { $0.dial(from: "305", "*91101") }
            await stage.asterisk.change { $0.settle() }
            await stage.settle()
            let world = await stage.asterisk.current
            #expect(world.snoopsMade == 1 && world.snoops.first?.bridge == nil, "it is on its way")
            await stage.hangUp(supervisor)
            await stage.settle()
            await stage.asterisk.change { $0.settle() }
            try await stage.untilEnded()
            #expect(await stage.asterisk.current.heard(by: call.callee) == [call.caller])
        }
    }

    @Test func `a snoop that never comes ends in a refusal`() async throws {
        var world = AsteriskWorld.office()
        world.entersStasisAtOnce = false
        try await Stage.run(world) { stage in
            let scene = await stage.dial()
            await stage.asterisk.change { $0.settle() }
            try await stage.untilEnded()
            #expect(await stage.result(of: scene.supervisor) == "asterisk_refused")
            #expect(stage.clock.now.offset == SessionConfiguration().attachTimeout)
        }
    }

    @Test func `a snoop of nobody's is removed`() async throws {
        try await Stage.run { stage in
            let call = await stage.asterisk.change { $0.placeCall(from: "200", to: "101") }
            let request = ARIHTTPRequest(
                operation: "channels.snoopChannelWithId",
                method: .post,
                path: ["channels", call.callee.rawValue, "snoop", "earshot-i0-3-1-sn"],
                query: [("spy", "both"), ("app", "earshot")]
            )
            await stage.asterisk.change { _ = $0.handle(request) }
            await stage.settle()
            #expect(stage.lines("something left over was removed").map { $0[.leftOver] } == ["earshot-i0-3-1-sn"])
        }
    }

    @Test(arguments: [
        #"{"type":"SomethingNew","timestamp":"2026-01-01T00:00:00.000+0000","application":"earshot","list":[1]}"#,
        #"{"type":"StasisStart"}"#,
        #"{"type":"StasisStart","args":"x","channel":7}"#,
        #"{"type":"ChannelEnteredBridge","bridge":{"id":"earshot-i1-1-2-br"}}"#,
        #"{"no":"type"}"#, #"[]"#, #""#, #"{"#, "\u{FFFD}\u{0}",
    ])
    func `messages that nobody understands disturb nobody`(text: String) async throws {
        try await Stage.run { stage in
            let scene = await stage.dial()
            await stage.asterisk.deliver(Array(text.utf8), to: "earshot")
            await stage.settle()
            await stage.asterisk.deliver(Array(text.utf8), to: "earshot")
            await stage.settle()
            #expect(await stage.asterisk.current.isMonitoring(scene.supervisor, scene.agent))
            #expect(stage.lines("disconnected from Asterisk").isEmpty)
        }
    }

    @Test func `keys, hold and other people's bridges change nothing`() async throws {
        try await Stage.run { stage in
            let scene = try await stage.monitor()
            await stage.asterisk.change { world in
                world.press("5", on: scene.supervisor)
                world.setHold(true, on: scene.agent)
                world.setHold(false, on: scene.agent)
                _ = world.placeCall(from: "200", to: "101")
            }
            await stage.settle()
            #expect(await stage.asterisk.current.isMonitoring(scene.supervisor, scene.agent))
        }
    }

    @Test func `a snoop that stays listed while the call is silent is not waited for`() async throws {
        try await Stage.run { stage in
            let scene = try await stage.monitor()
            await stage.asterisk.change { $0.setSilent(true, scene.agent) }
            await stage.hangUp(scene.supervisor)
            try await stage.untilEnded()
            #expect(stage.clock.now.offset == .zero)
        }
    }

    @Test func `a key that Asterisk tells twice is one key`() async throws {
        // As it does while somebody waits for a call of the supervisor's own extension: the endpoint is watched then.
        try await Stage.run(.office(supervisor: ["SPY_PERMISSION": "Barge", "SPY_PARAMS": "qESsb"])) { stage in
            let scene = await stage.dial()
            await stage.settle()
            for _ in 1...2 {
                await stage.asterisk.change { $0.press("#", on: scene.supervisor) }
                await stage.asterisk.repeatLastEvent("ChannelDtmfReceived")
                await stage.settle()
            }
            #expect(await stage.asterisk.current.variable("VOLUME(TX)", of: scene.supervisor) == "2")
        }
    }
}

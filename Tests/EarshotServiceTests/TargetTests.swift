import ARI
import ARITestSupport
import EarshotService
import Monitoring
import Testing

@Suite(.timeLimit(.minutes(5)))
struct TargetTests {
    @Test func `among several calls the one that talks is heard`() async throws {
        try await Stage.run { stage in
            let (talking, supervisor) = await stage.asterisk.change { world in
                _ = world.listenToAnnouncement("101")
                let talking = world.placeCall(from: "200", to: "101")
                _ = world.ring(from: "200", to: "101")
                _ = world.listenToAnnouncement("101")
                return (talking, world.dial(from: "305", "*91101"))
            }
            try await stage.until("in the call") { $0.isMonitoring(supervisor, talking.callee) }
        }
    }

    @Test func `among several calls with somebody the newest is heard`() async throws {
        try await Stage.run { stage in
            let (calls, supervisor) = await stage.asterisk.change { world in
                let calls = (0..<3).map { _ in world.placeCall(from: "200", to: "101") }
                return (calls, world.dial(from: "305", "*91101"))
            }
            try await stage.until("in the newest call") { $0.isMonitoring(supervisor, calls[2].callee) }
        }
    }

    @Test func `the agent is heard on their own leg, also when they called`() async throws {
        try await Stage.run { stage in
            let (call, supervisor) = await stage.asterisk.change { world in
                let call = world.placeCall(from: "101", to: "200")
                return (call, world.dial(from: "305", "*91101"))
            }
            try await stage.until("in the call") { $0.isMonitoring(supervisor, call.caller) }
        }
    }

    @Test func `a supervisor's own monitoring is no call of theirs`() async throws {
        var world = AsteriskWorld.office()
        world.addEndpoint("306", variables: ["SPY_PERMISSION": "Barge"])
        try await Stage.run(world) { stage in
            _ = try await stage.monitor()
            let second = await stage.asterisk.change { $0.dial(from: "306", "*91305") }
            try await stage.untilEnded()
            #expect(await stage.result(of: second) == "nobody_talking")
        }
    }

    @Test func `one protected channel closes the extension`() async throws {
        try await Stage.run { stage in
            let supervisor = await stage.asterisk.change { world in
                world.addEndpoint("101", variables: ["DISABLE_SPY": "yes"])
                _ = world.placeCall(from: "200", to: "101")
                world.addEndpoint("101")
                _ = world.placeCall(from: "200", to: "101")
                return world.dial(from: "305", "*91101")
            }
            try await stage.untilEnded()
            #expect(await stage.result(of: supervisor) == "target_protected")
        }
    }

    @Test func `a channel that ends while it is looked at is no target, and no fault`() async throws {
        try await Stage.run { stage in
            // The first one is about the supervisor.
            await stage.asterisk.inject(.holdRequest, into: "channels.getChannelVar", occurrence: 2)
            let first = await stage.dial()
            await stage.settle()
            let second = await stage.asterisk.change { world in
                world.hangUp(first.agent)
                return world.placeCall(from: "200", to: "101")
            }
            await stage.asterisk.release()
            try await stage.untilEnded()
            #expect(await stage.result(of: first.supervisor) == "nobody_talking")
            let again = await stage.asterisk.change { $0.dial(from: "305", "*91101") }
            try await stage.until("in the second call") { $0.isMonitoring(again, second.callee) }
        }
    }

    // MARK: - Endpoint templates

    private func options(_ templates: String...) throws -> Stage.Options {
        var options = Stage.Options()
        options.configuration.registry.session.endpoints.templates = try templates.map {
            try #require(EndpointTemplate($0))
        }
        return options
    }

    @Test func `the first device with a call wins`() async throws {
        var world = AsteriskWorld.office()
        world.addEndpoint("101-soft")
        try await Stage.run(world, options("PJSIP/{extension}-soft", "PJSIP/{extension}")) { stage in
            let (soft, supervisor) = await stage.asterisk.change { world in
                let soft = world.placeCall(from: "200", to: "101-soft")
                _ = world.placeCall(from: "200", to: "101")
                return (soft, world.dial(from: "305", "*91101"))
            }
            try await stage.until("in the call") { $0.isMonitoring(supervisor, soft.callee) }
        }
    }

    @Test func `a call on the second device is found although the first does not exist`() async throws {
        try await Stage.run(.office(), options("SIP/{extension}", "PJSIP/{extension}")) { stage in
            let scene = try await stage.monitor()
            #expect(stage.lines("session started").first?[.target] == "101")
            await stage.hangUp(scene.supervisor)
        }
    }

    @Test func `an extension is unknown only if no device of it exists`() async throws {
        var world = AsteriskWorld.office()
        world.addEndpoint("102-soft")
        try await Stage.run(world, options("PJSIP/{extension}", "PJSIP/{extension}-soft")) { stage in
            let idle = await stage.asterisk.change { $0.dial(from: "305", "*91102") }
            let unknown = await stage.asterisk.change { $0.dial(from: "305", "*91103") }
            try await stage.untilEnded(sessions: 2)
            #expect(await stage.result(of: idle) == "nobody_talking")
            #expect(await stage.result(of: unknown) == "unknown_extension")
        }
    }

    @Test func `their other device is their own extension, too`() async throws {
        var world = AsteriskWorld.office()
        world.addEndpoint("305-soft", variables: ["SPY_PERMISSION": "Barge"])
        try await Stage.run(world, options("PJSIP/{extension}", "PJSIP/{extension}-soft")) { stage in
            let supervisor = await stage.asterisk.change { $0.dial(from: "305-soft", "*91305") }
            try await stage.untilEnded()
            #expect(await stage.result(of: supervisor) == "own_extension")
        }
    }
}

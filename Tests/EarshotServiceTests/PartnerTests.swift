import ARI
import ARITestSupport
import EarshotService
import Monitoring
import Testing

/// Somebody else takes the client's place, and Asterisk's audio hooks would drop their packets.
@Suite(.timeLimit(.minutes(5)))
struct PartnerTests {
    private static func world(boss: [String: String] = [:]) -> AsteriskWorld {
        var world = AsteriskWorld.office()
        world.numbersNewPartnersLower = true
        world.addEndpoint("201", variables: boss)
        for supervisor in ["306", "307", "308"] {
            world.addEndpoint(supervisor, variables: ["SPY_PERMISSION": "Barge", "SPY_PARAMS": "qESsbd"])
        }
        return world
    }

    /// The client hands the agent on to 201.
    private static func handOn(_ scene: Scene, in world: inout AsteriskWorld) -> Channel.ID? {
        guard let call = world.transfer(scene.client, to: "201") else { return nil }
        world.answer(call)
        return call.callee
    }

    @Test(arguments: MonitoringMode.allCases)
    func `the new partner is heard, and hears no more than the mode allows`(mode: MonitoringMode) async throws {
        try await Stage.run(Self.world()) { stage in
            let scene = try await stage.monitor(mode.code)
            let partner = try #require(await stage.asterisk.change { Self.handOn(scene, in: &$0) })
            #expect(await !stage.asterisk.current.hears(scene.supervisor, partner), "the test tests nothing")
            try await stage.until("they hear the new partner") { $0.hears(scene.supervisor, partner) }
            let world = await stage.asterisk.current
            #expect(world.hears(scene.agent, scene.supervisor) == (mode != .listen))
            #expect(world.hears(partner, scene.supervisor) == (mode == .barge))
            let lines = stage.lines("partner changed")
            #expect(lines.map { $0[.targetChannel] } == [scene.agent.rawValue])
            #expect(stage.lines("target changed").isEmpty)
        }
    }

    @Test func `whom the agent comes back to is heard when the file that Asterisk plays then is over`() async throws {
        try await Stage.run(Self.world()) { stage in
            let scene = try await stage.monitor()
            let partner = try #require(
                await stage.asterisk.change { world in
                    world.beginFile(to: scene.agent)
                    return Self.handOn(scene, in: &world)
                }
            )
            try await stage.until("they are in the call again") { $0.isMonitoring(scene.supervisor, scene.agent) }
            await stage.asterisk.change { $0.endFile(to: scene.agent) }
            #expect(await !stage.asterisk.current.hears(scene.supervisor, partner), "the test tests nothing")
            stage.clock.advance(by: .seconds(2))
            try await stage.until("they hear the new partner") { $0.hears(scene.supervisor, partner) }
            #expect(stage.lines("partner changed").count == 1, "nobody else has come the second time")
        }
    }

    @Test(arguments: 0..<40)
    func `of several supervisors, one of whom has just dialled, each hears the new partner`(seed: UInt64) async throws {
        var world = Self.world()
        world.hooksGoAtOnce = false
        try await Stage.run(world, Stage.Options(seed: seed)) { stage in
            let scene = try await stage.monitor()
            let others = await stage.asterisk.change { world in
                ["306", "307"].map { world.dial(from: $0, $0 == "306" ? "*92101" : "*93101") }
            }
            try await stage.until("all are in the call") { world in
                others.allSatisfy { world.isMonitoring($0, scene.agent) }
            }
            let (partner, late) = await stage.asterisk.change { world in
                (Self.handOn(scene, in: &world), world.dial(from: "308", "*91101"))
            }
            let new = try #require(partner)
            for _ in 0..<3 {
                await stage.settle()
                // A moment without snoops is long enough for the hooks to go.
                await stage.asterisk.change { $0.passPackets() }
                stage.clock.advance(by: .milliseconds(100))
            }
            await stage.settle()
            for supervisor in [scene.supervisor, late] + others {
                #expect(await stage.asterisk.current.hears(supervisor, new))
            }
            #expect(stage.lines("partner changed").count >= 3)
        }
    }

    @Test func `a session that found the new partner at once goes along with those that did not`() async throws {
        var world = Self.world()
        world.hooksGoAtOnce = false
        var options = Stage.Options()
        // That the second one's snoop has started is told after it has been removed.
        options.tolerated = { $0.reason.contains("was hung up before") }
        try await Stage.run(world, options) { stage in
            let scene = try await stage.monitor()
            await stage.asterisk.inject(.holdRequest, into: "endpoints.get")
            let late = await stage.asterisk.change { $0.dial(from: "306", "*91101") }
            await stage.settle()
            await stage.asterisk.holdEvents()
            let partner = try #require(await stage.asterisk.change { Self.handOn(scene, in: &$0) })
            await stage.asterisk.release()
            await stage.settle()
            #expect(await stage.asterisk.current.snoopsMade == 2, "the test tests nothing")
            await stage.asterisk.releaseEvents()
            for _ in 0..<3 {
                await stage.settle()
                await stage.asterisk.change { $0.passPackets() }
                stage.clock.advance(by: .milliseconds(100))
            }
            await stage.settle()
            for supervisor in [scene.supervisor, late] {
                #expect(await stage.asterisk.current.hears(supervisor, partner))
            }
        }
    }

    @Test func `a supervisor who hangs up while their snoop is held back leaves nothing`() async throws {
        try await Stage.run(Self.world()) { stage in
            let scene = try await stage.monitor()
            let late = await stage.asterisk.change { world in
                _ = Self.handOn(scene, in: &world)
                return world.dial(from: "306", "*91101")
            }
            await stage.settle()
            #expect(await stage.asterisk.current.snoops.isEmpty, "one was made before all were gone")
            await stage.hangUp(late)
            try await stage.until("the first one hears again") { $0.isMonitoring(scene.supervisor, scene.agent) }
            try await stage.untilEnded()
        }
    }

    @Test func `somebody protected is not heard, and the supervisor is told`() async throws {
        try await Stage.run(Self.world(boss: ["DISABLE_SPY": "yes"])) { stage in
            let scene = try await stage.monitor("*93101")
            let boss = try #require(await stage.asterisk.change { Self.handOn(scene, in: &$0) })
            for _ in 0..<3 {
                await stage.settle()
                #expect(await !stage.asterisk.current.hears(scene.supervisor, boss))
                #expect(await !stage.asterisk.current.hears(boss, scene.supervisor))
                stage.clock.advance(by: .milliseconds(50))
            }
            try await stage.untilEnded()
            #expect(await stage.result(of: scene.supervisor) == "target_protected")
        }
    }

    @Test func `a change that nobody told is found at the next connection`() async throws {
        try await Stage.run(Self.world()) { stage in
            let scene = try await stage.monitor()
            await stage.asterisk.dropConnection(with: ARITransportError(.connectionLost, "reset by peer"))
            await stage.settle()
            let partner = try #require(await stage.asterisk.change { Self.handOn(scene, in: &$0) })
            try await stage.until("they hear the new partner") { $0.hears(scene.supervisor, partner) }
        }
    }

    @Test(arguments: ["16.28.0", "22.10.1"])
    func `the agent, who is watched, is no waiting supervisor at the next connection`(version: String) async throws {
        var world = Self.world()
        world.version = version
        try await Stage.run(world) { stage in
            let scene = try await stage.monitor()
            await stage.asterisk.dropConnection(with: ARITransportError(.connectionLost, "reset by peer"))
            try await stage.until("connected again") { _ in stage.lines("connected to Asterisk").count == 2 }
            await stage.settle()
            #expect(stage.lines("supervisor arrived").count == 1)
            #expect(await stage.asterisk.current.isMonitoring(scene.supervisor, scene.agent))
        }
    }

    @Test func `a subscription that an earlier run has left is taken back, and a new one stays`() async throws {
        try await Stage.run(Self.world()) { stage in
            let scene = try await stage.monitor()
            let idle = await stage.asterisk.change { world in
                let idle = world.placeCall(from: "200", to: "101").callee
                _ = world.handle(Self.subscription(to: idle))
                return idle
            }
            await stage.asterisk.dropConnection(with: ARITransportError(.connectionLost, "reset by peer"))
            try await stage.until("connected again") { _ in stage.lines("connected to Asterisk").count == 2 }
            await stage.settle()
            let sources = await stage.requests("applications.unsubscribe").map { $0["eventSource"] }
            #expect(sources == ["channel:\(idle)"])
            #expect(await stage.asterisk.current.isMonitoring(scene.supervisor, scene.agent))
        }
    }

    @Test(arguments: ["16.28.0", "22.10.1"])
    func `a channel that an earlier run has watched, or that is another application's, is no waiting supervisor`(
        version: String
    ) async throws {
        var world = Self.world()
        world.version = version
        try await Stage.run(world) { stage in
            await stage.asterisk.change { world in
                world.connect("dialer")
                _ = world.handle(Self.subscription(to: world.placeCall(from: "200", to: "101").callee))
                // Before 18 Asterisk does not tell whose a channel is.
                if version.hasPrefix("16.") { return }
                _ = world.handle(Self.subscription(to: world.dial(from: "101", "*91101", application: "dialer")))
            }
            await stage.asterisk.dropConnection(with: ARITransportError(.connectionLost, "reset by peer"))
            try await stage.until("connected again") { _ in stage.lines("connected to Asterisk").count == 2 }
            await stage.settle()
            #expect(stage.lines("supervisor arrived").isEmpty)
            #expect(stage.lines("a waiting supervisor was found").isEmpty)
        }
    }

    private static func subscription(to channel: Channel.ID) -> ARIHTTPRequest {
        ARIHTTPRequest(
            operation: "applications.subscribe",
            method: .post,
            path: ["applications", "earshot", "subscription"],
            query: [("eventSource", "channel:\(channel)")]
        )
    }

    @Test func `the agent is watched by one subscription, which the last supervisor's end takes back`() async throws {
        try await Stage.run(Self.world()) { stage in
            let scene = try await stage.monitor()
            let second = await stage.asterisk.change { $0.dial(from: "306", "*91101") }
            try await stage.until("both are in the call") { $0.isMonitoring(second, scene.agent) }
            await stage.settle()
            let sources = await stage.requests("applications.subscribe").map { $0["eventSource"] }
            #expect(sources == ["channel:\(scene.agent)"])
            await stage.hangUp(scene.supervisor)
            await stage.settle()
            #expect(await stage.requests("applications.unsubscribe").isEmpty)
            await stage.hangUp(second)
            await stage.settle()
            #expect(await stage.requests("applications.unsubscribe").count == 1)
        }
    }

    @Test(arguments: [.conflict, .serverError, .notReady, .timeout, .connectionLost, .answerLost] as [Failure])
    func `whoever could not be told of a change is not left in the call`(failure: Failure) async throws {
        try await Stage.run(Self.world()) { stage in
            for _ in 1...3 { await stage.asterisk.inject(failure.action, into: "applications.subscribe") }
            let scene = await stage.dial("*93101")
            try await stage.untilEnded()
            #expect(await stage.result(of: scene.supervisor) == "asterisk_refused")
        }
    }

    @Test(
        arguments: ["applications.subscribe", "channels.getChannelVar", "endpoints.get"],
        [.serverError, .timeout, .connectionLost] as [Failure]
    )
    func `one question without an answer ends no session that runs`(operation: String, failure: Failure) async throws {
        try await Stage.run(Self.world()) { stage in
            let scene = try await stage.monitor("*93101")
            await stage.settle()
            await stage.asterisk.inject(failure.action, into: operation)
            let partner = try #require(await stage.asterisk.change { Self.handOn(scene, in: &$0) })
            try await stage.until("the new partner is heard") { $0.hears(scene.supervisor, partner) }
            await stage.settle()
            #expect(stage.lines("session ended").isEmpty)
        }
    }

    @Test func `of a conference everybody is asked about, however many there are`() async throws {
        var world = Self.world()
        world.addEndpoint("110", variables: ["DISABLE_SPY": "yes"])
        let many = (1...11).map { "5\(10 + $0)" }
        for name in many { world.addEndpoint(name) }
        let conference = world.placeConference(of: ["101"] + many)
        try await Stage.run(world) { [world] stage in
            let supervisor = await stage.asterisk.change { $0.dial(from: "305", "*91101") }
            try await stage.until("in the call") { $0.isMonitoring(supervisor, conference[0]) }
            await stage.settle()
            // The thirteenth.
            let bridge = try #require(world.leg(conference[0])?.bridge)
            await stage.asterisk.change { $0.joinConference(bridge, from: "110") }
            try await stage.untilEnded()
            #expect(await stage.result(of: supervisor) == "target_protected")
            let again = await stage.asterisk.change { $0.dial(from: "305", "*91101") }
            try await stage.until("refused") { $0.leg(again) == nil }
            #expect(await stage.result(of: again) == "target_protected")
        }
    }

    @Test func `a conference of more than a hundred is not gone through, and nobody in it is heard`() async throws {
        var world = Self.world()
        let many = (1...100).map { "6\(100 + $0)" }
        for name in many { world.addEndpoint(name) }
        _ = world.placeConference(of: ["101"] + many)
        try await Stage.run(world) { stage in
            let supervisor = await stage.asterisk.change { $0.dial(from: "305", "*91101") }
            try await stage.untilEnded()
            #expect(await stage.result(of: supervisor) == "target_protected")
            #expect(await stage.asterisk.exchanges.count < 50)
        }
    }
}

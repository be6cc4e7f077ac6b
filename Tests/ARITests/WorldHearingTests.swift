import ARI
import ARITestSupport
import Testing

/// Who hears whom, and which requests no correct client makes.
@Suite(.timeLimit(.minutes(1)))
struct WorldHearingTests {
    /// An agent and a client in a call, and a supervisor.
    private struct Scene {
        let asterisk: InMemoryAsterisk
        let client: ARIClient
        let agent: Channel.ID
        let customer: Channel.ID
        let supervisor: Channel.ID

        init() async {
            var world = AsteriskWorld(extensions: ["101", "201", "300", "301"])
            world.connect("earshot")
            let call = world.placeCall(from: "201", to: "101")
            agent = call.callee
            customer = call.caller
            supervisor = world.dial(from: "300", "*91101")
            asterisk = InMemoryAsterisk(world)
            client = ARIClient(transport: asterisk)
        }

        func monitor(_ name: String, by supervisor: Channel.ID, whisper: AudioDirection) async throws {
            let bridge = Bridge.ID("br-\(name)")
            let snoop = Channel.ID("sn-\(name)")
            try await client.createBridge(bridge)
            try await client.snoop(on: agent, as: snoop, spy: .both, whisper: whisper, application: "earshot")
            try await client.addChannels([supervisor, snoop], to: bridge)
        }

        /// Who is heard by whom, as `agent: client, supervisor`.
        func table() async -> [String: Set<String>] {
            let world = await asterisk.current
            let names = [agent: "agent", customer: "client", supervisor: "supervisor"]
            var table: [String: Set<String>] = [:]
            for (id, name) in names {
                table[name] = Set(world.heard(by: id).map { names[$0] ?? $0.rawValue })
            }
            return table
        }
    }

    @Test(
        arguments: [
            (AudioDirection.none, ["agent": ["client"], "client": ["agent"], "supervisor": ["agent", "client"]]),
            (.out, ["agent": ["client", "supervisor"], "client": ["agent"], "supervisor": ["agent", "client"]]),
            (.in, ["agent": ["client"], "client": ["agent", "supervisor"], "supervisor": ["agent", "client"]]),
            (
                .both,
                [
                    "agent": ["client", "supervisor"], "client": ["agent", "supervisor"],
                    "supervisor": ["agent", "client"],
                ]
            ),
        ] as [(AudioDirection, [String: Set<String>])]
    )
    func `each direction of whisper is heard by whom it was measured`(
        whisper: AudioDirection,
        expected: [String: Set<String>]
    ) async throws {
        let scene = await Scene()
        try await scene.monitor("1", by: scene.supervisor, whisper: whisper)
        #expect(await scene.table() == expected)
    }

    @Test func `before monitoring, and after it, the supervisor hears nobody`() async throws {
        let scene = await Scene()
        #expect(await scene.table()["supervisor"] == [])
        try await scene.monitor("1", by: scene.supervisor, whisper: .both)
        try await scene.client.hangUp("sn-1")
        let expected: [String: Set<String>] = ["agent": ["client"], "client": ["agent"], "supervisor": []]
        #expect(await scene.table() == expected)
    }

    @Test func `two supervisors who barge do not hear each other`() async throws {
        let scene = await Scene()
        let second = await scene.asterisk.change { $0.dial(from: "301", "*93101") }
        try await scene.monitor("1", by: scene.supervisor, whisper: .both)
        try await scene.monitor("2", by: second, whisper: .both)
        let world = await scene.asterisk.current
        #expect(world.heard(by: scene.supervisor) == [scene.agent, scene.customer])
        #expect(world.heard(by: second) == [scene.agent, scene.customer])
        #expect(world.heard(by: scene.agent) == [scene.customer, scene.supervisor, second])
        #expect(world.heard(by: scene.customer) == [scene.agent, scene.supervisor, second])
    }

    @Test func `two snoops of one call in one bridge are a violation, and the agent hears their own voice`()
        async throws
    {
        let scene = await Scene()
        try await scene.monitor("1", by: scene.supervisor, whisper: .none)
        try await scene.client.snoop(on: scene.agent, as: "sn-2", spy: .none, whisper: .out, application: "earshot")
        try await scene.client.addChannels(["sn-2"], to: Bridge.ID("br-1"))
        let world = await scene.asterisk.current
        #expect(world.hears(scene.agent, scene.agent))
        #expect(world.doubledSnoops.count == 1)
        #expect(world.violations.map(\.operation) == ["bridges.addChannel"])
    }

    @Test func `in a holding bridge participants hear the announcer only`() async throws {
        let scene = await Scene()
        let second = await scene.asterisk.change { $0.dial(from: "301", "*91101") }
        let bridge = Bridge.ID("b")
        try await scene.client.createBridge(bridge, type: .holding)
        try await scene.client.snoop(on: scene.agent, as: "s", spy: .both, whisper: .both, application: "earshot")
        try await scene.client.addChannels(["s"], to: bridge, role: "announcer")
        try await scene.client.addChannels([scene.supervisor, second], to: bridge, role: "participant")
        let world = await scene.asterisk.current
        #expect(world.heard(by: scene.supervisor) == [scene.agent, scene.customer])
        #expect(world.heard(by: second) == [scene.agent, scene.customer])
        #expect(world.heard(by: scene.agent) == [scene.customer])
    }

    @Test func `a muted supervisor is heard by nobody`() async throws {
        let scene = await Scene()
        let bridge = Bridge.ID("b")
        try await scene.client.createBridge(bridge)
        try await scene.client.snoop(on: scene.agent, as: "s", spy: .both, whisper: .both, application: "earshot")
        try await scene.client.addChannels(["s"], to: bridge)
        try await scene.client.addChannels([scene.supervisor], to: bridge, mute: true)
        #expect(await scene.table()["agent"] == ["client"])
        #expect(await scene.table()["supervisor"] == ["agent", "client"])
    }

    // MARK: - Violations

    @Test func `requests that can never make sense are violations`() async throws {
        let scene = await Scene()
        let attempts: [(String, (ARIClient) async throws -> Void)] = [
            (
                "channels.snoopChannelWithId",
                { try await $0.snoop(on: "never", as: "a", spy: .both, whisper: .none, application: "earshot") }
            ),
            (
                "channels.snoopChannelWithId",
                { try await $0.snoop(on: scene.agent, as: "b", spy: .none, whisper: .none, application: "earshot") }
            ),
            ("channels.answer", { try await $0.answer("never") }),
            ("channels.hangup", { try await $0.hangUp("never") }),
            ("channels.hangup", { try await $0.hangUp(scene.customer) }),
            ("bridges.addChannel", { try await $0.addChannels([scene.supervisor], to: Bridge.ID("never")) }),
            ("bridges.destroy", { try await $0.destroyBridge(Bridge.ID("never")) }),
            ("playbacks.stop", { try await $0.stopPlayback(Playback.ID("never")) }),
        ]
        for (_, attempt) in attempts { try? await attempt(scene.client) }
        #expect(await scene.asterisk.current.violations.map(\.operation) == attempts.map(\.0))
    }

    @Test func `requests that merely come too late are none`() async throws {
        let scene = await Scene()
        try await scene.monitor("1", by: scene.supervisor, whisper: .none)
        await scene.asterisk.change { world in
            world.hangUp(scene.agent)
            world.hangUp(scene.supervisor)
        }
        let late: [(ARIClient) async throws -> Void] = [
            { try await $0.hangUp("sn-1") },
            { try await $0.hangUp(scene.supervisor) },
            { try await $0.answer(scene.supervisor) },
            { try await $0.continueInDialplan(scene.supervisor) },
            { _ = try await $0.variable("BRIDGEPEER", of: scene.agent) },
            { try await $0.snoop(on: scene.agent, as: "sn-2", spy: .both, whisper: .none, application: "earshot") },
            { try await $0.addChannels([scene.supervisor, "sn-1"], to: Bridge.ID("br-1")) },
        ]
        for attempt in late { try? await attempt(scene.client) }
        #expect(await scene.asterisk.current.violations.isEmpty)
    }

    @Test func `what was removed once and is removed again is a violation`() async throws {
        let scene = await Scene()
        try await scene.monitor("1", by: scene.supervisor, whisper: .none)
        for _ in 1...2 {
            try await scene.client.hangUp("sn-1")
            try await scene.client.destroyBridge(Bridge.ID("br-1"))
        }
        #expect(await scene.asterisk.current.violations.map(\.operation) == ["channels.hangup", "bridges.destroy"])
        #expect(await scene.asterisk.current.leftovers.isEmpty)
    }
}

/// What a test can let go wrong.
@Suite(.timeLimit(.minutes(1)))
struct FaultTests {
    private let asterisk: InMemoryAsterisk

    init() {
        var world = AsteriskWorld(extensions: ["300"])
        world.connect("earshot")
        asterisk = InMemoryAsterisk(world)
    }

    @Test func `the chosen request fails and no other`() async throws {
        let client = ARIClient(transport: asterisk)
        await asterisk.inject(.answer(status: 500, body: "{}"), into: "bridges.list", occurrence: 2)
        _ = try await client.bridges()
        let error = try await ariError { _ = try await client.bridges() }
        #expect(error.code == .serverError)
        _ = try await client.bridges()
    }

    @Test func `a lost answer leaves what was asked for done`() async throws {
        let client = ARIClient(transport: asterisk)
        await asterisk.inject(.performAndFail(ARITransportError(.timedOut, "late")))
        let error = try await ariError { try await client.createBridge(Bridge.ID("b")) }
        #expect(error.code == .timeout)
        #expect(await asterisk.current.bridge(Bridge.ID("b")) != nil)
    }

    @Test func `a held answer comes when it is released, its effect before`() async throws {
        let client = ARIClient(transport: asterisk)
        await asterisk.inject(.holdAnswer, into: "bridges.createWithId")
        async let bridge = client.createBridge(Bridge.ID("b"))
        try await asterisk.until { $0.bridge(Bridge.ID("b")) != nil }
        await asterisk.release()
        #expect(try await bridge.id == Bridge.ID("b"))
    }

    @Test func `a request that is held can be cancelled`() async throws {
        let asterisk = asterisk
        await asterisk.inject(.holdRequest)
        await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await ARIClient(transport: asterisk).createBridge(Bridge.ID("b")) }
            try? await asterisk.untilAsked("bridges.createWithId")
            group.cancelAll()
            await #expect(throws: CancellationError.self) { try await group.next() }
        }
        #expect(await asterisk.current.bridge(Bridge.ID("b")) == nil)
    }

    @Test func `held events come when they are released, in order`() async throws {
        await asterisk.holdEvents()
        await asterisk.change { world in
            let id = world.dial(from: "300", "*91101")
            world.hangUp(id)
        }
        #expect(await asterisk.delivered.isEmpty)
        await asterisk.releaseEvents()
        #expect(await asterisk.delivered.map(\.type) == ["StasisStart", "ChannelHangupRequest", "StasisEnd"])
    }
}

/// The clock that only the test moves.
@Suite(.timeLimit(.minutes(1)))
struct ManualClockTests {
    @Test func `a sleeper wakes when its time has come, not before`() async throws {
        let clock = ManualClock()
        async let sleep: Void = clock.sleep(for: .seconds(2))
        try await clock.waitForSleepers()
        clock.advance(by: .seconds(1))
        #expect(clock.deadlines == [ManualClock.Instant(offset: .seconds(2))])
        clock.advance(by: .seconds(1))
        try await sleep
        #expect(clock.now.offset == .seconds(2))
    }

    @Test func `a sleeper who is cancelled wakes at once`() async throws {
        let clock = ManualClock()
        await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await clock.sleep(for: .seconds(1)) }
            try? await clock.waitForSleepers()
            group.cancelAll()
            await #expect(throws: CancellationError.self) { try await group.next() }
        }
        #expect(clock.deadlines.isEmpty)
    }

    @Test func `who sleeps till the past does not sleep`() async throws {
        let clock = ManualClock()
        clock.advance(by: .seconds(5))
        try await clock.sleep(until: ManualClock.Instant(offset: .seconds(5)), tolerance: nil)
        #expect(clock.deadlines.isEmpty)
    }
}

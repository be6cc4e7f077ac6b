import ARI
import ARITestSupport
import Testing

/// What becomes of calls while they are monitored.
@Suite(.timeLimit(.minutes(1)))
struct WorldStoryTests {
    /// Everybody who is heard by a channel.
    private func heard(by id: Channel.ID, _ scene: WorldScene) async -> Set<Channel.ID> {
        await scene.world.heard(by: id)
    }

    @Test func `an agent who transfers blindly is gone, and the client talks to another phone`() async throws {
        let scene = await WorldScene()
        try await scene.monitor(whisper: .both)
        let agent = scene.call.callee
        let call = try #require(await scene.asterisk.change { $0.transfer(agent, to: "102") })
        #expect(call.caller == scene.call.caller)
        let world = await scene.world
        #expect(world.leg(agent) == nil)
        #expect(world.snoops.isEmpty)
        #expect(world.heard(by: call.caller).isEmpty)
        await scene.asterisk.change { $0.answer(call) }
        #expect(await heard(by: call.caller, scene) == [call.callee])
    }

    @Test func `a client who transfers blindly is gone, and the agent is heard with whom they talk to then`()
        async throws
    {
        let scene = await WorldScene()
        try await scene.monitor(whisper: .both)
        let client = scene.call.caller
        let call = try #require(await scene.asterisk.change { $0.transfer(client, to: "102") })
        await scene.asterisk.change { $0.answer(call) }
        #expect(call.caller == scene.call.callee)
        #expect(await heard(by: scene.supervisor, scene) == [call.caller, call.callee])
        #expect(await heard(by: call.callee, scene) == [call.caller, scene.supervisor])
    }

    @Test func `an agent who completes an attended transfer is out of both calls`() async throws {
        let scene = await WorldScene()
        let consultation = await scene.asterisk.change { $0.placeCall(from: "101", to: "102") }
        let agent = scene.call.callee
        let call = try #require(await scene.asterisk.change { $0.transfer(agent, to: consultation.caller) })
        let world = await scene.world
        #expect(world.leg(agent) == nil && world.leg(consultation.caller) == nil)
        #expect(world.heard(by: scene.call.caller) == [consultation.callee])
        #expect(call == AsteriskWorld.Call(caller: scene.call.caller, callee: consultation.callee))
        #expect(world.allBridges.count == 1)
    }

    @Test func `a second call of a phone has a channel and a bridge of its own`() async throws {
        let scene = await WorldScene()
        let second = await scene.asterisk.change { $0.placeCall(from: "102", to: "101") }
        let channels = try await scene.client.endpoint(technology: "PJSIP", resource: "101").channels
        #expect(channels == [scene.call.callee, second.callee])
        await scene.asterisk.change { $0.hangUp(second.caller) }
        #expect(await heard(by: scene.call.callee, scene) == [scene.call.caller])
    }

    @Test func `a parked call hears nobody until it is picked up`() async throws {
        let scene = await WorldScene()
        try await scene.monitor()
        let agent = scene.call.callee
        let parked = try #require(await scene.asterisk.change { $0.park(agent) })
        #expect(parked == scene.call.caller)
        var world = await scene.world
        #expect(world.leg(agent) == nil)
        let lot = try #require(world.leg(parked)?.bridge)
        #expect(world.bridge(lot)?.kind == .holding)
        #expect(try await scene.client.variable("BRIDGEPEER", of: parked) == nil)
        let call = await scene.asterisk.change { $0.pickUp(parked, from: "102") }
        world = await scene.world
        #expect(world.heard(by: parked) == [call.callee])
        #expect(world.bridge(lot) == nil)
    }

    @Test func `who leaves a conference leaves it to the others`() async throws {
        let scene = await WorldScene()
        let phones = await scene.asterisk.change { $0.placeConference(of: ["101", "102", "201"]) }
        #expect(await heard(by: phones[0], scene) == [phones[1], phones[2]])
        await scene.asterisk.change { $0.hangUp(phones[1]) }
        #expect(await heard(by: phones[0], scene) == [phones[2]])
    }

    @Test func `who is alone in a bridge still has the name of who has left`() async throws {
        let scene = await WorldScene()
        let phones = await scene.asterisk.change { $0.placeConference(of: ["101", "201"]) }
        let (first, second) = (try #require(phones.first), try #require(phones.last))
        let name = try #require(await scene.world.leg(second)).channel.name
        #expect(try await scene.client.variable("BRIDGEPEER", of: first) == name)
        await scene.asterisk.change { $0.hangUp(second) }
        #expect(try await scene.client.variable("BRIDGEPEER", of: first) == name)
        let third = await scene.asterisk.change { $0.placeConference(of: ["102", "201", "101"]) }
        let names = await third.asyncMap { await scene.world.leg($0)?.channel.name }
        await scene.asterisk.change { [leaver = third[1]] in $0.hangUp(leaver) }
        #expect(try await scene.client.variable("BRIDGEPEER", of: third[0]) == names[2])
    }

    @Test func `who takes a supervisor's place is told with whose place it was`() async throws {
        let scene = await WorldScene()
        try await scene.monitor()
        let supervisor = scene.supervisor
        let before = await scene.asterisk.delivered.count
        let stranger = try #require(await scene.asterisk.change { $0.replace(supervisor, by: "201") })
        #expect(
            await scene.events(after: before).filter { $0 != "ChannelVarset" } == [
                "StasisStart", "ChannelLeftBridge", "ChannelEnteredBridge", "ChannelStateChange", "StasisEnd",
            ]
        )
        let starts = await scene.asterisk.delivered.compactMap { message -> StasisStart? in
            if case .stasisStart(let start) = ARIEvent(message: message.bytes) { start } else { nil }
        }
        #expect(starts.last?.channel.id == stranger)
        #expect(starts.last?.replacedChannel?.id == supervisor)
        let world = await scene.world
        #expect(world.leg(supervisor) == nil)
        #expect(world.leg(stranger)?.bridge == Bridge.ID("br-1"))
    }

    @Test func `a channel that is added to another bridge leaves its own`() async throws {
        let scene = await WorldScene()
        try await scene.monitor()
        let other = Bridge.ID("br-2")
        try await scene.client.createBridge(other)
        let events = try await scene.events { try await scene.client.addChannels([scene.supervisor], to: other) }
        #expect(events == ["ChannelVarset", "ChannelLeftBridge", "ChannelEnteredBridge"])
        let world = await scene.world
        #expect(world.bridge(Bridge.ID("br-1"))?.channels == ["sn-1"])
        #expect(world.bridge(other)?.channels == [scene.supervisor])
    }

    @Test(
        arguments: [
            (AudioDirection.in, ["agent"]), (.out, ["client"]), (.both, ["agent", "client"]), (.none, []),
        ] as [(AudioDirection, [String])]
    )
    func `a snoop hears the direction it was made for`(spy: AudioDirection, expected: [String]) async throws {
        let scene = await WorldScene()
        try await scene.monitor(spy: spy, whisper: .out)
        let names = [scene.call.callee: "agent", scene.call.caller: "client"]
        let heard = await heard(by: scene.supervisor, scene)
        #expect(Set(heard.map { names[$0] ?? $0.rawValue }) == Set(expected))
    }
}

extension Array {
    fileprivate func asyncMap<Result>(_ body: (Element) async -> Result) async -> [Result] {
        var results: [Result] = []
        for element in self { results.append(await body(element)) }
        return results
    }
}

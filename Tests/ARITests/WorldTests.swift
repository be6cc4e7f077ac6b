import ARI
import ARITestSupport
import Testing

/// The small Asterisk behaves as the real one was measured to behave.
@Suite(.timeLimit(.minutes(1)))
struct WorldTests {
    // MARK: - Requests

    @Test func `endpoints are found by equality`() async throws {
        let scene = await WorldScene()
        let endpoint = try await scene.client.endpoint(technology: "pjsip", resource: "101")
        #expect(endpoint.channels == [scene.call.callee])
        let error = try await ariError { _ = try await scene.client.endpoint(technology: "PJSIP", resource: "10") }
        #expect(error.code == .notFound)
    }

    @Test func `BRIDGEPEER tells who is talked to, and does not exist while it rings`() async throws {
        let scene = await WorldScene()
        let caller = try #require(await scene.asterisk.current.leg(scene.call.caller))
        #expect(try await scene.client.variable("BRIDGEPEER", of: scene.call.callee) == caller.channel.name)
        let ringing = await scene.asterisk.change { $0.ring(from: "201", to: "101") }
        #expect(try await scene.client.variable("BRIDGEPEER", of: ringing.callee) == nil)
    }

    @Test func `only channels in Stasis can be controlled`() async throws {
        let scene = await WorldScene()
        for operation in [
            { try await scene.client.answer(scene.call.callee) },
            { try await scene.client.continueInDialplan(scene.call.callee) },
            { try await scene.client.setVariable("A", to: "b", on: scene.call.callee) },
            { _ = try await scene.client.play(["sound:beep"], on: scene.call.callee, as: Playback.ID("p")) },
        ] as [() async throws -> Void] {
            let error = try await ariError(operation)
            #expect(error.code == .notInStasis)
            #expect(error.status == 409)
        }
    }

    @Test func `a snoop cannot be added before it is in Stasis`() async throws {
        let scene = await WorldScene()
        await scene.asterisk.change { $0.entersStasisAtOnce = false }
        let error = try await ariError { try await scene.monitor() }
        #expect(error.code == .notInStasis)
        #expect(error.status == 422)
        await scene.asterisk.change { $0.settle() }
        try await scene.client.addChannels([scene.supervisor, "sn-1"], to: Bridge.ID("br-1"))
        #expect(await scene.asterisk.current.violations.isEmpty)
    }

    @Test func `of several channels none is added if one cannot be`() async throws {
        let scene = await WorldScene()
        let bridge = Bridge.ID("b")
        try await scene.client.createBridge(bridge)
        let error = try await ariError { try await scene.client.addChannels([scene.supervisor, "gone"], to: bridge) }
        #expect(error.status == 400)
        #expect(await scene.asterisk.current.bridge(bridge)?.channels == [])
    }

    @Test func `a snoop for an application that is not connected dies without a word`() async throws {
        let scene = await WorldScene()
        let before = await scene.asterisk.delivered.count
        try await scene.client.snoop(on: scene.call.callee, as: "s", spy: .both, whisper: .none, application: "other")
        #expect(await scene.asterisk.current.snoops.isEmpty)
        #expect(await scene.events(after: before).isEmpty)
    }

    @Test func `a bridge's ID is taken once, and a bridge is destroyed once`() async throws {
        let scene = await WorldScene()
        let id = Bridge.ID("b")
        try await scene.client.createBridge(id)
        let error = try await ariError { try await scene.client.createBridge(id) }
        #expect(error.code == .conflict)
        #expect(try await scene.client.destroyBridge(id) == .removed)
        #expect(try await scene.client.destroyBridge(id) == .alreadyGone)
    }

    @Test func `subscriptions are all or none, and are counted`() async throws {
        let scene = await WorldScene()
        let endpoint = EventSource.endpoint(technology: "PJSIP", resource: "101")
        let error = try await ariError {
            try await scene.client.subscribe(application: "earshot", to: [endpoint, .channel("gone")])
        }
        #expect(error.code == .unprocessable)
        #expect(try await scene.client.application("earshot").endpoints.isEmpty)
        try await scene.client.subscribe(application: "earshot", to: [endpoint])
        try await scene.client.subscribe(application: "earshot", to: [endpoint])
        #expect(try await scene.client.unsubscribe(application: "earshot", from: [endpoint]) == .removed)
        #expect(try await scene.client.application("earshot").endpoints == ["PJSIP/101"])
        #expect(try await scene.client.unsubscribe(application: "earshot", from: [endpoint]) == .removed)
        #expect(try await scene.client.unsubscribe(application: "earshot", from: [endpoint]) == .alreadyGone)
    }

    @Test func `the bridge of an ordinary call can be neither watched nor changed`() async throws {
        let scene = await WorldScene()
        let bridge = try #require(await scene.asterisk.current.leg(scene.call.callee)?.bridge)
        let watch = try await ariError {
            try await scene.client.subscribe(application: "earshot", to: [.bridge(bridge)])
        }
        #expect(watch.code == .unprocessable)
        let add = try await ariError { try await scene.client.addChannels([scene.supervisor], to: bridge) }
        #expect(add.code == .notInStasis)
        #expect(await scene.asterisk.current.violations.count == 1)
    }

    @Test func `listed variables come with the channel, empty where it has none`() async throws {
        let scene = await WorldScene()
        await scene.asterisk.change { world in
            world.listedVariables = ["SPY_PERMISSION", "DISABLE_SPY"]
            world.addEndpoint("300", variables: ["SPY_PERMISSION": "Barge"])
        }
        let id = await scene.asterisk.change { $0.dial(from: "300", "*91101") }
        let channel = try await scene.client.channel(id)
        #expect(channel.variables == ["SPY_PERMISSION": "Barge", "DISABLE_SPY": ""])
        #expect(channel.dialplan.exten == "*91101")
        #expect(channel.endpoint?.resource == "300")
    }

    // MARK: - Order of events

    @Test func `a session's beginning`() async throws {
        let scene = await WorldScene()
        let before = await scene.asterisk.delivered.count
        try await scene.monitor()
        #expect(
            await scene.events(after: before) == [
                "StasisStart", "ChannelEnteredBridge", "ChannelEnteredBridge", "ChannelVarset", "ChannelVarset",
            ]
        )
    }

    @Test func `when the agent hangs up, the snoop ends first and nobody is told of the agent`() async throws {
        let scene = await WorldScene()
        try await scene.monitor()
        let before = await scene.asterisk.delivered.count
        await scene.asterisk.change { $0.hangUp(scene.call.callee) }
        #expect(await scene.events(after: before) == ["ChannelVarset", "ChannelLeftBridge", "StasisEnd"])
        let world = await scene.asterisk.current
        #expect(world.leg(scene.call.caller) == nil)
        #expect(world.leftovers == ["bridge br-1"])
        #expect(world.allBridges.map(\.id) == [Bridge.ID("br-1")])
    }

    @Test func `who is subscribed to the agent's channel hears of its end after the snoop's`() async throws {
        let scene = await WorldScene()
        try await scene.monitor()
        try await scene.client.subscribe(application: "earshot", to: [.channel(scene.call.callee)])
        let before = await scene.asterisk.delivered.count
        await scene.asterisk.change { $0.hangUp(scene.call.callee) }
        #expect(
            await scene.events(after: before)
                == [
                    "ChannelHangupRequest", "ChannelVarset", "ChannelLeftBridge", "StasisEnd", "ChannelDestroyed",
                ].inserting("ChannelVarset", at: 1)
        )
    }

    @Test func `when the supervisor is hung up, their end comes without ChannelDestroyed`() async throws {
        let scene = await WorldScene()
        try await scene.monitor()
        let before = await scene.asterisk.delivered.count
        #expect(try await scene.client.hangUp(scene.supervisor) == .removed)
        let expected = ["ChannelHangupRequest", "ChannelVarset", "ChannelLeftBridge", "StasisEnd"]
        #expect(await scene.events(after: before) == expected)
        #expect(await scene.asterisk.current.leg(scene.call.callee) != nil)
    }

    @Test func `a supervisor goes on in the dialplan only when their prompt has ended`() async throws {
        let scene = await WorldScene()
        await scene.asterisk.change { $0.playbacksEndAtOnce = false }
        try await scene.client.play(["sound:a", "sound:b"], on: scene.supervisor, as: Playback.ID("p"))
        try await scene.client.continueInDialplan(scene.supervisor)
        let before = await scene.asterisk.delivered.count
        await scene.asterisk.change { $0.finishPlayback(Playback.ID("p")) }
        #expect(await scene.events(after: before) == ["PlaybackContinuing", "PlaybackStarted"])
        #expect(try await scene.client.stopPlayback(Playback.ID("p")) == .removed)
        #expect(await scene.events(after: before + 2) == ["PlaybackFinished", "StasisEnd"])
        #expect(await scene.asterisk.current.leg(scene.supervisor) == nil)
    }

    @Test func `hanging up ends what is played and what waits to be played`() async throws {
        let scene = await WorldScene()
        await scene.asterisk.change { $0.playbacksEndAtOnce = false }
        try await scene.client.play(["sound:a"], on: scene.supervisor, as: Playback.ID("p"))
        try await scene.client.play(["sound:b"], on: scene.supervisor, as: Playback.ID("q"))
        let before = await scene.asterisk.delivered.count
        await scene.asterisk.change { $0.hangUp(scene.supervisor) }
        #expect(
            await scene.events(after: before) == [
                "ChannelHangupRequest", "PlaybackFinished", "PlaybackStarted", "PlaybackFinished", "StasisEnd",
            ]
        )
    }

    @Test func `a missing medium is told as a failed playback`() async throws {
        let scene = await WorldScene()
        await scene.asterisk.change { $0.missingMedia = ["sound:none"] }
        try await scene.client.play(["sound:none"], on: scene.supervisor, as: Playback.ID("p"))
        let last = try #require(await scene.asterisk.delivered.last)
        guard case .playbackFinished(let finished) = ARIEvent(message: last.bytes) else {
            Issue.record("the last event is \(last.type)")
            return
        }
        #expect(finished.playback.state == .failed)
    }

    @Test func `a snoop of a silent channel stays listed until the channel speaks`() async throws {
        let scene = await WorldScene()
        try await scene.monitor()
        await scene.asterisk.change { $0.setSilent(true, scene.call.callee) }
        #expect(try await scene.client.hangUp("sn-1") == .removed)
        #expect(try await scene.client.channels().contains { $0.id == "sn-1" })
        #expect(try await scene.client.hangUp("sn-1") == .alreadyGone)
        await scene.asterisk.change { $0.setSilent(false, scene.call.callee) }
        #expect(try await scene.client.channels().contains { $0.id == "sn-1" } == false)
    }

    // MARK: - Connections

    @Test func `channels and bridges survive the connection, events in the gap do not`() async throws {
        let scene = await WorldScene()
        try await scene.monitor()
        await scene.asterisk.change { $0.disconnect("earshot") }
        await scene.asterisk.change { $0.press("5", on: scene.supervisor) }
        await scene.asterisk.change { $0.connect("earshot") }
        let before = await scene.asterisk.delivered.count
        await scene.asterisk.change { $0.press("6", on: scene.supervisor) }
        #expect(await scene.events(after: before) == ["ChannelDtmfReceived"])
        let application = try await scene.client.application("earshot")
        #expect(Set(application.channels) == [scene.supervisor, "sn-1"])
    }

    @Test func `an application with nothing in it is forgotten when it leaves`() async throws {
        var world = AsteriskWorld()
        world.connect("earshot")
        world.disconnect("earshot")
        let client = ARIClient(transport: InMemoryAsterisk(world))
        let error = try await ariError { _ = try await client.application("earshot") }
        #expect(error.code == .notFound)
    }

    @Test func `everything the world sends can be read`() async throws {
        let scene = await WorldScene()
        try await scene.client.subscribe(
            application: "earshot",
            to: [.endpoint(technology: "PJSIP", resource: "101"), .channel(scene.supervisor)]
        )
        try await scene.monitor()
        await scene.asterisk.change { world in
            world.setHold(true, on: scene.call.callee)
            world.setHold(false, on: scene.call.callee)
            world.press("#", on: scene.supervisor)
        }
        try await scene.client.answer(scene.supervisor)
        try await scene.client.play(["sound:beep"], on: scene.supervisor, as: Playback.ID("p"))
        try await scene.snoop("sn-recorded")
        try await scene.client.record("sn-recorded", as: "a")
        try await scene.client.record(scene.supervisor, as: "b")
        try await scene.client.emitUserEvent("x", application: "earshot")
        await scene.asterisk.change { _ = $0.placeCall(from: "201", to: "101") }
        await scene.asterisk.change { $0.hangUp(scene.call.callee) }
        try await scene.client.continueInDialplan(scene.supervisor)
        try await scene.client.destroyBridge(Bridge.ID("br-1"))
        await scene.asterisk.change { $0.connect("earshot") }
        let sent = await scene.asterisk.delivered
        let unused: Set = [
            "ChannelHangupRequest", "ChannelLeftBridge", "ChannelHold", "ChannelUnhold", "BridgeDestroyed",
            "PlaybackStarted",
            "RecordingStarted", "EndpointStateChange",
        ]
        for message in sent {
            let expected = unused.contains(message.type) ? "unknown" : message.type
            #expect(ARIEvent(message: message.bytes).metricLabel == expected)
        }
        #expect(Set(sent.map(\.type)).count == 21)
    }
}

extension Array {
    fileprivate func inserting(_ element: Element, at index: Int) -> [Element] {
        var copy = self
        copy.insert(element, at: index)
        return copy
    }
}

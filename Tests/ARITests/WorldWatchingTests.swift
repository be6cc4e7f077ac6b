import ARI
import ARITestSupport
import Testing

/// Subscriptions to endpoints: what a session hears that waits for a call.
@Suite(.timeLimit(.minutes(1)))
struct WorldWatchingTests {
    private let agent = EventSource.endpoint(technology: "PJSIP", resource: "101")

    @Test func `the next call of a watched extension is told from its first ring to its last bridge`() async throws {
        let scene = await WorldScene()
        let old = scene.call.callee
        await scene.asterisk.change { $0.hangUp(old) }
        try await scene.client.subscribe(application: "earshot", to: [agent])
        let ring = await scene.events { _ = $0.ring(from: "201", to: "101") }
        #expect(ring == ["EndpointStateChange", "ChannelCreated"])
        let channels = try await scene.client.endpoint(technology: "PJSIP", resource: "101").channels
        let new = try #require(channels.first)
        let client = try #require(await scene.world.livingLegs.first { $0.channel.endpoint?.resource == "201" }).channel
        let call = AsteriskWorld.Call(caller: client.id, callee: new)
        #expect(await scene.events { $0.answer(call) } == ["ChannelStateChange", "ChannelVarset"])
        let varset = try await scene.lastEvent()
        #expect(varset == "ChannelVarset BRIDGEPEER=\(client.name) of \(new)")
        #expect(
            await scene.events { $0.hangUp(client.id) }
                == ["ChannelHangupRequest", "ChannelVarset", "ChannelDestroyed", "EndpointStateChange"]
        )
    }

    @Test func `the variables of a watched phone are told when its channel is made`() async throws {
        let scene = await WorldScene()
        await scene.asterisk.change { $0.addEndpoint("101", variables: ["SPYGROUP": "a"]) }
        try await scene.client.subscribe(application: "earshot", to: [agent])
        let ring = await scene.events { _ = $0.ring(from: "201", to: "101") }
        #expect(ring == ["EndpointStateChange", "ChannelCreated", "ChannelVarset"])
    }

    @Test func `keys and holds of a watched extension are told`() async throws {
        let scene = await WorldScene()
        let phone = scene.call.callee
        #expect(await scene.events { $0.press("5", on: phone) } == [])
        try await scene.client.subscribe(application: "earshot", to: [agent])
        let events = await scene.events { world in
            world.press("*", on: phone)
            world.setHold(true, on: phone)
            world.setHold(false, on: phone)
        }
        #expect(events == ["ChannelDtmfReceived", "ChannelHold", "ChannelUnhold"])
    }

    @Test func `a supervisor's keys are told without a subscription`() async throws {
        let scene = await WorldScene()
        let supervisor = scene.supervisor
        #expect(await scene.events { $0.press("#", on: supervisor) } == ["ChannelDtmfReceived"])
        #expect(try await scene.lastEvent() == "key # of \(supervisor)")
    }

    @Test func `a subscription lasts until it is taken back as often as it was asked for`() async throws {
        let scene = await WorldScene()
        for _ in 1...2 { try await scene.client.subscribe(application: "earshot", to: [agent]) }
        #expect(try await scene.client.application("earshot").endpoints == ["PJSIP/101"])
        #expect(try await scene.client.unsubscribe(application: "earshot", from: [agent]) == .removed)
        #expect(await scene.world.leftovers == ["subscription endpoint:PJSIP/101"])
        #expect(try await scene.client.unsubscribe(application: "earshot", from: [agent]) == .removed)
        #expect(try await scene.client.application("earshot").endpoints == [])
        #expect(await scene.world.leftovers.isEmpty)
        #expect(try await scene.client.unsubscribe(application: "earshot", from: [agent]) == .alreadyGone)
    }

    @Test func `a subscription survives the connection, and Asterisk remembers the application for it`() async throws {
        let scene = await WorldScene()
        try await scene.client.subscribe(application: "earshot", to: [agent])
        let supervisor = scene.supervisor
        await scene.asterisk.change { $0.disconnect("earshot") }
        await scene.asterisk.change { $0.hangUp(supervisor) }
        #expect(try await scene.client.application("earshot").endpoints == ["PJSIP/101"])
        #expect(await scene.events { _ = $0.ring(from: "201", to: "101") } == [])
        await scene.asterisk.change { $0.connect("earshot") }
        #expect(
            await scene.events { _ = $0.ring(from: "201", to: "101") } == ["EndpointStateChange", "ChannelCreated"]
        )
    }

    @Test func `what cannot be watched is refused, and what nobody watches cannot be taken back`() async throws {
        let scene = await WorldScene()
        let unknown = EventSource.endpoint(technology: "PJSIP", resource: "999")
        let watch = try await ariError { try await scene.client.subscribe(application: "earshot", to: [unknown]) }
        #expect(watch.status == 422)
        let nobody = try await ariError { try await scene.client.subscribe(application: "other", to: [agent]) }
        #expect(nobody.status == 404)
        #expect(try await scene.client.unsubscribe(application: "earshot", from: [agent]) == .alreadyGone)
        #expect(try await scene.client.unsubscribe(application: "other", from: [agent]) == .alreadyGone)
        #expect(await scene.asterisk.exchanges.suffix(2).map(\.status) == [422, 404])
    }
}

extension WorldScene {
    /// The last event that was sent, in words.
    fileprivate func lastEvent() async throws -> String {
        let message = try #require(await asterisk.delivered.last)
        switch ARIEvent(message: message.bytes) {
        case .channelDtmfReceived(let key): return "key \(key.digit) of \(key.channel.id)"
        case .channelVarset(let set):
            return "ChannelVarset \(set.variable)=\(set.value) of \(set.channel?.id.rawValue ?? "nobody")"
        default: return message.type
        }
    }
}

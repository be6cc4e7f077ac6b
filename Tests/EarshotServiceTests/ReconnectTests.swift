import ARI
import ARITestSupport
import EarshotService
import InMemoryLogging
import Logging
import Monitoring
import Testing

/// The WebSocket breaks, something happens that nobody tells, and it comes back.
@Suite(.timeLimit(.minutes(5)))
struct ReconnectTests {
    private static let broken = ARITransportError(.connectionLost, "reset by peer")

    /// Breaks the connection, lets something happen meanwhile, and connects again.
    private func reconnect(
        _ stage: Stage,
        meanwhile: @Sendable (inout AsteriskWorld) -> Void = { _ in }
    ) async throws {
        let connections = stage.lines("connected to Asterisk").count
        await stage.asterisk.dropConnection(with: Self.broken)
        await stage.settle()
        await stage.asterisk.change(meanwhile)
        try await stage.until("connected again") { _ in stage.lines("connected to Asterisk").count > connections }
        await stage.settle()
    }

    @Test func `a session survives a broken connection`() async throws {
        try await Stage.run { stage in
            let scene = try await stage.monitor("*92101")
            try await reconnect(stage)
            #expect(await stage.asterisk.current.isMonitoring(scene.supervisor, scene.agent))
            await stage.hangUp(scene.agent)
            try await stage.untilEnded()
            #expect(await stage.result(of: scene.supervisor) == "target_hung_up")
            #expect(stage.lines("something left over was removed").isEmpty)
        }
    }

    @Test(arguments: MonitoringMode.allCases)
    func `a supervisor who left unnoticed is missed at the next connection`(mode: MonitoringMode) async throws {
        try await Stage.run { stage in
            let scene = try await stage.monitor(mode.code)
            try await reconnect(stage) { $0.hangUp(scene.supervisor) }
            #expect(stage.lines("session ended").map { $0[.endReason] } == ["supervisor_hung_up"])
            #expect(await stage.asterisk.current.leftovers == [])
        }
    }

    @Test(arguments: MonitoringMode.allCases)
    func `an agent who left unnoticed is missed at the next connection`(mode: MonitoringMode) async throws {
        try await Stage.run { stage in
            let scene = try await stage.monitor(mode.code)
            try await reconnect(stage) { $0.hangUp(scene.agent) }
            #expect(stage.lines("session ended").map { $0[.endReason] } == ["target_hung_up"])
            #expect(await stage.asterisk.current.leg(scene.supervisor) == nil)
        }
    }

    @Test(arguments: 1...HangUpCase.requestsUntilInTheCall, HangUpCase.Party.allCases)
    func `a connection that breaks at any request loses nobody`(request: Int, party: HangUpCase.Party) async throws {
        let options = Stage.Options(tolerated: { ["playbacks.stop", "bridges.addChannel"].contains($0.operation) })
        try await Stage.run(.office(), options) { stage in
            await stage.asterisk.inject(.holdRequest, occurrence: request)
            let scene = await stage.dial()
            await stage.settle()
            await stage.asterisk.dropConnection(with: Self.broken)
            await stage.settle()
            await stage.asterisk.release()
            await stage.settle()
            switch party {
            case .supervisor: await stage.hangUp(scene.supervisor)
            case .agent: await stage.hangUp(scene.agent)
            case .client: break
            }
            try await stage.until("in the call, or out again") { world in
                world.isMonitoring(scene.supervisor, scene.agent) || world.leg(scene.supervisor) == nil
            }
            try await stage.until("connected again") { _ in stage.lines("connected to Asterisk").count > 1 }
            if await stage.asterisk.current.leg(scene.supervisor) != nil { await stage.hangUp(scene.supervisor) }
            try await stage.untilEnded()
            #expect(await stage.asterisk.current.leftovers == [])
            await stage.expectDirections(of: .listen)
        }
    }

    @Test func `a prompt that ended unnoticed keeps nobody waiting in silence`() async throws {
        var world = AsteriskWorld.office(supervisor: [:])
        world.playbacksEndAtOnce = false
        try await Stage.run(world) { stage in
            let scene = await stage.dial()
            await stage.settle()
            let playback = try #require(await stage.asterisk.current.currentPlaybacks.first)
            await stage.asterisk.dropConnection(with: Self.broken)
            await stage.asterisk.change { $0.finishPlayback(playback.id) }
            let before = stage.clock.now
            try await stage.until("released") { world in world.leg(scene.supervisor) == nil }
            #expect(before.duration(to: stage.clock.now) < SessionConfiguration().promptTimeout)
        }
    }

    @Test func `who came into the bridge unnoticed stays in the call`() async throws {
        try await Stage.run { stage in
            await stage.asterisk.inject(.holdRequest, into: "bridges.addChannel")
            let scene = await stage.dial()
            await stage.settle()
            await stage.asterisk.dropConnection(with: Self.broken)
            await stage.settle()
            await stage.asterisk.release()
            try await stage.until("connected again") { _ in stage.lines("connected to Asterisk").count > 1 }
            await stage.settle()
            stage.clock.advance(by: SessionConfiguration().attachTimeout * 3)
            await stage.settle()
            #expect(await stage.asterisk.current.isMonitoring(scene.supervisor, scene.agent))
            #expect(stage.lines("session started").count == 1)
        }
    }

    @Test func `a supervisor who came unnoticed is taken in at the next connection`() async throws {
        try await Stage.run { stage in
            let call = await stage.asterisk.change { $0.placeCall(from: "200", to: "101") }
            await stage.asterisk.holdEvents()
            let supervisor = await stage.asterisk.change { $0.dial(from: "305", "*91101") }
            await stage.asterisk.dropConnection(with: Self.broken)
            await stage.asterisk.releaseEvents()
            try await stage.until("they are in the call") { $0.isMonitoring(supervisor, call.callee) }
            #expect(stage.lines("a waiting supervisor was found").count == 1)
        }
    }

    @Test func `a supervisor who is taken in late is asked for with what the dialplan said`() async throws {
        try await Stage.run { stage in
            let call = await stage.asterisk.change { $0.placeCall(from: "200", to: "101") }
            await stage.asterisk.holdEvents()
            let supervisor = await stage.asterisk.change { $0.dial(from: "305", "s", arguments: ["*91101"]) }
            await stage.asterisk.dropConnection(with: Self.broken)
            await stage.asterisk.releaseEvents()
            try await stage.until("they are in the call, or out again") { world in
                world.isMonitoring(supervisor, call.callee) || world.leg(supervisor) == nil
            }
            #expect(stage.lines("session started").map { $0[.dialled] } == ["*91101"])
        }
    }

    @Test func `what an earlier run left behind is removed, and reported`() async throws {
        var world = AsteriskWorld.office()
        world.connect("earshot")
        let call = world.placeCall(from: "200", to: "101")
        let waiting = world.dial(from: "305", "*91101")
        for request in [
            Self.post("channels.snoopChannelWithId", ["channels", call.callee.rawValue, "snoop", "earshot-i0-7-1-sn"]) {
                [("spy", "both"), ("whisper", "out"), ("app", "earshot")]
            },
            Self.post("bridges.createWithId", ["bridges", "earshot-i0-7-2-br"]) { [("type", "mixing")] },
            Self.post("bridges.createWithId", ["bridges", "other-i0-7-2-br"]) { [("type", "mixing")] },
        ] {
            #expect(world.handle(request).status == 200)
        }
        world.disconnect("earshot")
        _ = world.takeEvents()
        let options = Stage.Options(leftovers: ["bridge other-i0-7-2-br"])
        try await Stage.run(world, options) { stage in
            try await stage.until("the waiting one is in the call") { $0.isMonitoring(waiting, call.callee) }
            let removed = stage.lines("something left over was removed").compactMap { $0[.leftOver] }
            #expect(Set(removed) == ["earshot-i0-7-1-sn", "earshot-i0-7-2-br"])
            #expect(
                await stage.asterisk.current.bridge(Bridge.ID("other-i0-7-2-br")) != nil,
                "it belongs to somebody else"
            )
        }
    }

    @Test(arguments: ["applications.get", "bridges.list"], [Failure.timeout, .serverError, .connectionLost, .garbage])
    func `comparing with Asterisk is tried again until it is done`(operation: String, failure: Failure) async throws {
        try await Stage.run { stage in
            let scene = try await stage.monitor()
            await stage.asterisk.inject(failure.action, into: operation)
            await stage.asterisk.inject(failure.action, into: operation)
            try await reconnect(stage) { $0.hangUp(scene.supervisor) }
            try await stage.untilEnded()
            #expect(stage.lines("cannot compare with Asterisk what is left over").count == 2)
        }
    }

    @Test func `a supervisor who is released while nobody tells is not reported as left over`() async throws {
        try await Stage.run { stage in
            let scene = try await stage.monitor()
            for _ in 0..<8 { await stage.asterisk.inject(.refuse(Self.broken)) }
            await stage.asterisk.inject(.holdRequest, into: "channels.setChannelVar")
            await stage.hangUp(scene.agent)
            await stage.settle()
            await stage.asterisk.dropConnection(with: Self.broken)
            await stage.asterisk.release()
            try await stage.untilEnded()
            #expect(stage.lines("something could not be removed").isEmpty)
        }
    }

    @Test func `Asterisk's restart ends the sessions`() async throws {
        try await Stage.run { stage in
            _ = try await stage.monitor()
            await stage.asterisk.change { $0.restart() }
            try await reconnect(stage)
            #expect(stage.lines("session ended").count == 1)
        }
    }

    @Test func `while Asterisk is away one line tells why, until it changes`() async throws {
        try await Stage.run { stage in
            let other = ARITransportError(.tlsFailed, "expired")
            await stage.asterisk.inject(
                .refuse(Self.broken),
                .refuse(Self.broken),
                .refuse(Self.broken),
                .refuse(other),
                .refuse(other)
            )
            try await reconnect(stage)
            let lost = stage.lines("disconnected from Asterisk")
            #expect(lost.map(\.level) == [.warning])
            #expect(lost.first?[.errorCode] == "connection_lost" && lost.first?[.retryAfter] == "100")
            let failed = stage.lines("cannot connect to Asterisk")
            #expect(failed.map(\.level) == [.debug, .debug, .debug, .warning, .debug])
        }
    }

    @Test func `a process that takes the application's name ends the service with the reason`() async throws {
        // The other one removes them, as it finds nobody who has them.
        let options = Stage.Options(leftovers: ["snoop earshot-i1-1-1-sn", "bridge earshot-i1-1-2-br"])
        try await Stage.run(.office(), options) { stage in
            _ = try await stage.monitor()
            await stage.asterisk.change { $0.connect("earshot") }
            await stage.untilOutcome()
            guard case .failure(let error as ARIError)? = stage.outcome else {
                Issue.record("ended with \(String(describing: stage.outcome))")
                return
            }
            #expect(error.code == .replaced)
        }
    }

    private static func post(
        _ operation: String,
        _ path: [String],
        _ query: () -> [(name: String, value: String)]
    ) -> ARIHTTPRequest {
        ARIHTTPRequest(operation: operation, method: .post, path: path, query: query())
    }
}

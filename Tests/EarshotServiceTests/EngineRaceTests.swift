import ARI
import ARITestSupport
import EarshotService
import Logging
import Testing

/// Races of the engine that were found by thinking, each with the promise that it once broke.
@Suite(.timeLimit(.minutes(5))) struct EngineRaceTests {
    private func serving(
        _ body: (InMemoryAsterisk, ManualClock, AsyncStream<String>) async throws -> Void
    ) async throws {
        var world = AsteriskWorld()
        world.addEndpoint("201")
        world.addEndpoint("101")
        let rights = ["SPY_PERMISSION": "Barge", "SPY_PARAMS": "qESsb"]
        for user in ["305", "306"] { world.addEndpoint(user, variables: rights) }
        let asterisk = InMemoryAsterisk(world)
        let clock = ManualClock()
        let client = ARIClient(transport: asterisk)
        let (lines, log) = AsyncStream.makeStream(of: String.self)
        let logger = Logger(label: "review") { _ in LineHandler(lines: log) }
        let service = MonitoringService(
            configuration: ServiceConfiguration(),
            nodes: [
                AsteriskNode(
                    configuration: ServiceConfiguration(),
                    client: client,
                    connection: ARIEventConnection(client: client, application: "earshot", clock: clock, logger: logger)
                )
            ],
            instance: "test",
            clock: clock,
            logger: logger
        )
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await service.run() }
            try await asterisk.untilAsked("bridges.list")
            try await body(asterisk, clock, lines)
            group.cancelAll()
        }
    }

    private static func start(_ channel: Channel.ID, exten: String) -> [UInt8] {
        Array(
            """
            {"type":"StasisStart","application":"earshot","timestamp":"2026-01-01T00:00:00.000+0000","args":[],
            "channel":{"id":"\(channel)","name":"PJSIP/305-00000099","state":"Up",
            "dialplan":{"context":"lab","exten":"\(exten)"},"creationtime":"2026-01-01T00:00:00.000+0000"}}
            """.utf8
        )
    }

    @Test func `a supervisor who comes again while their last session is cleaned up gets a new session`() async throws {
        try await serving { asterisk, _, _ in
            let call = await asterisk.change { $0.placeCall(from: "201", to: "101") }
            let supervisor = await asterisk.change { $0.dial(from: "305", "*91101") }
            try await asterisk.until { world in
                world.allBridges.contains { $0.id.rawValue.hasPrefix("earshot-") && $0.channels.count == 2 }
            }
            await asterisk.inject(.holdRequest, into: "bridges.destroy")
            await asterisk.change { $0.hangUp(call.callee) }
            try await asterisk.untilAsked("bridges.destroy")
            try await asterisk.untilAsked("channels.continueInDialplan")
            // The dialplan sends them back at once, the bridge's removal is not answered yet.
            await asterisk.deliver(Self.start(supervisor, exten: "*91101"), to: "earshot")
            try await asterisk.until { _, exchanges in
                exchanges.count {
                    $0.request.operation == "channels.getChannelVar" && $0.request.path[1] == supervisor.rawValue
                        && $0.request.query.contains { $0.value.contains("SPY_PERMISSION") }
                } == 2
            }
            await asterisk.release()
        }
    }

    @Test func `a bridge that is made after its session was given up is removed`() async throws {
        try await serving { asterisk, clock, lines in
            _ = await asterisk.change { $0.placeCall(from: "201", to: "101") }
            await asterisk.inject(.holdRequest, into: "bridges.createWithId")
            let supervisor = await asterisk.change { $0.dial(from: "305", "*91101") }
            try await asterisk.untilAsked("bridges.createWithId")
            await asterisk.change { $0.hangUp(supervisor) }
            // Three attempts to remove, of a second each.
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    // Throws when the line is there, and the group cancelled.
                    while (try? await clock.waitForSleepers()) != nil {
                        clock.advance(by: .seconds(1))
                        await Task.yield()
                    }
                }
                _ = await lines.first { $0 == "something could not be removed" }
                group.cancelAll()
            }
            await asterisk.release()
            try await asterisk.untilAsked("bridges.destroy")
        }
    }
}

private struct LineHandler: LogHandler {
    let lines: AsyncStream<String>.Continuation
    var logLevel = Logger.Level.debug
    var metadata: Logger.Metadata = [:]

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) { lines.yield(event.message.description) }
}

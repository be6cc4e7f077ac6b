import ARI
import ARITestSupport
import EarshotService
import MetricsTestKit
import Monitoring
import Testing

/// What operators measure, from what happens in calls.
@Suite(.timeLimit(.minutes(5)))
struct MetricsTests {
    private let found = TestMetrics()

    /// 2026-01-01, a quarter of a second after midnight.
    private static let now: Int64 = 1_767_225_600_250

    private func serve(
        _ world: AsteriskWorld = .office(),
        _ options: Stage.Options = Stage.Options(),
        _ body: @Sendable (Stage) async throws -> Void
    ) async throws {
        let metrics = ServiceMetrics(factory: found, now: { Self.now })
        var options = options
        options.metrics = metrics
        options.transport = { MeasuredTransport($0, metrics, clock: ContinuousClock()) }
        try await Stage.run(world, options, body)
    }

    private func count(_ name: MetricName, _ labels: [(String, String)] = []) -> Int64 {
        found.counterTotal(label: name.rawValue, dimensions: labels)
    }

    private func durations(_ name: MetricName, _ labels: [(String, String)] = []) -> [Int64] {
        found.timers(label: name.rawValue, dimensions: labels).flatMap { $0.values }
    }

    private func gauge(_ name: MetricName, _ labels: [(String, String)] = []) throws -> Double? {
        try found.expectGauge(name.rawValue, labels).lastValue
    }

    // MARK: - Sessions

    @Test(arguments: MonitoringMode.allCases)
    func `a session is counted at its start and at its end`(mode: MonitoringMode) async throws {
        try await serve { stage in
            let scene = try await stage.monitor(mode.code)
            await stage.settle()
            #expect(count(.sessionsStarted, [("mode", mode.rawValue)]) == 1)
            #expect(count(.sessionsStarted) == 1)
            #expect(count(.sessionsEnded) == 0)
            await stage.hangUp(scene.agent)
            try await stage.untilEnded()
            await stage.settle()
            #expect(count(.sessionsEnded, [("mode", mode.rawValue), ("reason", "target_hung_up")]) == 1)
            #expect(count(.sessionsEnded) == 1)
            #expect(count(.attemptsDenied) == 0)
            #expect(durations(.attachDuration, [("mode", mode.rawValue)]).count == 1)
        }
    }

    @Test func `the time to the audio is from the call's arrival`() async throws {
        var world = AsteriskWorld.office()
        world.playbacksEndAtOnce = false
        try await serve(world) { stage in
            _ = await stage.dial()
            await stage.settle()
            stage.clock.advance(by: .milliseconds(1234))
            for _ in 0..<2 {
                await stage.asterisk.change { world in
                    for playback in world.currentPlaybacks { world.finishPlayback(playback.id) }
                }
                await stage.settle()
            }
            #expect(durations(.attachDuration, [("mode", "listen")]) == [1_234_000_000])
        }
    }

    @Test func `a refusal is counted by its reason, and is no end of a session`() async throws {
        try await serve(.office(supervisor: [:])) { stage in
            _ = await stage.dial()
            try await stage.untilEnded()
            await stage.settle()
            #expect(count(.attemptsDenied, [("reason", "no_permission")]) == 1)
            #expect(count(.attemptsDenied) == 1)
            #expect(count(.sessionsStarted) == 0 && count(.sessionsEnded) == 0)
        }
    }

    @Test func `a supervisor who gives up before the first call is an end without a mode`() async throws {
        try await serve(.office(supervisor: ["SPY_PERMISSION": "Listen", "SPY_PARAMS": "q"])) { stage in
            let supervisor = await stage.asterisk.change { $0.dial(from: "305", "*91101") }
            await stage.settle()
            await stage.hangUp(supervisor)
            try await stage.untilEnded()
            await stage.settle()
            #expect(count(.sessionsEnded, [("mode", "none"), ("reason", "supervisor_hung_up")]) == 1)
        }
    }

    @Test func `who had to wait for a call is no slow start`() async throws {
        try await serve(.office(supervisor: ["SPY_PERMISSION": "Listen", "SPY_PARAMS": "q"])) { stage in
            let supervisor = await stage.asterisk.change { $0.dial(from: "305", "*91101") }
            await stage.settle()
            let call = await stage.asterisk.change { $0.placeCall(from: "200", to: "101") }
            try await stage.until("the call is heard") { $0.isMonitoring(supervisor, call.callee) }
            await stage.settle()
            #expect(count(.sessionsStarted, [("mode", "listen")]) == 1)
            #expect(durations(.attachDuration) == [])
        }
    }

    @Test func `a switch is measured between the modes`() async throws {
        try await serve(.office(supervisor: ["SPY_PERMISSION": "Barge", "SPY_PARAMS": "qdESsb"])) { stage in
            let scene = try await stage.monitor()
            await stage.asterisk.change { $0.press("6", on: scene.supervisor) }
            try await stage.until("in the other mode") { _ in stage.lines("mode changed").count == 1 }
            await stage.settle()
            #expect(durations(.modeSwitchDuration, [("from", "listen"), ("to", "barge")]).count == 1)
            #expect(durations(.modeSwitchDuration).count == 1)
            await stage.hangUp(scene.agent)
            try await stage.untilEnded()
            await stage.settle()
            #expect(count(.sessionsEnded, [("mode", "barge"), ("reason", "target_hung_up")]) == 1)
        }
    }

    // MARK: - Asterisk

    /// Answers everything in the same way.
    private struct Answering: ARITransport {
        let answer: Result<ARIHTTPResponse, any Error>

        func send(_ request: ARIHTTPRequest) async throws -> ARIHTTPResponse { try answer.get() }

        func withEventMessages<Result: Sendable>(
            of request: ARIEventsRequest,
            _ body: (AsyncThrowingStream<[[UInt8]], any Error>) async throws -> Result
        ) async throws -> Result {
            throw ARITransportError(.other, "this transport has no events")
        }
    }

    @Test(arguments: [
        (200, ARIOutcome.ok), (403, .denied), (404, .gone), (500, .error),
    ])
    func `a request is measured by its operation, and by how it went`(status: Int, outcome: ARIOutcome) async throws {
        let metrics = ServiceMetrics(factory: found, now: { Self.now })
        let answer = ARIHTTPResponse(status: status, body: Array("{\"message\":\"x\"}".utf8))
        let transport = MeasuredTransport(Answering(answer: .success(answer)), metrics, clock: ContinuousClock())
        for operation in ["channels.get", "no.such"] {
            let request = ARIHTTPRequest(operation: operation, method: .get, path: ["channels", "1"])
            #expect(try await transport.send(request) == answer)
        }
        for operation in ["channels.get", "unknown"] {
            let labels = [("operation", operation), ("outcome", outcome.rawValue)]
            #expect(durations(.requestDuration, labels).count == 1, "\(operation)")
        }
    }

    @Test func `a request without an answer is measured, and one that was given up is not`() async throws {
        let metrics = ServiceMetrics(factory: found, now: { Self.now })
        let request = ARIHTTPRequest(operation: "channels.answer", method: .post, path: ["channels", "1", "answer"])
        let failures: [any Error] = [ARITransportError(.timedOut, "late"), CancellationError()]
        for failure in failures {
            let transport = MeasuredTransport(Answering(answer: .failure(failure)), metrics, clock: ContinuousClock())
            await #expect(throws: (any Error).self) { try await transport.send(request) }
        }
        #expect(durations(.requestDuration, [("operation", "channels.answer"), ("outcome", "timeout")]).count == 1)
        #expect(durations(.requestDuration).count == 1)
    }

    @Test func `what a session asks for is counted by how it went`() async throws {
        // What Asterisk refused to make is removed all the same: the refusal may be of a second attempt.
        let options = Stage.Options(tolerated: { $0.reason.hasSuffix("never existed") })
        try await serve(.office(), options) { stage in
            await stage.asterisk.inject(Failure.serverError.action, into: "channels.snoopChannelWithId")
            _ = await stage.dial()
            try await stage.untilEnded()
            await stage.settle()
            #expect(count(.commands, [("command", "create_snoop"), ("outcome", "denied")]) == 1)
            #expect(count(.commands, [("command", "read_settings"), ("outcome", "ok")]) == 1)
            #expect(count(.attemptsDenied, [("reason", "asterisk_refused")]) == 1)
        }
    }

    @Test func `events are counted by type, and those that nobody can read`() async throws {
        try await serve { stage in
            for message in [#"{"type":"Nonsense"}"#, "no JSON"] {
                await stage.asterisk.deliver(Array(message.utf8), to: "earshot")
            }
            await stage.settle()
            #expect(count(.events, [("type", "unknown")]) == 1)
            _ = try await stage.monitor()
            await stage.settle()
            #expect(count(.events, [("type", "undecodable")]) == 1)
            #expect(count(.decodeFailures) == 1)
            // The supervisor's and the snoop's.
            #expect(count(.events, [("type", "StasisStart")]) == 2)
        }
    }

    @Test(arguments: [("00:00:00.000", 250), ("00:00:00.250", 0), ("00:00:09.000", 0)])
    func `an event's lag is from Asterisk's time until it is handled, and never below nothing`(
        time: String,
        milliseconds: Int
    ) async throws {
        try await serve { stage in
            await stage.settle()
            let before = durations(.eventLag).count
            let event = #"{"type":"ChannelUserevent","eventname":"x","timestamp":"2026-01-01T\#(time)+0000"}"#
            await stage.asterisk.deliver(Array(event.utf8), to: "earshot")
            await stage.settle()
            #expect(Array(durations(.eventLag).dropFirst(before)) == [Int64(milliseconds) * 1_000_000])
        }
    }

    @Test func `each further attempt to connect is counted by what made it necessary`() async throws {
        try await serve { stage in
            await stage.asterisk.inject(.refuse(ARITransportError(.tlsFailed, "expired")))
            await stage.asterisk.dropConnection(with: ARITransportError(.connectionLost, "reset by peer"))
            try await stage.until("connected again") { _ in stage.lines("connected to Asterisk").count > 1 }
            await stage.settle()
            #expect(count(.reconnects, [("cause", "connection_lost")]) == 1)
            #expect(count(.reconnects, [("cause", "tls_failed")]) == 1)
            #expect(count(.reconnects) == 2)
        }
    }

    @Test func `what is left behind is a fault, and its removal is counted`() async throws {
        try await serve { stage in
            for _ in 0..<3 { await stage.asterisk.inject(Failure.serverError.action, into: "bridges.destroy") }
            let scene = try await stage.monitor()
            await stage.hangUp(scene.supervisor)
            try await stage.until("the bridge is removed") { _ in
                !stage.lines("something left over was removed").isEmpty
            }
            await stage.settle()
            #expect(count(.faults, [("kind", "left_behind")]) == 1)
            #expect(count(.orphansRemoved, [("kind", "bridge")]) == 1)
            #expect(count(.orphansRemoved) == 1)
        }
    }

    @Test func `a comparison that fails is a fault`() async throws {
        try await serve { stage in
            await stage.asterisk.inject(Failure.serverError.action, into: "bridges.list")
            await stage.asterisk.dropConnection(with: ARITransportError(.connectionLost, "reset by peer"))
            try await stage.until("the comparison has failed") { _ in
                !stage.lines("cannot compare with Asterisk what is left over").isEmpty
            }
            await stage.settle()
            #expect(count(.faults, [("kind", "comparison_failed")]) == 1)
        }
    }

    // MARK: - How it is now

    @Test func `the engine tells who is in a call, who waits, and whether events come`() async throws {
        let probe = ServiceProbe()
        let metrics = ServiceMetrics(factory: found, now: { Self.now })
        var options = Stage.Options()
        options.probe = probe
        var world = AsteriskWorld.office()
        world.addEndpoint("306", variables: ["SPY_PERMISSION": "Listen", "SPY_PARAMS": "q"])
        try await Stage.run(world, options) { stage in
            _ = try await stage.monitor("*93101")
            _ = await stage.asterisk.change { $0.dial(from: "306", "*91200") }
            try await stage.until("the other one hears them too") { _ in stage.lines("session started").count == 2 }
            let status = try #require(await probe.status(within: .seconds(1), stage.clock))
            #expect(status.sessions.inCall == [.barge: 1, .listen: 1])
            #expect(status.isConnected)
            metrics.show(status)
            #expect(try gauge(.sessionsActive, [("mode", "barge")]) == 1)
            #expect(try gauge(.sessionsActive, [("mode", "whisper")]) == 0)
            #expect(try gauge(.connectionUp) == 1)
            #expect(try gauge(.engineUp) == 1)
            await stage.asterisk.dropConnection(with: ARITransportError(.connectionLost, "reset by peer"))
            await stage.settle()
            let alone = try #require(await probe.status(within: .seconds(1), stage.clock))
            #expect(alone.disconnected == [NodeID("asterisk")])
            metrics.show(alone)
            #expect(try gauge(.connectionUp) == 0)
            #expect(try gauge(.sessionsActive, [("mode", "barge")]) == 1, "they go on hearing")
            try await stage.until("connected again") { _ in stage.lines("connected to Asterisk").count > 1 }
        }
    }

    @Test func `who waits for a call is counted apart`() async throws {
        let probe = ServiceProbe()
        var options = Stage.Options()
        options.probe = probe
        let world = AsteriskWorld.office(supervisor: ["SPY_PERMISSION": "Listen", "SPY_PARAMS": "q"])
        try await Stage.run(world, options) { stage in
            let supervisor = await stage.asterisk.change { $0.dial(from: "305", "*91101") }
            await stage.settle()
            let waiting = await probe.status(within: .seconds(1), stage.clock)
            #expect(waiting?.sessions.waiting == 1 && waiting?.sessions.inCall == [:])
            let call = await stage.asterisk.change { $0.placeCall(from: "200", to: "101") }
            try await stage.until("the call is heard") { $0.isMonitoring(supervisor, call.callee) }
            await stage.settle()
            let inCall = await probe.status(within: .seconds(1), stage.clock)
            #expect(inCall?.sessions.waiting == 0 && inCall?.sessions.inCall == [.listen: 1])
            await stage.hangUp(supervisor)
            try await stage.untilEnded()
            #expect(await probe.status(within: .seconds(1), stage.clock)?.sessions == SessionCounts())
        }
    }

    @Test func `while nobody answers, whoever asks is told so in time`() async throws {
        let probe = ServiceProbe()
        // More than are kept.
        for _ in 1...20 { #expect(await probe.status(within: .milliseconds(1), ContinuousClock()) == nil) }
        let metrics = ServiceMetrics(factory: found, now: { Self.now })
        metrics.show(nil)
        #expect(try gauge(.engineUp) == 0)
        #expect(try gauge(.connectionUp) == 0)
    }

    // MARK: - Names and labels

    @Test func `every metric is made at once, and no other`() {
        _ = ServiceMetrics(factory: found, now: { Self.now })
        let made = found.counters.map(\.label) + found.timers.map(\.label) + found.recorders.map(\.label)
        #expect(Set(made) == Set(MetricName.allCases.map(\.rawValue)))
        for name in MetricName.allCases {
            #expect(name.rawValue.hasPrefix("earshot_") && name.help.hasSuffix("."), "\(name)")
            #expect((name.buckets != nil) == name.rawValue.hasSuffix("_seconds"), "\(name)")
            #expect(found.counters(label: name.rawValue).isEmpty != name.rawValue.hasSuffix("_total"), "\(name)")
        }
        #expect(found.recorders.allSatisfy { !$0.aggregate })
    }

    @Test func `no extension, channel or session stands in a label`() async throws {
        try await serve { stage in
            let scene = try await stage.monitor()
            await stage.hangUp(scene.agent)
            try await stage.untilEnded()
        }
        let labels = found.counters.flatMap(\.dimensions) + found.timers.flatMap(\.dimensions)
        for (name, value) in labels {
            #expect(value.wholeMatch(of: /[A-Za-z]+([._][A-Za-z]+)*/) != nil, "\(name)=\(value)")
        }
    }
}

import ARI
package import CoreMetrics
import Monitoring

/// What is counted and measured about the service. All metrics are made once; who knows of something counts it.
package struct ServiceMetrics: Sendable {
    /// What should not happen, and happens.
    enum Fault: String, CaseIterable, Sendable {
        /// A subscriber was too far behind.
        case factsLost = "facts_lost"
        /// Something of a session could not be removed in time.
        case leftBehind = "left_behind"
        /// Asterisk could not be compared with.
        case comparisonFailed = "comparison_failed"
        case recordingFailed = "recording_failed"
        case promptMissing = "prompt_missing"
    }

    /// Counts what happens in sessions.
    let facts: FactMetrics
    private let faults: LabelledMetrics<Counter>
    private let active: LabelledMetrics<Gauge>
    private let waiting: Gauge
    private let engineUp: Gauge
    private let connectionUp: Gauge
    private let commands: LabelledMetrics<Counter>
    private let orphans: LabelledMetrics<Counter>
    private let requests: LabelledMetrics<Timer>
    private let events: LabelledMetrics<Counter>
    private let decodeFailures: Counter
    private let lag: Timer
    private let reconnects: LabelledMetrics<Counter>
    private let now: @Sendable () -> Int64

    /// - Parameters:
    ///   - factory: makes the metrics.
    ///   - now: milliseconds since 1970, to be compared with Asterisk's clock.
    package init(factory: any MetricsFactory, now: @escaping @Sendable () -> Int64) {
        let outcomes = ARIOutcome.allCases.map(\.rawValue)
        self.now = now
        faults = LabelledMetrics(.faults, ["kind": Fault.allCases.map(\.rawValue)], factory)
        facts = FactMetrics(factory: factory, faults: faults)
        active = LabelledMetrics(.sessionsActive, ["mode": MonitoringMode.allCases.map(\.rawValue)], factory)
        waiting = Gauge(label: MetricName.waitingSupervisors.rawValue, factory: factory)
        engineUp = Gauge(label: MetricName.engineUp.rawValue, factory: factory)
        connectionUp = Gauge(label: MetricName.connectionUp.rawValue, factory: factory)
        commands = LabelledMetrics(
            .commands,
            ["command": SessionRequest.Kind.allCases.map(\.rawValue), "outcome": outcomes],
            factory
        )
        orphans = LabelledMetrics(.orphansRemoved, ["kind": LeftOver.kinds], factory)
        requests = LabelledMetrics(
            .requestDuration,
            ["operation": ARIOperation.all.map(\.name) + ["unknown"], "outcome": outcomes],
            factory
        )
        events = LabelledMetrics(.events, ["type": ARIEvent.metricLabels], factory)
        decodeFailures = Counter(label: MetricName.decodeFailures.rawValue, factory: factory)
        lag = Timer(label: MetricName.eventLag.rawValue, factory: factory)
        reconnects = LabelledMetrics(.reconnects, ["cause": ARIError.Code.all.map(\.metricLabel)], factory)
    }

    /// Shows how the service is now.
    ///
    /// - Parameter status: nil when the engine does not answer: then nobody knows who is in which call, nor whether events come.
    package func show(_ status: ServiceStatus?) {
        engineUp.record(status == nil ? 0 : 1)
        connectionUp.record(status?.isConnected == true ? 1 : 0)
        guard let sessions = status?.sessions else { return }
        for mode in MonitoringMode.allCases { active[mode.rawValue]?.record(sessions.inCall[mode, default: 0]) }
        waiting.record(sessions.waiting)
    }

    // MARK: - What the service tells

    func happened(_ fault: Fault) { faults[fault.rawValue]?.increment() }

    func removed(_ leftOver: LeftOver) { orphans[leftOver.kind]?.increment() }

    /// An update has come, and been handled.
    func handled(_ update: ARIConnectionUpdate) {
        switch update {
        case .connected: break
        case .event(let event):
            (events[event.metricLabel] ?? events["unknown"])?.increment()
            if case .undecodable = event { decodeFailures.increment() }
            // A clock that is behind Asterisk's would show events before they happen.
            if let sent = event.timestamp?.millisecondsSince1970 { lag.recordMilliseconds(max(0, now() - sent)) }
        case .disconnected(let disconnection):
            guard disconnection.retryAfter != nil else { return }
            reconnects[disconnection.cause.code.metricLabel]?.increment()
        }
    }

    /// A job is done.
    func finished(_ job: NodeJob, _ input: RegistryInput?) {
        switch (job, input) {
        case (.request(_, _, let request, _), .answered(_, _, _, let answer)?):
            commands[request.kind.rawValue, ARIOutcome(answer).rawValue]?.increment()
        case (.compare, nil): happened(.comparisonFailed)
        default: break
        }
    }

    /// Asterisk has answered a request, or has not.
    func answered(_ operation: String, _ outcome: ARIOutcome, after time: Duration) {
        (requests[operation, outcome.rawValue] ?? requests["unknown", outcome.rawValue])?
            .recordNanoseconds(time.nanoseconds)
    }
}

extension ARIOutcome {
    fileprivate init(_ answer: SessionAnswer) {
        self =
            switch answer.failure {
            case nil: .ok
            case .gone: .gone
            case .refused: .denied
            case .unknown: .error
            }
    }
}

extension LeftOver {
    fileprivate static let kinds = ["stranger", "snoop", "bridge"]

    fileprivate var kind: String {
        switch self {
        case .stranger: "stranger"
        case .snoop: "snoop"
        case .bridge: "bridge"
        }
    }
}

extension Duration {
    /// For metrics: whole nanoseconds.
    var nanoseconds: Int64 { components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000 }
}

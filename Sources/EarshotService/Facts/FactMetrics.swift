import CoreMetrics
import Monitoring

/// Counts for operators what happens in sessions.
struct FactMetrics: FactSubscriber {
    private let started: LabelledMetrics<Counter>
    private let resumed: LabelledMetrics<Counter>
    private let ended: LabelledMetrics<Counter>
    private let denied: LabelledMetrics<Counter>
    private let attaching: LabelledMetrics<Timer>
    private let switching: LabelledMetrics<Timer>
    private let faults: LabelledMetrics<Counter>

    var name: String { "metrics" }

    /// Of a session that has not been in a call.
    private static let noMode = "none"

    /// - Parameter faults: by ``ServiceMetrics/Fault``.
    init(factory: any MetricsFactory, faults: LabelledMetrics<Counter>) {
        let modes = MonitoringMode.allCases.map(\.rawValue)
        let refusals = Refusal.allCases.map(\.word)
        started = LabelledMetrics(.sessionsStarted, ["mode": modes], factory)
        resumed = LabelledMetrics(.sessionsResumed, ["mode": modes], factory)
        ended = LabelledMetrics(
            .sessionsEnded,
            ["mode": modes + [Self.noMode], "reason": SessionEnd.words + refusals],
            factory
        )
        denied = LabelledMetrics(.attemptsDenied, ["reason": refusals], factory)
        attaching = LabelledMetrics(.attachDuration, ["mode": modes], factory)
        switching = LabelledMetrics(.modeSwitchDuration, ["from": modes, "to": modes], factory)
        self.faults = faults
    }

    func receive(_ facts: AsyncStream<SessionFact>) async {
        for await fact in facts { count(fact) }
    }

    private func count(_ fact: SessionFact) {
        switch fact.change {
        case .refused(let refusal):
            // Who has been in a call was not refused: the session ends for this reason.
            if fact.startedAt == nil { denied[refusal.word]?.increment() }
        case .started(let mode, _):
            started[mode.rawValue]?.increment()
            // Who had no call to hear at first has waited for the agent, not for us.
            guard !fact.hasWaited else { return }
            attaching[mode.rawValue]?.recordNanoseconds((fact.time - fact.arrivedAt).nanoseconds)
        case .resumed(let mode, _): resumed[mode.rawValue]?.increment()
        case .modeChanged(let mode, let after):
            guard let after, let before = fact.modeBefore else { return }
            switching[before.rawValue, mode.rawValue]?.recordNanoseconds(after.nanoseconds)
        case .ended(let end):
            // That was counted when it was refused.
            if fact.startedAt == nil, case .refused = end { return }
            ended[fact.mode?.rawValue ?? Self.noMode, end.word]?.increment()
        case .recordingFailed: happened(.recordingFailed)
        case .promptMissing: happened(.promptMissing)
        case .leftBehind: happened(.leftBehind)
        case .arrived, .warning, .targetChanged, .partnerChanged, .partnersJoined, .rightsLowered, .keyRefused,
            .keysForgotten, .waiting, .passedOver, .recordingStarted:
            break
        }
    }

    private func happened(_ fault: ServiceMetrics.Fault) { faults[fault.rawValue]?.increment() }
}

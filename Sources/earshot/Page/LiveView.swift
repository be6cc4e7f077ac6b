import Administration
import Directory
import EarshotService
import Foundation
import Monitoring
import MonitoringRecord

/// Who is monitoring whom now, as the facts tell it.
actor LiveView: FactSubscriber, LiveSessions {
    nonisolated let name = "page"
    private let control: SessionControl
    private let record: RecordStore
    private var running: [SessionID: LiveSession] = [:]
    private var viewers: [Int: AsyncStream<Void>.Continuation] = [:]
    private var viewerCount = 0
    /// There will be no more facts.
    private var isOver = false

    init(control: SessionControl, record: RecordStore) {
        self.control = control
        self.record = record
    }

    func receive(_ facts: AsyncStream<SessionFact>) async {
        for await fact in facts { take(fact) }
        isOver = true
        for viewer in viewers.values { viewer.finish() }
    }

    private func take(_ fact: SessionFact) {
        switch fact.change {
        case .started, .resumed, .targetChanged, .partnerChanged, .modeChanged, .rightsLowered: show(fact, fact.mode)
        case .waiting: show(fact, nil)
        case .ended: running[fact.session] = nil
        case .arrived, .warning, .refused, .partnersJoined, .keyRefused, .keysForgotten, .passedOver,
            .recordingStarted, .recordingFailed, .promptMissing, .leftBehind:
            return
        }
        for (number, viewer) in viewers {
            // Whoever has gone is forgotten.
            if case .terminated = viewer.yield() { viewers[number] = nil }
        }
    }

    private func show(_ fact: SessionFact, _ mode: MonitoringMode?) {
        running[fact.session] = LiveSession(
            id: fact.session,
            supervisor: fact.supervisorExtension?.digits ?? fact.supervisor.name,
            target: fact.targetExtension,
            mode: mode,
            since: running[fact.session]?.since ?? RecordStore.millisecondsNow() - fact.milliseconds
        )
    }

    func sessions() -> [LiveSession] { Array(running.values) }

    func changes() -> AsyncStream<Void> {
        // Whoever is slow is told once of what has changed meanwhile.
        let (stream, viewer) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        guard !isOver else {
            viewer.finish()
            return stream
        }
        viewerCount += 1
        viewers[viewerCount] = viewer
        viewer.yield()
        return stream
    }

    func end(_ session: SessionID, by account: AccountName) async -> Bool {
        guard let live = running[session] else { return false }
        // Ending is never a risk; that it was not written down is told by the record's own log lines.
        _ = try? await record.append([
            RecordDraft(
                .sessionEndRequested,
                [
                    .session: session.description, .supervisor: live.supervisor, .target: live.target?.digits,
                    .author: Author.account(account.rawValue).description,
                ]
            )
        ])
        control.end(session)
        return true
    }
}

extension SessionFact {
    /// How long the supervisor has been in calls, in milliseconds: another run of the service may have begun the session.
    fileprivate var milliseconds: Int64 { startedAt.map { Int64((time - $0) / .milliseconds(1)) } ?? 0 }
}

import Administration
import Directory
import EarshotService
import Foundation
import Locking
import Monitoring
import MonitoringRecord

/// Who is monitoring whom now, as the facts tell it.
actor LiveView: FactSubscriber, LiveSessions {
    /// How many are told of changes at most: half of the connections that the page takes. A browser that is not told asks again.
    static let mostViewers = 100

    nonisolated let name = "page"
    private let control: SessionControl
    private let record: RecordStore
    private var running: [SessionID: LiveSession] = [:]
    /// Who is told of each change, until they go.
    private let viewers = LockedBox<[Int: AsyncStream<Void>.Continuation]>([:])
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
        for viewer in viewers.withLock(\.self).values { viewer.finish() }
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
        for viewer in viewers.withLock(\.self).values { viewer.yield() }
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
        guard !isOver, viewers.withLock(\.count) < Self.mostViewers else {
            viewer.finish()
            return stream
        }
        viewerCount += 1
        let number = viewerCount
        viewers.withLock { $0[number] = viewer }
        viewer.onTermination = { [viewers] _ in viewers.withLock { $0[number] = nil } }
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

import EarshotService
import Logging
import Monitoring
import MonitoringRecord

/// Writes down what happens in sessions and is not written before.
struct RecordOfFacts: FactSubscriber {
    let store: RecordStore
    /// Outside numbers are written down too.
    let keepsNumbers: Bool
    let logger: Logger

    let name = "record"

    /// How many entries are kept while they cannot be written.
    private static let limit = 10_000

    func receive(_ facts: AsyncStream<SessionFact>) async {
        var drafts: [RecordDraft] = []
        var lost = 0
        for await fact in facts {
            guard let draft = RecordDraft(fact, keepsNumbers: keepsNumbers) else { continue }
            drafts.append(draft)
            if drafts.count > Self.limit {
                drafts.removeFirst()
                lost += 1
            }
            await write(&drafts, &lost)
        }
        // The last chance.
        if !drafts.isEmpty { await write(&drafts, &lost) }
    }

    /// What cannot be written stays.
    private func write(_ drafts: inout [RecordDraft], _ lost: inout Int) async {
        do {
            let gap = lost == 0 ? [] : [RecordDraft(.entriesLost, [.count: "\(lost)"])]
            try await store.append(gap + drafts)
            drafts = []
            lost = 0
        } catch {
            logger.error(
                "record cannot be written",
                metadata: ["waiting": "\(drafts.count)", "lost": "\(lost)", "error": "\(error)"]
            )
        }
    }
}

extension RecordDraft {
    /// Nil for what is no matter of the record, or stands there already.
    fileprivate init?(_ fact: SessionFact, keepsNumbers: Bool) {
        var fields: [RecordField: String?] = [
            .session: fact.session.description,
            .supervisor: fact.supervisorExtension?.digits ?? fact.supervisor.name,
            .target: fact.targetExtension?.digits,
            .mode: fact.mode?.rawValue,
        ]
        let event: RecordEvent
        switch fact.change {
        case .refused(let refusal):
            // Of a session that has begun, its end says so.
            guard fact.startedAt == nil else { return nil }
            event = .refused
            fields[.result] = refusal.word
        case .partnersJoined(let partners):
            event = .partnerJoined
            fields[.partner] = partners.namesForRecord
            fields[.number] = keepsNumbers ? partners.numbersForRecord : nil
            fields[.uniqueID] = fact.target?.id.rawValue
            fields[.linkedID] = fact.target?.linkedID
        case .rightsLowered(let mode):
            event = .rightsLowered
            fields[.mode] = mode.rawValue
        case .keyRefused(let refusal):
            event = .keyRefused
            fields[.result] = refusal.word
        case .waiting: event = .waiting
        case .recordingStarted(let name):
            event = .recordingStarted
            fields[.recording] = name.rawValue
        case .ended(let end):
            if fact.startedAt == nil, case .refused = end { return nil }  // That was told when it was refused.
            event = .sessionEnded
            fields[.result] = end.word
            fields[.uniqueID] = fact.target?.id.rawValue
            fields[.linkedID] = fact.target?.linkedID
            fields[.duration] = fact.startedAt.map {
                "\((fact.time - $0) / .milliseconds(1))".prefix { $0 != "." }.description
            }
        case .arrived, .warning, .started, .resumed, .targetChanged, .partnerChanged, .modeChanged, .keysForgotten,
            .passedOver, .recordingFailed, .promptMissing, .leftBehind:
            return nil
        }
        self.init(event, fields)
    }
}

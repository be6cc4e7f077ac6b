import EarshotService
import Locking
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

    /// Takes facts while others are being written: a slow disk, or somebody who dials in a loop, makes nobody's facts get lost
    /// before there are more than ``UnwrittenEntries/limit``.
    func receive(_ facts: AsyncStream<SessionFact>) async {
        let unwritten = LockedBox(UnwrittenEntries())
        let (news, newsContinuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                for await fact in facts {
                    guard let draft = RecordDraft(fact, keepsNumbers: keepsNumbers) else { continue }
                    unwritten.withLock { $0.add(draft) }
                    newsContinuation.yield()
                }
                newsContinuation.finish()
            }
            group.addTask {
                for await _ in news { await write(unwritten) }
                // The last chance.
                await write(unwritten)
            }
        }
    }

    /// Writes what has come. What cannot be written stays.
    private func write(_ unwritten: LockedBox<UnwrittenEntries>) async {
        while true {
            let some = unwritten.withLock { $0.take() }
            guard !some.isEmpty else { return }
            do {
                try await store.append(some.entries)
            } catch {
                let (waiting, lost) = unwritten.withLock { unwritten in
                    unwritten.putBack(some)
                    return (unwritten.drafts.count, unwritten.lost)
                }
                logger.error(
                    "record cannot be written",
                    metadata: ["waiting": "\(waiting)", "lost": "\(lost)", "error": "\(error)"]
                )
                return
            }
        }
    }
}

/// Entries that wait to be written, in the order in which they are to stand.
struct UnwrittenEntries: Equatable, Sendable {
    /// How many are kept. With more the oldest are lost, which is written in their place.
    static let limit = 10_000
    /// How many are written at once. Others wait meanwhile, among them a supervisor who is about to hear a call.
    static let mostAtOnce = 1000

    private(set) var drafts: [RecordDraft] = []
    private(set) var lost = 0

    var isEmpty: Bool { drafts.isEmpty }

    /// With one that tells how many are missing before them.
    var entries: [RecordDraft] {
        (lost == 0 ? [] : [RecordDraft(.entriesLost, [.count: "\(lost)"])]) + drafts
    }

    mutating func add(_ draft: RecordDraft) {
        drafts.append(draft)
        keepLimit()
    }

    /// Takes the oldest, as many as are written at once.
    mutating func take() -> UnwrittenEntries {
        let taken = UnwrittenEntries(drafts: Array(drafts.prefix(Self.mostAtOnce)), lost: lost)
        drafts.removeFirst(taken.drafts.count)
        lost = 0
        return taken
    }

    /// They could not be written: they come before those that have come meanwhile.
    mutating func putBack(_ earlier: UnwrittenEntries) {
        drafts = earlier.drafts + drafts
        lost += earlier.lost
        keepLimit()
    }

    private mutating func keepLimit() {
        guard drafts.count > Self.limit else { return }
        // Some more at once: each time all others are moved.
        let surplus = drafts.count - Self.limit + Self.limit / 100
        drafts.removeFirst(surplus)
        lost += surplus
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

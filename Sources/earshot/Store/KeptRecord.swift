import Directory
import EarshotService
import FoundationEssentials
import GRDB
import Logging
import Monitoring
import MonitoringRecord
import ServiceLifecycle
import Storage

/// The record, as the service needs it: lines that are written before anybody hears anything, and everything else as it happens.
struct KeptRecord: RecordKeeper {
    let store: RecordStore
    /// Nobody may hear anybody when a line cannot be written.
    let isRequired: Bool
    let logger: Logger

    func write(_ line: RecordLine, of session: SessionID, by supervisor: Supervisor) async throws {
        do {
            try await store.append([RecordDraft(line, session, supervisor)])
        } catch {
            guard isRequired else {
                logger.error(
                    "record cannot be written, and monitoring goes on",
                    metadata: ["session.id": "\(session)", "error": "\(error)"]
                )
                return
            }
            throw RecordUnavailable(reason: "\(error)")
        }
    }
}

extension RecordDraft {
    fileprivate init(_ line: RecordLine, _ session: SessionID, _ supervisor: Supervisor) {
        let event: RecordEvent =
            switch line.occasion {
            case .started: .sessionStarted
            case .modeChanged: .modeChanged
            case .targetChanged: .targetChanged
            case .partnerChanged: .partnerChanged
            }
        self.init(
            event,
            [
                .session: session.description, .supervisor: line.supervisor?.digits ?? supervisor.name,
                .target: line.`extension`.digits, .endpoint: line.target.endpoint.description,
                .mode: line.mode.rawValue, .uniqueID: line.target.id.rawValue, .linkedID: line.target.linkedID,
            ]
        )
    }

    /// Nil for what is no matter of the record, or stands there already.
    fileprivate init?(_ fact: SessionFact) {
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
        case .arrived, .warning, .started, .targetChanged, .partnerChanged, .modeChanged, .passedOver, .recordingFailed,
            .promptMissing, .leftBehind:
            return nil
        }
        self.init(event, fields)
    }
}

/// Writes down what happens in sessions and is not written before.
struct RecordOfFacts: FactSubscriber {
    let store: RecordStore
    let logger: Logger

    let name = "record"

    /// How many entries are kept while they cannot be written.
    private static let limit = 10_000

    func receive(_ facts: AsyncStream<SessionFact>) async {
        var drafts: [RecordDraft] = []
        var lost = 0
        for await fact in facts {
            guard let draft = RecordDraft(fact) else { continue }
            drafts.append(draft)
            if drafts.count > Self.limit {
                drafts.removeFirst()
                lost += 1
            }
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
}

/// Keeps the record in order while the service runs: says what its newest entry is, so that the log can prove later that none is
/// missing, and removes what is too old.
struct RecordUpkeep: Service {
    let store: RecordStore
    /// In days; nil for ever.
    let retention: Int?
    let logger: Logger

    private static let interval: Duration = .seconds(3600)

    func run() async throws {
        await write(.serviceStarted)
        await cancelWhenGracefulShutdown {
            repeat {
                await removeOldEntries()
                await logHead()
            } while (try? await Task.sleep(for: Self.interval)) != nil
        }
        await write(.serviceStopped)
        await logHead()
    }

    private func write(_ event: RecordEvent) async {
        await reportingErrors { try await store.append([RecordDraft(event)]) }
    }

    private func logHead() async {
        await reportingErrors {
            let head = try await store.head()
            logger.notice(
                "record head",
                metadata: ["record.sequence": "\(head.sequence)", "record.hash": "\(head.hash)"]
            )
        }
    }

    private func removeOldEntries() async {
        guard let retention else { return }
        await reportingErrors {
            let time = RecordStore.millisecondsNow() - Int64(retention) * 86_400_000
            let count = try await store.removeEntries(before: time, author: "record.retention_days")
            if count > 0 { logger.notice("old entries were removed from the record", metadata: ["count": "\(count)"]) }
        }
    }

    private func reportingErrors(_ work: () async throws -> Void) async {
        do {
            try await work()
        } catch {
            logger.error("record cannot be written", metadata: ["error": "\(error)"])
        }
    }
}

/// Writes each change of users and accounts into the record, with the change.
struct JournalInRecord: DirectoryJournal {
    let store: RecordStore

    func append(_ change: DirectoryChange, by author: Author, in database: Database) throws {
        let event: RecordEvent
        let subject: String
        let text: String
        switch change {
        case .userAdded(let user):
            (event, subject, text) = (
                .userAdded, user.`extension`.digits, Self.difference(User(user.`extension`), user)
            )
        case .userChanged(let before, let after):
            (event, subject, text) = (.userChanged, after.`extension`.digits, Self.difference(before, after))
        case .userRemoved(let user):
            (event, subject, text) = (
                .userRemoved, user.`extension`.digits, Self.difference(user, User(user.`extension`))
            )
        case .accountAdded(let account):
            (event, subject, text) = (.accountAdded, account.name.rawValue, Self.difference(nil, account))
        case .accountChanged(let before, let after):
            (event, subject, text) = (.accountChanged, after.name.rawValue, Self.difference(before, after))
        case .accountRemoved(let account):
            (event, subject, text) = (.accountRemoved, account.name.rawValue, Self.difference(account, nil))
        }
        try store.append(
            RecordDraft(event, [.subject: subject, .change: text, .author: author.description]),
            in: database
        )
    }

    private static func difference(_ before: User, _ after: User) -> String {
        UserField.allCases.filter { $0.text(of: before) != $0.text(of: after) }
            .map { "\($0.rawValue): \($0.text(of: before)) -> \($0.text(of: after))" }.joined(separator: "; ")
    }

    private static func difference(_ before: Account?, _ after: Account?) -> String {
        var changes: [String] = []
        func compare(_ name: String, _ before: String, _ after: String) {
            if before != after { changes.append("\(name): \(before) -> \(after)") }
        }
        compare("role", before?.role.rawValue ?? "", after?.role.rawValue ?? "")
        compare("extension", before?.`extension`?.digits ?? "", after?.`extension`?.digits ?? "")
        if let before, let after, before.password != after.password { changes.append("password") }
        return changes.joined(separator: "; ")
    }
}

extension RecordStore {
    /// Since 1970, by the machine's clock.
    static func millisecondsNow() -> Int64 { Int64(Date().timeIntervalSince1970 * 1000) }
}

import ArgumentParser
import Foundation
import MonitoringRecord
import Storage

/// `earshot record`: who heard whom.
struct RecordCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "record",
        abstract: "The record of who heard whom, when and how, and who gave the right.",
        subcommands: [VerifyRecord.self, ListRecord.self, ExportRecord.self]
    )
}

/// Which entries a command is about.
struct RecordOptions: ParsableArguments {
    @Option(help: "Only what this extension did as a supervisor.") var supervisor: String?
    @Option(help: "Only calls of this extension.") var target: String?
    @Option(help: "Only where this extension was heard: as the one monitored, or as the other side of their call.")
    var heard: String?
    @Option(help: "Only this session.") var session: String?
    @Option(help: "Only what ended or was refused so, such as no_permission.") var result: String?
    @Option(help: "Only entries with this event, such as session_started; may be named again.") var event:
        [RecordEvent] = []
    @Option(help: "Not before this day or moment, such as 2026-11-26 or 2026-11-26T08:00:00Z (UTC).") var from: Moment?
    @Option(help: "Before this day or moment.") var until: Moment?

    var query: RecordQuery {
        var query = RecordQuery()
        query.supervisor = supervisor
        query.target = target
        query.heard = heard
        query.session = session
        query.result = result
        query.events = event.isEmpty ? nil : Set(event)
        query.from = from?.milliseconds
        query.until = until?.milliseconds
        return query
    }
}

extension RecordEvent: ExpressibleByArgument {}

/// A day or a moment, in UTC.
struct Moment: ExpressibleByArgument {
    let milliseconds: Int64

    init?(argument: String) {
        let styles = [Date.ISO8601FormatStyle(), Date.ISO8601FormatStyle().year().month().day()]
        guard let date = styles.lazy.compactMap({ try? $0.parse(argument) }).first else { return nil }
        milliseconds = Int64(date.timeIntervalSince1970 * 1000)
    }
}

/// `earshot record verify`
struct VerifyRecord: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Check that no entry was changed, removed, inserted or moved.",
        discussion: """
            Names the first entry that is not as it was written. That entries are missing at the end, or that the whole record was \
            written anew, only a hash can show that was kept elsewhere: name one of the log's lines "record head" by --head. \
            Exit status: 0 when the record is intact, 1 when it is not.
            """
    )

    @OptionGroup var options: ConfigurationOptions
    @Option(help: "A hash from the log (record.hash), of whatever time.") var head: RecordHash?

    func run() async throws {
        let verification = try await reportingErrors { try await Store(options).record.verify(head: head) }
        print(verification.sentence)
        guard case .intact = verification else { throw ExitCode.failure }
    }
}

extension RecordHash: ExpressibleByArgument {
    public init?(argument: String) { self.init(argument) }
}

extension RecordVerification {
    fileprivate var sentence: String {
        switch self {
        case .intact(_, 0, _): "The record is empty."
        case .intact(let first, let last, let head):
            "Intact: entries \(first) to \(last). The newest hash is \(head)."
        case .broken(let sequence, .missing): "Entry \(sequence) was removed."
        case .broken(let sequence, .moved): "Entry \(sequence) was moved, or one before it was removed."
        case .broken(let sequence, .inserted): "Entry \(sequence) was put in."
        case .broken(let sequence, .changed):
            "Entry \(sequence) does not fit: it was changed, or the one before it together with its hash."
        case .broken(let sequence, .beginningRemoved):
            "What came before entry \(sequence) was removed, and no entry says so."
        case .broken(let sequence, .headMissing):
            "The hash is none of the record's: entries from \(sequence) on were removed, or the record was written "
                + "anew. (The hash of an entry that was removed because of its age is not found either.)"
        }
    }
}

/// `earshot record list`
struct ListRecord: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List entries, the newest first.")

    @OptionGroup var options: ConfigurationOptions
    @OptionGroup var record: RecordOptions
    @Option(help: "How many at most.") var limit = 50

    func run() async throws {
        var query = record.query
        query.limit = max(0, limit)
        let entries = try await reportingErrors { try await Store(options).record.entries(query) }
        let shown: [RecordField] = [.supervisor, .mode, .target, .result, .session]
        printTable(
            [["TIME", "EVENT"] + shown.map { $0.rawValue.uppercased() } + ["MORE"]]
                + entries.map { entry in
                    let more = RecordField.allCases.filter { !shown.contains($0) }
                        .compactMap { field in entry.fields[field].map { "\(field.rawValue)=\($0)" } }
                    return [entry.timestamp, entry.event.rawValue] + shown.map { entry.fields[$0] ?? "" }
                        + [more.joined(separator: " ")]
                }
        )
    }
}

/// `earshot record export`
struct ExportRecord: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write entries as CSV, the newest first."
    )

    @OptionGroup var options: ConfigurationOptions
    @OptionGroup var record: RecordOptions

    func run() async throws {
        try await reportingErrors {
            for try await text in try Store(options).record.export(record.query) { print(text, terminator: "") }
        }
    }
}

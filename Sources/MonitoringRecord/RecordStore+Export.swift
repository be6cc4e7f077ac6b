import FoundationEssentials
import Storage

extension RecordStore {
    /// Writes entries as CSV (RFC 4180) with headings, the newest first, some at a time.
    ///
    /// - Parameters:
    ///   - query: its limit does not count.
    ///   - write: takes a piece of the text.
    /// - Throws: `StorageError`, or what `write` throws.
    package func export(_ query: RecordQuery, _ write: (String) async throws -> Void) async throws {
        try await write(Self.csvHeadings)
        var query = query
        query.limit = 1000
        while true {
            let entries = try await entries(query)
            guard let last = entries.last else { return }
            try await write(Self.csv(entries))
            query.before = last.sequence
        }
    }

    /// The first line of entries as CSV.
    package static var csvHeadings: String {
        CommaSeparated.line(["sequence", "time", "origin", "event"] + RecordField.allCases.map(\.rawValue))
    }

    /// Entries as CSV, one in a line. Large records are written piece by piece.
    package static func csv(_ entries: [RecordEntry]) -> String {
        entries.map { CommaSeparated.line($0.cells) }.joined()
    }
}

extension RecordEntry {
    /// The entry's moment as ISO 8601 has it, in UTC, with milliseconds.
    package var timestamp: String {
        // A fraction of a Double would now and then be a millisecond off.
        let (seconds, milliseconds) = (time / 1000, "\(time % 1000)")
        let second = Date(timeIntervalSince1970: Double(seconds)).formatted(Date.ISO8601FormatStyle())
        return second.dropLast() + "." + String(repeating: "0", count: 3 - milliseconds.count) + milliseconds + "Z"
    }

    fileprivate var cells: [String] {
        ["\(sequence)", timestamp, origin, event.rawValue] + RecordField.allCases.map { fields[$0] ?? "" }
    }
}

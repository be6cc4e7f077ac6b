import FoundationEssentials
import Storage

/// Who can be asked for entries of the record.
package protocol RecordReader: Sendable {
    /// The newest first.
    ///
    /// - Throws: `StorageError`, also for an entry that somebody has made unreadable.
    func entries(_ query: RecordQuery) async throws -> [RecordEntry]
}

extension RecordStore: RecordReader {}

extension RecordReader {
    /// Entries as CSV (RFC 4180) with headings, the newest first, piece by piece.
    ///
    /// - Parameter query: its limit does not count.
    package func export(_ query: RecordQuery) -> RecordExport { RecordExport(reader: self, query: query) }
}

/// See ``RecordReader/export(_:)``. Its errors are those of ``RecordReader/entries(_:)``.
package struct RecordExport: AsyncSequence {
    fileprivate let reader: any RecordReader
    fileprivate let query: RecordQuery

    package func makeAsyncIterator() -> Iterator { Iterator(reader: reader, query: query) }

    package struct Iterator: AsyncIteratorProtocol {
        private let reader: any RecordReader
        private var query: RecordQuery
        private var isBegun = false

        fileprivate init(reader: any RecordReader, query: RecordQuery) {
            self.reader = reader
            self.query = query
            self.query.limit = 1000
        }

        package mutating func next() async throws -> String? {
            guard isBegun else {
                isBegun = true
                return RecordStore.csvHeadings
            }
            let entries = try await reader.entries(query)
            guard let last = entries.last else { return nil }
            query.before = last.sequence
            return RecordStore.csv(entries)
        }
    }
}

extension RecordStore {
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

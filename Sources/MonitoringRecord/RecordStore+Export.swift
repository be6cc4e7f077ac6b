import FoundationEssentials

extension RecordStore {
    /// Writes entries as CSV (RFC 4180), the newest first, some at a time.
    ///
    /// - Parameters:
    ///   - query: its limit does not count.
    ///   - write: takes a piece of the text.
    package func export(_ query: RecordQuery, _ write: (String) async throws -> Void) async throws {
        let columns = ["sequence", "time", "origin", "event"] + RecordField.allCases.map(\.rawValue)
        try await write(columns.joined(separator: ",") + "\r\n")
        var query = query
        query.limit = 1000
        while true {
            let entries = try await entries(query)
            guard let last = entries.last else { return }
            try await write(entries.map { $0.cells.map(Self.quoted).joined(separator: ",") + "\r\n" }.joined())
            query.before = last.sequence
        }
    }

    /// RFC 4180, 2.6 and 2.7. A text that a spreadsheet would take for a formula begins with an apostrophe.
    private static func quoted(_ text: String) -> String {
        let safe = text.first.map { "=+-@\t\r'".contains($0) } == true ? "'" + text : text
        guard safe.contains(where: { "\",\t".contains($0) || $0.isNewline }) else { return safe }
        return "\"" + safe.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }
}

extension RecordEntry {
    /// The entry's moment as ISO 8601 has it, in UTC, with milliseconds.
    package var timestamp: String {
        Date(timeIntervalSince1970: Double(time) / 1000)
            .formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }

    fileprivate var cells: [String] {
        ["\(sequence)", timestamp, origin, event.rawValue] + RecordField.allCases.map { fields[$0] ?? "" }
    }
}

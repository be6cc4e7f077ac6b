/// Writing CSV (RFC 4180) that goes into spreadsheets.
package enum CommaSeparated {
    /// A line, with its end.
    package static func line(_ cells: [String]) -> String { cells.map(quoted).joined(separator: ",") + "\r\n" }

    /// RFC 4180, 2.6 and 2.7. A text that a spreadsheet would take for a formula begins with an apostrophe, which whoever reads
    /// it again takes off.
    ///
    /// By bytes: for Swift's characters an equals sign with a combining mark is no equals sign.
    private static func quoted(_ text: String) -> String {
        var bytes = Array(text.utf8)
        if let first = bytes.first, "=+-@\t\r'".utf8.contains(first) { bytes.insert(UInt8(ascii: "'"), at: 0) }
        guard bytes.contains(where: { "\",;\t\r\n".utf8.contains($0) }) else {
            return String(decoding: bytes, as: UTF8.self)
        }
        let quote = UInt8(ascii: "\"")
        let inside = bytes.flatMap { $0 == quote ? [quote, quote] : [$0] }
        return String(decoding: [quote] + inside + [quote], as: UTF8.self)
    }
}

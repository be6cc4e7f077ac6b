import EarshotService
import Foundation
import Testing

/// The document about releases of Asterisk says what the program says.
@Suite struct VersionsTests {
    private static let document = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../Sources/earshot/Documentation.docc/Versions.md").standardizedFileURL

    /// The rows of the last table of the document.
    private static func rows() throws -> [String] {
        let text = try String(contentsOf: document, encoding: .utf8)
        let section = try #require(text.split(separator: "\n## Faults of releases\n").last)
        return section.split(separator: "\n").filter { $0.hasPrefix("|") }.dropFirst(2).map(String.init)
    }

    @Test func `each fault that is told of a release stands in the table, in the same words, and no other`() throws {
        let expected = KnownFault.all.map { fault in
            let releases = fault.releases.map(Self.words).joined(separator: ", ")
            return "| \(releases) | \(fault.effect) | \(fault.cure) | \(fault.source ?? "") |"
        }
        #expect(try Self.rows() == expected)
    }

    /// Releases of one line as the document names them, such as `22.2 to 22.4`.
    private static func words(_ releases: Range<AsteriskVersion>) -> String {
        let (first, end) = (releases.lowerBound, releases.upperBound)
        if first.major == 0 { return "before \(end.major)" }
        if first.major < end.major { return "\(first.major)" }
        if first.minor == 0 { return "\(end.major) before \(end.major).\(end.minor)" }
        let last = end.minor - 1
        let beginning = "\(first.major).\(first.minor)"
        return first.minor == last ? beginning : "\(beginning) to \(end.major).\(last)"
    }
}

/// A release of Asterisk, such as 22.10.1.
package struct AsteriskVersion: Hashable, Sendable, Comparable, CustomStringConvertible {
    package let major: Int
    package let minor: Int
    package let patch: Int

    package init(_ major: Int, _ minor: Int, _ patch: Int = 0) {
        self.major = major
        self.minor = minor
        self.patch = patch
    }

    /// Reads what Asterisk says of itself: `22.10.1`, `22.10.1~dfsg+~cs6.15`, `20.21.0-rc1`, `certified-20.7-cert4`.
    package init?(_ text: String) {
        let start = text.firstIndex(where: \.isASCIIDigit) ?? text.endIndex
        let numbers = text[start...].prefix { $0.isASCIIDigit || $0 == "." }.split(separator: ".").map { Int($0) }
        guard numbers.count >= 2, let major = numbers[0], let minor = numbers[1] else { return nil }
        self.init(major, minor, numbers.count > 2 ? numbers[2] ?? 0 : 0)
    }

    package static func < (lhs: Self, rhs: Self) -> Bool {
        (lhs.major, lhs.minor, lhs.patch) < (rhs.major, rhs.minor, rhs.patch)
    }

    package var description: String { "\(major).\(minor).\(patch)" }
}

extension Character {
    fileprivate var isASCIIDigit: Bool { ("0"..."9").contains(self) }
}

/// Releases of Asterisk that are known to be bad for monitoring.
///
/// The source is `reference/asterisk-ari.md` section 7, which names the issue for each.
package struct KnownFault: Hashable, Sendable {
    package let effect: String
    package let cure: String

    /// The faults of a release, worst first.
    package static func faults(of version: AsteriskVersion) -> [KnownFault] {
        entries.filter { entry in entry.ranges.contains { $0.contains(version) } }.map(\.fault)
    }

    private struct Entry {
        let ranges: [Range<AsteriskVersion>]
        let fault: KnownFault

        init(_ ranges: [Range<AsteriskVersion>], _ effect: String, cure: String) {
            self.ranges = ranges
            self.fault = KnownFault(effect: effect, cure: cure)
        }
    }

    private static func releases(from first: (Int, Int), before end: (Int, Int)) -> Range<AsteriskVersion> {
        AsteriskVersion(first.0, first.1)..<AsteriskVersion(end.0, end.1)
    }

    private static let entries: [Entry] = [
        Entry(
            [
                releases(from: (0, 0), before: (16, 30)), releases(from: (17, 0), before: (18, 16)),
                releases(from: (19, 0), before: (20, 1)),
            ],
            "whispering crackles and wastes processor time (ASTERISK-30252)",
            cure: "update to Asterisk 22.10 or a later release of your branch"
        ),
        Entry(
            [
                releases(from: (20, 21), before: (20, 22)), releases(from: (22, 11), before: (22, 12)),
                releases(from: (23, 5), before: (23, 6)),
            ],
            "channels that were whispered to leak and may fail to be bridged (asterisk#2134)",
            cure: "use 22.10.1, 20.20.1 or 23.4.1, or a release that fixes it"
        ),
        Entry(
            [
                releases(from: (20, 19), before: (20, 20)), releases(from: (22, 9), before: (22, 10)),
                releases(from: (23, 3), before: (23, 4)),
            ],
            "calls can hang for ever under ARI load (asterisk#1907, asterisk#1962)",
            cure: "update to 22.10.1, 20.20.1 or 23.4.1"
        ),
        Entry(
            [
                releases(from: (20, 12), before: (20, 15)), releases(from: (21, 7), before: (21, 10)),
                releases(from: (22, 2), before: (22, 5)),
            ],
            "what the supervisor hears can stutter (asterisk#1276)",
            cure: "update to 22.5, 21.10, 20.15 or later"
        ),
    ]
}

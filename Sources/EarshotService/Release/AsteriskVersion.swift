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

    /// Reads what Asterisk says of itself: `22.10.1`, `22.10.1~dfsg+~cs6.15`, `20.21.0-rc1`.
    ///
    /// - Returns: nil for what is no release, and for one whose number does not say which faults are mended in it: a certified
    ///   release (`certified-20.7-cert4`) has mendings of later ones, and a build of a branch (`GIT-22-0a1b2c3`) may be anything.
    package init?(_ text: String) {
        let numbers = text.prefix { $0.isASCIIDigit || $0 == "." }.split(separator: ".").map { Int($0) }
        guard text.first?.isASCIIDigit == true, numbers.count >= 2, let major = numbers[0], let minor = numbers[1]
        else { return nil }
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

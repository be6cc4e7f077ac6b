/// A user's extension: 1 to 32 characters of `0-9A-Za-z._-`.
///
/// Two extensions are the same only if every character is: 10 is neither 101 nor 010.
package struct Extension: Hashable, Sendable, CustomStringConvertible {
    package let digits: String

    /// - Throws: ``FeatureCodeError`` for a text that is no extension.
    package init(_ text: some StringProtocol) throws(FeatureCodeError) {
        guard !text.isEmpty else { throw .missingExtension }
        guard text.utf8.count <= Self.longest else { throw .extensionTooLong }
        guard text.utf8.allSatisfy(Self.isAllowed) else { throw .forbiddenCharacter }
        self.digits = String(text)
    }

    package var description: String { digits }

    /// Whether it can be read out digit by digit.
    package var isNumeric: Bool { digits.utf8.allSatisfy { (0x30...0x39).contains($0) } }

    private static let longest = 32

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        case UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"): true
        default: false
        }
    }
}

/// What a supervisor asks for by dialling: a mode and whose call.
package struct FeatureCode: Hashable, Sendable {
    package let mode: MonitoringMode
    package let target: Extension

    package init(mode: MonitoringMode, target: Extension) {
        self.mode = mode
        self.target = target
    }
}

/// Why a dialled text is no feature code.
package enum FeatureCodeError: Error, Hashable, Sendable {
    case unknownPrefix
    case missingExtension
    case extensionTooLong
    case forbiddenCharacter
}

/// The prefixes that supervisors dial before an extension; by default `*91`, `*92` and `*93`.
package struct FeatureCodePrefixes: Hashable, Sendable {
    package let listen: String
    package let whisper: String
    package let barge: String

    package static let standard = FeatureCodePrefixes(trustedListen: "*91", whisper: "*92", barge: "*93")

    /// - Throws: ``FeatureCodePrefixesError`` unless the three are different, not empty, made of what a phone can dial
    ///   (`0-9`, `*`, `#`), and none is the beginning of another, which would make codes ambiguous.
    package init(listen: String, whisper: String, barge: String) throws(FeatureCodePrefixesError) {
        let all = [listen, whisper, barge]
        for prefix in all where prefix.isEmpty || !prefix.utf8.allSatisfy(Self.isDialable) {
            throw .notDialable(prefix)
        }
        for (index, prefix) in all.enumerated() {
            for (otherIndex, other) in all.enumerated() where index != otherIndex && other.hasPrefix(prefix) {
                throw .ambiguous(prefix, other)
            }
        }
        self.init(trustedListen: listen, whisper: whisper, barge: barge)
    }

    private init(trustedListen: String, whisper: String, barge: String) {
        self.listen = trustedListen
        self.whisper = whisper
        self.barge = barge
    }

    /// Reads what a supervisor dialled.
    package func parse(_ dialled: String) throws(FeatureCodeError) -> FeatureCode {
        guard let mode = MonitoringMode.allCases.first(where: { dialled.hasPrefix(self[$0]) }) else {
            throw .unknownPrefix
        }
        return FeatureCode(mode: mode, target: try Extension(dialled.dropFirst(self[mode].count)))
    }

    package subscript(mode: MonitoringMode) -> String {
        switch mode {
        case .listen: listen
        case .whisper: whisper
        case .barge: barge
        }
    }

    private static func isDialable(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || byte == UInt8(ascii: "*") || byte == UInt8(ascii: "#")
    }
}

/// Why three prefixes cannot be used together.
package enum FeatureCodePrefixesError: Error, Hashable, Sendable {
    case notDialable(String)
    case ambiguous(String, String)
}

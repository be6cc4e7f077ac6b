/// Checks bytes for being UTF-8 (RFC 3629) while they arrive: no overlong forms, no surrogates, nothing above U+10FFFF.
package struct UTF8Validator: Equatable, Sendable {
    /// How many bytes the character that was begun still needs.
    private var missing = 0
    /// The values that the next byte of that character may have.
    private var allowed: ClosedRange<UInt8> = 0x80...0xBF

    package init() {}

    /// Whether the bytes so far end with a whole character.
    package var isComplete: Bool { missing == 0 }

    /// Takes further bytes.
    ///
    /// - Returns: false when they cannot be part of any UTF-8 text. The validator is of no more use then.
    package mutating func consume(_ bytes: some Sequence<UInt8>) -> Bool {
        for byte in bytes {
            if missing == 0 && byte < 0x80 { continue }
            guard consume(byte) else { return false }
        }
        return true
    }

    /// The table of RFC 3629 section 4: only the second byte's range depends on the first byte.
    private mutating func consume(_ byte: UInt8) -> Bool {
        guard missing == 0 else {
            guard allowed.contains(byte) else { return false }
            missing -= 1
            allowed = 0x80...0xBF
            return true
        }
        switch byte {
        case 0x00...0x7F: (missing, allowed) = (0, 0x80...0xBF)
        case 0xC2...0xDF: (missing, allowed) = (1, 0x80...0xBF)
        case 0xE0: (missing, allowed) = (2, 0xA0...0xBF)
        case 0xED: (missing, allowed) = (2, 0x80...0x9F)
        case 0xE1...0xEF: (missing, allowed) = (2, 0x80...0xBF)
        case 0xF0: (missing, allowed) = (3, 0x90...0xBF)
        case 0xF1...0xF3: (missing, allowed) = (3, 0x80...0xBF)
        case 0xF4: (missing, allowed) = (3, 0x80...0x8F)
        default: return false
        }
        return true
    }
}

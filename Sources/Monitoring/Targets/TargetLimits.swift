/// Whom anybody may monitor at all, whatever their rights.
package struct TargetLimits: Hashable, Sendable {
    /// An extension must match one of these; empty for every extension that is made of digits.
    package var extensions: [ExtensionPattern]
    /// A target must have one of these in its `SPYGROUP`; nil for everybody.
    package var groups: Set<String>?

    /// Extensions made of digits, of any group: names of trunks and other endpoints are no extensions.
    package static let standard = TargetLimits()

    package init(extensions: [ExtensionPattern] = [], groups: Set<String>? = nil) {
        self.extensions = extensions
        self.groups = groups
    }

    func allow(_ target: Extension) -> Bool {
        extensions.isEmpty ? target.isNumeric : extensions.contains { $0.matches(target) }
    }
}

/// A pattern of extensions as the dialplan has them: `_1XX`, or an extension as it is.
///
/// After the underscore `X` is a digit, `Z` one of 1 to 9, `N` one of 2 to 9, `[a-f05]` one of those, and a `.` at the end one
/// character or more; every other character is itself (Asterisk's `main/pbx.c`).
package struct ExtensionPattern: Hashable, Sendable {
    private enum Element: Hashable {
        case oneOf(Set<UInt8>)
        case rest
    }

    private let elements: [Element]
    private let text: String

    /// Nil for a text that is no pattern.
    package init?(_ text: String) {
        guard text.hasPrefix("_") else {
            guard let plain = try? Extension(text) else { return nil }
            self.init(text, plain.digits.utf8.map { .oneOf([$0]) })
            return
        }
        var elements: [Element] = []
        var rest = Array(text.utf8.dropFirst())[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "X"): elements.append(.oneOf(Self.digits(0x30)))
            case UInt8(ascii: "Z"): elements.append(.oneOf(Self.digits(0x31)))
            case UInt8(ascii: "N"): elements.append(.oneOf(Self.digits(0x32)))
            case UInt8(ascii: "."):
                guard rest.isEmpty else { return nil }
                elements.append(.rest)
            case UInt8(ascii: "["):
                guard let set = Self.set(&rest) else { return nil }
                elements.append(.oneOf(set))
            default:
                guard (try? Extension(String(decoding: [byte], as: UTF8.self))) != nil else { return nil }
                elements.append(.oneOf([byte]))
            }
        }
        guard !elements.isEmpty else { return nil }
        self.init(text, elements)
    }

    private init(_ text: String, _ elements: [Element]) {
        self.text = text
        self.elements = elements
    }

    func matches(_ target: Extension) -> Bool {
        var bytes = Array(target.digits.utf8)[...]
        for element in elements {
            switch element {
            case .rest: return !bytes.isEmpty
            case .oneOf(let set): guard let byte = bytes.popFirst(), set.contains(byte) else { return false }
            }
        }
        return bytes.isEmpty
    }

    private static func digits(_ first: UInt8) -> Set<UInt8> { Set(first...0x39) }

    /// What stands in brackets, up to the closing one; nil if there is none, or nothing in it.
    private static func set(_ rest: inout ArraySlice<UInt8>) -> Set<UInt8>? {
        guard let end = rest.firstIndex(of: UInt8(ascii: "]")) else { return nil }
        var inside = rest[..<end]
        rest = rest[rest.index(after: end)...]
        var set: Set<UInt8> = []
        while let first = inside.popFirst() {
            guard inside.first == UInt8(ascii: "-"), let last = inside.dropFirst().first else {
                set.insert(first)
                continue
            }
            guard first <= last else { return nil }
            set.formUnion(first...last)
            inside = inside.dropFirst(2)
        }
        return set.isEmpty ? nil : set
    }
}

extension ExtensionPattern: CustomStringConvertible {
    package var description: String { text }
}

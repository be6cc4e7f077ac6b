/// A JSON text (RFC 8259) that has been looked through once: it is known where each value begins and ends. What a value says is
/// read when somebody asks for it, so that a long answer costs what is used of it.
///
/// The whole text must be JSON, to the last byte. That a string is UTF-8, and that its escapes mean characters, is looked at
/// when it is read.
final class JSONText: Sendable {
    /// How deep arrays and objects may be nested.
    static let deepest = 512
    /// The longest text, in bytes; a token holds positions in 32 bits.
    static let longest = Int(UInt32.max)

    /// One value, or the name of an object's member, which stands before the member's value.
    struct Token: Sendable {
        enum Kind: Sendable {
            case null
            case `true`
            case `false`
            case number
            /// Stands for itself, byte by byte.
            case text
            case textWithEscapes
            case array
            case object
        }

        let kind: Kind
        /// Of a string, behind its quotation mark.
        fileprivate(set) var start: UInt32
        /// Of a string, at its quotation mark.
        fileprivate(set) var end: UInt32
        /// The token behind this one and everything in it.
        fileprivate(set) var next: UInt32
    }

    let bytes: [UInt8]
    let tokens: [Token]

    /// - Throws: `JSONProblem`, if the text is not JSON.
    init(_ bytes: [UInt8]) throws(JSONProblem) {
        guard bytes.count <= Self.longest else { throw JSONProblem(.noJSON) }
        var scan = Scan(bytes)
        guard scan.text() else { throw JSONProblem(.noJSON) }
        self.bytes = bytes
        tokens = scan.tokens
    }

    /// The value that is the whole text.
    var root: JSONNode { JSONNode(self, at: 0) }
}

/// The one walk over the bytes. Each step answers whether what it looked for was there.
private struct Scan {
    private let bytes: [UInt8]
    private var index = 0
    private(set) var tokens: [JSONText.Token] = []

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        // What Asterisk sends has one token for 12 to 16 bytes.
        tokens.reserveCapacity(bytes.count / 12 + 1)
    }

    mutating func text() -> Bool {
        skipSpace()
        guard value(depth: 0) else { return false }
        skipSpace()
        return index == bytes.count
    }

    private mutating func value(depth: Int) -> Bool {
        guard let first = byte else { return false }
        switch first {
        case UInt8(ascii: "\""): return string()
        case UInt8(ascii: "{"): return depth < JSONText.deepest && object(depth: depth + 1)
        case UInt8(ascii: "["): return depth < JSONText.deepest && array(depth: depth + 1)
        case UInt8(ascii: "t"): return word("true", .true)
        case UInt8(ascii: "f"): return word("false", .false)
        case UInt8(ascii: "n"): return word("null", .null)
        default: return number()
        }
    }

    private mutating func object(depth: Int) -> Bool {
        let opening = open(.object)
        if take(UInt8(ascii: "}")) { return close(opening) }
        repeat {
            skipSpace()
            guard byte == UInt8(ascii: "\""), string() else { return false }
            skipSpace()
            guard take(UInt8(ascii: ":")) else { return false }
            skipSpace()
            guard value(depth: depth) else { return false }
            skipSpace()
        } while take(UInt8(ascii: ","))
        return take(UInt8(ascii: "}")) && close(opening)
    }

    private mutating func array(depth: Int) -> Bool {
        let opening = open(.array)
        if take(UInt8(ascii: "]")) { return close(opening) }
        repeat {
            skipSpace()
            guard value(depth: depth) else { return false }
            skipSpace()
        } while take(UInt8(ascii: ","))
        return take(UInt8(ascii: "]")) && close(opening)
    }

    private mutating func open(_ kind: JSONText.Token.Kind) -> Int {
        let start = index
        index += 1
        skipSpace()
        append(kind, from: start, to: start)
        return tokens.count - 1
    }

    private mutating func close(_ opening: Int) -> Bool {
        tokens[opening].end = UInt32(index)
        tokens[opening].next = UInt32(tokens.count)
        return true
    }

    private mutating func string() -> Bool {
        index += 1
        let start = index
        var kind = JSONText.Token.Kind.text
        while let byte {
            switch byte {
            case UInt8(ascii: "\""):
                append(kind, from: start, to: index)
                index += 1
                return true
            case UInt8(ascii: "\\"):
                kind = .textWithEscapes
                // Whatever is escaped does not end the string; which escapes there are is known to its reader.
                index += 2
            case 0..<0x20: return false
            default: index += 1
            }
        }
        return false
    }

    private mutating func number() -> Bool {
        let start = index
        _ = take(UInt8(ascii: "-"))
        // No digit follows a zero that is the first one.
        guard take(UInt8(ascii: "0")) || digits() else { return false }
        if take(UInt8(ascii: ".")), !digits() { return false }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            _ = take(UInt8(ascii: "+")) || take(UInt8(ascii: "-"))
            guard digits() else { return false }
        }
        append(.number, from: start, to: index)
        return true
    }

    private mutating func digits() -> Bool {
        let start = index
        while let byte, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { index += 1 }
        return index > start
    }

    private mutating func word(_ word: String, _ kind: JSONText.Token.Kind) -> Bool {
        let start = index
        guard bytes[start...].starts(with: word.utf8) else { return false }
        index += word.utf8.count
        append(kind, from: start, to: index)
        return true
    }

    private mutating func append(_ kind: JSONText.Token.Kind, from start: Int, to end: Int) {
        tokens.append(
            .init(kind: kind, start: UInt32(start), end: UInt32(end), next: UInt32(tokens.count + 1))
        )
    }

    private var byte: UInt8? { index < bytes.count ? bytes[index] : nil }

    private mutating func take(_ wanted: UInt8) -> Bool {
        guard byte == wanted else { return false }
        index += 1
        return true
    }

    private mutating func skipSpace() {
        while let byte, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { index += 1 }
    }
}

/// One value of a JSON text.
struct JSONNode: Sendable {
    private let text: JSONText
    private let index: Int

    init(_ text: JSONText, at index: Int) {
        self.text = text
        self.index = index
    }

    private var token: JSONText.Token { text.tokens[index] }
    private var content: ArraySlice<UInt8> { text.bytes[Int(token.start)..<Int(token.end)] }

    var isNull: Bool { token.kind == .null }

    // MARK: - Members of an object

    /// The member of this name.
    ///
    /// - Throws: `JSONProblem`: there is none, it is null, or not what `Value` is read from.
    func read<Value: JSONReadable>(_ name: String) throws(JSONProblem) -> Value {
        guard let member = try member(name) else { throw JSONProblem(.missing, at: .member(name)) }
        return try Self.read(member, at: name)
    }

    /// The member of this name; nil if there is none, or it is null.
    ///
    /// - Throws: `JSONProblem`: it is not what `Value` is read from.
    func readIfPresent<Value: JSONReadable>(_ name: String) throws(JSONProblem) -> Value? {
        guard let member = try member(name), !member.isNull else { return nil }
        return try Self.read(member, at: name)
    }

    private static func read<Value: JSONReadable>(
        _ member: JSONNode,
        at name: String
    ) throws(JSONProblem) -> Value {
        do {
            return try Value(json: member)
        } catch {
            throw error.inside(.member(name))
        }
    }

    /// Of several with this name, the first.
    private func member(_ name: String) throws(JSONProblem) -> JSONNode? {
        try expect(.object, "an object")
        var position = index + 1
        while position < token.next {
            let key = text.tokens[position]
            if isName(key, name) { return JSONNode(text, at: position + 1) }
            position = Int(text.tokens[position + 1].next)
        }
        return nil
    }

    private func isName(_ key: JSONText.Token, _ name: String) -> Bool {
        guard key.kind == .text else {
            // Nobody writes a name so that has no need to.
            return (try? JSONString.unescaped(text.bytes[Int(key.start)..<Int(key.end)])) == name
        }
        guard Int(key.end - key.start) == name.utf8.count else { return false }
        return text.bytes[Int(key.start)..<Int(key.end)].elementsEqual(name.utf8)
    }

    // MARK: - What it is

    /// - Throws: `JSONProblem`: it is no string, or one that means no characters.
    func string() throws(JSONProblem) -> String {
        switch token.kind {
        case .text: return try JSONString.plain(content)
        case .textWithEscapes: return try JSONString.unescaped(content)
        default: throw wrong("a text")
        }
    }

    /// - Throws: `JSONProblem`: it is no number, no whole one, or too large.
    func integer() throws(JSONProblem) -> Int {
        try expect(.number, "a number")
        let digits = String(decoding: content, as: UTF8.self)
        if let value = Int(digits) { return value }
        // `1.0` and `1e2` are whole numbers too.
        guard let value = Double(digits), let whole = Int(exactly: value) else { throw JSONProblem(.invalid) }
        return whole
    }

    /// - Throws: `JSONProblem`: it is neither true nor false.
    func boolean() throws(JSONProblem) -> Bool {
        switch token.kind {
        case .true: return true
        case .false: return false
        default: throw wrong("true or false")
        }
    }

    /// - Throws: `JSONProblem`: it is no array, or an element is not what `Element` is read from.
    func elements<Element: JSONReadable>() throws(JSONProblem) -> [Element] {
        try expect(.array, "a list")
        var elements: [Element] = []
        var position = index + 1
        while position < token.next {
            do {
                elements.append(try Element(json: JSONNode(text, at: position)))
            } catch {
                throw error.inside(.element(elements.count))
            }
            position = Int(text.tokens[position].next)
        }
        return elements
    }

    /// All members of an object that are not null, by their names. Of several with the same name, the first.
    ///
    /// - Throws: `JSONProblem`: it is no object, or a member is not what `Value` is read from.
    func members<Value: JSONReadable>() throws(JSONProblem) -> [String: Value] {
        try expect(.object, "an object")
        var members: [String: Value] = [:]
        var position = index + 1
        while position < token.next {
            let name = try JSONNode(text, at: position).string()
            let member = JSONNode(text, at: position + 1)
            if !member.isNull, members[name] == nil {
                do {
                    members[name] = try Value(json: member)
                } catch {
                    throw error.inside(.member(name))
                }
            }
            position = Int(text.tokens[position + 1].next)
        }
        return members
    }

    private func expect(_ kind: JSONText.Token.Kind, _ words: String) throws(JSONProblem) {
        guard token.kind == kind else { throw wrong(words) }
    }

    private func wrong(_ wanted: String) -> JSONProblem {
        JSONProblem(isNull ? .null : .not(wanted))
    }
}

/// What is between the quotation marks of a JSON string (RFC 8259 section 7).
private enum JSONString {
    /// - Throws: `JSONProblem`, if the bytes are not UTF-8.
    static func plain(_ bytes: ArraySlice<UInt8>) throws(JSONProblem) -> String {
        do {
            return String(copying: try UTF8Span(validating: bytes.span))
        } catch {
            throw JSONProblem(.invalid)
        }
    }

    /// - Throws: `JSONProblem`, if the bytes are not UTF-8, or an escape means no character.
    static func unescaped(_ bytes: ArraySlice<UInt8>) throws(JSONProblem) -> String {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var rest = bytes
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\") else {
                result.append(byte)
                continue
            }
            switch rest.popFirst() {
            case UInt8(ascii: "\""): result.append(UInt8(ascii: "\""))
            case UInt8(ascii: "\\"): result.append(UInt8(ascii: "\\"))
            case UInt8(ascii: "/"): result.append(UInt8(ascii: "/"))
            case UInt8(ascii: "b"): result.append(0x08)
            case UInt8(ascii: "f"): result.append(0x0C)
            case UInt8(ascii: "n"): result.append(0x0A)
            case UInt8(ascii: "r"): result.append(0x0D)
            case UInt8(ascii: "t"): result.append(0x09)
            case UInt8(ascii: "u"): result.append(contentsOf: try scalar(&rest).utf8)
            default: throw JSONProblem(.invalid)
            }
        }
        return try plain(result[...])
    }

    /// The character of `\uXXXX`, or of the two that make a surrogate pair.
    private static func scalar(_ rest: inout ArraySlice<UInt8>) throws(JSONProblem) -> String {
        let first = try unit(&rest)
        if let scalar = Unicode.Scalar(UInt32(first)) { return String(scalar) }
        guard UTF16.isLeadSurrogate(first), rest.popFirst() == UInt8(ascii: "\\"), rest.popFirst() == UInt8(ascii: "u")
        else { throw JSONProblem(.invalid) }
        let second = try unit(&rest)
        guard let pair = String(validating: [first, second], as: UTF16.self) else { throw JSONProblem(.invalid) }
        return pair
    }

    private static func unit(_ rest: inout ArraySlice<UInt8>) throws(JSONProblem) -> UInt16 {
        var unit: UInt16 = 0
        for _ in 0..<4 {
            guard let digit = rest.popFirst().flatMap(value(ofHexDigit:)) else { throw JSONProblem(.invalid) }
            unit = unit << 4 | digit
        }
        return unit
    }

    private static func value(ofHexDigit byte: UInt8) -> UInt16? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt16(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt16(byte - UInt8(ascii: "A") + 10)
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt16(byte - UInt8(ascii: "a") + 10)
        default: nil
        }
    }
}

extension [ConfigurationAttribute] {
    /// Reads the answer about an object of Asterisk's configuration in the one form in which Asterisk writes it: no spaces between the
    /// tokens, no escapes, ASCII alone. Nil for everything else, which is left to `JSONDecoder`.
    ///
    /// An endpoint has some 140 attributes, and three such answers, one after the other, lie between a dialled code and the
    /// first audio.
    init?(scanning body: [UInt8]) {
        var scanner = Scanner(body: body)
        self = []
        guard scanner.skip("[") else { return nil }
        repeat {
            guard scanner.skip(#"{"attribute":""#), let attribute = scanner.text(), scanner.skip(#"","value":""#),
                let value = scanner.text(), scanner.skip(#""}"#)
            else { return nil }
            append(ConfigurationAttribute(attribute: attribute, value: value))
        } while scanner.skip(",")
        guard scanner.skip("]"), scanner.isAtEnd else { return nil }
    }
}

private struct Scanner {
    let body: [UInt8]
    private var index = 0

    init(body: [UInt8]) {
        self.body = body
    }

    var isAtEnd: Bool { index == body.count }

    /// Goes over this text, if it comes next.
    mutating func skip(_ text: String) -> Bool {
        guard body[index...].starts(with: text.utf8) else { return false }
        index += text.utf8.count
        return true
    }

    /// What comes before the next quotation mark; nil if that is not the plain end of a JSON string.
    mutating func text() -> String? {
        guard let end = body[index...].firstIndex(where: { !Self.isPlain($0) }), body[end] == UInt8(ascii: "\"") else {
            return nil
        }
        defer { index = end }
        return String(decoding: body[index..<end], as: UTF8.self)
    }

    /// Whether the byte stands for itself within a JSON string (RFC 8259 section 7), and for a character alone.
    private static func isPlain(_ byte: UInt8) -> Bool {
        (0x20..<0x80).contains(byte) && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
    }
}

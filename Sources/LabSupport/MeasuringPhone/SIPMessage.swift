/// A SIP request or response, as text with names and values (RFC 3261, section 7).
struct SIPMessage: Equatable {
    /// What the first line says.
    enum Start: Equatable {
        case request(method: String, uri: String)
        case response(status: Int, reason: String)
    }

    var start: Start
    /// In order. Names are as received, except that short forms are spelt out.
    var fields: [(name: String, value: String)]
    var body: String

    init(_ start: Start, fields: [(name: String, value: String)], body: String = "") {
        self.start = start
        self.fields = fields
        self.body = body
    }

    /// Nil when `bytes` are no SIP, such as a keep-alive of a single line end.
    init?(_ bytes: [UInt8]) {
        // Not `split` on Characters: "\r\n" is a single one in Swift.
        let text = String(decoding: bytes, as: UTF8.self).replacing("\r\n", with: "\n")
        guard let headEnd = text.firstRange(of: "\n\n") else { return nil }
        var lines = text[..<headEnd.lowerBound].split(separator: "\n", omittingEmptySubsequences: false)[...]
        guard let first = lines.popFirst(), let start = Self.start(first) else { return nil }
        self.start = start
        fields = []
        for line in lines {
            let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { return nil }
            let name = Self.trimmed(parts[0])
            fields.append((Self.longNames[name.lowercased()] ?? name, Self.trimmed(parts[1])))
        }
        body = String(text[headEnd.upperBound...])
    }

    private static func start(_ line: Substring) -> Start? {
        let words = line.split(separator: " ", maxSplits: 2)
        guard words.count >= 2 else { return nil }
        if words[0] == "SIP/2.0" {
            guard let status = Int(words[1]), (100...699).contains(status) else { return nil }
            return .response(status: status, reason: words.count > 2 ? String(words[2]) : "")
        }
        guard words.count == 3, words[2] == "SIP/2.0" else { return nil }
        return .request(method: String(words[0]), uri: String(words[1]))
    }

    private static func trimmed(_ text: Substring) -> String {
        let inner = text.drop { $0 == " " || $0 == "\t" }
        guard let last = inner.lastIndex(where: { $0 != " " && $0 != "\t" }) else { return "" }
        return String(inner[...last])
    }

    private static let longNames = [
        "v": "Via", "f": "From", "t": "To", "i": "Call-ID", "m": "Contact", "l": "Content-Length", "c": "Content-Type",
    ]

    /// The first field of that name, whatever its case.
    func field(_ name: String) -> String? {
        fields.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    /// All fields of that name, in order.
    func fields(_ name: String) -> [String] {
        fields.filter { $0.name.lowercased() == name.lowercased() }.map(\.value)
    }

    /// Number and method of the CSeq field.
    var sequence: (number: Int, method: String)? {
        guard let words = field("CSeq")?.split(separator: " "), words.count == 2, let number = Int(words[0]) else {
            return nil
        }
        return (number, String(words[1]))
    }

    /// The bytes to send, with a Content-Length that is right.
    var encoded: [UInt8] {
        let first =
            switch start {
            case .request(let method, let uri): "\(method) \(uri) SIP/2.0"
            case .response(let status, let reason): "SIP/2.0 \(status) \(reason)"
            }
        var lines = [first]
        for field in fields where field.name.lowercased() != "content-length" {
            lines.append("\(field.name): \(field.value)")
        }
        lines.append("Content-Length: \(body.utf8.count)")
        return Array((lines.joined(separator: "\r\n") + "\r\n\r\n" + body).utf8)
    }

    /// The answer to this request: its Via, From, To, Call-ID and CSeq, and what is added.
    func response(
        _ status: Int,
        _ reason: String,
        adding more: [(name: String, value: String)] = [],
        body: String = ""
    ) -> SIPMessage {
        let copied = ["via", "from", "to", "call-id", "cseq"]
        let kept = fields.filter { copied.contains($0.name.lowercased()) }
        return SIPMessage(.response(status: status, reason: reason), fields: kept + more, body: body)
    }

    static func == (left: SIPMessage, right: SIPMessage) -> Bool {
        left.start == right.start && left.body == right.body && left.fields.count == right.fields.count
            && zip(left.fields, right.fields).allSatisfy { $0.name == $1.name && $0.value == $1.value }
    }
}

/// What stands behind the method in a request's first line: path and query, decoded.
struct RequestTarget: Equatable {
    /// The path's segments.
    var path: [String]
    /// The query's parameters, in order.
    var query: [(name: String, value: String)]

    /// Reads a target such as `/ari/channels/17.1/variable?variable=CHANNEL%28name%29`.
    init(_ text: String) {
        let parts = text.utf8.split(separator: UInt8(ascii: "?"), maxSplits: 1)
        path = parts.first.map { $0.split(separator: UInt8(ascii: "/")).map(Self.decoded) } ?? []
        query = parts.dropFirst().first.map { $0.split(separator: UInt8(ascii: "&")).map(Self.parameter) } ?? []
    }

    subscript(_ parameter: String) -> String? { query.first { $0.name == parameter }?.value }

    static func == (one: Self, other: Self) -> Bool {
        one.path == other.path && one.query.elementsEqual(other.query, by: ==)
    }

    private static func parameter(_ text: Substring.UTF8View) -> (name: String, value: String) {
        let parts = text.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
        return (decoded(parts[0]), parts.count > 1 ? decoded(parts[1]) : "")
    }

    /// Replaces each `%XX` by its byte. What is no such code stays as it is.
    private static func decoded(_ text: Substring.UTF8View) -> String {
        guard text.contains(UInt8(ascii: "%")) else { return String(Substring(text)) }
        var bytes: [UInt8] = []
        var rest = text
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), let code = UInt8(Substring(rest.prefix(2)), radix: 16) {
                bytes.append(code)
                rest.removeFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

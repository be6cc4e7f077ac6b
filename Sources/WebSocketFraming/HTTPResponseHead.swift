/// Status and headers of the answer to an upgrade request (RFC 9112 sections 4 and 5).
package struct HTTPResponseHead: Equatable, Sendable {
    /// The status code, 100 to 999.
    package var status: Int
    /// Header fields in the order in which they came, as they were written.
    package var headers: [Header]

    /// One header field.
    package struct Header: Equatable, Sendable {
        /// The name as it was written. Names are compared without regard to case.
        package var name: String
        /// The value without the white space around it.
        package var value: String

        package init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    package init(status: Int, headers: [Header] = []) {
        self.status = status
        self.headers = headers
    }

    /// All values of a header field, whatever the case of its name.
    package func values(of name: String) -> [String] {
        let wanted = name.lowercased()
        return headers.filter { $0.name.lowercased() == wanted }.map(\.value)
    }

    /// The members of a header field that is a comma-separated list, in lower case.
    package func tokens(of name: String) -> [String] {
        values(of: name).flatMap { value in
            value.split(separator: ",").map { $0.trimmingBlanks().lowercased() }
        }
    }
}

/// Reads an HTTP response's head while it arrives.
///
/// Interim answers (1xx other than 101) are passed over, as RFC 9110 section 15.2 asks.
package struct HTTPResponseHeadParser: Equatable, Sendable {
    private let maximumSize: Int
    private var size = 0
    private var line: [UInt8] = []
    private var head: HTTPResponseHead?

    /// - Parameter maximumSize: status line and headers together, in bytes, interim answers included.
    package init(maximumSize: Int = WebSocketLimits().responseHead) {
        self.maximumSize = maximumSize
    }

    /// Takes bytes from the network.
    ///
    /// - Returns: nil while the head is not complete; then the head, and the bytes behind it.
    package mutating func append(
        _ bytes: [UInt8]
    ) throws(WebSocketHandshakeError) -> (head: HTTPResponseHead, rest: [UInt8])? {
        for (index, byte) in bytes.enumerated() {
            size += 1
            guard size <= maximumSize else { throw .responseHeadTooLarge }
            guard byte == UInt8(ascii: "\n") else {
                line.append(byte)
                try checkBeginning()
                continue
            }
            if line.last == UInt8(ascii: "\r") { line.removeLast() }
            if let head = try endLine() {
                return (head, Array(bytes[(index + 1)...]))
            }
        }
        return nil
    }

    /// A server that does not speak HTTP is told from its first bytes; it may never send the end of a line.
    private func checkBeginning() throws(WebSocketHandshakeError) {
        let expected = Array("HTTP/1.".utf8)
        if head == nil && line.count <= expected.count && line != Array(expected[..<line.count]) {
            throw .notHTTP
        }
    }

    /// Takes the line that just ended. Returns the head if the line was the empty one behind it.
    private mutating func endLine() throws(WebSocketHandshakeError) -> HTTPResponseHead? {
        defer { line = [] }
        guard var current = head else {
            head = HTTPResponseHead(status: try Self.status(of: line))
            return nil
        }
        guard !line.isEmpty else {
            let isInterim = (100..<200).contains(current.status) && current.status != 101
            head = nil
            return isInterim ? nil : current
        }
        current.headers.append(try Self.header(of: line))
        head = current
        return nil
    }

    /// `HTTP/1.1 101 Switching Protocols`: three digits behind the first blank, then a blank or the line's end.
    private static func status(of line: [UInt8]) throws(WebSocketHandshakeError) -> Int {
        let parts = line.split(separator: UInt8(ascii: " "), maxSplits: 2, omittingEmptySubsequences: false)
        guard let version = parts.first, version.count == 8, version.starts(with: Array("HTTP/1.".utf8)) else {
            throw .notHTTP
        }
        guard parts.count > 1, parts[1].count == 3, let status = Int(String(decoding: parts[1], as: UTF8.self)),
            status >= 100
        else { throw .malformedStatusLine }
        return status
    }

    /// `Name: value`; the name has no blank in it, and a line does not go on in the next one (RFC 9112 section 5).
    private static func header(of line: [UInt8]) throws(WebSocketHandshakeError) -> HTTPResponseHead.Header {
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > 0,
            line[..<colon].allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else { throw .malformedHeader }
        return HTTPResponseHead.Header(
            name: String(decoding: line[..<colon], as: UTF8.self),
            value: String(decoding: line[(colon + 1)...], as: UTF8.self)[...].trimmingBlanks()
        )
    }
}

extension Substring {
    /// The text without spaces and tabs around it.
    fileprivate func trimmingBlanks() -> String {
        var rest = self
        while let first = rest.first, first == " " || first == "\t" { rest.removeFirst() }
        while let last = rest.last, last == " " || last == "\t" { rest.removeLast() }
        return String(rest)
    }
}

import Foundation

/// A whole request or answer of HTTP/1.1, byte for byte as it came.
struct HTTPMessage {
    let head: HTTPHead
    let bytes: [UInt8]
}

/// What the head of an HTTP message says that matters on a road: its first line, and where the message ends.
struct HTTPHead {
    /// How much follows the head.
    enum Body: Equatable {
        case nothing
        case bytes(Int)
        case chunks
        /// Whatever comes until the connection ends.
        case everything
    }

    /// Of the first line: method, target and version, or version, status and reason.
    private let words: [String]
    /// By their names in lower case.
    private let fields: [String: String]

    /// - Throws: ``LabError`` when `bytes` are no head of an HTTP message.
    init(_ bytes: ArraySlice<UInt8>) throws {
        // Not `split` on Characters: "\r\n" is a single one in Swift.
        let lines = String(decoding: bytes, as: UTF8.self).replacing("\r\n", with: "\n").split(separator: "\n")
        words = (lines.first ?? "").split(separator: " ", maxSplits: 2).map(String.init)
        guard words.count >= 2 else { throw LabError("this is no HTTP: \(lines.first ?? "")") }
        var fields: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { continue }
            fields[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces)
        }
        self.fields = fields
    }

    /// Of a request.
    var method: String { words[0] }
    /// Of a request: path and query.
    var target: String { words[1] }
    /// Of an answer; zero of anything else.
    var status: Int { Int(words[1]) ?? 0 }
    /// An answer before the answer.
    var isInterim: Bool { (100..<200).contains(status) && status != 101 }

    /// RFC 9112, section 6.3.
    func body(ofAnswer isAnswer: Bool) throws -> Body {
        if isAnswer, (100..<200).contains(status) || status == 204 || status == 304 { return .nothing }
        if let coding = fields["transfer-encoding"], coding.lowercased().contains("chunked") { return .chunks }
        guard let text = fields["content-length"] else { return isAnswer ? .everything : .nothing }
        guard let length = Int(text), (0...HTTPSplitter.longest).contains(length) else {
            throw LabError("an HTTP message announces \(text) bytes")
        }
        return .bytes(length)
    }
}

/// Cuts a stream of bytes, which arrives in any pieces, into HTTP messages.
struct HTTPSplitter {
    /// Nothing in the lab comes near it; a longer message means that we have lost the boundaries.
    static let longest = 1 << 24
    private static let headEnd = Array("\r\n\r\n".utf8)
    private static let lineEnd = Array("\r\n".utf8)

    private let isOfAnswers: Bool
    private var buffer: [UInt8] = []

    init(ofAnswers isOfAnswers: Bool) {
        self.isOfAnswers = isOfAnswers
    }

    mutating func feed(_ bytes: [UInt8]) {
        buffer += bytes
    }

    /// The next message, if it is there as a whole. One that ends with the connection is left to ``takeRest()``.
    ///
    /// - Throws: ``LabError`` when the stream is no HTTP. The splitter is of no use afterwards.
    mutating func next() throws -> HTTPMessage? {
        guard let separator = buffer.firstRange(of: Self.headEnd) else {
            guard buffer.count <= Self.longest else { throw LabError("the head of an HTTP message does not end") }
            return nil
        }
        let head = try HTTPHead(buffer[..<separator.lowerBound])
        guard let length = try lengthOfMessage(head, separator.upperBound), length <= buffer.count else { return nil }
        let message = HTTPMessage(head: head, bytes: Array(buffer[..<length]))
        buffer.removeFirst(length)
        return message
    }

    /// Everything that is there and is no whole message.
    mutating func takeRest() -> [UInt8] {
        defer { buffer = [] }
        return buffer
    }

    /// How long the whole message is; nil while that cannot be told.
    private func lengthOfMessage(_ head: HTTPHead, _ bodyStart: Int) throws -> Int? {
        switch try head.body(ofAnswer: isOfAnswers) {
        case .nothing: return bodyStart
        case .bytes(let count): return bodyStart + count
        case .chunks: return try endOfChunks(from: bodyStart)
        case .everything: return nil
        }
    }

    /// Where the last chunk and what follows it end (RFC 9112, section 7.1); nil until they are there.
    private func endOfChunks(from start: Int) throws -> Int? {
        var index = start
        while index <= buffer.count {
            guard let end = buffer[index...].firstRange(of: Self.lineEnd) else { return nil }
            let line = String(decoding: buffer[index..<end.lowerBound], as: UTF8.self)
            let digits = line.prefix { $0 != ";" }.trimmingCharacters(in: .whitespaces)
            guard let size = Int(digits, radix: 16), (0...Self.longest).contains(size) else {
                throw LabError("a chunk announces \(line) bytes")
            }
            index = end.upperBound
            if size == 0 { return endOfTrailer(from: index) }
            index += size + Self.lineEnd.count
        }
        return nil
    }

    /// The fields behind the last chunk end with an empty line.
    private func endOfTrailer(from start: Int) -> Int? {
        var index = start
        while let end = buffer[index...].firstRange(of: Self.lineEnd) {
            if end.lowerBound == index { return end.upperBound }
            index = end.upperBound
        }
        return nil
    }
}

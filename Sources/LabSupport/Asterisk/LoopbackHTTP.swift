import Foundation
import Glibc

/// One HTTP request for each connection, to a server on this host.
///
/// Deliberately not Earshot's own transport: what checks Earshot must not share its faults.
enum LoopbackHTTP {
    /// Longest silence of the server, in seconds.
    private static let timeout = 5

    /// - Parameter url: `http://127.0.0.1:PORT/…`
    /// - Throws: ``LabError`` when the URL is another one, nobody answers, or the answer is no HTTP.
    static func request(
        _ method: String,
        _ url: String,
        user: String,
        password: String
    ) throws -> (status: Int, body: String) {
        guard let parts = URLComponents(string: url), parts.scheme == "http",
            let port = parts.port.flatMap(UInt16.init(exactly:)),
            parts.host == "127.0.0.1" || parts.host == "localhost"
        else { throw LabError("\(url) is no plain HTTP address on this host") }
        let socket = try connectToLoopback(port: port)
        var limit = timeval(tv_sec: timeout, tv_usec: 0)
        setsockopt(socket.number, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        let target = parts.percentEncodedPath + (parts.percentEncodedQuery.map { "?" + $0 } ?? "")
        let credentials = Data("\(user):\(password)".utf8).base64EncodedString()
        let head = [
            "\(method) \(target) HTTP/1.1", "Host: 127.0.0.1:\(port)", "Authorization: Basic \(credentials)",
            "Content-Length: 0", "Connection: close", "", "",
        ]
        try writeAll(Array(head.joined(separator: "\r\n").utf8), to: socket)
        var answer = HTTPAnswer()
        while !answer.isComplete {
            guard let bytes = readSome(from: socket) else {
                throw LabError("\(method) \(target): no answer in \(timeout) s")
            }
            if bytes.isEmpty { break }
            answer.bytes += bytes
        }
        return try answer.parsed()
    }
}

/// An HTTP/1.1 answer with `Content-Length` or one that ends with the connection.
struct HTTPAnswer {
    var bytes: [UInt8] = []

    private var parts: (head: String, body: ArraySlice<UInt8>)? {
        let separator = Array("\r\n\r\n".utf8)
        guard let range = bytes.firstRange(of: separator) else { return nil }
        return (String(decoding: bytes[..<range.lowerBound], as: UTF8.self), bytes[range.upperBound...])
    }

    /// Whether the announced length is there. Never true without an announcement: then the connection's end decides.
    var isComplete: Bool {
        guard let (head, body) = parts else { return false }
        for line in head.split(separator: "\r\n") {
            let field = line.split(separator: ":", maxSplits: 1)
            if field.count == 2, field[0].lowercased() == "content-length" {
                return Int(field[1].trimmingCharacters(in: .whitespaces)).map { body.count >= $0 } ?? false
            }
        }
        // 1xx, 204 and 304 have no body (RFC 9112, section 6.3).
        return head.hasPrefix("HTTP/1.1 204") || head.hasPrefix("HTTP/1.1 304")
    }

    func parsed() throws -> (status: Int, body: String) {
        guard let (head, body) = parts, head.hasPrefix("HTTP/1."),
            let status = Int(head.split(separator: " ").dropFirst().first ?? "")
        else { throw LabError("the server's answer is no HTTP: \(String(decoding: bytes.prefix(100), as: UTF8.self))") }
        return (status, String(decoding: body, as: UTF8.self))
    }
}

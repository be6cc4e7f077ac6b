import Foundation
import Glibc

@testable import LabSupport

/// A server on loopback that answers each path in its own way, and remembers what it was asked. One thread accepts, and one serves each
/// connection.
// Safe because `asked` is behind `lock`.
final class TinyServer: @unchecked Sendable {
    let port: UInt16
    private let listener: Descriptor
    private let lock = NSLock()
    private var asked: [String] = []

    init() throws {
        port = try FreePorts.pair()
        let type = SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue
        listener = try Descriptor(Glibc.socket(AF_INET, Int32(type), 0), from: "socket")
        let isBound = withSocketAddress(loopbackAddress(port: port)) { bind(listener.number, $0, $1) } == 0
        guard isBound, Glibc.listen(listener.number, 64) == 0 else { throw LabError("the server cannot listen") }
        Thread { [self] in accept() }.start()
    }

    /// Method and path of each request.
    var requests: [String] { lock.withLock { asked } }

    /// Ends the accepting thread; the others end with their connections.
    func stop() {
        shutdown(listener.number, Int32(SHUT_RDWR))
    }

    private func accept() {
        while true {
            let number = Glibc.accept(listener.number, nil, nil)
            guard number >= 0, let connection = try? Descriptor(number, from: "accept") else { return }
            _ = fcntl(number, F_SETFD, FD_CLOEXEC)
            Thread { [self] in serve(connection) }.start()
        }
    }

    private func serve(_ connection: Descriptor) {
        var buffer: [UInt8] = []
        while let bytes = readSome(from: connection), !bytes.isEmpty {
            buffer += bytes
            while let end = buffer.firstRange(of: Array("\r\n\r\n".utf8)) {
                let head = String(decoding: buffer[..<end.lowerBound], as: UTF8.self)
                let words = head.split(separator: " ").map(String.init)
                buffer.removeFirst(end.upperBound)
                guard words.count > 2 else { return }
                lock.withLock { asked.append("\(words[0]) \(words[1])") }
                for piece in Self.answer(to: words[1]) {
                    guard (try? writeAll(piece, to: connection)) != nil else { return }
                    usleep(2_000)  // So that the pieces arrive as pieces.
                }
                if words[1].hasSuffix("/until-the-end") { return }
            }
        }
    }

    /// In the pieces in which it is sent.
    private static func answer(to path: String) -> [[UInt8]] {
        switch path.split(separator: "/").last.map(String.init) ?? "" {
        case "chunked":
            let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            return pieces(head + "5;x=y\r\nhel", "lo\r\n0\r\nA: b\r\n\r\n")
        case "empty":
            return pieces("HTTP/1.1 204 No Content\r\n\r\n")
        case "until-the-end":
            return pieces("HTTP/1.1 200 OK\r\n\r\nhel", "lo")
        case "events":
            let (first, second) = (frame("one"), frame("two"))
            return [upgrade + first, Array(second.prefix(2)), Array(second.dropFirst(2))]
        default:
            return pieces("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n", "\r\nhello")
        }
    }

    private static func pieces(_ texts: String...) -> [[UInt8]] { texts.map { Array($0.utf8) } }

    private static let upgrade = Array("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n".utf8)

    /// A text frame, as a server sends it.
    static func frame(_ text: String) -> [UInt8] { [0x81, UInt8(text.utf8.count)] + Array(text.utf8) }
}

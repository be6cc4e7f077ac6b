import Foundation
import Glibc

@testable import LabSupport

/// A connection over a road, as a client has it.
struct Caller: Sendable {
    private let socket: Descriptor

    /// - Throws: `LabError` when nobody listens there.
    init(port: UInt16) throws {
        socket = try connectToLoopback(port: port)
        // So that reading comes back now and then.
        var limit = timeval(tv_sec: 0, tv_usec: 20_000)
        setsockopt(socket.number, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    func ask(_ path: String, method: String = "GET") throws {
        try writeAll(Array("\(method) \(path) HTTP/1.1\r\nHost: here\r\n\r\n".utf8), to: socket)
    }

    /// What has come so far, and whether the connection has ended.
    struct Received: Sendable {
        var text = ""
        var hasEnded = false

        /// 200 of `HTTP/1.1 200 OK`; zero without an answer.
        var status: Int { Int(text.split(separator: " ").dropFirst().first ?? "") ?? 0 }
    }

    /// Reads until there is enough, the connection ends, or the time is over.
    func receive(
        within limit: Duration = .seconds(5),
        until isEnough: @escaping @Sendable (String) -> Bool = { $0.hasSuffix("hello") || $0.hasSuffix("}") }
    ) async throws -> Received {
        try await offTheExecutor {
            let deadline = ContinuousClock.now + limit
            var bytes: [UInt8] = []
            var received = Received()
            while ContinuousClock.now < deadline, !received.hasEnded, !isEnough(received.text) {
                guard let more = readSome(from: socket) else { continue }
                received.hasEnded = more.isEmpty
                bytes += more
                received.text = String(decoding: bytes, as: UTF8.self)
            }
            return received
        }
    }
}

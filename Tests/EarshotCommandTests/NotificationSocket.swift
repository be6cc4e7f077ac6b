import Foundation
import Glibc
import Testing

/// What a service manager has: a Unix datagram socket that is told how the service is.
final class NotificationSocket: Sendable {
    /// As in `NOTIFY_SOCKET`.
    let name: String
    private let descriptor: Int32

    /// - Parameter name: a path that does not exist yet, or a name of the abstract namespace behind an @.
    init(_ name: String = "@earshot-test-\(UUID().uuidString)") throws {
        self.name = name
        let number = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        descriptor = number
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var bytes = Array(name.utf8)
        if bytes.first == UInt8(ascii: "@") { bytes[0] = 0 }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + bytes.count)
        let status = withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(number, $0, length) }
        }
        try #require(status == 0, "\(name) cannot be bound")
    }

    deinit { close(descriptor) }

    /// The words of the next message.
    ///
    /// - Parameter timeout: nil for a message that must be there already.
    /// - Returns: nil when none comes.
    func next(within timeout: Duration? = nil) -> [String]? {
        let seconds = timeout.map { Int($0 / .seconds(1)) } ?? 0
        var patience = timeval(tv_sec: seconds, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        var buffer = [UInt8](repeating: 0, count: 4096)
        let size = buffer.count
        let count = recv(descriptor, &buffer, size, timeout == nil ? Int32(MSG_DONTWAIT) : 0)
        guard count > 0 else { return nil }
        return String(decoding: buffer[..<count], as: UTF8.self).split(separator: "\n").map(String.init)
    }
}

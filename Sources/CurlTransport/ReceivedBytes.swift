internal import Glibc

/// How many bytes a TCP connection receives from now on, whoever reads them and whoever closes it.
///
/// libcurl notices an answer at the end of its first line. A server that dies in the middle of that line has answered
/// nothing to libcurl, and gets the request a second time; but it had begun to answer, so it had done what was asked.
/// The kernel counts bytes. A duplicate of the descriptor keeps its count within reach after libcurl has closed its
/// own.
struct ReceivedBytes: ~Copyable {
    private let duplicate: Int32
    private let before: UInt64

    /// - Parameter socket: a connected TCP socket. Nil for a socket that the kernel does not count for, in which case
    ///   libcurl's rule is all there is.
    init?(of socket: Int32) {
        let duplicate = fcntl(socket, F_DUPFD_CLOEXEC, 0)
        guard duplicate >= 0 else { return nil }
        guard let before = Self.count(duplicate) else {
            close(duplicate)
            return nil
        }
        self.duplicate = duplicate
        self.before = before
    }

    deinit {
        close(duplicate)
    }

    /// Whether anything has been received since.
    var any: Bool {
        Self.count(duplicate).map { $0 > before } ?? false
    }

    /// The bytes received so far.
    ///
    /// From Linux's `struct tcp_info` (linux/tcp.h): `tcpi_state` is its first byte, `tcpi_bytes_received` (since
    /// Linux 4.1) is 128 bytes behind its beginning. The C library's own declaration of the structure ends before
    /// that field.
    private static func count(_ socket: Int32) -> UInt64? {
        let offset = 128
        var bytes = [UInt8](repeating: 0, count: 256)
        var length = socklen_t(bytes.count)
        guard getsockopt(socket, Int32(IPPROTO_TCP), TCP_INFO, &bytes, &length) == 0, Int(length) >= offset + 8 else {
            return nil
        }
        let count = bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: UInt64.self) }
        // A FIN takes a place in the sequence of bytes, and the kernel counts it.
        let closeWait: UInt8 = 8
        return bytes[0] == closeWait && count > 0 ? count - 1 : count
    }
}

/// The sockets that libcurl made, to find the one of a connection: libcurl tells a connection's ports, but not its
/// socket, when it is about to use it. Belongs to the client's thread.
final class SocketLedger {
    /// Descriptors are small numbers that the system gives out again and again, so that this stays small. Some are
    /// closed already, or belong to somebody else.
    private var sockets: Set<Int32> = []
    /// Where the connections from these local ports were last found. Each is looked at again before it is believed.
    private var found: [Int32: Int32] = [:]

    /// libcurl has made a socket.
    func add(_ socket: Int32) {
        sockets.insert(socket)
        // There is one for each connection that is kept; of those that are not, the ports would never be forgotten.
        found = [:]
    }

    /// The socket of the connection between these ports.
    func socket(localPort: Int32, remotePort: Int32) -> Int32? {
        if let socket = found[localPort], Self.connects(socket, localPort, remotePort) { return socket }
        for socket in sockets {
            guard Self.port(of: socket, getsockname) != nil else {
                sockets.remove(socket)
                continue
            }
            if Self.connects(socket, localPort, remotePort) {
                found[localPort] = socket
                return socket
            }
        }
        return nil
    }

    private static func connects(_ socket: Int32, _ localPort: Int32, _ remotePort: Int32) -> Bool {
        port(of: socket, getsockname) == localPort && port(of: socket, getpeername) == remotePort
    }

    private typealias NameFunction = (Int32, UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Int32

    /// IPv4 and IPv6 addresses have the port in the same place.
    private static func port(of socket: Int32, _ name: NameFunction) -> Int32? {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return withUnsafeMutablePointer(to: &storage) { pointer in
            let status = pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { name(socket, $0, &length) }
            guard status == 0, [AF_INET, AF_INET6].contains(Int32(pointer.pointee.ss_family)) else { return nil }
            return pointer.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { pointer in
                Int32(UInt16(bigEndian: pointer.pointee.sin_port))
            }
        }
    }
}

@available(*, unavailable)
extension SocketLedger: Sendable {}

import Glibc

/// The text of `errno` after a failed system call.
func lastSystemError() -> String {
    String(cString: strerror(errno))
}

/// A file descriptor that is closed when its owner lets go of it.
///
/// Every descriptor of the lab is close-on-exec: a phone that inherited the pipe of another one would keep it alive after its end.
final class Descriptor: Sendable {
    let number: Int32

    /// Takes over `number`, the result of the system call `name`.
    ///
    /// - Throws: ``LabError`` when the call had failed.
    init(_ number: Int32, from name: String) throws {
        guard number >= 0 else { throw LabError("\(name) failed: \(lastSystemError())") }
        self.number = number
    }

    deinit {
        close(number)
    }
}

/// Two connected sockets that no child process inherits.
///
/// A pipe would do as well; but Swift does not see pipe2, and without it another thread's child could catch the ends.
///
/// - Throws: ``LabError`` when the system has no descriptors left.
func socketPair(nonBlocking: Bool = false) throws -> (Descriptor, Descriptor) {
    let type = SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | (nonBlocking ? SOCK_NONBLOCK.rawValue : 0)
    var ends: [Int32] = [-1, -1]
    guard socketpair(AF_UNIX, Int32(type), 0, &ends) == 0 else {
        throw LabError("socketpair failed: \(lastSystemError())")
    }
    return (try Descriptor(ends[0], from: "socketpair"), try Descriptor(ends[1], from: "socketpair"))
}

/// An IPv4 socket address on loopback. The lab never leaves this host.
func loopbackAddress(port: UInt16) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    return address
}

/// A name for a socket that is in no file system, and is free again when the socket is closed. It fills the whole
/// address: all of its bytes count.
func abstractAddress(_ name: String) -> sockaddr_un {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { path in
        // The first byte is zero.
        for (index, byte) in name.utf8.prefix(path.count - 1).enumerated() { path[index + 1] = byte }
    }
    return address
}

/// Calls `body` with the generic form of `address`, as `bind`, `connect` and `sendto` want it.
func withSocketAddress<Address, Result>(
    _ address: Address,
    _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
) -> Result {
    withUnsafePointer(to: address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            body($0, socklen_t(MemoryLayout<Address>.size))
        }
    }
}

/// A TCP connection to a port of loopback.
///
/// - Throws: ``LabError`` when nobody listens there.
func connectToLoopback(port: UInt16) throws -> Descriptor {
    let socket = try Descriptor(
        Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0),
        from: "socket"
    )
    let result = withSocketAddress(loopbackAddress(port: port)) { connect(socket.number, $0, $1) }
    guard result == 0 else { throw LabError("cannot connect to 127.0.0.1:\(port): \(lastSystemError())") }
    return socket
}

/// Writes all of `bytes` to a blocking descriptor.
///
/// - Throws: ``LabError`` when the other end is gone.
func writeAll(_ bytes: [UInt8], to descriptor: Descriptor) throws {
    var offset = 0
    while offset < bytes.count {
        let written = bytes[offset...].withUnsafeBytes {
            send(descriptor.number, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
        }
        if written < 0 && errno == EINTR { continue }
        guard written > 0 else { throw LabError("cannot write: \(lastSystemError())") }
        offset += written
    }
}

/// One `read` of at most 64 KiB: nil when nothing is there at the moment, empty at the end of the stream or after an error.
func readSome(from descriptor: Descriptor) -> [UInt8]? {
    var buffer = [UInt8](repeating: 0, count: 65_536)
    let count = buffer.withUnsafeMutableBytes { read(descriptor.number, $0.baseAddress, $0.count) }
    if count < 0 && (errno == EINTR || errno == EAGAIN) { return nil }
    return Array(buffer.prefix(max(0, count)))
}

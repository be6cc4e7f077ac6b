import Glibc

/// A non-blocking UDP socket on a free port of loopback, and that port.
///
/// - Throws: ``LabError`` when the system has no sockets left.
func datagramSocket() throws -> (Descriptor, UInt16) {
    let type = SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue
    let socket = try Descriptor(Glibc.socket(AF_INET, Int32(type), 0), from: "socket")
    guard withSocketAddress(loopbackAddress(port: 0), { bind(socket.number, $0, $1) }) == 0 else {
        throw LabError("bind failed: \(lastSystemError())")
    }
    var address = sockaddr_in()
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let result = withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(socket.number, $0, &length) }
    }
    guard result == 0 else { throw LabError("getsockname failed: \(lastSystemError())") }
    return (socket, UInt16(bigEndian: address.sin_port))
}

/// The next datagram: nil when nothing waits, an empty array when it is empty.
func readDatagram(from socket: Descriptor) -> [UInt8]? {
    var buffer = [UInt8](repeating: 0, count: 8_192)
    let count = buffer.withUnsafeMutableBytes { recv(socket.number, $0.baseAddress, $0.count, 0) }
    return count < 0 ? nil : Array(buffer.prefix(count))
}

/// Sends `bytes` to a port of loopback. A full buffer or a closed port loses the datagram, as a network would.
func sendDatagram(_ bytes: [UInt8], from socket: Descriptor, to port: UInt16) {
    _ = bytes.withUnsafeBytes { buffer in
        withSocketAddress(loopbackAddress(port: port)) { address, length in
            sendto(socket.number, buffer.baseAddress, buffer.count, 0, address, length)
        }
    }
}

import Glibc
import Locking

/// Ports on loopback that nobody uses at the moment of asking.
///
/// No two phones that start together may be given the same one: baresip would not say so, and both would be told what
/// to do over one control connection. So a process gives ports in turn, out of a block that no other process has.
package enum FreePorts {
    /// Half of the first port of each block.
    private static let blocks = (0..<8).map { UInt16(5_120) + $0 * blockSize }
    private static let blockSize: UInt16 = 597

    /// The block of this process, and half of the port that is looked at next.
    struct Block {
        let name: Descriptor
        let halves: Range<UInt16>
        var next: UInt16
    }

    private static let block = LockedBox<Block?>(nil)

    /// A port that is free together with the next one, for UDP and TCP.
    ///
    /// baresip takes the port that it is told for SIP over UDP and TCP, and the one above it for TLS, whether or not TLS is used.
    package static func pair() throws -> UInt16 {
        for _ in 0..<200 {
            let port = try candidate()
            if isFree(port, SOCK_DGRAM), isFree(port, SOCK_STREAM), isFree(port + 1, SOCK_STREAM) { return port }
        }
        throw LabError("no two neighbouring free ports were found between 10240 and 19792")
    }

    private static func candidate() throws -> UInt16 {
        try block.withLock { block in
            var claimed = try block ?? claimBlock()
            defer { block = claimed }
            let half = claimed.next
            claimed.next = half + 1 < claimed.halves.upperBound ? half + 1 : claimed.halves.lowerBound
            return half * 2
        }
    }

    /// A block is claimed by an abstract socket name (unix(7)), which one process can have, and which goes with it.
    static func claimBlock() throws -> Block {
        for first in blocks.shuffled() {
            let socket = try Descriptor(
                Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0),
                from: "socket"
            )
            let address = abstractAddress("earshot-lab-ports-\(first)")
            guard withSocketAddress(address, { bind(socket.number, $0, $1) }) == 0 else { continue }
            let halves = first..<first + blockSize
            return Block(name: socket, halves: halves, next: .random(in: halves))
        }
        throw LabError("no ports are left: \(blocks.count) other processes use phones")
    }

    private static func isFree(_ port: UInt16, _ type: __socket_type) -> Bool {
        guard
            let socket = try? Descriptor(
                Glibc.socket(AF_INET, Int32(type.rawValue | SOCK_CLOEXEC.rawValue), 0),
                from: "socket"
            )
        else { return false }  // Out of descriptors: the caller's error says that no port was found.
        return withSocketAddress(loopbackAddress(port: port)) { bind(socket.number, $0, $1) } == 0
    }
}

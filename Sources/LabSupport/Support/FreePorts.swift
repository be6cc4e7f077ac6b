import Glibc
import Locking

/// Ports on loopback that nobody uses at the moment of asking.
package enum FreePorts {
    private static let range: Range<UInt16> = 5_120..<9_900

    /// Half of the port that is looked at next. Ports are given in turn, from a random one on, so that two phones which start together are not
    /// given the same one: baresip would not say so, and both would be told what to do over one control connection.
    private static let next = LockedBox(UInt16.random(in: range))

    /// A port that is free together with the next one, for UDP and TCP.
    ///
    /// baresip takes the port that it is told for SIP over UDP and TCP, and the one above it for TLS, whether or not TLS is used.
    package static func pair() throws -> UInt16 {
        for _ in 0..<200 {
            let port = candidate()
            if isFree(port, SOCK_DGRAM), isFree(port, SOCK_STREAM), isFree(port + 1, SOCK_STREAM) { return port }
        }
        throw LabError("no two neighbouring free ports were found between 10240 and 19800")
    }

    private static func candidate() -> UInt16 {
        next.withLock { half in
            defer { half = half + 1 < range.upperBound ? half + 1 : range.lowerBound }
            return half * 2
        }
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

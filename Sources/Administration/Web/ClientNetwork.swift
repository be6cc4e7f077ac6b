/// Where a client is, as attempts are counted: an IPv4 address, or the /64 of an IPv6 address, which one machine has for itself.
struct ClientNetwork: Hashable, Sendable {
    private let text: String

    /// - Parameter address: as browsers' connections have it; any other text stands for itself.
    init(_ address: String) {
        let address = address.prefix { $0 != "%" }.lowercased()
        guard address.contains(":") else {
            text = address
            return
        }
        let halves = address.split(separator: "::", omittingEmptySubsequences: false).map { half in
            half.split(separator: ":").map(String.init)
        }
        let (head, tail) = (halves[0], halves.count > 1 ? halves[1] : [])
        // IPv4 in IPv6 (RFC 4291, 2.5.5.2).
        if let last = tail.last, last.contains("."), tail.dropLast().allSatisfy({ $0 == "ffff" }), head.isEmpty {
            text = last
            return
        }
        let zeros = Array(repeating: "0", count: halves.count > 1 ? max(0, 8 - head.count - tail.count) : 0)
        let groups = (head + zeros + tail).prefix(4).map { group in
            let digits = group.drop { $0 == "0" }
            return digits.isEmpty ? "0" : String(digits)
        }
        text = groups.joined(separator: ":") + "::/64"
    }

    /// Whether it is an address of this machine, which no other machine has: `127.0.0.0/8` or `::1`, also IPv4 in IPv6.
    static func isLoopback(_ address: String) -> Bool {
        let address = address.lowercased()
        if address == "::1" { return true }
        let parts = address.trimmingPrefix("::ffff:").split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }
}

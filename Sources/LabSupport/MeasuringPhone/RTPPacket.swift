/// An RTP packet (RFC 3550, section 5.1).
struct RTPPacket: Equatable {
    /// Payload type of µ-law (RFC 3551).
    static let pcmu: UInt8 = 0
    /// Payload type that our SDP gives to telephone events.
    static let telephoneEvent: UInt8 = 101

    var payloadType: UInt8
    var isMarked: Bool
    var sequence: UInt16
    /// In samples of 8 kHz.
    var timestamp: UInt32
    var source: UInt32
    var payload: [UInt8]

    init(payloadType: UInt8, isMarked: Bool, sequence: UInt16, timestamp: UInt32, source: UInt32, payload: [UInt8]) {
        self.payloadType = payloadType
        self.isMarked = isMarked
        self.sequence = sequence
        self.timestamp = timestamp
        self.source = source
        self.payload = payload
    }

    /// Nil when `bytes` are no RTP of version 2.
    init?(_ bytes: [UInt8]) {
        guard bytes.count >= 12, bytes[0] >> 6 == 2 else { return nil }
        var start = 12 + Int(bytes[0] & 0x0F) * 4
        if bytes[0] & 0x10 != 0 {
            guard bytes.count >= start + 4 else { return nil }
            start += 4 + (Int(bytes[start + 2]) << 8 | Int(bytes[start + 3])) * 4
        }
        var end = bytes.count
        if bytes[0] & 0x20 != 0 { end -= Int(bytes[bytes.count - 1]) }
        guard start <= end else { return nil }
        payloadType = bytes[1] & 0x7F
        isMarked = bytes[1] & 0x80 != 0
        sequence = UInt16(bytes[2]) << 8 | UInt16(bytes[3])
        timestamp = Self.number(bytes[4..<8])
        source = Self.number(bytes[8..<12])
        payload = Array(bytes[start..<end])
    }

    var encoded: [UInt8] {
        var bytes: [UInt8] = [0x80, payloadType | (isMarked ? 0x80 : 0), UInt8(sequence >> 8), UInt8(sequence & 0xFF)]
        for value in [timestamp, source] { bytes += (0..<4).map { UInt8(value >> (24 - 8 * $0) & 0xFF) } }
        return bytes + payload
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        bytes.reduce(0) { $0 << 8 | UInt32($1) }
    }
}

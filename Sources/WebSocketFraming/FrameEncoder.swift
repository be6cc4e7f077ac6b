/// The four bytes with which a client masks one frame (RFC 6455 section 5.3).
///
/// They must be fresh and unpredictable for each frame. This module has no randomness: the caller draws them.
package struct WebSocketMaskingKey: RawRepresentable, Equatable, Sendable {
    /// The four bytes, the first one in the most significant place.
    package var rawValue: UInt32

    package init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// The byte for the payload's byte at `index`.
    package subscript(index: Int) -> UInt8 {
        UInt8(truncatingIfNeeded: rawValue >> (24 - 8 * UInt32(index & 3)))
    }
}

/// Writes frames as a client does: masked, with the shortest length (RFC 6455 sections 5.2 and 5.3).
package enum FrameEncoder {
    /// The bytes of `frame` for the network.
    package static func encode(_ frame: WebSocketFrame, maskingKey: WebSocketMaskingKey) -> [UInt8] {
        let count = frame.payload.count
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count + 14)
        bytes.append((frame.isFinal ? 0x80 : 0) | frame.opcode.rawValue)
        switch count {
        case ...125:
            bytes.append(0x80 | UInt8(count))
        case ...0xFFFF:
            bytes.append(0x80 | 126)
            appendBigEndian(UInt64(count), width: 2, to: &bytes)
        default:
            bytes.append(0x80 | 127)
            appendBigEndian(UInt64(count), width: 8, to: &bytes)
        }
        appendBigEndian(UInt64(maskingKey.rawValue), width: 4, to: &bytes)
        for (index, byte) in frame.payload.enumerated() {
            bytes.append(byte ^ maskingKey[index])
        }
        return bytes
    }

    private static func appendBigEndian(_ value: UInt64, width: Int, to bytes: inout [UInt8]) {
        for index in stride(from: width - 1, through: 0, by: -1) {
            bytes.append(UInt8(truncatingIfNeeded: value >> (8 * UInt64(index))))
        }
    }
}

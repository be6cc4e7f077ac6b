/// Why a WebSocket is closed (RFC 6455 section 7.4).
package struct WebSocketCloseCode: RawRepresentable, Hashable, Sendable {
    package var rawValue: UInt16

    package init(rawValue: UInt16) {
        self.rawValue = rawValue
    }

    /// 1000: what the connection was for is done.
    package static let normal = WebSocketCloseCode(rawValue: 1000)
    /// 1001: the endpoint goes away, such as a server that shuts down.
    package static let goingAway = WebSocketCloseCode(rawValue: 1001)
    /// 1002: the other side broke the protocol.
    package static let protocolError = WebSocketCloseCode(rawValue: 1002)
    /// 1003: a kind of data that is not accepted here.
    package static let unsupportedData = WebSocketCloseCode(rawValue: 1003)
    /// 1005: never sent; stands for a CLOSE without a code.
    package static let noStatus = WebSocketCloseCode(rawValue: 1005)
    /// 1006: never sent; stands for a connection that ended without a CLOSE.
    package static let abnormal = WebSocketCloseCode(rawValue: 1006)
    /// 1007: data that does not fit its type, such as text that is not UTF-8.
    package static let invalidPayload = WebSocketCloseCode(rawValue: 1007)
    /// 1008: a policy was violated.
    package static let policyViolation = WebSocketCloseCode(rawValue: 1008)
    /// 1009: a message too big to process.
    package static let messageTooBig = WebSocketCloseCode(rawValue: 1009)
    /// 1011: the server met a condition that it did not expect.
    package static let internalError = WebSocketCloseCode(rawValue: 1011)

    /// Whether the code may stand in a CLOSE frame: 1000–1003, 1007–1014 (1012 to 1014 are in IANA's registry) and
    /// 3000–4999. 1004, 1005, 1006 and 1015 are reserved, 1016–2999 are not given out, the rest is outside the range.
    package var mayBeSent: Bool {
        switch rawValue {
        case 1000...1003, 1007...1014, 3000...4999: true
        default: false
        }
    }
}

/// The payload of a CLOSE frame (RFC 6455 section 5.5.1).
package struct WebSocketClose: Equatable, Sendable {
    /// Why the connection is closed.
    package var code: WebSocketCloseCode
    /// A text for people; empty when there is none. At most 123 bytes of UTF-8.
    package var reason: String

    package init(code: WebSocketCloseCode, reason: String = "") {
        self.code = code
        self.reason = reason
    }

    /// Reads a CLOSE frame's payload.
    ///
    /// - Returns: nil for an empty payload, which is a CLOSE without a code.
    package static func decoding(_ payload: [UInt8]) throws(WebSocketProtocolError) -> WebSocketClose? {
        if payload.isEmpty { return nil }
        guard payload.count >= 2 else { throw .invalidClosePayload }
        let code = WebSocketCloseCode(rawValue: UInt16(payload[0]) << 8 | UInt16(payload[1]))
        guard code.mayBeSent else { throw .invalidCloseCode(code.rawValue) }
        var validator = UTF8Validator()
        guard validator.consume(payload[2...]), validator.isComplete else { throw .invalidUTF8 }
        return WebSocketClose(code: code, reason: String(decoding: payload[2...], as: UTF8.self))
    }

    /// The payload of a CLOSE frame. A reason beyond 123 bytes is cut at a character's end, because a control frame
    /// carries no more than 125 bytes.
    package var encoded: [UInt8] {
        var text: [UInt8] = []
        for character in reason {
            let bytes = Array(String(character).utf8)
            if text.count + bytes.count > 123 { break }
            text += bytes
        }
        return [UInt8(code.rawValue >> 8), UInt8(code.rawValue & 0xFF)] + text
    }
}

/// A way in which a server broke RFC 6455. Each ends the connection with the code of `closeCode`.
package enum WebSocketProtocolError: Error, Equatable, Sendable {
    /// RSV1, RSV2 or RSV3 is set, but no extension was agreed on (section 5.2).
    case reservedBitsSet
    /// An opcode that RFC 6455 keeps for the future (section 5.2).
    case reservedOpcode(UInt8)
    /// A control frame without FIN (section 5.4).
    case fragmentedControlFrame
    /// A control frame with more than 125 bytes (section 5.5).
    case controlFrameTooLong
    /// A masked frame from a server (section 5.1).
    case maskedServerFrame
    /// A length written with more bytes than it needs (section 5.2).
    case nonMinimalLength
    /// A 64-bit length whose most significant bit is set (section 5.2).
    case lengthTopBitSet
    /// A continuation, but no message was begun (section 5.4).
    case unexpectedContinuation
    /// A new message, but the one before it is not finished (section 5.4).
    case expectedContinuation
    /// Text, or the reason of a CLOSE, that is not UTF-8 (section 8.1).
    case invalidUTF8
    /// A CLOSE with a code that may not be sent (section 7.4).
    case invalidCloseCode(UInt16)
    /// A CLOSE with one byte of payload, which is half a code (section 5.5.1).
    case invalidClosePayload
    /// A frame above `WebSocketLimits.framePayload`; the payload's length as announced.
    case frameTooLarge(UInt64)
    /// A message above `WebSocketLimits.message`; its length so far.
    case messageTooLarge(Int)

    /// The code to close the connection with (section 7.4.1).
    package var closeCode: WebSocketCloseCode {
        switch self {
        case .reservedBitsSet, .reservedOpcode, .fragmentedControlFrame, .controlFrameTooLong, .maskedServerFrame,
            .nonMinimalLength, .lengthTopBitSet, .unexpectedContinuation, .expectedContinuation, .invalidCloseCode,
            .invalidClosePayload:
            .protocolError
        case .invalidUTF8:
            .invalidPayload
        case .frameTooLarge, .messageTooLarge:
            .messageTooBig
        }
    }

    /// A short bounded name, fit for a metric's label.
    package var label: String {
        switch self {
        case .reservedBitsSet: "reserved_bits"
        case .reservedOpcode: "reserved_opcode"
        case .fragmentedControlFrame: "fragmented_control_frame"
        case .controlFrameTooLong: "control_frame_too_long"
        case .maskedServerFrame: "masked_server_frame"
        case .nonMinimalLength: "non_minimal_length"
        case .lengthTopBitSet: "length_top_bit"
        case .unexpectedContinuation: "unexpected_continuation"
        case .expectedContinuation: "expected_continuation"
        case .invalidUTF8: "invalid_utf8"
        case .invalidCloseCode: "invalid_close_code"
        case .invalidClosePayload: "invalid_close_payload"
        case .frameTooLarge: "frame_too_large"
        case .messageTooLarge: "message_too_large"
        }
    }
}

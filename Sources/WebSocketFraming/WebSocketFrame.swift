/// What a frame is for (RFC 6455 section 5.2, section 11.8).
package enum WebSocketOpcode: UInt8, Sendable, Equatable, CaseIterable {
    /// A further fragment of the message that an earlier frame began.
    case continuation = 0x0
    /// A text message, or its first fragment.
    case text = 0x1
    /// A binary message, or its first fragment.
    case binary = 0x2
    /// The beginning, or the answer, of the closing handshake.
    case close = 0x8
    /// A question that the other side answers with a PONG.
    case ping = 0x9
    /// The answer to a PING.
    case pong = 0xA

    /// Whether frames of this kind are control frames, which may stand between the fragments of a message, are never
    /// fragmented themselves and carry at most 125 bytes (RFC 6455 section 5.5).
    package var isControl: Bool { rawValue & 0x8 != 0 }
}

/// One frame, without its mask.
package struct WebSocketFrame: Equatable, Sendable {
    /// Whether this is the last frame of its message (the FIN bit).
    package var isFinal: Bool
    /// What the frame is for.
    package var opcode: WebSocketOpcode
    /// The application's bytes, not masked.
    package var payload: [UInt8]

    /// Makes a frame; nothing is checked, because tests have to build wrong ones too.
    package init(isFinal: Bool = true, opcode: WebSocketOpcode, payload: [UInt8] = []) {
        self.isFinal = isFinal
        self.opcode = opcode
        self.payload = payload
    }
}

/// A whole message, put together from its fragments.
package enum WebSocketMessage: Equatable, Sendable {
    /// Text; the bytes are valid UTF-8.
    case text([UInt8])
    /// Bytes without a meaning to the protocol.
    case binary([UInt8])
}

/// The largest sizes that are accepted from a server. Whatever is larger ends the connection instead of filling memory.
package struct WebSocketLimits: Equatable, Sendable {
    /// Payload of one frame, in bytes.
    package var framePayload: Int
    /// All fragments of one message together, in bytes.
    package var message: Int
    /// Status line and headers of the answer to the upgrade request, in bytes.
    package var responseHead: Int
    /// How much of the body of a refused upgrade is kept, in bytes.
    package var refusalBody: Int

    /// The defaults leave room for the largest events of a PBX (a few hundred kilobytes) many times over.
    package init(
        framePayload: Int = 16 * 1024 * 1024,
        message: Int = 16 * 1024 * 1024,
        responseHead: Int = 16 * 1024,
        refusalBody: Int = 1024
    ) {
        self.framePayload = framePayload
        self.message = message
        self.responseHead = responseHead
        self.refusalBody = refusalBody
    }
}

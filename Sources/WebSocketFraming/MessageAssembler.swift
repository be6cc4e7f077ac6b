/// Puts messages together from data frames (RFC 6455 section 5.4). Control frames do not pass through here, which is
/// why they may stand anywhere between fragments.
package struct MessageAssembler: Equatable, Sendable {
    private enum State: Equatable {
        /// Between two messages. Can transition to: `assembling` if a message begins that is not whole.
        case idle
        /// A message was begun. Can transition to: `idle` if its last fragment comes.
        case assembling(isText: Bool, bytes: [UInt8], validator: UTF8Validator)
    }

    private let maximumMessage: Int
    private var state = State.idle

    /// - Parameter maximumMessage: the largest message, in bytes, all its fragments together.
    package init(maximumMessage: Int = WebSocketLimits().message) {
        self.maximumMessage = maximumMessage
    }

    /// Takes the next data frame.
    ///
    /// Text is checked while it arrives: a wrong byte ends the connection at the frame that has it, not at the
    /// message's end.
    ///
    /// - Parameter frame: a frame whose opcode is `text`, `binary` or `continuation`.
    /// - Returns: the message, when this frame was its last.
    package mutating func append(_ frame: WebSocketFrame) throws(WebSocketProtocolError) -> WebSocketMessage? {
        switch state {
        case .idle:
            guard frame.opcode != .continuation else { throw .unexpectedContinuation }
            return try extend(isText: frame.opcode == .text, bytes: [], validator: UTF8Validator(), with: frame)
        case .assembling(let isText, let bytes, let validator):
            guard frame.opcode == .continuation else { throw .expectedContinuation }
            // Given up here, so that `bytes` below has one owner and grows in place.
            state = .idle
            return try extend(isText: isText, bytes: bytes, validator: validator, with: frame)
        }
    }

    private mutating func extend(
        isText: Bool,
        bytes: consuming [UInt8],
        validator: consuming UTF8Validator,
        with frame: WebSocketFrame
    ) throws(WebSocketProtocolError) -> WebSocketMessage? {
        let size = bytes.count + frame.payload.count
        guard size <= maximumMessage else { throw .messageTooLarge(size) }
        if isText && !validator.consume(frame.payload) { throw .invalidUTF8 }
        if bytes.isEmpty {
            bytes = frame.payload
        } else {
            bytes += frame.payload
        }
        guard frame.isFinal else {
            state = .assembling(isText: isText, bytes: bytes, validator: validator)
            return nil
        }
        guard !isText || validator.isComplete else { throw .invalidUTF8 }
        return isText ? .text(bytes) : .binary(bytes)
    }
}

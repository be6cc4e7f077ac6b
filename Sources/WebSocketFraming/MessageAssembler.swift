/// Puts messages together from data frames (RFC 6455 section 5.4). Control frames do not pass through here, which is
/// why they may stand anywhere between fragments.
package struct MessageAssembler: Equatable, Sendable {
    /// A message that was begun.
    private struct Partial: Equatable {
        let isText: Bool
        var bytes: [UInt8] = []
        var validator = UTF8Validator()

        mutating func append(_ payload: [UInt8], atMost maximum: Int) throws(WebSocketProtocolError) {
            let size = bytes.count + payload.count
            guard size <= maximum else { throw .messageTooLarge(size) }
            if isText && !validator.consume(payload) { throw .invalidUTF8 }
            if bytes.isEmpty {
                bytes = payload
            } else {
                bytes += payload
            }
        }
    }

    private let maximumMessage: Int
    /// Nil between two messages.
    private var partial: Partial?

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
        if partial == nil {
            guard frame.opcode != .continuation else { throw .unexpectedContinuation }
            partial = Partial(isText: frame.opcode == .text)
        } else {
            guard frame.opcode == .continuation else { throw .expectedContinuation }
        }
        try partial?.append(frame.payload, atMost: maximumMessage)
        guard frame.isFinal, let whole = partial.take() else { return nil }
        guard !whole.isText || whole.validator.isComplete else { throw .invalidUTF8 }
        return whole.isText ? .text(whole.bytes) : .binary(whole.bytes)
    }
}

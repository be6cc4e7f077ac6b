/// Turns the bytes that a server sends into frames, wherever the network cut them (RFC 6455 section 5.2).
///
/// It is the client's side: masked frames are errors. A rule that one frame breaks by itself is found here, as soon as
/// the bytes that break it are there; what a row of frames can break is found by `MessageAssembler`.
package struct FrameDecoder: Equatable, Sendable {
    private let maximumPayload: Int
    private var buffer: [UInt8] = []
    /// Where the next frame begins in `buffer`. Bytes before it are done and are dropped from time to time.
    private var start = 0
    private var failure: WebSocketProtocolError?

    /// - Parameter maximumPayload: the largest payload of one frame, in bytes.
    package init(maximumPayload: Int = WebSocketLimits().framePayload) {
        self.maximumPayload = maximumPayload
    }

    /// How many bytes wait for the rest of their frame.
    package var bufferedByteCount: Int { buffer.count - start }

    /// Takes bytes from the network. Call `nextFrame()` until it returns nil afterwards.
    package mutating func append(_ bytes: some Collection<UInt8>) {
        if start == buffer.count {
            buffer.removeAll(keepingCapacity: true)
            start = 0
        } else if start > 4096 && start > buffer.count / 2 {
            buffer.removeFirst(start)
            start = 0
        }
        buffer.append(contentsOf: bytes)
    }

    /// The next whole frame, or nil when more bytes are needed.
    ///
    /// - Throws: what the server did wrong, and the same again at every later call: after an error nobody can tell
    ///   where a frame begins.
    package mutating func nextFrame() throws(WebSocketProtocolError) -> WebSocketFrame? {
        if let failure { throw failure }
        do {
            return try decodeFrame()
        } catch {
            failure = error
            buffer = []
            start = 0
            throw error
        }
    }

    private mutating func decodeFrame() throws(WebSocketProtocolError) -> WebSocketFrame? {
        guard bufferedByteCount > 0 else { return nil }
        let opcode = try decodeFirstByte(buffer[start])
        guard bufferedByteCount > 1, let length = try decodeLength(of: opcode) else { return nil }
        guard length.payload <= UInt64(maximumPayload) else { throw .frameTooLarge(length.payload) }
        let end = start + length.headerSize + Int(length.payload)
        guard buffer.count >= end else { return nil }
        let frame = WebSocketFrame(
            isFinal: buffer[start] & 0x80 != 0,
            opcode: opcode,
            payload: Array(buffer[(start + length.headerSize)..<end])
        )
        start = end
        return frame
    }

    private func decodeFirstByte(_ byte: UInt8) throws(WebSocketProtocolError) -> WebSocketOpcode {
        guard byte & 0x70 == 0 else { throw .reservedBitsSet }
        guard let opcode = WebSocketOpcode(rawValue: byte & 0x0F) else { throw .reservedOpcode(byte & 0x0F) }
        guard !opcode.isControl || byte & 0x80 != 0 else { throw .fragmentedControlFrame }
        return opcode
    }

    /// The size of the header and of the payload, or nil when the length is not complete yet.
    private func decodeLength(
        of opcode: WebSocketOpcode
    ) throws(WebSocketProtocolError) -> (headerSize: Int, payload: UInt64)? {
        let byte = buffer[start + 1]
        guard byte & 0x80 == 0 else { throw .maskedServerFrame }
        guard !opcode.isControl || byte <= 125 else { throw .controlFrameTooLong }
        guard byte > 125 else { return (2, UInt64(byte)) }
        let width = byte == 126 ? 2 : 8
        if width == 8 && bufferedByteCount > 2 && buffer[start + 2] & 0x80 != 0 { throw .lengthTopBitSet }
        guard bufferedByteCount >= 2 + width else { return nil }
        let length = buffer[(start + 2)..<(start + 2 + width)].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard length > (width == 2 ? 125 : 0xFFFF) else { throw .nonMinimalLength }
        return (2 + width, length)
    }
}

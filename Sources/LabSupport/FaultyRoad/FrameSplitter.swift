/// Cuts a stream of bytes, which arrives in any pieces, into WebSocket frames (RFC 6455, section 5.2), whatever is in them.
struct FrameSplitter {
    /// Nothing in the lab comes near it; a longer frame means that we have lost the boundaries.
    private static let longest: UInt64 = 1 << 24

    private var buffer: [UInt8] = []

    /// The frames that are complete with `bytes`.
    ///
    /// - Throws: ``LabError`` when the stream is no sequence of frames. The splitter is of no use afterwards.
    mutating func feed(_ bytes: [UInt8]) throws -> [[UInt8]] {
        buffer += bytes
        var frames: [[UInt8]] = []
        while let length = try firstLength(), length <= buffer.count {
            frames.append(Array(buffer[..<length]))
            buffer.removeFirst(length)
        }
        return frames
    }

    /// How long the first frame is; nil until enough of it is there to tell.
    private func firstLength() throws -> Int? {
        guard buffer.count >= 2 else { return nil }
        let short = buffer[1] & 0x7F
        let extent = short == 126 ? 2 : short == 127 ? 8 : 0
        guard buffer.count >= 2 + extent else { return nil }
        var payload = UInt64(short)
        if extent > 0 {
            payload = buffer[2..<(2 + extent)].reduce(0) { (sum: UInt64, byte: UInt8) -> UInt64 in
                sum << 8 | UInt64(byte)
            }
        }
        guard payload <= Self.longest else { throw LabError("a WebSocket frame announces \(payload) bytes") }
        let mask = buffer[1] & 0x80 == 0 ? 0 : 4
        return 2 + extent + mask + Int(payload)
    }
}

/// Netstrings (`LENGTH:BYTES,`), the frames of baresip's control connection.
enum Netstring {
    /// One frame around `payload`.
    static func encode(_ payload: [UInt8]) -> [UInt8] {
        Array("\(payload.count):".utf8) + payload + [UInt8(ascii: ",")]
    }
}

/// Takes frames out of a stream of bytes that arrives in any pieces.
struct NetstringDecoder {
    /// No event of a phone comes near it; a longer one means that we have lost the frame boundaries.
    static let longest = 1 << 20

    private var buffer: [UInt8] = []

    /// The payloads that are complete with `bytes`.
    ///
    /// - Throws: ``LabError`` when the stream is no sequence of netstrings. The decoder is of no use afterwards.
    mutating func feed(_ bytes: some Sequence<UInt8>) throws -> [[UInt8]] {
        buffer += bytes
        var payloads: [[UInt8]] = []
        var start = 0
        while let payload = try next(at: &start) { payloads.append(payload) }
        buffer.removeFirst(start)
        return payloads
    }

    private func next(at start: inout Int) throws -> [UInt8]? {
        var length = 0
        var index = start
        while index < buffer.count, buffer[index] != UInt8(ascii: ":") {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(buffer[index]) else {
                throw LabError("a netstring's length has the byte \(buffer[index])")
            }
            length = length * 10 + Int(buffer[index] - UInt8(ascii: "0"))
            guard length <= Self.longest else { throw LabError("a netstring is longer than \(Self.longest) bytes") }
            index += 1
        }
        guard index < buffer.count else { return nil }
        guard index > start else { throw LabError("a netstring has no length") }
        let end = index + 1 + length
        guard end < buffer.count else { return nil }
        guard buffer[end] == UInt8(ascii: ",") else { throw LabError("a netstring does not end in a comma") }
        start = end + 1
        return Array(buffer[(index + 1)..<end])
    }
}

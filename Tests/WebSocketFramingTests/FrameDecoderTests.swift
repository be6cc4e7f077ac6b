import Testing
import WebSocketFraming

@Suite(.timeLimit(.minutes(1)))
struct FrameDecoderTests {
    /// Every kind of length and every opcode; 346 bytes.
    private let frames = [
        text("hello"),
        WebSocketFrame(opcode: .binary, payload: Array(repeating: 7, count: 126)),
        WebSocketFrame(opcode: .ping, payload: Array(repeating: 1, count: 125)),
        text("be", isFinal: false),
        WebSocketFrame(opcode: .pong),
        continuation(Array("gun".utf8)),
        continuation([]),
        text(""),
        close(1000, "bye"),
    ]

    @Test func `every split into two and into single bytes gives the same frames`() {
        let bytes = frames.flatMap(serverBytes)
        for place in 0...bytes.count {
            let (decoded, error) = decode(cut(bytes, at: [place]))
            #expect(decoded == frames)
            #expect(error == nil)
        }
        #expect(decode(bytes.map { [$0] }).frames == frames)
        #expect(decode([bytes]).frames == frames)
    }

    @Test func `every split into three gives the same frames`() {
        let frames = [text("hé"), WebSocketFrame(opcode: .ping), continuation([1, 2, 3]), close(nil)]
        let bytes = frames.flatMap(serverBytes)
        for first in 0...bytes.count {
            for second in first...bytes.count {
                #expect(decode(cut(bytes, at: [first, second])).frames == frames)
            }
        }
    }

    @Test(arguments: [0, 1, 125, 126, 127, 0xFFFE, 0xFFFF, 0x10000, 300_000])
    func `every form of length is read`(count: Int) {
        let frame = WebSocketFrame(opcode: .binary, payload: Array(repeating: 0xAB, count: count))
        let bytes = serverBytes(frame)
        #expect(decode(cut(bytes, at: [1, 2, 5, 9].filter { $0 < bytes.count })).frames == [frame])
    }

    @Test(
        arguments: [
            ([0xC1, 0x00], .reservedBitsSet), ([0xA1, 0x00], .reservedBitsSet), ([0x91, 0x00], .reservedBitsSet),
            ([0x83, 0x00], .reservedOpcode(3)), ([0x87, 0x00], .reservedOpcode(7)),
            ([0x8B, 0x00], .reservedOpcode(11)),
            ([0x8F, 0x00], .reservedOpcode(15)), ([0x09, 0x00], .fragmentedControlFrame),
            ([0x08, 0x00], .fragmentedControlFrame), ([0x0A, 0x00], .fragmentedControlFrame),
            ([0x89, 126, 0, 126], .controlFrameTooLong), ([0x88, 127], .controlFrameTooLong),
            ([0x81, 0x80], .maskedServerFrame), ([0x89, 0x85, 1, 2, 3, 4], .maskedServerFrame),
            ([0x81, 126, 0, 125], .nonMinimalLength), ([0x81, 126, 0, 0], .nonMinimalLength),
            ([0x82, 127, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF], .nonMinimalLength),
            ([0x82, 127, 0x80, 0, 0, 0, 0, 0, 0, 0], .lengthTopBitSet),
            ([0x82, 127, 0xFF], .lengthTopBitSet),
            ([0x82, 126, 0x04, 0x01], .frameTooLarge(1025)),
            ([0x82, 127, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], .frameTooLarge(0x7FFF_FFFF_FFFF_FFFF)),
        ] as [([UInt8], WebSocketProtocolError)]
    )
    func `what breaks a rule is named, in one piece and byte by byte`(bytes: [UInt8], error: WebSocketProtocolError) {
        #expect(decode([bytes], maximumPayload: 1024).error == error)
        #expect(decode(bytes.map { [$0] }, maximumPayload: 1024).error == error)
    }

    @Test func `frames before a broken one are delivered`() {
        let result = decode([serverBytes(text("good")) + [0xC1]])
        #expect(result.frames == [text("good")])
        #expect(result.error == .reservedBitsSet)
    }

    @Test func `after an error every call says the same, and nothing is kept`() {
        var decoder = FrameDecoder()
        decoder.append([0xC1, 0x00])
        #expect(throws: WebSocketProtocolError.reservedBitsSet) { try decoder.nextFrame() }
        decoder.append(serverBytes(text("good")))
        #expect(throws: WebSocketProtocolError.reservedBitsSet) { try decoder.nextFrame() }
    }

    @Test func `a frame as large as the limit is taken`() {
        let frame = WebSocketFrame(opcode: .binary, payload: Array(repeating: 0, count: 1024))
        #expect(decode([serverBytes(frame)], maximumPayload: 1024).frames == [frame])
    }

    @Test(arguments: 0..<20)
    func `random bytes never trap, and give the same however they are cut`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<200 {
            let count = Int.random(in: 0...300, using: &generator)
            var bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
            // Half of them begin like a frame, to get further than the first byte.
            if count > 2, Bool.random(using: &generator) {
                bytes[0] = [0x81, 0x82, 0x01, 0x80, 0x89, 0x8A].randomElement(using: &generator) ?? 0x81
                bytes[1] &= 0x7F
            }
            let places = (0..<3).map { _ in Int.random(in: 0...count, using: &generator) }
            let whole = decode([bytes], maximumPayload: 4096)
            let pieces = decode(cut(bytes, at: places), maximumPayload: 4096)
            #expect(whole.frames == pieces.frames)
            #expect(whole.error == pieces.error)
        }
    }

    @Test(arguments: 0..<10)
    func `random frames come back whole, however they are cut`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let frames = (0..<200).map { _ in
            let opcode =
                [.text, .binary, .continuation, .ping, .pong].randomElement(using: &generator) ?? WebSocketOpcode.text
            let count = Int.random(in: 0...(opcode.isControl ? 125 : 2000), using: &generator)
            return WebSocketFrame(
                isFinal: opcode.isControl || Bool.random(using: &generator),
                opcode: opcode,
                payload: (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
            )
        }
        let bytes = frames.flatMap(serverBytes)
        let places = (0..<300).map { _ in Int.random(in: 0...bytes.count, using: &generator) }
        #expect(decode(cut(bytes, at: places)).frames == frames)
    }
}

import Testing
import WebSocketFraming

/// The messages in `frames`, and the error behind them.
private func assemble(
    _ frames: [WebSocketFrame],
    maximum: Int = 1000
) -> (messages: [WebSocketMessage], error: WebSocketProtocolError?) {
    var assembler = MessageAssembler(maximumMessage: maximum)
    var messages: [WebSocketMessage] = []
    for frame in frames {
        do {
            if let message = try assembler.append(frame) { messages.append(message) }
        } catch {
            return (messages, error)
        }
    }
    return (messages, nil)
}

@Suite(.timeLimit(.minutes(1)))
struct MessageAssemblerTests {
    @Test func `fragments become one message, empty ones too`() {
        let result = assemble([
            text("a", isFinal: false), continuation([], isFinal: false), continuation(Array("b".utf8), isFinal: false),
            continuation([]), text("next"),
        ])
        #expect(result.messages == [.text(Array("ab".utf8)), .text(Array("next".utf8))])
        #expect(result.error == nil)
    }

    @Test func `a binary message may hold any byte`() {
        let bytes = (0...255).map { UInt8($0) }
        let frames = [
            WebSocketFrame(isFinal: false, opcode: .binary, payload: bytes), continuation(bytes),
        ]
        #expect(assemble(frames).messages == [.binary(bytes + bytes)])
    }

    @Test func `a continuation of nothing is an error`() {
        #expect(assemble([continuation([1])]).error == .unexpectedContinuation)
        #expect(assemble([text("a"), continuation([1])]).error == .unexpectedContinuation)
    }

    @Test(arguments: [WebSocketOpcode.text, .binary])
    func `a new message inside another is an error`(opcode: WebSocketOpcode) {
        let frames = [text("a", isFinal: false), WebSocketFrame(opcode: opcode)]
        #expect(assemble(frames).error == .expectedContinuation)
    }

    @Test func `a message above the limit is an error at the fragment that exceeds it`() {
        let half = Array(repeating: UInt8(ascii: "x"), count: 500)
        let whole = [text(String(decoding: half, as: UTF8.self), isFinal: false), continuation(half, isFinal: false)]
        #expect(assemble(whole).error == nil)
        #expect(assemble(whole + [continuation([0x78])]).error == .messageTooLarge(1001))
        #expect(assemble(whole + [continuation([])]).messages == [.text(half + half)])
    }

    @Test func `a character may be cut at every byte`() {
        let bytes = Array("aü€😀z".utf8)
        for first in 0...bytes.count {
            for second in first...bytes.count {
                let pieces = cut(bytes, at: [first, second])
                let frames = [
                    WebSocketFrame(isFinal: false, opcode: .text, payload: pieces[0]),
                    continuation(pieces[1], isFinal: false), continuation(pieces[2]),
                ]
                #expect(assemble(frames).messages == [.text(bytes)])
            }
        }
    }

    @Test func `a message that ends inside a character is an error`() {
        #expect(assemble([WebSocketFrame(opcode: .text, payload: [0xC3])]).error == .invalidUTF8)
        let frames = [WebSocketFrame(isFinal: false, opcode: .text, payload: [0xE2, 0x82]), continuation([])]
        #expect(assemble(frames).error == .invalidUTF8)
    }

    @Test func `a wrong byte is found at its own fragment, not at the end`() {
        let frames = [text("good", isFinal: false), continuation([0xFF], isFinal: false)]
        #expect(assemble(frames).error == .invalidUTF8)
    }
}

@Suite(.timeLimit(.minutes(1)))
struct UTF8ValidatorTests {
    private func isValid(_ bytes: [UInt8]) -> Bool {
        var validator = UTF8Validator()
        return validator.consume(bytes) && validator.isComplete
    }

    @Test func `every sequence of up to two bytes is judged as the standard library does`() {
        for first in UInt8.min...UInt8.max {
            #expect(isValid([first]) == (String(validating: [first], as: UTF8.self) != nil))
            for second in UInt8.min...UInt8.max {
                let bytes = [first, second]
                if isValid(bytes) != (String(validating: bytes, as: UTF8.self) != nil) {
                    Issue.record("\(bytes)")
                }
            }
        }
    }

    @Test(
        arguments: [
            [0xE0, 0x9F, 0xBF], [0xE0, 0xA0, 0x80], [0xED, 0x9F, 0xBF], [0xED, 0xA0, 0x80], [0xEF, 0xBF, 0xBF],
            [0xF0, 0x8F, 0xBF, 0xBF], [0xF0, 0x90, 0x80, 0x80], [0xF4, 0x8F, 0xBF, 0xBF], [0xF4, 0x90, 0x80, 0x80],
            [0xF5, 0x80, 0x80, 0x80], [0xE2, 0x82], [0xF0, 0x9F, 0x98], [0xC3, 0xA9, 0xC3], [0xE2, 0x28, 0xA1],
        ] as [[UInt8]]
    )
    func `the borders of the table are judged as the standard library does`(bytes: [UInt8]) {
        #expect(isValid(bytes) == (String(validating: bytes, as: UTF8.self) != nil))
    }

    @Test(arguments: 0..<10)
    func `random bytes are judged as the standard library does`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let interesting: [UInt8] = [0x41, 0x80, 0xBF, 0xC2, 0xDF, 0xE0, 0xA0, 0xED, 0x9F, 0xEF, 0xF0, 0x90, 0xF4, 0x8F]
        for _ in 0..<2000 {
            let bytes = (0..<6).map { _ in interesting.randomElement(using: &generator) ?? 0 }
            if isValid(bytes) != (String(validating: bytes, as: UTF8.self) != nil) {
                Issue.record("\(bytes)")
            }
        }
    }
}

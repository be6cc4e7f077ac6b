import Testing
import WebSocketFraming

@Suite(.timeLimit(.minutes(1)))
struct CloseTests {
    @Test func `the codes that may be sent are those of RFC 6455 and its registry`() {
        let allowed = (0...UInt16.max).filter { WebSocketCloseCode(rawValue: $0).mayBeSent }
        #expect(allowed == Array(1000...1003) + Array(1007...1014) + Array(3000...4999))
    }

    @Test func `a payload is read`() throws {
        #expect(try WebSocketClose.decoding([]) == nil)
        #expect(try WebSocketClose.decoding([0x03, 0xE8]) == WebSocketClose(code: .normal))
        #expect(
            try WebSocketClose.decoding([0x03, 0xE9] + Array("grün".utf8))
                == WebSocketClose(code: .goingAway, reason: "grün")
        )
    }

    @Test(
        arguments: [
            ([0x03], .invalidClosePayload), ([0x03, 0xED], .invalidCloseCode(1005)),
            ([0x00, 0x00], .invalidCloseCode(0)),
            ([0x03, 0xF7], .invalidCloseCode(1015)), ([0x0B, 0xB7], .invalidCloseCode(2999)),
            ([0x13, 0x88], .invalidCloseCode(5000)), ([0x03, 0xE8, 0xFF], .invalidUTF8),
            ([0x03, 0xE8, 0xC3], .invalidUTF8),
        ] as [([UInt8], WebSocketProtocolError)]
    )
    func `a wrong payload is named`(payload: [UInt8], error: WebSocketProtocolError) {
        #expect(throws: error) { try WebSocketClose.decoding(payload) }
    }

    @Test func `what is written is read again`() throws {
        let close = WebSocketClose(code: .internalError, reason: "because")
        #expect(try WebSocketClose.decoding(close.encoded) == close)
    }

    @Test func `a long reason is cut between two characters`() throws {
        let close = WebSocketClose(code: .normal, reason: String(repeating: "€", count: 50))
        #expect(close.encoded.count == 2 + 41 * 3)
        #expect(try WebSocketClose.decoding(close.encoded)?.reason == String(repeating: "€", count: 41))
    }
}

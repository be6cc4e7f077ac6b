import NIOCore
import NIOEmbedded
import NIOWebSocket
import Testing
import WebSocketFraming

/// Another implementation of RFC 6455 reads what we write, and writes what we read.
@Suite(.timeLimit(.minutes(1)))
struct SecondOpinionTests {
    private static let sizes = [0, 1, 125, 126, 0xFFFF, 0x10000, 200_000]

    private func opcode(_ opcode: WebSocketFraming.WebSocketOpcode) -> NIOWebSocket.WebSocketOpcode {
        switch opcode {
        case .continuation: .continuation
        case .text: .text
        case .binary: .binary
        case .close: .connectionClose
        case .ping: .ping
        case .pong: .pong
        }
    }

    @Test(arguments: WebSocketFraming.WebSocketOpcode.allCases)
    func `NIO reads what we write`(kind: WebSocketFraming.WebSocketOpcode) throws {
        var generator = SeededGenerator(seed: 1)
        for size in Self.sizes where !kind.isControl || size <= 125 {
            let frame = WebSocketFraming.WebSocketFrame(
                isFinal: kind.isControl || size % 2 == 0,
                opcode: kind,
                payload: (0..<size).map { _ in UInt8.random(in: 0...255, using: &generator) }
            )
            let key = WebSocketFraming.WebSocketMaskingKey(rawValue: UInt32.random(in: 0 ... .max, using: &generator))
            let channel = EmbeddedChannel(
                handler: ByteToMessageHandler(NIOWebSocket.WebSocketFrameDecoder(maxFrameSize: 1 << 20))
            )
            try channel.writeInbound(ByteBuffer(bytes: FrameEncoder.encode(frame, maskingKey: key)))
            let read = try #require(try channel.readInbound(as: NIOWebSocket.WebSocketFrame.self))
            #expect(read.fin == frame.isFinal)
            #expect(read.opcode == opcode(kind))
            #expect(read.maskKey.map(Array.init) == (0..<4).map { key[$0] })
            #expect(Array(read.unmaskedData.readableBytesView) == frame.payload)
            #expect(try channel.finish().isClean)
        }
    }

    @Test(arguments: WebSocketFraming.WebSocketOpcode.allCases)
    func `we read what NIO writes`(kind: WebSocketFraming.WebSocketOpcode) throws {
        for size in Self.sizes where !kind.isControl || size <= 125 {
            let payload = (0..<size).map { UInt8(truncatingIfNeeded: $0 * 31) }
            let channel = EmbeddedChannel(handler: NIOWebSocket.WebSocketFrameEncoder())
            try channel.writeOutbound(
                NIOWebSocket.WebSocketFrame(fin: true, opcode: opcode(kind), data: ByteBuffer(bytes: payload))
            )
            var bytes: [UInt8] = []
            while let buffer = try channel.readOutbound(as: ByteBuffer.self) { bytes += buffer.readableBytesView }
            #expect(decode([bytes]).frames == [.init(opcode: kind, payload: payload)])
            #expect(try channel.finish().isClean)
        }
    }
}

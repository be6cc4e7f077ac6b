import WebSocketFraming

/// SplitMix64: a small generator whose seed repeats a run.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}

/// A frame as a server writes it: not masked.
func serverBytes(_ frame: WebSocketFrame) -> [UInt8] {
    let count = frame.payload.count
    let length: [UInt8] =
        switch count {
        case ...125: [UInt8(count)]
        case ...0xFFFF: [126, UInt8(count >> 8), UInt8(count & 0xFF)]
        default: [127] + (0..<8).map { UInt8(truncatingIfNeeded: count >> (56 - 8 * $0)) }
        }
    return [(frame.isFinal ? 0x80 : 0) | frame.opcode.rawValue] + length + frame.payload
}

func text(_ text: String, isFinal: Bool = true) -> WebSocketFrame {
    WebSocketFrame(isFinal: isFinal, opcode: .text, payload: Array(text.utf8))
}

func continuation(_ payload: [UInt8], isFinal: Bool = true) -> WebSocketFrame {
    WebSocketFrame(isFinal: isFinal, opcode: .continuation, payload: payload)
}

func close(_ code: UInt16?, _ reason: String = "") -> WebSocketFrame {
    let payload = code.map { [UInt8($0 >> 8), UInt8($0 & 0xFF)] + Array(reason.utf8) } ?? []
    return WebSocketFrame(opcode: .close, payload: payload)
}

/// All frames in `pieces`, and the error behind them.
func decode(
    _ pieces: [[UInt8]],
    maximumPayload: Int = 1 << 20
) -> (frames: [WebSocketFrame], error: WebSocketProtocolError?) {
    var decoder = FrameDecoder(maximumPayload: maximumPayload)
    var frames: [WebSocketFrame] = []
    for piece in pieces {
        decoder.append(piece)
        do {
            while let frame = try decoder.nextFrame() { frames.append(frame) }
        } catch {
            return (frames, error)
        }
    }
    return (frames, nil)
}

/// Cuts bytes at these places.
func cut(_ bytes: [UInt8], at places: [Int]) -> [[UInt8]] {
    let ends = [0] + places.sorted() + [bytes.count]
    return zip(ends, ends.dropFirst()).map { Array(bytes[$0..<$1]) }
}

let testAccept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

/// A server's agreement to the upgrade.
func agreement(_ extra: String = "") -> [UInt8] {
    Array(
        ("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + "Sec-WebSocket-Accept: \(testAccept)\r\n\(extra)\r\n").utf8
    )
}

/// A connection before the server's answer.
func newMachine(_ limits: WebSocketLimits = WebSocketLimits()) -> WebSocketClientStateMachine {
    WebSocketClientStateMachine(handshake: WebSocketHandshake(expectedAccept: testAccept), limits: limits)
}

/// A connection whose handshake is done.
func openMachine(_ limits: WebSocketLimits = WebSocketLimits()) -> WebSocketClientStateMachine {
    var machine = newMachine(limits)
    _ = machine.received(agreement())
    return machine
}

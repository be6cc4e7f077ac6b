import WebSocketFraming

@testable import CurlTransport

/// The server's side of a WebSocket, written out.
extension ScriptedConnection {
    /// Reads the upgrade request and agrees. `extra` is written together with the 101.
    ///
    /// - Returns: the request's head; nil when the client closed before.
    @discardableResult
    func upgrade(headers: String = "", together extra: [UInt8] = []) -> String? {
        guard let head = read(), let key = Self.key(of: head) else { return nil }
        write(Array(Self.agreement(key, headers: headers).utf8) + extra)
        return head
    }

    static func key(of head: String) -> String? {
        let name = "Sec-WebSocket-Key: "
        return head.split(separator: "\r\n").first { $0.hasPrefix(name) }.map { String($0.dropFirst(name.count)) }
    }

    static func agreement(_ key: String, headers: String = "") -> String {
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + "Sec-WebSocket-Accept: \(WebSocketKey.accept(for: key))\r\n\(headers)\r\n"
    }

    /// Writes frames as a server does: not masked.
    func write(_ frames: WebSocketFrame...) {
        for frame in frames { write(serverFrame(frame)) }
    }

    func writeText(_ text: String) {
        write(WebSocketFrame(opcode: .text, payload: Array(text.utf8)))
    }

    /// Reads a client's frame and takes its mask off; nil when the client closed before.
    func readFrame() -> WebSocketFrame? {
        guard let start = read(2), let opcode = WebSocketOpcode(rawValue: start[0] & 0x0F), start[1] & 0x80 != 0 else {
            return nil
        }
        var length = Int(start[1] & 0x7F)
        if length > 125 {
            guard let bytes = read(length == 126 ? 2 : 8) else { return nil }
            length = bytes.reduce(0) { $0 << 8 | Int($1) }
        }
        guard let mask = read(4), let payload = read(length) else { return nil }
        return WebSocketFrame(
            isFinal: start[0] & 0x80 != 0,
            opcode: opcode,
            payload: payload.enumerated().map { $1 ^ mask[$0 & 3] }
        )
    }

    /// Answers PINGs until the client closes, and answers that.
    ///
    /// - Returns: the client's CLOSE; nil when it left without one.
    @discardableResult
    func serveUntilClose() -> WebSocketFrame? {
        while let frame = readFrame() {
            switch frame.opcode {
            case .ping: write(WebSocketFrame(opcode: .pong, payload: frame.payload))
            case .close:
                write(WebSocketFrame(opcode: .close, payload: frame.payload))
                return frame
            case .text, .binary, .continuation, .pong: break
            }
        }
        return nil
    }
}

/// A frame as a server writes it.
func serverFrame(_ frame: WebSocketFrame) -> [UInt8] {
    let count = frame.payload.count
    let start = (frame.isFinal ? 0x80 : 0) | frame.opcode.rawValue
    let length: [UInt8] =
        switch count {
        case ...125: [UInt8(count)]
        case ...0xFFFF: [126, UInt8(count >> 8), UInt8(count & 0xFF)]
        default: [127] + (0..<8).map { UInt8(truncatingIfNeeded: count >> (56 - 8 * $0)) }
        }
    return [start] + length + frame.payload
}

import Crypto
import Foundation
import WebSocketFraming

/// A WebSocket client that sends every message back: Earshot's framing on a socket of its own, as a suite of cases
/// wants it.
package enum EchoClient {
    /// Connects to a server on loopback, and sends back what comes until the connection is over.
    ///
    /// - Returns: the last text that came.
    /// - Throws: ``LabError`` when nobody listens there, or the server does not agree to a WebSocket.
    @discardableResult
    package static func run(_ target: String, port: UInt16) throws -> String {
        let socket = try connectToLoopback(port: port)
        let key = Data((0..<16).map { _ in UInt8.random(in: .min ... .max) }).base64EncodedString()
        let digest = Insecure.SHA1.hash(data: Data((key + WebSocketHandshake.keySuffix).utf8))
        let handshake = WebSocketHandshake(expectedAccept: Data(digest).base64EncodedString())
        let request = WebSocketUpgradeRequest(host: "127.0.0.1:\(port)", target: target, key: key)
        try writeAll(try request.encoded(), to: socket)
        var machine = WebSocketClientStateMachine(handshake: handshake)
        var lastText = ""
        while !machine.hasEnded {
            guard let bytes = readSome(from: socket) else { continue }
            for output in bytes.isEmpty ? machine.connectionEnded() : machine.received(bytes) {
                switch output {
                case .message(.text(let bytes)):
                    lastText = String(decoding: bytes, as: UTF8.self)
                    send(WebSocketFrame(opcode: .text, payload: bytes), to: socket)
                case .message(.binary(let bytes)): send(WebSocketFrame(opcode: .binary, payload: bytes), to: socket)
                case .send(let frame): send(frame, to: socket)
                case .ended(.refused(let refusal)): throw LabError("\(target) is refused: \(refusal.status)")
                case .ended(.handshakeFailed(let error)): throw LabError("\(target) is no WebSocket: \(error)")
                case .opened, .pong, .ended: break
                }
            }
        }
        return lastText
    }

    /// A server that has gone needs no echo: that the connection is over is read next.
    private static func send(_ frame: WebSocketFrame, to socket: Descriptor) {
        let mask = WebSocketMaskingKey(rawValue: .random(in: .min ... .max))
        try? writeAll(FrameEncoder.encode(frame, maskingKey: mask), to: socket)
    }
}

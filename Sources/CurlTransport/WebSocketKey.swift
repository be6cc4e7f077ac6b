internal import Crypto
internal import WebSocketFraming

/// The nonce of one opening handshake (RFC 6455 section 4.1).
struct WebSocketKey {
    /// 16 fresh random bytes in base64, the value of `Sec-WebSocket-Key`.
    let text: String

    init() {
        var generator = SystemRandomNumberGenerator()
        text = TextEncoding.base64((0..<16).map { _ in UInt8.random(in: 0...255, using: &generator) })
    }

    /// The `Sec-WebSocket-Accept` that only a server which read this key can send.
    var expectedAccept: String {
        Self.accept(for: text)
    }

    /// The answer to any key (RFC 6455 section 4.2.2).
    static func accept(for key: String) -> String {
        TextEncoding.base64(Array(Insecure.SHA1.hash(data: Array((key + WebSocketHandshake.keySuffix).utf8))))
    }
}

extension WebSocketMaskingKey {
    /// Four fresh bytes that nobody can predict: a mask that can be guessed protects from nothing (RFC 6455 section
    /// 10.3).
    static func random() -> WebSocketMaskingKey {
        var generator = SystemRandomNumberGenerator()
        return WebSocketMaskingKey(rawValue: UInt32.random(in: .min ... .max, using: &generator))
    }
}

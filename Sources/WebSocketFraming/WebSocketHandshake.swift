/// A way in which the opening handshake failed, other than the server's plain refusal (RFC 6455 section 4.1).
package enum WebSocketHandshakeError: Error, Equatable, Sendable {
    /// What came is not an HTTP/1 response.
    case notHTTP
    /// The status line has no status.
    case malformedStatusLine
    /// A header line is none.
    case malformedHeader
    /// Status line and headers are larger than `WebSocketLimits.responseHead`.
    case responseHeadTooLarge
    /// 101 without `Upgrade: websocket`.
    case upgradeMissing
    /// 101 without `Connection: Upgrade`.
    case connectionUpgradeMissing
    /// 101 without `Sec-WebSocket-Accept`.
    case acceptMissing
    /// The accept value does not belong to our key: the other side is no WebSocket server, or a cache answered.
    case acceptMismatch
    /// The server chose an extension that was not asked for.
    case unrequestedExtension
    /// The server chose a subprotocol; none is asked for.
    case unrequestedSubprotocol
    /// The connection ended before the answer was complete.
    case connectionEnded

    /// A short bounded name, fit for a metric's label.
    package var label: String {
        switch self {
        case .notHTTP: "not_http"
        case .malformedStatusLine: "malformed_status_line"
        case .malformedHeader: "malformed_header"
        case .responseHeadTooLarge: "response_head_too_large"
        case .upgradeMissing: "upgrade_missing"
        case .connectionUpgradeMissing: "connection_upgrade_missing"
        case .acceptMissing: "accept_missing"
        case .acceptMismatch: "accept_mismatch"
        case .unrequestedExtension: "unrequested_extension"
        case .unrequestedSubprotocol: "unrequested_subprotocol"
        case .connectionEnded: "connection_ended"
        }
    }
}

/// An upgrade request cannot be written: one of its parts would break out of its line.
package enum WebSocketUpgradeRequestError: Error, Equatable, Sendable {
    /// A control character or a blank in the host or in the target.
    case invalidTarget
    /// A control character in the header field of this name, or a name that is no token.
    case invalidHeader(name: String)
}

/// The request that turns an HTTP connection into a WebSocket (RFC 6455 section 4.1).
///
/// Its headers may hold credentials: neither its description nor its mirror shows them or the query.
package struct WebSocketUpgradeRequest: Equatable, Sendable {
    /// The `Host` field's value: the host, and the port unless it is the scheme's own.
    package var host: String
    /// Path and query, percent-encoded, beginning with `/`.
    package var target: String
    /// The `Sec-WebSocket-Key`: 16 fresh random bytes in base64.
    package var key: String
    /// Further header fields, such as `Authorization`.
    package var headers: [HTTPResponseHead.Header]

    package init(
        host: String,
        target: String,
        key: String,
        headers: [HTTPResponseHead.Header] = []
    ) {
        self.host = host
        self.target = target
        self.key = key
        self.headers = headers
    }

    /// The bytes of the request.
    package func encoded() throws(WebSocketUpgradeRequestError) -> [UInt8] {
        guard target.hasPrefix("/"), (host + target + key).utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else {
            throw .invalidTarget
        }
        let fields: [HTTPResponseHead.Header] = [
            .init(name: "Host", value: host),
            .init(name: "Upgrade", value: "websocket"),
            .init(name: "Connection", value: "Upgrade"),
            .init(name: "Sec-WebSocket-Key", value: key),
            .init(name: "Sec-WebSocket-Version", value: "13"),
        ]
        var text = "GET \(target) HTTP/1.1\r\n"
        for field in fields + headers {
            let nameIsToken = !field.name.isEmpty && field.name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != 0x3A }
            guard nameIsToken, field.value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }) else {
                throw .invalidHeader(name: nameIsToken ? field.name : "")
            }
            text += "\(field.name): \(field.value)\r\n"
        }
        return Array((text + "\r\n").utf8)
    }
}

extension WebSocketUpgradeRequest: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "GET \(target.prefix { $0 != "?" })" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: ["request": description]) }
}

/// What a client expects of a server's answer, and the check of it (RFC 6455 section 4.1, the numbered list at its
/// end).
package struct WebSocketHandshake: Equatable, Sendable {
    /// The `Sec-WebSocket-Accept` that belongs to the key that was sent: base64 of the SHA-1 of the key and the
    /// protocol's GUID. Worked out by the caller, because this module has no SHA-1.
    package var expectedAccept: String

    package init(expectedAccept: String) {
        self.expectedAccept = expectedAccept
    }

    /// What the server appends to the key before it takes the SHA-1 (RFC 6455 section 1.3).
    package static let keySuffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

    /// Checks the head of a 101 answer.
    package func check(_ head: HTTPResponseHead) throws(WebSocketHandshakeError) {
        guard head.tokens(of: "Upgrade").contains("websocket") else { throw .upgradeMissing }
        guard head.tokens(of: "Connection").contains("upgrade") else { throw .connectionUpgradeMissing }
        let accepts = head.values(of: "Sec-WebSocket-Accept")
        guard !accepts.isEmpty else { throw .acceptMissing }
        guard accepts == [expectedAccept] else { throw .acceptMismatch }
        guard head.tokens(of: "Sec-WebSocket-Extensions").isEmpty else { throw .unrequestedExtension }
        guard head.values(of: "Sec-WebSocket-Protocol").isEmpty else { throw .unrequestedSubprotocol }
    }
}

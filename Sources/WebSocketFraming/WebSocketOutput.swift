/// What `WebSocketClientStateMachine` wants done, or tells, in this order.
package enum WebSocketOutput: Equatable, Sendable {
    /// The server agreed: messages may come.
    case opened
    /// A message came.
    case message(WebSocketMessage)
    /// This frame is to be masked and written.
    case send(WebSocketFrame)
    /// A PONG came, with this payload.
    case pong([UInt8])
    /// The connection is over. Always the last output; what is to be sent before it is still sent if it can be.
    case ended(WebSocketEnd)
}

/// How a WebSocket ended.
package enum WebSocketEnd: Equatable, Sendable {
    /// The server answered the upgrade request with something else than 101.
    case refused(WebSocketRefusal)
    /// The server's answer to the upgrade request is wrong.
    case handshakeFailed(WebSocketHandshakeError)
    /// The server sent a CLOSE; nil when it carried no code.
    case closedByServer(WebSocketClose?)
    /// We closed, and the server answered; or we gave up before the handshake was done.
    case closedByClient
    /// The connection ended without a CLOSE.
    case connectionLost
    /// The server broke the protocol.
    case protocolError(WebSocketProtocolError)
}

/// A server's refusal of the upgrade.
package struct WebSocketRefusal: Equatable, Sendable {
    /// The HTTP status, such as 401.
    package var status: Int
    /// The beginning of the body, at most `WebSocketLimits.refusalBody` bytes, as it came.
    package var body: [UInt8]

    package init(status: Int, body: [UInt8]) {
        self.status = status
        self.body = body
    }
}

internal import WebSocketFraming

/// Everything that `CurlClient` has to be told. One client talks to one server.
package struct CurlConfiguration: Sendable {
    /// Where requests go.
    package var baseURL: CurlBaseURL
    /// User name and password for Basic authentication (RFC 7617), sent in the `Authorization` header with every
    /// request and nowhere else. Nil: no such header.
    package var credentials: CurlCredentials?
    /// A PEM file with the certificate authorities to trust *instead of* the system's. Nil: the system's. Certificates
    /// are always verified.
    package var certificateAuthorityFile: String?
    /// Whether `http` to another host than this one is allowed. Without TLS everyone on the way can read the password
    /// and the calls' data, so that this is refused unless it is asked for.
    package var allowsPlainTextBeyondLoopback = false
    /// The most HTTP connections at a time; further requests wait for one. WebSockets are not counted. At least 1.
    package var maximumConnections = 8
    /// The most requests that wait for a connection; one more fails at once with `notSent`. They would have no chance: a server that is
    /// well answers thousands in the time that one may wait.
    package var maximumWaitingRequests = 10_000
    /// A connection that was idle for longer is not used again. Asterisk closes idle ones after 15 s; below that
    /// hardly any request meets a connection that is being closed.
    package var maximumIdleTime: Duration = .seconds(10)
    /// The longest time to a connection, TLS included.
    package var connectTimeout: Duration = .seconds(5)
    /// The longest time from sending a request to the end of its answer, unless the request says otherwise. Before, it may wait
    /// as long for a free connection.
    package var requestTimeout: Duration = .seconds(10)
    /// The largest body of an answer, in bytes.
    package var maximumResponseBody = 16 * 1024 * 1024
    /// How WebSockets are kept.
    package var webSocket = CurlWebSocketConfiguration()

    /// The longest time that any of the settings may be: beyond a day it is a mistake.
    static let longestTime = Duration.seconds(86_400)

    package init(baseURL: CurlBaseURL, credentials: CurlCredentials? = nil) {
        self.baseURL = baseURL
        self.credentials = credentials
    }
}

/// User name and password.
package struct CurlCredentials: Sendable, Equatable {
    package var username: String
    package var password: Secret

    package init(username: String, password: Secret) {
        self.username = username
        self.password = password
    }
}

/// How WebSockets are opened, watched and bounded.
package struct CurlWebSocketConfiguration: Sendable {
    /// The longest time from the first packet to the server's 101, TLS included.
    package var handshakeTimeout: Duration = .seconds(5)
    /// How often the server is asked whether it is still there. Asterisk never asks by itself.
    package var pingInterval: Duration = .seconds(5)
    /// How long an answer to that may take before the connection counts as lost.
    package var pongTimeout: Duration = .seconds(5)
    /// How long the server's answer to our CLOSE is waited for.
    package var closeTimeout: Duration = .seconds(1)
    /// The most messages that wait for their reader. One more is an overflow, which ends the connection.
    package var maximumBufferedMessages = 20_000
    /// The most bytes of messages that wait for their reader. More is an overflow, which ends the connection.
    package var maximumBufferedBytes = 64 * 1024 * 1024
    /// The largest message, and the largest frame, in bytes.
    package var maximumMessage = 16 * 1024 * 1024
    /// The most bytes that wait to be sent. A server that does not read them is lost.
    package var maximumUnsentBytes = 1024 * 1024

    package init() {}

    var limits: WebSocketLimits {
        WebSocketLimits(framePayload: maximumMessage, message: maximumMessage)
    }
}

/// Why a request got no answer, or the WebSocket of events did not open or did not last.
///
/// Transports say it in these words, so that this module can tell the reasons apart without knowing any transport.
package struct ARITransportError: Error, Sendable {
    /// The kind of failure: what decides whether and when another attempt makes sense.
    package enum Kind: Sendable, Hashable {
        /// No connection came about: refused, no route, name not found.
        case connectionFailed
        /// The connection broke before the answer was complete, or while the WebSocket was open.
        case connectionLost
        /// The request's time was over.
        case timedOut
        /// Nothing was sent: none of the connections was free in time.
        case notSent
        /// TLS failed: an unknown authority, an expired certificate, a wrong name.
        case tlsFailed
        /// Asterisk answered the WebSocket's request with this HTTP status in place of 101.
        case upgradeRefused(status: Int)
        /// The peer broke HTTP or WebSocket rules.
        case protocolViolation
        /// Events arrived faster than they were taken, and the transport gave the connection up.
        case overflowed
        /// Anything else.
        case other
    }

    /// The kind of failure.
    package var kind: Kind
    /// What happened, in words for an administrator. Never holds a password.
    package var detail: String
    /// The transport's own error, if there is one.
    package var underlying: (any Error)?

    /// Creates the error.
    package init(_ kind: Kind, _ detail: String, underlying: (any Error)? = nil) {
        self.kind = kind
        self.detail = detail
        self.underlying = underlying
    }
}

extension ARITransportError: CustomStringConvertible {
    package var description: String { detail }
}

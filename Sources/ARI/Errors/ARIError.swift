/// Why something asked of Asterisk did not happen.
///
/// `CancellationError` is never wrapped in it.
package struct ARIError: Error, Sendable {
    /// What decides how a caller goes on.
    package var code: Code
    /// The operation that failed, such as `channels.snoopChannelWithId`. A bounded set of names.
    package var operation: String
    /// The HTTP status, if Asterisk answered.
    package var status: Int?
    /// Asterisk's own words, or the transport's. Bounded in length.
    package var message: String?
    /// What lies behind it.
    package var underlying: (any Error)?
    /// Where in the source the error was made.
    package var file: String
    /// Where in the source the error was made.
    package var line: Int

    /// Creates the error.
    package init(
        _ code: Code,
        operation: String,
        status: Int? = nil,
        message: String? = nil,
        underlying: (any Error)? = nil,
        file: String = #fileID,
        line: Int = #line
    ) {
        self.code = code
        self.operation = operation
        self.status = status
        self.message = message
        self.underlying = underlying
        self.file = file
        self.line = line
    }
}

extension ARIError {
    /// The kinds of failure. Open: a kind may be added without breaking a `switch`.
    package struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Base: String, CaseIterable {
            case badRequest = "bad_request"
            case unauthorized
            case forbidden
            case notFound = "not_found"
            case conflict
            case notInStasis = "not_in_stasis"
            case unprocessable
            case serverError = "server_error"
            case notReady = "not_ready"
            case notARI = "not_ari"
            case unexpectedStatus = "unexpected_status"
            case unexpectedAnswer = "unexpected_answer"
            case timeout
            case notSent = "not_sent"
            case connectionFailed = "connection_failed"
            case connectionLost = "connection_lost"
            case connectionClosed = "connection_closed"
            case tlsFailed = "tls_failed"
            case protocolViolation = "protocol_violation"
            case overflowed
            case notActive = "not_active"
            case replaced
        }

        private var base: Base

        private init(_ base: Base) {
            self.base = base
        }

        /// 400: Asterisk does not accept a parameter. `addChannel` also says so of a channel that is gone.
        package static let badRequest = Self(.badRequest)
        /// 401: user name or password is wrong.
        package static let unauthorized = Self(.unauthorized)
        /// 403: the ARI user may not do this, such as a read-only user who writes.
        package static let forbidden = Self(.forbidden)
        /// 404 from ARI: the channel, bridge, playback, endpoint or application does not exist (any more).
        package static let notFound = Self(.notFound)
        /// 409: the state of the resource forbids it, such as a bridge ID that is taken.
        package static let conflict = Self(.conflict)
        /// 409 or 422: the channel (or bridge) is not in a Stasis application: not yet, or not any more.
        package static let notInStasis = Self(.notInStasis)
        /// 422 of any other meaning, such as an event source that does not exist.
        package static let unprocessable = Self(.unprocessable)
        /// 5xx other than 503: Asterisk failed. A snoop of a dying channel is answered so.
        package static let serverError = Self(.serverError)
        /// 503: Asterisk is still starting.
        package static let notReady = Self(.notReady)
        /// 404 without ARI's JSON: a web server answers, but not ARI. The URL's path is wrong, or ARI is disabled.
        package static let notARI = Self(.notARI)
        /// Any other status that is not a success.
        package static let unexpectedStatus = Self(.unexpectedStatus)
        /// A success whose body is not what ARI describes.
        package static let unexpectedAnswer = Self(.unexpectedAnswer)
        /// No answer within the request's time.
        package static let timeout = Self(.timeout)
        /// The request was not sent: none of our connections to Asterisk was free in time.
        package static let notSent = Self(.notSent)
        /// No connection to Asterisk came about.
        package static let connectionFailed = Self(.connectionFailed)
        /// The connection broke.
        package static let connectionLost = Self(.connectionLost)
        /// Asterisk closed the WebSocket of events in order.
        package static let connectionClosed = Self(.connectionClosed)
        /// TLS failed: the certificate was not accepted.
        package static let tlsFailed = Self(.tlsFailed)
        /// The peer broke HTTP or WebSocket rules.
        package static let protocolViolation = Self(.protocolViolation)
        /// Events came faster than they were handled, and the connection was given up.
        package static let overflowed = Self(.overflowed)
        /// The WebSocket is open, yet Asterisk does not deliver the application's events over it.
        package static let notActive = Self(.notActive)
        /// Another process took the application's name. It must not be taken back: the two would fight.
        package static let replaced = Self(.replaced)

        /// Every kind.
        package static var all: [Self] { Base.allCases.map { Self($0) } }

        /// A bounded text for metric labels and log keys.
        package var metricLabel: String { base.rawValue }

        package var description: String { base.rawValue }
    }
}

extension ARIError: CustomStringConvertible {
    /// One line that may be shown to an administrator: no URL, no credentials.
    package var description: String {
        var text = "\(operation): \(code)"
        if let status { text += " (HTTP \(status))" }
        if let message { text += ": \(message)" }
        return text
    }
}

extension ARIError: CustomDebugStringConvertible {
    /// Everything, for a log at debug level.
    package var debugDescription: String {
        var text = "\(description) [\(file):\(line)]"
        if let underlying { text += " caused by \(String(reflecting: underlying))" }
        return text
    }
}

/// Why there was no answer, or why a WebSocket was not opened or ended.
///
/// `description` may reach logs and people: it holds no credentials, no query and no text of the server's. What the
/// server wrote is in `debugDescription`.
package struct CurlError: Error, Sendable {
    /// What happened.
    package var code: Code
    /// What was being done: the request's `operation`.
    package var operation: String
    /// A sentence for people.
    package var message: String
    /// libcurl's own result, where libcurl found the error.
    package var curlCode: Int?
    /// The HTTP status of a refused upgrade.
    package var status: Int?
    /// The code of the CLOSE that ended a WebSocket; 1005 for a CLOSE without a code, 1006 for none at all.
    package var closeCode: UInt16?
    /// What the server gave as its reason: the beginning of a refusal's body, or the text of a CLOSE. One printable
    /// line.
    package var serverText: String?
    /// The error behind this one.
    package var underlying: (any Error)?
    /// Where in our sources the error was made.
    package var file: String
    package var line: Int

    package init(
        _ code: Code,
        operation: String,
        message: String,
        curlCode: Int? = nil,
        status: Int? = nil,
        closeCode: UInt16? = nil,
        serverText: String? = nil,
        underlying: (any Error)? = nil,
        file: String = #fileID,
        line: Int = #line
    ) {
        self.code = code
        self.operation = operation
        self.message = message
        self.curlCode = curlCode
        self.status = status
        self.closeCode = closeCode
        self.serverText = serverText
        self.underlying = underlying
        self.file = file
        self.line = line
    }
}

extension CurlError: CustomStringConvertible, CustomDebugStringConvertible {
    package var description: String { "\(operation): \(message)" }

    package var debugDescription: String {
        var parts = ["\(operation): \(message) [\(code)]"]
        if let curlCode { parts.append("libcurl \(curlCode)") }
        if let status { parts.append("status \(status)") }
        if let closeCode { parts.append("close code \(closeCode)") }
        if let serverText { parts.append("server: \(serverText)") }
        if let underlying { parts.append("caused by: \(String(reflecting: underlying))") }
        return parts.joined(separator: ", ") + " at \(file):\(line)"
    }
}

extension CurlError {
    /// What happened. New codes may be added; compare with the ones that matter.
    package struct Code: Hashable, Sendable, CustomStringConvertible {
        /// The closed list behind the open struct.
        private enum Value: String {
            case invalidBaseURL = "invalid_base_url"
            case invalidConfiguration = "invalid_configuration"
            case plainTextRefused = "plain_text_refused"
            case hostNotResolved = "host_not_resolved"
            case connectionRefused = "connection_refused"
            case connectionFailed = "connection_failed"
            case connectTimeout = "connect_timeout"
            case requestTimeout = "request_timeout"
            case notSent = "not_sent"
            case connectionReset = "connection_reset"
            case closedWithoutResponse = "closed_without_response"
            case incompleteResponse = "incomplete_response"
            case notHTTP = "not_http"
            case responseTooLarge = "response_too_large"
            case certificateAuthorityFileInvalid = "ca_file_invalid"
            case certificateAuthorityUnknown = "certificate_ca_unknown"
            case certificateExpired = "certificate_expired"
            case certificateNotYetValid = "certificate_not_yet_valid"
            case certificateHostMismatch = "certificate_host_mismatch"
            case certificateRejected = "certificate_rejected"
            case serverSpeaksNoTLS = "server_speaks_no_tls"
            case serverExpectsTLS = "server_expects_tls"
            case tlsHandshakeFailed = "tls_handshake_failed"
            case unauthorized
            case forbidden
            case notFound = "not_found"
            case upgradeRefused = "upgrade_refused"
            case handshakeInvalid = "handshake_invalid"
            case handshakeTimeout = "handshake_timeout"
            case webSocketClosed = "websocket_closed"
            case webSocketLost = "websocket_lost"
            case pongTimeout = "pong_timeout"
            case protocolError = "protocol_error"
            case unsupportedData = "unsupported_data"
            case overflow
            case serverDoesNotRead = "server_does_not_read"
            case shutdown
            case internalFault = "internal_fault"
        }

        private var value: Value

        private init(_ value: Value) {
            self.value = value
        }

        /// A bounded name in snake case, fit for a metric's label.
        package var metricLabel: String { value.rawValue }
        package var description: String { value.rawValue }

        /// The base URL cannot be used.
        package static let invalidBaseURL = Code(.invalidBaseURL)
        /// Another setting cannot be used.
        package static let invalidConfiguration = Code(.invalidConfiguration)
        /// `http` to another machine, which `allowsPlainTextBeyondLoopback` does not allow.
        package static let plainTextRefused = Code(.plainTextRefused)
        /// The host's name has no address.
        package static let hostNotResolved = Code(.hostNotResolved)
        /// Nobody listens on that port.
        package static let connectionRefused = Code(.connectionRefused)
        /// No connection for another reason, such as no route.
        package static let connectionFailed = Code(.connectionFailed)
        /// No connection within `connectTimeout`.
        package static let connectTimeout = Code(.connectTimeout)
        /// No whole answer within the request's time.
        package static let requestTimeout = Code(.requestTimeout)
        /// No connection was free for as long as the request may wait for one: the server knows nothing of it.
        package static let notSent = Code(.notSent)
        /// The connection broke.
        package static let connectionReset = Code(.connectionReset)
        /// The server closed the connection instead of answering.
        package static let closedWithoutResponse = Code(.closedWithoutResponse)
        /// The server closed the connection in the middle of its answer.
        package static let incompleteResponse = Code(.incompleteResponse)
        /// The answer is not HTTP.
        package static let notHTTP = Code(.notHTTP)
        /// The answer is larger than `maximumResponseBody`.
        package static let responseTooLarge = Code(.responseTooLarge)
        /// The file of certificate authorities cannot be read or holds no certificate.
        package static let certificateAuthorityFileInvalid = Code(.certificateAuthorityFileInvalid)
        /// The server's certificate is not signed by an authority that is trusted.
        package static let certificateAuthorityUnknown = Code(.certificateAuthorityUnknown)
        /// The server's certificate, or one above it, has expired.
        package static let certificateExpired = Code(.certificateExpired)
        /// The server's certificate, or one above it, is not valid yet.
        package static let certificateNotYetValid = Code(.certificateNotYetValid)
        /// The server's certificate is for another host.
        package static let certificateHostMismatch = Code(.certificateHostMismatch)
        /// The server's certificate is refused for another reason.
        package static let certificateRejected = Code(.certificateRejected)
        /// `https`, but the server answers without TLS.
        package static let serverSpeaksNoTLS = Code(.serverSpeaksNoTLS)
        /// `http`, but the port speaks TLS.
        package static let serverExpectsTLS = Code(.serverExpectsTLS)
        /// TLS failed for another reason, such as no common version.
        package static let tlsHandshakeFailed = Code(.tlsHandshakeFailed)
        /// 401 to a WebSocket: user name or password is wrong.
        package static let unauthorized = Code(.unauthorized)
        /// 403 to a WebSocket.
        package static let forbidden = Code(.forbidden)
        /// 404 to a WebSocket.
        package static let notFound = Code(.notFound)
        /// Another answer than 101 to a WebSocket.
        package static let upgradeRefused = Code(.upgradeRefused)
        /// A wrong answer to a WebSocket's request.
        package static let handshakeInvalid = Code(.handshakeInvalid)
        /// No WebSocket within `handshakeTimeout`.
        package static let handshakeTimeout = Code(.handshakeTimeout)
        /// The server closed the WebSocket with another code than 1000 and 1001.
        package static let webSocketClosed = Code(.webSocketClosed)
        /// The WebSocket's connection ended without a CLOSE.
        package static let webSocketLost = Code(.webSocketLost)
        /// The server did not answer a PING within `pongTimeout`.
        package static let pongTimeout = Code(.pongTimeout)
        /// The server broke RFC 6455.
        package static let protocolError = Code(.protocolError)
        /// A binary message, where only text is understood.
        package static let unsupportedData = Code(.unsupportedData)
        /// Messages came faster than they were read. Some are lost: what is known about the server is out of date.
        package static let overflow = Code(.overflow)
        /// The server leaves what we send in the network.
        package static let serverDoesNotRead = Code(.serverDoesNotRead)
        /// The client was shut down.
        package static let shutdown = Code(.shutdown)
        /// libcurl refused what it must not refuse, or memory is short.
        package static let internalFault = Code(.internalFault)
    }
}

/// How this module reaches Asterisk. The module has no network of its own: `ARIOverCurl` gives it libcurl, tests give
/// it a small Asterisk in memory.
package protocol ARITransport: Sendable {
    /// Sends one request and returns its answer, whatever its status is.
    ///
    /// - Throws: only when there is no answer: no connection, a broken connection, a time-out, as `ARITransportError`.
    ///   `CancellationError` when the calling task was cancelled.
    func send(_ request: ARIHTTPRequest) async throws -> ARIHTTPResponse

    /// Opens the WebSocket of events, calls `body` with its text messages in order, as many at a time as
    /// are there, and closes it when `body` returns or throws.
    ///
    /// `body` runs only once the WebSocket is open. The sequence of messages ends when Asterisk closed the WebSocket in
    /// order, and throws `ARITransportError` when the connection was lost.
    ///
    /// - Throws: `ARITransportError` when the WebSocket does not open, and whatever `body` throws.
    func withEventMessages<Result: Sendable>(
        of request: ARIEventsRequest,
        _ body: (AsyncThrowingStream<[[UInt8]], any Error>) async throws -> Result
    ) async throws -> Result
}

/// One HTTP request to ARI, relative to the base URL that only the transport knows.
package struct ARIHTTPRequest: Sendable, Equatable {
    package enum Method: String, Sendable {
        case get = "GET"
        case post = "POST"
        case delete = "DELETE"
    }

    /// The operation's name, resource and nickname in Asterisk's description of ARI, such as
    /// `channels.snoopChannelWithId`: a bounded name for logs, errors and tests (see ``ARIOperation``).
    package var operation: String
    package var method: Method
    /// Path segments after the base URL, not yet percent-encoded: `["channels", "PJSIP/101-00000001", "snoop", "id"]`.
    package var path: [String]
    /// Query parameters in order, not yet percent-encoded.
    package var query: [(name: String, value: String)]
    /// The longest time the whole request may take. Nil: the transport's own default.
    package var timeout: Duration?

    package init(
        operation: String,
        method: Method,
        path: [String],
        query: [(name: String, value: String)] = [],
        timeout: Duration? = nil
    ) {
        self.operation = operation
        self.method = method
        self.path = path
        self.query = query
        self.timeout = timeout
    }

    package static func == (lhs: Self, rhs: Self) -> Bool {
        lhs.operation == rhs.operation && lhs.method == rhs.method && lhs.path == rhs.path
            && lhs.timeout == rhs.timeout && lhs.query.elementsEqual(rhs.query, by: ==)
    }
}

/// Asterisk's answer to one request.
package struct ARIHTTPResponse: Sendable, Equatable {
    package var status: Int
    package var body: [UInt8]

    package init(status: Int, body: [UInt8] = []) {
        self.status = status
        self.body = body
    }
}

/// The WebSocket of events of one Stasis application (`GET /events?app=…`).
package struct ARIEventsRequest: Sendable, Equatable {
    package var application: String

    package init(application: String) {
        self.application = application
    }
}

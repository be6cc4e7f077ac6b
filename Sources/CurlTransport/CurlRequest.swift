/// One HTTP request, relative to `CurlConfiguration.baseURL`.
package struct CurlRequest: Sendable {
    /// The methods that are of use here.
    package enum Method: String, Sendable {
        case get = "GET"
        case post = "POST"
        case delete = "DELETE"
    }

    /// A bounded name of what is asked, for errors and logs.
    package var operation: String
    package var method: Method
    /// Segments of the path behind the base URL's, not percent-encoded.
    package var path: [String]
    /// Query parameters in order, not percent-encoded.
    package var query: [(name: String, value: String)]
    /// The longest time for the whole request. Nil: `CurlConfiguration.requestTimeout`.
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
}

/// The answer to one request.
package struct CurlResponse: Sendable, Equatable {
    /// The HTTP status, whatever it is: an answer is never an error here.
    package var status: Int
    package var body: [UInt8]

    package init(status: Int, body: [UInt8]) {
        self.status = status
        self.body = body
    }
}

/// What is asked for when a WebSocket is opened.
package struct CurlWebSocketRequest: Sendable {
    /// A bounded name of what is asked, for errors and logs.
    package var operation: String
    /// Segments of the path behind the base URL's, not percent-encoded.
    package var path: [String]
    /// Query parameters in order, not percent-encoded.
    package var query: [(name: String, value: String)]

    package init(operation: String, path: [String], query: [(name: String, value: String)] = []) {
        self.operation = operation
        self.path = path
        self.query = query
    }
}

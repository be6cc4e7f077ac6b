internal import Logging

/// The metadata keys of this module's log lines. No line holds a path, a query, a body or credentials.
enum CurlLogKey: String {
    /// The request's `operation`.
    case operation = "http.operation"
    /// The status of an answer.
    case status = "http.status"
    /// `CurlError.Code`.
    case errorCode = "error.code"
    case error
}

extension Logger {
    /// Logs with keys that cannot be misspelt.
    func log(
        _ level: Level,
        _ message: Message,
        _ values: @autoclosure () -> [CurlLogKey: String] = [:],
        file: String = #fileID,
        function: String = #function,
        line: UInt = #line
    ) {
        guard level >= logLevel else { return }
        let metadata = values().map { ($0.rawValue, MetadataValue.string($1)) }
        log(
            level: level,
            message,
            metadata: Metadata(uniqueKeysWithValues: metadata),
            file: file,
            function: function,
            line: line
        )
    }
}

extension Error {
    /// The code of one of our errors, and the type's name of any other.
    var logCode: String {
        (self as? CurlError)?.code.metricLabel ?? String(describing: type(of: self))
    }
}

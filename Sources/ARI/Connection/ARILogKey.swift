import Logging

/// The keys of this module's log lines.
package enum ARILogKey: String, Sendable {
    /// The Stasis application's name.
    case application = "ari.app"
    /// The number of the connection of events.
    case connection = "ari.connection"
    /// An event's type.
    case event = "ari.event"
    /// What went wrong, in words.
    case error = "error"
    /// What went wrong, as one of `ARIError.Code`.
    case errorCode = "error.code"
    /// The time until the next attempt, in milliseconds.
    case retryAfter = "retry_after_ms"
}

extension Logger.Metadata {
    init(_ values: KeyValuePairs<ARILogKey, String>) {
        self.init(uniqueKeysWithValues: values.map { ($0.key.rawValue, .string($0.value)) })
    }
}

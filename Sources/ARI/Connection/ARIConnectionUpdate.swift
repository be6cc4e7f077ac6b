/// What comes out of the connection of events, in order.
package enum ARIConnectionUpdate: Sendable {
    /// Events flow. Whatever happened before is unknown: find out by requests what exists.
    ///
    /// - `number`: 1 for the first connection, one more for each later one.
    case connected(number: Int)
    /// Something happened in Asterisk. Comes only between `connected` and `disconnected`.
    case event(ARIEvent)
    /// No events flow, because the connection broke or did not come about. Comes after each failed attempt.
    case disconnected(Disconnection)

    /// Why no events flow, and what comes next.
    package struct Disconnection: Sendable {
        /// Why.
        package var cause: ARIError
        /// True if `connected` came before it; false for an attempt that failed.
        package var wasConnected: Bool
        /// The time until the next attempt; nil if there will be none.
        package var retryAfter: Duration?

        package init(cause: ARIError, wasConnected: Bool, retryAfter: Duration?) {
            self.cause = cause
            self.wasConnected = wasConnected
            self.retryAfter = retryAfter
        }
    }
}

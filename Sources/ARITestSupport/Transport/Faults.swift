package import ARI

/// A request that goes wrong.
package struct RequestFault: Sendable {
    /// What happens to it.
    package enum Action: Sendable {
        /// It is not carried out, and answered so.
        case answer(status: Int, body: String)
        /// It is not carried out, and there is no answer.
        case fail(ARITransportError)
        /// It is carried out, and the answer is lost.
        case performAndFail(ARITransportError)
        /// It is carried out only when it is released.
        case holdRequest
        /// It is carried out, and answered when it is released: its events come before the answer.
        case holdAnswer
    }

    /// The operation's name; nil for any.
    var operation: String?
    /// How many requests that fit are still to come, this one included.
    var countdown: Int
    var action: Action
}

/// A WebSocket that does not come about as it should.
package enum ConnectionFault: Sendable {
    /// It comes about all right: for a place in a row of faults.
    case none
    /// It is refused.
    case refuse(ARITransportError)
    /// It opens, and Asterisk knows the application only after so many user events were asked for in vain.
    case registerAfter(Int)
    /// It opens, and no event ever comes.
    case neverActive
}

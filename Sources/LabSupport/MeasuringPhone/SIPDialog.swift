/// A call as a state machine: what was received goes in, what is to be done comes out.
protocol SIPDialog {
    var isOver: Bool { get }
    /// The request that is to be sent again after a while.
    var unanswered: SIPMessage? { get }

    mutating func hangUp() -> [SIPCall.Action]
    mutating func received(_ message: SIPMessage) -> [SIPCall.Action]
}

import Locking

/// How many sessions were tried under faults, and what became of them.
struct Tally: Sendable, CustomStringConvertible {
    /// Of every test of this run.
    static let ofAll = LockedBox(Tally())

    var tried = 0
    /// The supervisor was in the call.
    var worked = 0
    /// The supervisor heard a prompt, or their call went on in the dialplan.
    var endedCleanly = 0
    /// Earshot could not reach Asterisk, and hung the supervisor up when it could again.
    var hungUp = 0
    /// The supervisor was left in silence.
    var unanswered = 0
    /// Agent or client missed something of each other, or heard a supervisor who may not be heard.
    var disturbed = 0
    /// A snoop, bridge or supervisor of Earshot's stayed behind.
    var leftOver = 0

    static func += (tally: inout Tally, other: Tally) {
        tally.tried += other.tried
        tally.worked += other.worked
        tally.endedCleanly += other.endedCleanly
        tally.hungUp += other.hungUp
        tally.unanswered += other.unanswered
        tally.disturbed += other.disturbed
        tally.leftOver += other.leftOver
    }

    var description: String {
        "\(tried) sessions tried, \(worked) worked, \(endedCleanly) ended cleanly, \(hungUp) hung up, "
            + "\(unanswered) unanswered, \(disturbed) disturbed, \(leftOver) left over"
    }
}

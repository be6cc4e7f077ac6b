/// Why a supervisor may not monitor, or cannot. A closed set: each has a word for logs and the dialplan, and a prompt.
package enum Refusal: String, Error, Hashable, Sendable, CaseIterable {
    /// The supervisor's user has no `SPY_PERMISSION`, or one that means none.
    case noPermission = "no_permission"
    /// The supervisor may monitor, but not in the mode of the code that they dialled.
    case modeAbovePermission = "mode_above_permission"
    /// `DISABLE_SPY` of the supervisor's user.
    case monitoringDisabled = "monitoring_disabled"
    /// `DISABLE_SPY` of the target's user.
    case targetProtected = "target_protected"
    case ownExtension = "own_extension"
    case unknownExtension = "unknown_extension"
    /// The extension exists and has no call that may be monitored: idle, ringing, or (with `b`) not talking to anybody.
    case nobodyTalking = "nobody_talking"
    /// The target is outside the supervisor's `g()` or `e()`, or outside of whom the directory lets them monitor.
    case notInGroup = "not_in_group"
    /// The extension is outside `targets.extensions`, or has more channels than somebody who talks can have.
    case notAnAgent = "not_an_agent"
    /// The channel came by a transfer: whoever is on it has dialled no code, or nobody can tell whether they have.
    case transferred
    /// As many sessions of this supervisor as the configuration allows are running.
    case tooManySessions = "too_many_sessions"
    /// What was dialled is no feature code with an extension.
    case badCode = "bad_code"
    /// As many sessions as the configuration allows are running.
    case noCapacity = "no_capacity"
    /// Asterisk has more to answer than it can soon; see ``SessionRegistry/mostUnanswered``.
    case asteriskOverloaded = "asterisk_overloaded"
    /// An administrator has ended the session from the page.
    case endedByAdministrator = "ended_by_administrator"
    /// Earshot's own file cannot be read or written: nobody knows what the supervisor may do, or nobody could prove it later.
    case storageUnavailable = "storage_unavailable"
    /// Asterisk did not do what it was asked for.
    case asteriskRefused = "asterisk_refused"

    /// The value of `EARSHOT_RESULT` and of the log key `permission.reason`. Stable: dialplans branch on it.
    package var word: String { rawValue }
}

/// What an entry of the record tells. The words are kept for as long as there are records: they are never changed.
package enum RecordEvent: String, CaseIterable, Hashable, Sendable {
    // MARK: Monitoring

    /// Somebody tried to monitor, and was refused; ``RecordField/result`` says why.
    case refused
    /// The supervisor is about to hear a call for the first time in the session. It is written before they do.
    case sessionStarted = "session_started"
    /// Another run of Earshot has taken the session over: the supervisor hears the call as before.
    case sessionResumed = "session_resumed"
    /// The supervisor is about to be in another mode.
    case modeChanged = "mode_changed"
    /// The supervisor is about to hear another call.
    case targetChanged = "target_changed"
    /// The target talks to somebody else, whom the supervisor is about to hear.
    case partnerChanged = "partner_changed"
    /// Somebody has come to those whom the target talks to, and is heard.
    case partnerJoined = "partner_joined"
    /// A right was taken away, and the session goes on in a lower mode.
    case rightsLowered = "rights_lowered"
    /// The supervisor asked for something by a key, and did not get it.
    case keyRefused = "key_refused"
    /// The session waits for an extension's next call.
    case waiting
    /// What the supervisor hears is recorded.
    case recordingStarted = "recording_started"
    /// The supervisor hears nobody any more; ``RecordField/result`` says why.
    case sessionEnded = "session_ended"
    /// Somebody has ended a session from the page; its end follows.
    case sessionEndRequested = "session_end_requested"

    // MARK: Users and accounts

    case userAdded = "user_added"
    case userChanged = "user_changed"
    case userRemoved = "user_removed"
    case accountAdded = "account_added"
    case accountChanged = "account_changed"
    case accountRemoved = "account_removed"
    case signedIn = "signed_in"
    case signInRefused = "sign_in_refused"
    case signedOut = "signed_out"

    // MARK: The record itself

    case serviceStarted = "service_started"
    case serviceStopped = "service_stopped"
    /// Old entries have been removed; ``RecordField/removedThrough`` and ``RecordField/hash`` say which was the last.
    case entriesRemoved = "entries_removed"
    /// So many things happened at once that some could not be written.
    case entriesLost = "entries_lost"

    /// After each of these the supervisor hears somebody whom they did not hear before, or hears them in another way.
    package static let hearing: Set<RecordEvent> = [
        .sessionStarted, .sessionResumed, .modeChanged, .targetChanged, .partnerChanged, .partnerJoined,
    ]
}

/// What an entry says beside its event. As with events, the words are never changed.
package enum RecordField: String, CaseIterable, Hashable, Sendable {
    /// The session: the word that is also in the log.
    case session
    /// The supervisor's extension, or the name of their endpoint if they have none.
    case supervisor
    /// The extension whose call it is.
    case target
    /// The endpoint on which the target's call is.
    case endpoint
    /// Who is heard beside the target: extensions, or the names of endpoints such as trunks, separated by commas.
    case partner
    /// The other numbers that are heard beside the target, separated by commas. Only if `record.numbers` says so.
    case number
    /// Who hears whom: `listen`, `whisper` or `barge`.
    case mode
    /// How a session ended or why it was refused: the word of `EARSHOT_RESULT`.
    case result
    /// Asterisk's unique ID of the target's channel.
    case uniqueID = "unique_id"
    /// Asterisk's linked ID: all channels of one call have the same.
    case linkedID = "linked_id"
    /// From the first call of a session to its end, in milliseconds.
    case duration = "duration_ms"
    /// The name of the recording.
    case recording
    /// Who made a change, such as `account:maria` or `command-line:root`.
    case author
    /// The extension or account that was changed, or that signed in.
    case subject
    /// What was changed: `field: before -> after`, several separated by semicolons.
    case change
    /// Where somebody signed in from.
    case address
    /// The last entry that was removed.
    case removedThrough = "removed_through"
    /// The hash of that entry, in hexadecimal digits.
    case hash
    /// How many.
    case count
}

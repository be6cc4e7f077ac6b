/// `r()`: a recording of what the supervisor hears.
///
/// A second snoop records, outside any bridge: in a bridge Asterisk refuses (`reference/asterisk-ari.md` 6), and the bridge's
/// own recording would have the supervisor's voice. Asterisk finishes and closes the file when that snoop ends, for
/// whatever reason.
struct Recording: Hashable, Sendable {
    enum State: Hashable, Sendable {
        /// Its snoop has been asked for. Can transition to: `recording`.
        case requested
        /// The snoop is there, and Asterisk has been asked to record. Can transition to: `finished`.
        case recording
        /// Asterisk writes no longer: because the target ends, which is told next, or because it could not write.
        case finished
    }

    let snoop: ChannelID
    let name: RecordingName
    let target: ChannelID
    let hears: SpyDirection
    private(set) var state = State.requested
    /// Asterisk has said that it records.
    private(set) var isConfirmed = false

    init(of target: ChannelID, hears: SpyDirection, base: String, _ outbox: inout Outbox) {
        self.target = target
        self.hears = hears
        snoop = ChannelID(outbox.newName(.snoop))
        name = RecordingName("\(base)-\(outbox.newName(.recording))")
        outbox.request(.createSnoop(snoop, target: target, SnoopAudio(hears: hears, speaks: .none)))
    }

    /// Takes over a recording that goes on.
    init(adopting recorded: SessionMark.Recorded, of target: ChannelID) {
        self.target = target
        hears = recorded.hears
        snoop = recorded.snoop
        name = recorded.name
        state = .recording
        isConfirmed = true
    }

    mutating func snoopStarted(_ outbox: inout Outbox) {
        guard state == .requested else { return }
        state = .recording
        outbox.request(.record(snoop, name))
    }

    mutating func confirmed() { isConfirmed = true }

    mutating func finished() { state = .finished }
}

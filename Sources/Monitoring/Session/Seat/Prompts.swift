/// The prompts of a session, which the supervisor alone hears.
struct Prompts: Hashable, Sendable {
    private struct Playing: Hashable {
        /// Nil for what an earlier run of the service has begun.
        let prompt: Prompt?
        /// The playback whose end is waited for: a tone stands for the prompt that Asterisk does not have.
        let original: PlaybackID
        /// Nobody is to hear it any more.
        var isStopped = false
        /// Asterisk has answered that it will play this.
        var hasBegun = false
    }

    /// Prompts that Asterisk has been asked for, and has not ended.
    private var playing: [PlaybackID: Playing] = [:]

    /// Nothing is played to the supervisor.
    var isSilent: Bool { playing.isEmpty }

    func isPlaying(_ playback: PlaybackID) -> Bool { playing.values.contains { $0.original == playback } }

    /// The playback of this prompt, or of the tone in its place, that begins only after another one of the same; nil if there is
    /// none.
    func waitingPlayback(of prompt: Prompt) -> PlaybackID? {
        let tone = prompt.replacement.map { Prompt.tone($0) }
        let same = playing.values.filter { other in
            !other.isStopped && other.prompt.map { $0 == prompt || $0 == tone } ?? false
        }
        guard same.count > 1 else { return nil }
        // Their names end in numbers that grow.
        return same.map(\.original).max { ($0.rawValue.count, $0.rawValue) < ($1.rawValue.count, $1.rawValue) }
    }

    /// What the supervisor is being played, or may be still, by name.
    var all: [PlaybackID] { playing.keys.sorted { $0.rawValue < $1.rawValue } }

    /// What an earlier run has begun. It may be a tone, which Asterisk does not end by itself.
    var ofEarlierRun: [PlaybackID] { all.filter { playing[$0]?.prompt == nil } }

    /// Takes over what an earlier run has begun, and asks whether it goes on.
    mutating func adopt(_ playbacks: [PlaybackID], _ outbox: inout Outbox) {
        for playback in playbacks { playing[playback] = Playing(prompt: nil, original: playback, hasBegun: true) }
        lookAgain(&outbox)
    }

    mutating func play(_ prompt: Prompt, _ outbox: inout Outbox) -> PlaybackID { play(prompt, for: nil, &outbox) }

    private mutating func play(_ prompt: Prompt, for original: PlaybackID?, _ outbox: inout Outbox) -> PlaybackID {
        let playback = PlaybackID(outbox.newName(.playback))
        playing[playback] = Playing(prompt: prompt, original: original ?? playback)
        outbox.request(.play(playback, prompt))
        return playback
    }

    /// Ends every prompt. One that Asterisk has not begun is stopped when it has: a stop could overtake the beginning.
    mutating func stop(_ outbox: inout Outbox) { stop(all, &outbox) }

    /// Ends what an earlier run has begun.
    mutating func stopEarlierRun(_ outbox: inout Outbox) { stop(ofEarlierRun, &outbox) }

    private mutating func stop(_ playbacks: [PlaybackID], _ outbox: inout Outbox) {
        for playback in playbacks where playing[playback]?.isStopped == false {
            playing[playback]?.isStopped = true
            if playing[playback]?.hasBegun == true { outbox.request(.stopPlayback(playback)) }
        }
    }

    /// Waits no longer for the end of any prompt: it may have got lost.
    mutating func giveUp(_ outbox: inout Outbox) {
        stop(&outbox)
        playing = [:]
    }

    /// Asterisk has begun a prompt, or its next sound: of one that is stopped, only the sound before has ended.
    mutating func begun(_ playback: PlaybackID, _ outbox: inout Outbox) {
        playing[playback]?.hasBegun = true
        if playing[playback]?.isStopped == true { outbox.request(.stopPlayback(playback)) }
    }

    /// How a prompt ended.
    enum End: Hashable, Sendable {
        case heard
        /// Asterisk does not have it.
        case missing
        /// Nobody knows, or nobody is there to hear it.
        case unknown
    }

    /// A prompt is over. One that Asterisk does not have is followed by a tone.
    ///
    /// - Returns: the playback that somebody waits for and that is over now; nil if a tone follows, if it was given up, or if
    ///   its end is told twice.
    mutating func finished(_ playback: PlaybackID, _ end: End, _ outbox: inout Outbox) -> PlaybackID? {
        guard let over = playing.removeValue(forKey: playback) else { return nil }
        if end == .missing, !over.isStopped, let prompt = over.prompt {
            if prompt.isExpected { outbox.report(.promptMissing(prompt)) }
            if let tone = prompt.replacement {
                _ = play(.tone(tone), for: over.original, &outbox)
                return nil
            }
        }
        return over.original
    }

    /// Asks which prompts go on, after events have been missed.
    func lookAgain(_ outbox: inout Outbox) {
        for playback in all where playing[playback]?.hasBegun == true { outbox.request(.findPlayback(playback)) }
    }

    // MARK: - Tones

    /// The tones that are being played: Asterisk ends none by itself.
    var tones: [PlaybackID] {
        all.filter { playback in
            guard case .tone? = playing[playback]?.prompt else { return false }
            return playing[playback]?.hasBegun == true
        }
    }

    mutating func stopTone(_ playback: PlaybackID, _ outbox: inout Outbox) {
        if playing[playback] != nil { outbox.request(.stopPlayback(playback)) }
    }
}

extension Prompt {
    /// Every Asterisk should have it: nobody need have recorded their name.
    fileprivate var isExpected: Bool {
        switch self {
        case .recordedName: false
        case .announcement, .refusal, .callEnded, .waiting, .waitingLimit, .keyRefused, .rightsLowered, .tone: true
        }
    }
}

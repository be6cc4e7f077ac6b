/// The prompts of a session, which the supervisor alone hears.
struct Prompts: Hashable, Sendable {
    /// Prompts that Asterisk has been asked for, and has not ended.
    private var playing: Set<PlaybackID> = []
    /// Of these, the ones that nobody is to hear any more.
    private var stopped: Set<PlaybackID> = []

    /// Nothing is played to the supervisor.
    var isSilent: Bool { playing.isEmpty }

    func isPlaying(_ playback: PlaybackID) -> Bool { playing.contains(playback) }

    mutating func play(_ prompt: Prompt, _ outbox: inout Outbox) -> PlaybackID {
        let playback = PlaybackID(outbox.newName(.playback))
        playing.insert(playback)
        outbox.request(.play(playback, prompt))
        return playback
    }

    /// Ends every prompt. One that Asterisk has not begun is stopped when it has: a stop could overtake the beginning.
    mutating func stop(_ outbox: inout Outbox) {
        for playback in playing.subtracting(stopped).sorted(by: { $0.rawValue < $1.rawValue }) {
            stopped.insert(playback)
            if hasBegun(playback, outbox) { outbox.request(.stopPlayback(playback)) }
        }
    }

    /// Waits no longer for the end of any prompt: it may have got lost.
    mutating func giveUp(_ outbox: inout Outbox) {
        stop(&outbox)
        playing = []
    }

    /// Asterisk has begun a prompt, or its next sound: of one that is stopped, only the sound before has ended.
    mutating func begun(_ playback: PlaybackID, _ outbox: inout Outbox) {
        if stopped.contains(playback) { outbox.request(.stopPlayback(playback)) }
    }

    /// - Returns: whether somebody waits for it. If not it was given up, or its end is told twice.
    mutating func finished(_ playback: PlaybackID) -> Bool {
        stopped.remove(playback)
        return playing.remove(playback) != nil
    }

    /// Asks which prompts go on, after events have been missed.
    mutating func lookAgain(_ outbox: inout Outbox) {
        for playback in playing.sorted(by: { $0.rawValue < $1.rawValue }) where hasBegun(playback, outbox) {
            outbox.request(.findPlayback(playback))
        }
    }

    /// Asterisk has answered that it will play this.
    private func hasBegun(_ playback: PlaybackID, _ outbox: Outbox) -> Bool {
        !outbox.awaitsAnswer { if case .play(playback, _) = $0 { true } else { false } }
    }
}

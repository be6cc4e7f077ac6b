/// Prompts, which the supervisor alone hears.
extension SessionStateMachine {
    /// Plays a prompt that nothing waits for, as soon as the supervisor can hear it.
    mutating func say(_ prompt: Prompt) -> [SessionCommand] {
        guard isAudible else {
            unsaid = prompt
            return []
        }
        return [play(prompt)]
    }

    mutating func play(_ prompt: Prompt, as id: PlaybackID? = nil) -> SessionCommand {
        let playback = id ?? PlaybackID(newName(.playback))
        playing.insert(playback)
        return request(.play(playback, prompt))
    }

    mutating func playbackAsked(_ playback: PlaybackID, _ answer: SessionAnswer) -> [SessionCommand] {
        // No prompt, then: what follows it must not wait for it.
        if case .failed = answer { return playbackFinished(playback, wasHeard: false) }
        return unwantedPlaybacks.contains(playback) ? [request(.stopPlayback(playback))] : []
    }

    /// The next sound of a prompt begins: of one that is stopped, only the sound before has ended.
    mutating func playbackContinued(_ playback: PlaybackID) -> [SessionCommand] {
        unwantedPlaybacks.contains(playback) ? [request(.stopPlayback(playback))] : []
    }

    mutating func playbackFound(_ playback: PlaybackID, _ answer: SessionAnswer) -> [SessionCommand] {
        // There is no such prompt any more: its end is told already, or was lost with the connection.
        guard answer == .failed(.gone) else { return [] }
        return playbackFinished(playback, wasHeard: true)
    }

    mutating func playbackFinished(_ playback: PlaybackID, wasHeard: Bool) -> [SessionCommand] {
        unwantedPlaybacks.remove(playback)
        // Nobody waits for it: it was given up, or its end is told twice.
        guard playing.remove(playback) != nil else { return [] }
        switch state {
        case .attaching(let attaching): return promptFinished(playback, wasHeard: wasHeard, attaching)
        case .reattaching(let reattaching): return promptFinished(playback, wasHeard: wasHeard, reattaching)
        case .explaining(let explaining):
            return explaining.progress == .playing(playback) ? release(explaining.end) : proceed(explaining)
        case .monitoring: return proceed()
        case .created, .preparing, .seeking, .waiting, .releasing, .ended: return []
        }
    }

    /// Ends every prompt. One that Asterisk has not begun is stopped when it has: a stop could overtake the beginning.
    mutating func stopPrompts() -> [SessionCommand] {
        let stopped = playing.subtracting(unwantedPlaybacks).sorted { $0.rawValue < $1.rawValue }
        unwantedPlaybacks.formUnion(stopped)
        return stopped.compactMap { playback in
            isAsked(playback) ? nil : request(.stopPlayback(playback))
        }
    }

    /// Asterisk has not answered yet that it will play this.
    func isAsked(_ playback: PlaybackID) -> Bool {
        pending.values.contains { if case .play(playback, _) = $0 { true } else { false } }
    }
}

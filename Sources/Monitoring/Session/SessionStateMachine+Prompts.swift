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
        let isUnwanted = unwantedPlaybacks.remove(playback) != nil
        guard case .failed = answer else { return isUnwanted ? [request(.stopPlayback(playback))] : [] }
        // No prompt, then: what follows it must not wait for it.
        return playbackFinished(playback, wasHeard: false)
    }

    mutating func playbackFinished(_ playback: PlaybackID, wasHeard: Bool) -> [SessionCommand] {
        // Nobody waits for it: it was given up, or its end is told twice.
        guard playing.remove(playback) != nil else { return [] }
        switch state {
        case .attaching(let attaching): return promptFinished(playback, wasHeard: wasHeard, attaching)
        case .explaining(let explaining):
            return explaining.progress == .playing(playback) ? release(explaining.end) : []
        case .monitoring: return proceed()
        case .created, .preparing, .seeking, .waiting, .releasing, .ended: return []
        }
    }

    /// Ends every prompt. Of one with several sounds only the present one ends; the next one may still begin.
    mutating func stopPrompts() -> [SessionCommand] {
        playing.sorted { $0.rawValue < $1.rawValue }.compactMap { playback in
            let isAsked = pending.values.contains { if case .play(playback, _) = $0 { true } else { false } }
            guard isAsked else { return request(.stopPlayback(playback)) }
            unwantedPlaybacks.insert(playback)
            return nil
        }
    }
}

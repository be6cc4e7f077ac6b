/// While the supervisor is in a call: other modes, other targets.
extension SessionStateMachine {
    // MARK: - Modes

    /// Moves the supervisor into a link in another mode, a spare one if there is one; the old one goes on until then.
    mutating func switchMode(to mode: MonitoringMode, _ current: SessionState.Monitoring) -> [SessionCommand] {
        var monitoring = current
        var commands: [SessionCommand] = []
        if let spare = monitoring.spares.firstIndex(where: { $0.mode == mode }) {
            monitoring.step = .switchingMode(monitoring.spares.remove(at: spare))
        } else {
            var permit = current.permit
            permit.mode = mode
            let (link, creation) = makeLink(to: current.link.target, permit)
            monitoring.step = .switchingMode(link)
            commands = creation
        }
        state = .monitoring(monitoring)
        return commands + stopPrompts() + setDeadline(configuration.switchTimeout) + proceed()
    }

    mutating func proceed(_ current: SessionState.Monitoring) -> [SessionCommand] {
        guard case .switchingMode(var link) = current.step else { return [] }
        // Who chooses to be heard by fewer is not heard by more after a restart either.
        guard link.mode > current.link.mode || mark.isAtMost(link.mode) else { return [] }
        var monitoring = current
        let join = joinIfReady(&link)
        monitoring.step = .switchingMode(link)
        state = .monitoring(monitoring)
        return join
    }

    /// The supervisor is in the new link's bridge. The old link has nobody to hear or to be heard, and is a spare one.
    mutating func modeSwitched(_ link: Link, _ current: SessionState.Monitoring) -> [SessionCommand] {
        var monitoring = current
        monitoring.permit.mode = link.mode
        var spare = current.link
        spare.isJoining = false
        spare.joined.remove(supervisor.channel)
        monitoring.spares.append(spare)
        monitoring.link = link
        monitoring.step = nil
        state = .monitoring(monitoring)
        return [.report(.modeChanged(link.mode))] + setDeadline(nil) + removeUnwanted() + updateRecording()
            + makeSpares()
            + handleKeys()
    }

    mutating func monitoringDeadlineExpired(_ monitoring: SessionState.Monitoring) -> [SessionCommand] {
        if case .switchingMode = monitoring.step { return modeSwitchFailed() }
        return recording?.isFinished == true ? recordingEnded(isFailure: true) : []
    }

    /// The old mode stays, if it allows no more than the one that was asked for. Otherwise the supervisor would be heard by
    /// somebody who he believes does not hear him, so he goes.
    mutating func modeSwitchFailed() -> [SessionCommand] {
        guard case .monitoring(let monitoring) = state, case .switchingMode(let link) = monitoring.step else {
            return []
        }
        guard link.mode > monitoring.link.mode, !link.isJoining else { return refuse(.asteriskRefused) }
        return setDeadline(nil) + stay(.asteriskRefused, monitoring) + removeUnwanted() + awaitRecordingsEnd()
    }

    // MARK: - Targets

    mutating func findNext(_ current: SessionState.Monitoring) -> [SessionCommand] {
        var monitoring = current
        monitoring.step = .findingNext
        state = .monitoring(monitoring)
        return [look(for: monitoring.permit.target)]
    }

    mutating func targetsFound(_ targets: TargetLookup, _ current: SessionState.Monitoring) -> [SessionCommand] {
        switch current.step {
        case .findingNext:
            switch decide(current.permit, targets, after: current.link.target.id) {
            case .allowed(let target): return attach(to: target, current.permit)
            case .denied(let refusal): return stay(refusal, current)
            }
        case .findingExtension(let target):
            var permit = current.permit
            permit.target = target
            switch decide(permit, targets) {
            case .allowed(let target) where target.id == current.link.target.id:
                return finishStep(current)  // He is there already.
            case .allowed(let target): return attach(to: target, permit)
            case .denied(let refusal): return stay(refusal, current)
            }
        case .switchingMode, .findingExit, nil:
            return []  // Nobody asked.
        }
    }

    /// A key asked for something that is not to be had: the supervisor is told, and stays where he is.
    mutating func stay(_ refusal: Refusal, _ current: SessionState.Monitoring) -> [SessionCommand] {
        let prompt: Prompt = if case .findingExtension = current.step { .refusal(refusal) } else { .keyRefused }
        let playback = PlaybackID(newName(.playback))
        if current.step == .findingNext { noNextTold = playback }
        return [.report(.keyRefused(refusal)), play(prompt, as: playback)] + finishStep(current)
    }

    /// What a key has begun is over; the next key's turn.
    mutating func finishStep(_ current: SessionState.Monitoring) -> [SessionCommand] {
        var monitoring = current
        monitoring.step = nil
        state = .monitoring(monitoring)
        return handleKeys()
    }
}

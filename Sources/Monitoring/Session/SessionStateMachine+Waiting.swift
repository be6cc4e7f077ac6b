/// When the target ends: following, and waiting.
extension SessionStateMachine {
    mutating func snoopEnded(_ snoop: ChannelID) -> [SessionCommand] {
        ledger.forget(snoop: snoop)
        if recording?.snoop == snoop { return recordingEnded(isFailure: false) }
        if newLink?.snoop == snoop || spares.contains(where: { $0.snoop == snoop }) { return targetEnded() }
        if case .monitoring(let monitoring) = state, monitoring.link.snoop == snoop { return targetEnded() }
        return somethingIsGone()
    }

    /// The monitored channel ended: `E`, `S` and the rule for a barged call say how the session goes on.
    mutating func targetEnded() -> [SessionCommand] {
        var permit: SessionState.Permit
        var isLeaving = false
        let endsWithTarget: Bool
        switch state {
        case .attaching(let attaching):
            permit = attaching.permit
            permit.endedTargets.insert(attaching.link.target.id)
            endsWithTarget = permit.endsWithTarget
        case .monitoring(let monitoring):
            permit = monitoring.permit
            permit.endedTargets.insert(monitoring.link.target.id)
            endsWithTarget = permit.endsWithTarget
            keepKeys(of: monitoring.step)
            // A lower mode counts, also when its link was not ready; a higher one was meant for this call.
            if case .switchingMode(let link) = monitoring.step { permit.mode = min(permit.mode, link.mode) }
            isLeaving = monitoring.step == .findingNext
        case .reattaching(let reattaching):
            permit = reattaching.permit
            permit.endedTargets.insert(reattaching.target)
            endsWithTarget = permit.endsWithTarget
        case .created, .preparing, .seeking, .waiting, .explaining, .releasing, .ended:
            return []  // Nobody was monitored.
        }
        let params = permit.settings.params
        // What was looked for from this call is not for the next state.
        lookup = nil
        // Who has pressed the key to leave it is rid of it.
        if !isLeaving, keys.first == params.nextKey { keys.removeFirst() }
        forgetKeysThatRaise(permit)
        if endsWithTarget {
            return permit.hasMonitored ? release(.targetHungUp) : refuse(.nobodyTalking)
        }
        guard params.stopsWhenNoChannelIsLeft else { return wait(permit, after: permit.target) }
        state = .seeking(SessionState.Seeking(permit: permit))
        return setDeadline(nil) + sayCallEnded(permit) + leaveTarget() + [look(for: permit.target)]
    }

    private mutating func sayCallEnded(_ permit: SessionState.Permit) -> [SessionCommand] {
        permit.settings.params.isQuiet || !permit.hasMonitored ? [] : say(.callEnded)
    }

    /// Removes what connected the supervisor with the target; the bridge that he is in stays until he moves on.
    private mutating func leaveTarget() -> [SessionCommand] {
        recording = nil
        return removeUnwanted()
    }

    // MARK: - Following

    mutating func targetsFound(_ targets: TargetLookup, _ seeking: SessionState.Seeking) -> [SessionCommand] {
        switch decide(seeking.permit, targets) {
        case .allowed(let target): attach(to: target, seeking.permit)
        case .denied(.nobodyTalking) where seeking.permit.hasMonitored: release(.noCallLeft)
        case .denied(let refusal): refuse(refusal)
        }
    }

    // MARK: - Waiting

    /// Waits for the extension's next call.
    ///
    /// - Parameter followed: the extension whose call has just ended; nil for none.
    mutating func wait(_ permit: SessionState.Permit, after followed: Extension? = nil) -> [SessionCommand] {
        lookup = nil
        // Who followed a call hears its end; who has just asked for an extension hears that he has to wait.
        let prompt = permit.hasMonitored && followed == permit.target ? sayCallEnded(permit) : say(.waiting)
        state = .waiting(SessionState.Waiting(permit: permit))
        return [.report(.waiting(permit.target))] + prompt + leaveTarget() + setDeadline(configuration.waitingLimit)
    }

    mutating func targetsChanged() -> [SessionCommand] {
        guard case .waiting(var waiting) = state else { return [] }  // Found already.
        waiting.hasChanged = true
        state = .waiting(waiting)
        return lookIfChanged()
    }

    /// Looks for a call of the extension, unless something else is being looked for: then afterwards.
    mutating func lookIfChanged() -> [SessionCommand] {
        guard case .waiting(var waiting) = state, isWatched, waiting.hasChanged, waiting.step == nil else {
            return []
        }
        waiting.hasChanged = false
        waiting.step = .looking
        state = .waiting(waiting)
        return [look(for: waiting.permit.target)]
    }

    mutating func targetsFound(_ targets: TargetLookup, _ current: SessionState.Waiting) -> [SessionCommand] {
        var current = current
        var permit = current.permit
        if case .findingExtension(let target) = current.step { permit.target = target }
        switch decide(permit, targets) {
        case .allowed(let target):
            return attach(to: target, permit)
        case .denied(.nobodyTalking):
            guard permit.target == current.permit.target else { return wait(permit) }
            current.passedOver = nil
        case .denied(let refusal):
            guard case .findingExtension = current.step else {
                // A call that is not for him; another one may be.
                return [.notInGroup, .targetProtected].contains(refusal) ? passOver(refusal, current) : refuse(refusal)
            }
            return refuseExtension(refusal, current)
        }
        return waitOn(current)
    }

    /// The extension that was asked for by keys is not to be had: the supervisor is told, and waits on for the other one.
    mutating func refuseExtension(_ refusal: Refusal, _ current: SessionState.Waiting) -> [SessionCommand] {
        let commands = [.report(.keyRefused(refusal))] + say(.refusal(refusal))
        return commands + waitOn(current)
    }

    /// Tells it once for each call, however often it is looked at.
    private mutating func passOver(_ refusal: Refusal, _ current: SessionState.Waiting) -> [SessionCommand] {
        guard current.passedOver != refusal else { return waitOn(current) }
        var waiting = current
        waiting.passedOver = refusal
        return [.report(.passedOver(refusal))] + waitOn(waiting)
    }

    /// Nothing was found.
    mutating func waitOn(_ current: SessionState.Waiting) -> [SessionCommand] {
        var waiting = current
        waiting.step = nil
        state = .waiting(waiting)
        return lookIfChanged() + handleKeys()
    }
}

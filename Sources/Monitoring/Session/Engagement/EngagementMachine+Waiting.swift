/// When the target ends: following, and waiting.
extension EngagementMachine {
    /// A snoop ended that nobody removed: with the channel that it was on.
    mutating func snoopEnded(_ snoop: ChannelID, _ seat: inout Seat, _ outbox: inout Outbox) {
        if recording?.snoop == snoop { return recordingEnded(isFailure: false, &outbox) }
        if taps?.all.contains(where: { $0.snoop == snoop }) == true { targetEnded(&seat, &outbox) }
    }

    /// The monitored channel ended: `E`, `S` and the rule for a barged call say how the session goes on.
    mutating func targetEnded(_ seat: inout Seat, _ outbox: inout Outbox) {
        guard let target else { return }  // Nobody was monitored.
        // In the mode of the call that has ended.
        let endsWithTarget = permit.endsWithTarget
        var isLeaving = false
        permit.endedTargets.insert(target.id)
        if case .monitoring(let monitoring) = state {
            keepKeys(of: monitoring.step, &seat, outbox)
            // A lower mode counts, also when its tap was not ready; a higher one was meant for this call.
            if let next = monitoring.taps.next { permit.mode = min(permit.mode, next.mode) }
            if case .findingNext = monitoring.step { isLeaving = true }
        }
        // Who has pressed the key to leave it is rid of it.
        if !isLeaving { seat.keypad.forgetFirst(permit.settings.params.nextKey) }
        seat.keypad.forgetKeysThatRaise(permit)
        self.target = nil
        outbox.unmonitor()
        recording = nil
        outbox.removeAgain()
        if endsWithTarget {
            if permit.hasMonitored { release(.targetHungUp) } else { refuse(.nobodyTalking) }
        } else if permit.settings.params.stopsWhenNoChannelIsLeft {
            state = .seeking(Seeking(search: look(for: permit.target, &outbox)))
            sayCallEnded(&seat, &outbox)
        } else {
            wait(after: permit.target, &seat, &outbox)
        }
    }

    private func sayCallEnded(_ seat: inout Seat, _ outbox: inout Outbox) {
        if !permit.settings.params.isQuiet, permit.hasMonitored { seat.say(.callEnded, &outbox) }
    }

    // MARK: - Seeking

    /// - Parameter targets: nil when Asterisk could not be asked.
    mutating func found(
        _ targets: TargetLookup?,
        _ seeking: Seeking,
        _ seat: inout Seat,
        _ outbox: inout Outbox
    ) {
        // In doubt nobody hears.
        guard let targets else { return refuse(.asteriskRefused) }
        if let mark = seeking.resumes, let target = mark.target {
            switch decision.decideAgain(permit, targets, on: target) {
            case .allowed(let target):
                if takeOver(mark, target, &outbox) { return }
                attach(to: target, &seat, &outbox)
                if permit.mode < mark.modeAfterRestart { sayRightsLowered(&seat, &outbox) }
                return
            case .denied(.nobodyTalking) where permit.endsWithTarget: return release(.targetHungUp)
            // The call has ended while nobody served the session, which goes on without it.
            case .denied(.nobodyTalking):
                permit.endedTargets.insert(target)
                seat.keypad.forgetKeysThatRaise(permit)
            case .denied(let refusal): return refuse(refusal)
            }
        }
        switch decision.decide(permit, targets) {
        case .allowed(let target): attach(to: target, &seat, &outbox)
        case .denied(.nobodyTalking) where !permit.settings.params.stopsWhenNoChannelIsLeft:
            wait(after: nil, &seat, &outbox)
        case .denied(.nobodyTalking) where permit.hasMonitored: release(.noCallLeft)
        case .denied(let refusal): refuse(refusal)
        }
    }

    // MARK: - Waiting

    /// Waits for the extension's next call.
    ///
    /// - Parameter followed: the extension whose call has just ended; nil for none.
    private mutating func wait(after followed: Extension?, _ seat: inout Seat, _ outbox: inout Outbox) {
        state = .waiting(Waiting(since: outbox.now))
        seat.keypad.forgetKeysThatRaise(permit)
        outbox.report(.waiting(permit.target))
        // Who followed a call hears its end; who has just asked for an extension hears that they have to wait.
        if permit.hasMonitored && followed == permit.target {
            sayCallEnded(&seat, &outbox)
        } else {
            seat.say(.waiting, &outbox)
        }
    }

    /// Something has changed about the extension's channels. Only who waits does not know it already.
    mutating func targetsChanged() {
        guard case .waiting(var waiting) = state else { return }
        waiting.hasChanged = true
        state = .waiting(waiting)
    }

    /// Looks for a call of the extension, unless something else is being looked for: then afterwards.
    mutating func takeNextStep(_ current: Waiting, _ seat: inout Seat, _ outbox: inout Outbox) -> Bool {
        guard current.hasChanged, current.step == nil, isWatched else { return handleKey(&seat, &outbox) }
        var waiting = current
        waiting.hasChanged = false
        waiting.step = .looking(look(for: permit.target, &outbox))
        state = .waiting(waiting)
        return true
    }

    /// - Parameter targets: nil when Asterisk could not be asked.
    mutating func found(
        _ targets: TargetLookup?,
        _ current: Waiting,
        _ seat: inout Seat,
        _ outbox: inout Outbox
    ) {
        var waiting = current
        waiting.step = nil
        state = .waiting(waiting)
        var wanted = permit
        var isAskedFor = false
        if case .findingExtension(let target, _) = current.step {
            wanted.target = target
            isAskedFor = true
        }
        guard let targets else {
            // The call that it was about may be the one that the supervisor waits for.
            waiting.isSearchDue = true
            state = .waiting(waiting)
            if isAskedFor { refuseExtension(.asteriskRefused, &seat, &outbox) }
            return
        }
        switch decision.decide(wanted, targets) {
        case .allowed(let target):
            permit = wanted
            attach(to: target, &seat, &outbox)
        case .denied(.nobodyTalking) where wanted.target != permit.target:
            permit = wanted
            wait(after: nil, &seat, &outbox)
        case .denied(.nobodyTalking):
            waiting.passedOver = nil
            state = .waiting(waiting)
        case .denied(let refusal) where isAskedFor: refuseExtension(refusal, &seat, &outbox)
        // A call that is not for this supervisor; another one may be. It is told once for each call, however often it is
        // looked at.
        case .denied(let refusal) where [.notInGroup, .targetProtected].contains(refusal):
            if waiting.passedOver != refusal { outbox.report(.passedOver(refusal)) }
            waiting.passedOver = refusal
            state = .waiting(waiting)
        case .denied(let refusal): refuse(refusal)
        }
    }

    /// The extension that was asked for by keys is not to be had: the supervisor is told, and waits on for the other one.
    private func refuseExtension(_ refusal: Refusal, _ seat: inout Seat, _ outbox: inout Outbox) {
        outbox.report(.keyRefused(refusal))
        seat.sayForKey(.refusal(refusal), &outbox)
    }
}

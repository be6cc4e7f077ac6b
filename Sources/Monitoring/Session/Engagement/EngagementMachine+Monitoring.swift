/// While the supervisor is in a call: other modes, other targets.
extension EngagementMachine {
    mutating func takeNextStep(_ current: Monitoring, _ seat: inout Seat, _ outbox: inout Outbox) -> Bool {
        guard let next = current.taps.next else { return handleKey(&seat, &outbox) }
        switch next.state {
        case .live:
            switched(current, &seat, &outbox)
            return true
        case .ready:
            // Who chooses to be heard by fewer is not heard by more after a restart either.
            guard next.isOnRecord, seat.canMove, next.mode > current.taps.main.mode || seat.isMarked(atMost: next.mode)
            else {
                return false
            }
            var monitoring = current
            monitoring.taps.update({ $0.bridge == next.bridge }) { $0.join(seat.supervisor.channel, &outbox) }
            state = .monitoring(monitoring)
            return true
        case .requested, .filling, .joining:
            return false
        }
    }

    // MARK: - Modes

    /// Moves the supervisor to a tap in another mode, a spare one if there is one; the old one goes on until then.
    mutating func switchMode(
        to mode: MonitoringMode,
        _ step: Monitoring.Step,
        _ current: Monitoring,
        _ seat: inout Seat,
        _ outbox: inout Outbox
    ) {
        var monitoring = current
        monitoring.step = step
        monitoring.taps.change(to: mode) { Tap(on: current.taps.main.target, permit.with(mode: mode), &outbox) }
        state = .monitoring(monitoring)
        putOnRecord(.modeChanged, &outbox)
        seat.silence(&outbox)
    }

    private mutating func switched(_ current: Monitoring, _ seat: inout Seat, _ outbox: inout Outbox) {
        var monitoring = current
        monitoring.taps.changed()
        monitoring.step = nil
        state = .monitoring(monitoring)
        permit.mode = monitoring.taps.main.mode
        dropUnwantedSpares(outbox.now)
        switch current.step {
        case .switchingMode(let pressedAt): outbox.report(.modeChanged(permit.mode, after: outbox.now - pressedAt))
        case .loweringMode: sayRightsLowered(&seat, &outbox)
        case .findingNext, .findingExtension, .findingExit, nil: break
        }
        supervisorMoved(&outbox)
    }

    /// The old mode stays, if it allows no more than the one that was asked for. Otherwise the supervisor would be heard by
    /// somebody who they believe does not hear them, so they go.
    mutating func switchFailed(_ current: Monitoring, _ seat: inout Seat, _ outbox: inout Outbox) {
        guard let next = current.taps.next else { return }
        guard next.mode > current.taps.main.mode, next.state != .joining else { return refuse(.asteriskRefused) }
        outbox.removeAgain()
        var monitoring = current
        monitoring.taps.forgetNext()
        stay(.asteriskRefused, monitoring, &seat, &outbox)
    }

    /// The key of the mode that they are in: the supervisor may be about to press others.
    mutating func expectKeys(_ outbox: inout Outbox) {
        guard case .monitoring = state else { return }
        choseModeAt = outbox.now
        makeSpares(&outbox)
    }

    /// Whether a tap in a mode is to be there before its key is pressed: only while keys for modes are being pressed.
    ///
    /// Each costs Asterisk a fifth of what a session costs. Without one a key takes effect a little later, and the supervisor misses a
    /// packet of the call (`scripts/bench mode-switch`).
    private func wantsSpare(in mode: MonitoringMode, _ now: Duration) -> Bool {
        guard permit.settings.params.switchesModeByKey, permit.settings.permission.allows(mode), let choseModeAt else {
            return false
        }
        return now - choseModeAt < SessionConfiguration.spareTime
    }

    mutating func makeSpares(_ outbox: inout Outbox) {
        guard case .monitoring(var monitoring) = state else { return }
        for mode in MonitoringMode.allCases where !monitoring.taps.hasTap(in: mode) && wantsSpare(in: mode, outbox.now)
        {
            monitoring.taps.add(spare: Tap(on: monitoring.taps.main.target, permit.with(mode: mode), &outbox))
        }
        state = .monitoring(monitoring)
    }

    mutating func dropUnwantedSpares(_ now: Duration) {
        guard case .monitoring(var monitoring) = state else { return }
        monitoring.taps.dropSpares { !wantsSpare(in: $0.mode, now) }
        state = .monitoring(monitoring)
    }

    // MARK: - Targets

    /// - Parameter targets: nil when Asterisk could not be asked.
    mutating func found(
        _ targets: TargetLookup?,
        _ current: Monitoring,
        _ seat: inout Seat,
        _ outbox: inout Outbox
    ) {
        // Who hears somebody already stays there.
        guard let targets else { return stay(.asteriskRefused, current, &seat, &outbox) }
        let present = current.taps.main.target.id
        switch current.step {
        case .findingNext:
            switch decision.decide(permit, targets, after: present) {
            case .allowed(let target): attach(to: target, &seat, &outbox)
            case .denied(let refusal): stay(refusal, current, &seat, &outbox)
            }
        case .findingExtension(let target, _):
            let wanted = permit.with(target: target)
            switch decision.decide(wanted, targets) {
            case .allowed(let target) where target.id == present: finishStep(current)  // They are there already.
            case .allowed(let target):
                permit = wanted
                attach(to: target, &seat, &outbox)
            case .denied(let refusal): stay(refusal, current, &seat, &outbox)
            }
        case .switchingMode, .loweringMode, .findingExit, nil: break  // Nobody asked.
        }
    }

    /// A key asked for something that is not to be had: the supervisor is told, and stays where they are.
    private mutating func stay(
        _ refusal: Refusal,
        _ current: Monitoring,
        _ seat: inout Seat,
        _ outbox: inout Outbox
    ) {
        outbox.report(.keyRefused(refusal))
        switch current.step {
        case .findingExtension: seat.playForKey(.refusal(refusal), &outbox)
        case .findingNext: noNextPrompt = seat.playForKey(.keyRefused, &outbox)
        case .switchingMode, .loweringMode, .findingExit, nil: seat.playForKey(.keyRefused, &outbox)
        }
        finishStep(current)
    }

    /// What a key has begun is over; the next key's turn.
    private mutating func finishStep(_ current: Monitoring) {
        var monitoring = current
        monitoring.step = nil
        state = .monitoring(monitoring)
    }

    // MARK: - Recording

    /// Records what the supervisor hears now; what they do not hear any more is recorded no longer.
    mutating func updateRecording(_ outbox: inout Outbox) {
        guard case .monitoring(let monitoring) = state, let base = permit.settings.params.recordingBase else { return }
        let target = monitoring.taps.main.target.id
        let hears = permit.settings.params.hearing(in: monitoring.taps.main.mode)
        if let recording, recording.target == target, recording.hears == hears { return }
        recording = hears == .none ? nil : Recording(of: target, hears: hears, base: base, &outbox)
    }

    mutating func recordingAnswered(_ name: RecordingName, _ answer: SessionAnswer, _ outbox: inout Outbox) {
        switch answer.failure {
        case nil:
            if recording?.name == name { recording?.confirmed() }
            outbox.report(.recordingStarted(name))
        case .gone: break  // The target ended at this moment.
        case .refused, .unknown: recordingFailed(name, &outbox)
        }
    }

    mutating func recordingFailed(_ name: RecordingName, _ outbox: inout Outbox) {
        guard recording?.name == name else { return }  // Of a call that is over: it was cut short by its end.
        recordingEnded(isFailure: true, &outbox)
    }

    /// A recording that is finished ends with its target: that is told next. If it is not, the target goes on, and Asterisk
    /// could not write: the disk is full, or the folder cannot be made.
    mutating func recordingFinished(_ name: RecordingName) {
        if recording?.name == name { recording?.finished() }
    }

    /// The recording is over. The session goes on: the supervisor's call is not the recording's.
    mutating func recordingEnded(isFailure: Bool, _ outbox: inout Outbox) {
        guard let name = recording?.name else { return }
        recording = nil
        outbox.removeAgain()
        if isFailure { outbox.report(.recordingFailed(name)) }
    }
}

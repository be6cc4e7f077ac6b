/// What the supervisor's keys change. One is handled after the other: what a key has begun is over before the next one has
/// its turn.
extension EngagementMachine {
    mutating func keyPressed(_ key: TelephoneKey, _ seat: inout Seat, _ outbox: inout Outbox) {
        // It would be handled in a call that the supervisor does not hear yet.
        if !isKeyForThisCall, seat.keypad.isRaising(key, permit) {
            return refuseKey(.nobodyTalking, &seat, &outbox)
        }
        seat.press(key, in: permit.mode, &outbox)
    }

    /// The supervisor knows of the call in which a key would have its effect.
    private var isKeyForThisCall: Bool {
        switch state {
        case .monitoring: true
        case .attaching(let attaching): attaching.isExpected
        case .seeking(let seeking): seeking.isFirst && seeking.resumes == nil
        case .reattaching, .waiting, .over: false
        }
    }

    /// Handles the key whose turn it is, if keys can be handled now.
    ///
    /// - Returns: whether there was one.
    mutating func handleKey(_ seat: inout Seat, _ outbox: inout Outbox) -> Bool {
        guard canHandleKeys, let press = seat.keypad.next() else { return false }
        // An extension of the dialplan comes first, as in ChanSpy; whether there is one, Asterisk must tell.
        if permit.settings.params.exitsToExtension && press.key.isDigit {
            findExit(press, &outbox)
        } else {
            act(on: press, &seat, &outbox)
        }
        return true
    }

    private var canHandleKeys: Bool {
        switch state {
        case .monitoring(let monitoring): monitoring.step == nil
        case .waiting(let waiting): waiting.step == nil && isWatched
        case .seeking, .attaching, .reattaching, .over: false
        }
    }

    private mutating func act(on press: KeyPress, _ seat: inout Seat, _ outbox: inout Outbox) {
        let action = KeyAction(press.key, permit.settings.params, hasTyped: !seat.keypad.typed.isEmpty)
        switch action {
        case .leave: release(.supervisorLeft)
        case .next: next(&seat, &outbox)
        case .louder: seat.louder(&outbox)
        case .goToTyped: goToTyped(&seat, &outbox)
        case .choose(let mode): choose(mode, press.time, &seat, &outbox)
        case .type: seat.keypad.type(press.key)
        case .nothing: break
        }
    }

    private mutating func next(_ seat: inout Seat, _ outbox: inout Outbox) {
        seat.keypad.clearTyped()
        // With `E`, leaving the target is leaving.
        if permit.settings.params.exitsWhenTargetHangsUp { return release(.supervisorLeft) }
        guard case .monitoring(var monitoring) = state else { return refuseKey(.nobodyTalking, &seat, &outbox) }
        monitoring.step = .findingNext(look(for: permit.target, &outbox))
        state = .monitoring(monitoring)
    }

    private mutating func choose(
        _ mode: MonitoringMode,
        _ pressedAt: Duration,
        _ seat: inout Seat,
        _ outbox: inout Outbox
    ) {
        guard permit.settings.permission.allows(mode) else {
            return refuseKey(.modeAbovePermission, &seat, &outbox)
        }
        guard mode != permit.mode else { return expectKeys(&outbox) }
        switch state {
        case .monitoring(let monitoring):
            // It may have been pressed for the call that the key before it was to lead to.
            if mode > permit.mode, let noNextPrompt, seat.isPlaying(noNextPrompt) {
                return refuseKey(.nobodyTalking, &seat, &outbox)
            }
            choseModeAt = outbox.now
            switchMode(to: mode, .switchingMode(since: pressedAt), monitoring, &seat, &outbox)
        case .waiting:
            // There is nobody yet to whom the supervisor could choose to be heard.
            guard mode < permit.mode else { return refuseKey(.nobodyTalking, &seat, &outbox) }
            permit.mode = mode
            outbox.report(.modeChanged(mode, after: outbox.now - pressedAt))
        case .seeking, .attaching, .reattaching, .over: break  // Keys wait.
        }
    }

    private mutating func goToTyped(_ seat: inout Seat, _ outbox: inout Outbox) {
        let typed = seat.keypad.typed
        seat.keypad.clearTyped()
        guard let target = try? Extension(typed) else { return refuseKey(.badCode, &seat, &outbox) }
        switch state {
        case .monitoring(var monitoring):
            monitoring.step = .findingExtension(target, look(for: target, &outbox))
            state = .monitoring(monitoring)
        case .waiting(var waiting):
            waiting.step = .findingExtension(target, look(for: target, &outbox))
            state = .waiting(waiting)
        case .seeking, .attaching, .reattaching, .over: break  // Keys wait.
        }
    }

    func refuseKey(_ refusal: Refusal, _ seat: inout Seat, _ outbox: inout Outbox) {
        outbox.report(.keyRefused(refusal))
        seat.sayForKey(.keyRefused, &outbox)
    }

    // MARK: - Exit to the dialplan

    private mutating func findExit(_ press: KeyPress, _ outbox: inout Outbox) {
        let request = SessionRequest.findExit(press.key, context: permit.settings.exitContext)
        switch state {
        case .monitoring(var monitoring):
            monitoring.step = .findingExit(press, outbox.request(request))
            state = .monitoring(monitoring)
        case .waiting(var waiting):
            waiting.step = .findingExit(press, outbox.request(request))
            state = .waiting(waiting)
        case .seeking, .attaching, .reattaching, .over: break  // Keys wait.
        }
    }

    mutating func exitAnswered(
        _ command: CommandID,
        _ answer: SessionAnswer,
        _ seat: inout Seat,
        _ outbox: inout Outbox
    ) {
        let press: KeyPress
        let spied: String?
        switch state {
        case .monitoring(var monitoring):
            guard case .findingExit(let asked, command) = monitoring.step else { return }
            monitoring.step = nil
            state = .monitoring(monitoring)
            (press, spied) = (asked, monitoring.taps.main.target.name)
        case .waiting(var waiting):
            guard case .findingExit(let asked, command) = waiting.step else { return }
            waiting.step = nil
            state = .waiting(waiting)
            (press, spied) = (asked, nil)
        case .seeking, .attaching, .reattaching, .over:
            return  // The call has ended meanwhile; the key was kept for the next one.
        }
        switch answer {
        case .exit(let place?):
            if let spied { outbox.request(.setVariable(.spyChannel, spied)) }
            release(.supervisorExited, to: place)
        case .exit(nil): act(on: press, &seat, &outbox)
        // Whoever may have meant the extension is not to be heard instead.
        case .failed, .done, .settings, .targets: refuseKey(.asteriskRefused, &seat, &outbox)
        }
    }

    /// Keeps the keys that had begun something when the target ended: they are for whatever comes next. Except that leaving a
    /// target which has ended is done.
    func keepKeys(of step: Monitoring.Step?, _ seat: inout Seat, _ outbox: Outbox) {
        switch step {
        case .findingExit(let press, _): seat.keypad.putBack([press])
        case .findingExtension(let target, _):
            seat.keypad.putBack((target.keys + [.hash]).map { KeyPress(key: $0, time: outbox.now) })
        case .findingNext, .switchingMode, .loweringMode, nil: break
        }
    }
}

extension Extension {
    /// The keys that were pressed for it.
    fileprivate var keys: [TelephoneKey] { digits.compactMap { TelephoneKey($0) } }
}

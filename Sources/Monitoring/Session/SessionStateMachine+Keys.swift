/// The keys that a supervisor presses (`reference/chanspy.md` a2 and a3). One is handled after the other: what a key has
/// begun is over before the next one has its turn.
extension SessionStateMachine {
    mutating func keyPressed(_ key: TelephoneKey) -> [SessionCommand] {
        switch state {
        case .reattaching(let reattaching) where isRaising(key, reattaching.permit):
            // Nobody knows yet whom the supervisor would be heard by.
            return refuseKey(.nobodyTalking)
        case .preparing, .attaching, .monitoring, .reattaching, .seeking, .waiting:
            keys.append(key)
            return handleKeys()
        case .created, .explaining, .releasing, .ended:
            return []  // Nothing is left that a key could change.
        }
    }

    /// Handles keys until one begins something that takes time, or none is left.
    mutating func handleKeys() -> [SessionCommand] {
        var commands: [SessionCommand] = []
        while !keys.isEmpty, let permit = permitForKeys {
            commands += handle(keys.removeFirst(), permit)
        }
        return commands
    }

    /// The permit, if a key can be handled now.
    private var permitForKeys: SessionState.Permit? {
        switch state {
        case .monitoring(let monitoring): monitoring.step == nil ? monitoring.permit : nil
        case .waiting(let waiting): waiting.step == nil && isWatched ? waiting.permit : nil
        case .created, .preparing, .attaching, .reattaching, .seeking, .explaining, .releasing, .ended: nil
        }
    }

    private mutating func handle(_ key: TelephoneKey, _ permit: SessionState.Permit) -> [SessionCommand] {
        // An extension of the dialplan comes first, as in ChanSpy; whether there is one, Asterisk must tell.
        if permit.settings.params.exitsToExtension && key.isDigit { return findExit(key) }
        return act(on: key, permit)
    }

    private mutating func act(on key: TelephoneKey, _ permit: SessionState.Permit) -> [SessionCommand] {
        let params = permit.settings.params
        if key == params.exitKey { return release(.supervisorLeft) }
        if key == params.nextKey { return next(permit) }
        if key == .hash { return permit.typed.isEmpty ? louder() : go(to: permit.typed) }
        if params.switchesModeByKey {
            // As in ChanSpy, the other digits do nothing then.
            return key.mode.map { choose($0, permit) } ?? []
        }
        // One more than an extension can have is enough to refuse it.
        if key.isDigit, permit.typed.count <= 32 { setTyped(permit.typed + key.description) }
        return []
    }

    // MARK: - What the keys do

    private mutating func next(_ permit: SessionState.Permit) -> [SessionCommand] {
        setTyped("")
        // With `E`, leaving the target is leaving.
        if permit.settings.params.exitsWhenTargetHangsUp { return release(.supervisorLeft) }
        guard case .monitoring(let monitoring) = state else { return refuseKey(.nobodyTalking) }
        return findNext(monitoring)
    }

    private mutating func louder() -> [SessionCommand] {
        volume = volume.next
        return setVolume()
    }

    private mutating func choose(_ mode: MonitoringMode, _ permit: SessionState.Permit) -> [SessionCommand] {
        guard mode != permit.mode else { return [] }
        guard permit.settings.permission.allows(mode) else { return refuseKey(.modeAbovePermission) }
        switch state {
        case .monitoring(let monitoring):
            // It may have been pressed for the call that the key before it was to lead to.
            if mode > permit.mode, let noNextTold, playing.contains(noNextTold) { return refuseKey(.nobodyTalking) }
            return switchMode(to: mode, monitoring)
        case .waiting(var waiting):
            // There is nobody yet to whom he could choose to be heard.
            guard mode < permit.mode else { return refuseKey(.nobodyTalking) }
            waiting.permit.mode = mode
            state = .waiting(waiting)
            return [.report(.modeChanged(mode))]
        case .created, .preparing, .attaching, .reattaching, .seeking, .explaining, .releasing, .ended:
            return []
        }
    }

    private mutating func go(to typed: String) -> [SessionCommand] {
        setTyped("")
        guard let target = try? Extension(typed) else { return refuseKey(.badCode) }
        switch state {
        case .monitoring(var monitoring):
            monitoring.step = .findingExtension(target)
            state = .monitoring(monitoring)
        case .waiting(var waiting):
            waiting.step = .findingExtension(target)
            state = .waiting(waiting)
        case .created, .preparing, .attaching, .reattaching, .seeking, .explaining, .releasing, .ended:
            return []
        }
        return [look(for: target)]
    }

    mutating func refuseKey(_ refusal: Refusal) -> [SessionCommand] {
        [.report(.keyRefused(refusal))] + say(.keyRefused)
    }

    private mutating func setTyped(_ typed: String) {
        switch state {
        case .monitoring(var monitoring):
            monitoring.permit.typed = typed
            state = .monitoring(monitoring)
        case .waiting(var waiting):
            waiting.permit.typed = typed
            state = .waiting(waiting)
        case .created, .preparing, .attaching, .reattaching, .seeking, .explaining, .releasing, .ended: break
        }
    }

    // MARK: - Exit to the dialplan

    private mutating func findExit(_ key: TelephoneKey) -> [SessionCommand] {
        let context: String?
        switch state {
        case .monitoring(var monitoring):
            context = monitoring.permit.settings.exitContext
            monitoring.step = .findingExit(key)
            state = .monitoring(monitoring)
        case .waiting(var waiting):
            context = waiting.permit.settings.exitContext
            waiting.step = .findingExit(key)
            state = .waiting(waiting)
        case .created, .preparing, .attaching, .reattaching, .seeking, .explaining, .releasing, .ended:
            return []
        }
        return [request(.findExit(key, context: context))]
    }

    mutating func exitFound(_ key: TelephoneKey, _ answer: SessionAnswer) -> [SessionCommand] {
        let spied: String?
        let permit: SessionState.Permit
        switch state {
        case .monitoring(var monitoring) where monitoring.step == .findingExit(key):
            monitoring.step = nil
            state = .monitoring(monitoring)
            (spied, permit) = (monitoring.link.target.name, monitoring.permit)
        case .waiting(var waiting) where waiting.step == .findingExit(key):
            waiting.step = nil
            state = .waiting(waiting)
            (spied, permit) = (nil, waiting.permit)
        case .created, .preparing, .attaching, .monitoring, .reattaching, .seeking, .waiting, .explaining, .releasing,
            .ended:
            return []  // The call has ended meanwhile; the key was kept for the next one.
        }
        let commands: [SessionCommand]
        switch answer {
        case .exit(let place?):
            let variable = spied.map { [request(.setVariable(.spyChannel, $0))] } ?? []
            return variable + release(.supervisorExited, to: place)
        case .exit(nil): commands = act(on: key, permit)
        // Whoever may have meant the extension is not to be heard instead.
        case .failed, .done, .settings, .targets, .partners: commands = refuseKey(.asteriskRefused)
        }
        return commands + lookIfChanged() + handleKeys()
    }

    /// Forgets the keys that would let the supervisor be heard by more: they were pressed for the call that they were in.
    mutating func forgetKeysThatRaise(_ permit: SessionState.Permit) {
        let pressed = keys
        keys = []
        for key in pressed where !isRaising(key, permit) { keys.append(key) }
    }

    /// Whether more people would hear the supervisor by this key, after those that wait.
    private func isRaising(_ key: TelephoneKey, _ permit: SessionState.Permit) -> Bool {
        guard permit.settings.params.switchesModeByKey, let chosen = key.mode else { return false }
        let mode = keys.last { $0.mode != nil }?.mode ?? permit.mode
        return chosen > mode
    }

    /// Keeps the keys that had begun something when the target ended: they are for whatever comes next. Except that
    /// leaving a target which has ended is done.
    mutating func keepKeys(of step: SessionState.Monitoring.Step?) {
        switch step {
        case .findingExit(let key): keys.insert(key, at: 0)
        case .findingExtension(let target): keys.insert(contentsOf: target.keys + [.hash], at: 0)
        case .findingNext, .switchingMode, nil: break
        }
    }
}

extension Extension {
    /// The keys that were pressed for it.
    fileprivate var keys: [TelephoneKey] { digits.compactMap { TelephoneKey($0) } }
}

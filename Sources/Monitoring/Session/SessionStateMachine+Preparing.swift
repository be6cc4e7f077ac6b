extension SessionStateMachine {
    // MARK: - Arrival

    mutating func supervisorArrived(_ refusal: Refusal?) -> [SessionCommand] {
        // A second StasisStart of the same channel is no second call.
        guard case .created = state else { return [] }
        if let refusal { return refuseUnheard(refusal) }
        do throws(FeatureCodeError) {
            return prepare(try configuration.prefixes.parse(supervisor.dialled), nil)
        } catch {
            return refuseUnheard(.badCode)
        }
    }

    mutating func supervisorFound(_ mark: SessionMark) -> [SessionCommand] {
        guard case .created = state else { return [] }
        return prepare(FeatureCode(mode: mark.modeAfterRestart, target: mark.`extension`), mark)
    }

    private mutating func prepare(_ code: FeatureCode, _ mark: SessionMark?) -> [SessionCommand] {
        state = .preparing(SessionState.Preparing(code: code, mark: mark))
        return [request(.readSettings)]
    }

    /// Refuses before it is known whether the supervisor is to be answered.
    private mutating func refuseUnheard(_ refusal: Refusal) -> [SessionCommand] {
        let answer = refusal == .tooManySessions ? [] : [request(.answerSupervisor)]
        return answer + refuse(refusal)
    }

    mutating func settingsAnswered(_ answer: SessionAnswer) -> [SessionCommand] {
        // The supervisor's own channel is gone: StasisEnd is on its way, or was lost with the connection.
        if answer == .failed(.gone) { return supervisorLeft() }
        guard case .preparing(var preparing) = state else { return [] }  // Refused or ended meanwhile.
        guard case .settings(let settings) = answer else { return refuseUnheard(.asteriskRefused) }
        preparing.settings = settings
        state = .preparing(preparing)
        // Only now it is known whether they are to be answered at all.
        let answer = request(settings.params.staysUnanswered ? .startEarlyMedia : .answerSupervisor)
        var commands = [answer] + settings.warnings.map { .report(.warning($0)) }
        if settings.params.volume != .unchanged {
            volume = settings.params.volume
            commands += setVolume()
        }
        let permit = SessionState.Permit(settings: settings, target: preparing.code.target, mode: preparing.code.mode)
        // Whoever may not monitor learns nothing about the extension, and Asterisk is not asked about it.
        if let refusal = MonitoringPolicy.refusal(beforeLookup: monitoringRequest(permit, .unknownExtension)) {
            return commands + refuse(refusal)
        }
        return commands + [look(for: preparing.code.target)]
    }

    // MARK: - Targets

    mutating func targetsAnswered(_ id: CommandID, _ answer: SessionAnswer) -> [SessionCommand] {
        // A later search has taken this one's place.
        guard id == lookup else { return [] }
        lookup = nil
        guard case .targets(let targets) = answer else { return searchFailed() }
        switch state {
        case .preparing(let preparing): return targetsFound(targets, preparing)
        case .monitoring(let monitoring): return targetsFound(targets, monitoring)
        case .reattaching(let reattaching): return targetsFound(targets, reattaching)
        case .seeking(let seeking): return targetsFound(targets, seeking)
        case .waiting(let waiting): return targetsFound(targets, waiting)
        case .created, .attaching, .explaining, .releasing, .ended:
            return []  // The session has ended while Asterisk was looking.
        }
    }

    /// Targets could not be looked for. In doubt nobody hears; who hears somebody already stays there.
    private mutating func searchFailed() -> [SessionCommand] {
        switch state {
        case .preparing, .seeking: return refuse(.asteriskRefused)
        case .reattaching(let reattaching): return lookLater(reattaching)
        // The call that it was about may be the one that he waits for.
        case .waiting(let waiting):
            guard case .findingExtension = waiting.step else { return waitOn(waiting) + lookLater() }
            return refuseExtension(.asteriskRefused, waiting) + lookLater()
        case .monitoring(let monitoring): return stay(.asteriskRefused, monitoring)
        case .created, .attaching, .explaining, .releasing, .ended: return []
        }
    }

    private mutating func targetsFound(
        _ targets: TargetLookup,
        _ preparing: SessionState.Preparing
    ) -> [SessionCommand] {
        guard let settings = preparing.settings else { return [] }  // Targets are looked for after that.
        var permit = SessionState.Permit(settings: settings, target: preparing.code.target, mode: preparing.code.mode)
        if let target = preparing.mark?.target {
            switch decideAgain(permit, targets, on: target) {
            case .allowed(let target): return attach(to: target, permit)
            case .denied(.nobodyTalking) where permit.endsWithTarget: return release(.targetHungUp)
            // The call has ended while nobody served the session, which goes on without it.
            case .denied(.nobodyTalking): permit.endedTargets.insert(target)
            case .denied(let refusal): return refuse(refusal)
            }
        }
        return switch decide(permit, targets) {
        case .allowed(let target): attach(to: target, permit)
        case .denied(.nobodyTalking) where !settings.params.stopsWhenNoChannelIsLeft: wait(permit)
        case .denied(let refusal): refuse(refusal)
        }
    }

    /// Asks the policy.
    func decide(
        _ permit: SessionState.Permit,
        _ targets: TargetLookup,
        after current: ChannelID? = nil
    ) -> MonitoringDecision {
        MonitoringPolicy.decide(monitoringRequest(permit, targets.without(permit.endedTargets)), after: current)
    }

    /// Asks the policy whether the supervisor may still be in a call in which they are already, also while the target is
    /// alone in a bridge.
    func decideAgain(
        _ permit: SessionState.Permit,
        _ targets: TargetLookup,
        on target: ChannelID
    ) -> MonitoringDecision {
        var permit = permit
        permit.settings.params.onlyBridged = false
        return decide(permit, targets.only(target))
    }

    private func monitoringRequest(_ permit: SessionState.Permit, _ targets: TargetLookup) -> MonitoringRequest {
        MonitoringRequest(
            supervisor: supervisor.endpoint,
            code: permit.code,
            settings: permit.settings,
            targetEndpoints: endpoints(of: permit.target),
            lookup: targets,
            limits: configuration.limits
        )
    }

    // MARK: - The supervisor can hear

    mutating func supervisorAnswered(_ answer: SessionAnswer) -> [SessionCommand] {
        switch answer.failure {
        case nil:
            return supervisorAudible()
        case .gone:
            return supervisorLeft()
        case .refused, .unknown:
            // Without an answered channel no prompt can be heard: the dialplan gets the reason.
            guard isSupervisorHere else { return [] }
            switch state {
            case .explaining(let explaining): return release(explaining.end)
            case .created, .preparing, .attaching, .reattaching, .seeking, .waiting:
                return [.report(.refused(.asteriskRefused))] + release(.refused(.asteriskRefused))
            case .monitoring, .releasing, .ended:
                return []  // He is in the call, for which he was answered, or on his way out.
            }
        }
    }

    mutating func supervisorAudible() -> [SessionCommand] {
        isAudible = true
        defer { unsaid = nil }
        guard let unsaid, isWaiting else { return proceed() }
        return [play(unsaid)]
    }
}

extension TargetLookup {
    fileprivate func without(_ ended: Set<ChannelID>) -> TargetLookup {
        switch self {
        case .unknownExtension, .tooManyChannels: self
        case .channels(let channels): .channels(channels.filter { !ended.contains($0.id) })
        }
    }

    fileprivate func only(_ channel: ChannelID) -> TargetLookup {
        switch self {
        case .unknownExtension, .tooManyChannels: self
        case .channels(let channels): .channels(channels.filter { $0.id == channel })
        }
    }
}

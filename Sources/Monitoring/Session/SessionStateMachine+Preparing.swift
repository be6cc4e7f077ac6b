extension SessionStateMachine {
    // MARK: - Arrival

    mutating func supervisorArrived(_ refusal: Refusal?) -> [SessionCommand] {
        // A second StasisStart of the same channel is no second call.
        guard case .created = state else { return [] }
        if let refusal { return [request(.answerSupervisor)] + refuse(refusal) }
        do throws(FeatureCodeError) {
            let code = try configuration.prefixes.parse(supervisor.dialled)
            state = .preparing(SessionState.Preparing(code: code))
            return [request(.readSettings), look(for: code.target)]
        } catch {
            return [request(.answerSupervisor)] + refuse(.badCode)
        }
    }

    mutating func settingsAnswered(_ answer: SessionAnswer) -> [SessionCommand] {
        // The supervisor's own channel is gone: StasisEnd is on its way, or was lost with the connection.
        if answer == .failed(.gone) { return supervisorLeft() }
        guard case .preparing(var preparing) = state else { return [] }  // Refused or ended meanwhile.
        guard case .settings(let settings) = answer else {
            return [request(.answerSupervisor)] + refuse(.asteriskRefused)
        }
        preparing.settings = settings
        state = .preparing(preparing)
        // Only now it is known whether he is to be answered at all.
        let answer = request(settings.params.staysUnanswered ? .startEarlyMedia : .answerSupervisor)
        var commands = [answer] + settings.warnings.map { .report(.warning($0)) }
        if settings.params.volume != .unchanged {
            volume = settings.params.volume
            commands += setVolume()
        }
        return commands + decideIfReady()
    }

    // MARK: - Targets

    mutating func targetsAnswered(_ id: CommandID, _ answer: SessionAnswer) -> [SessionCommand] {
        // A later search has taken this one's place.
        guard id == lookup else { return [] }
        lookup = nil
        guard case .targets(let targets) = answer else { return searchFailed() }
        switch state {
        case .preparing(var preparing):
            preparing.lookup = targets
            state = .preparing(preparing)
            return decideIfReady()
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
        case .preparing(let preparing):
            let answer = preparing.settings == nil ? [request(.answerSupervisor)] : []
            return answer + refuse(.asteriskRefused)
        case .reattaching, .seeking: return refuse(.asteriskRefused)
        // The call that it was about may be the one that he waits for.
        case .waiting(let waiting):
            guard case .findingExtension = waiting.step else { return waitOn(waiting) + lookLater() }
            return refuseExtension(.asteriskRefused, waiting) + lookLater()
        case .monitoring(let monitoring): return stay(.asteriskRefused, monitoring)
        case .created, .attaching, .explaining, .releasing, .ended: return []
        }
    }

    private mutating func decideIfReady() -> [SessionCommand] {
        guard case .preparing(let preparing) = state, let settings = preparing.settings,
            let targets = preparing.lookup
        else { return [] }
        let permit = SessionState.Permit(settings: settings, target: preparing.code.target, mode: preparing.code.mode)
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
        MonitoringPolicy.decide(
            MonitoringRequest(
                supervisor: supervisor.endpoint,
                code: permit.code,
                settings: permit.settings,
                targetEndpoints: endpoints(of: permit.target),
                lookup: targets.without(permit.endedTargets)
            ),
            after: current
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
        case .unknownExtension: self
        case .channels(let channels): .channels(channels.filter { !ended.contains($0.id) })
        }
    }
}

/// What a supervisor was allowed, and what has become of it: known from the first decision on.
struct Permit: Hashable, Sendable {
    private(set) var settings: SupervisorSettings
    /// Whose calls. Keys can change it.
    var target: Extension
    /// As dialled, or as chosen by a key since.
    var mode: MonitoringMode
    /// Channels that were monitored and ended: Asterisk may list them a moment longer.
    var endedTargets: Set<ChannelID> = []
    /// When the supervisor was in a call for the first time, since the start of the service; nil before.
    var startedAt: Duration?

    var hasMonitored: Bool { startedAt != nil }

    /// A monitored channel's end is the session's: by `E`; and in a barged call whatever `SPY_PARAMS` says.
    var endsWithTarget: Bool { settings.params.exitsWhenTargetHangsUp || mode == .barge }

    var code: FeatureCode { FeatureCode(mode: mode, target: target) }

    /// What newer settings allow counts from now on.
    mutating func takeRights(of newer: SupervisorSettings) { settings.takeRights(of: newer) }

    func with(mode: MonitoringMode) -> Permit {
        var permit = self
        permit.mode = mode
        return permit
    }

    /// In the highest mode that is permitted, if the present one is above it.
    var withinPermission: Permit {
        guard case .upTo(let highest) = settings.permission else { return self }
        return with(mode: min(mode, highest))
    }

    func with(target: Extension) -> Permit {
        var permit = self
        permit.target = target
        return permit
    }
}

/// Asks the policy about one supervisor.
struct PermitDecision: Hashable, Sendable {
    let supervisor: Supervisor
    var configuration: SessionConfiguration

    /// What the policy says before Asterisk has been asked about the target; nil for nothing.
    func refusal(_ permit: Permit) -> Refusal? {
        MonitoringPolicy.refusal(beforeLookup: request(permit, .unknownExtension))
    }

    /// Which of the found channels the supervisor may monitor.
    ///
    /// - Parameter current: the channel that they monitor; nil for none.
    func decide(
        _ permit: Permit,
        _ targets: TargetLookup,
        after current: ChannelID? = nil
    ) -> MonitoringDecision {
        MonitoringPolicy.decide(
            request(permit, targets.filter { !permit.endedTargets.contains($0.id) }),
            after: current
        )
    }

    /// Whether the supervisor may still be in a call in which they are already, also while the target is alone in a bridge.
    func decideAgain(_ permit: Permit, _ targets: TargetLookup, on target: ChannelID) -> MonitoringDecision {
        var settings = permit.settings
        settings.params.onlyBridged = false
        var request = request(permit, targets.filter { $0.id == target && !permit.endedTargets.contains($0.id) })
        request.settings = settings
        return MonitoringPolicy.decide(request)
    }

    private func request(_ permit: Permit, _ targets: TargetLookup) -> MonitoringRequest {
        MonitoringRequest(
            supervisor: supervisor.endpoint,
            code: permit.code,
            settings: permit.settings,
            targetEndpoints: configuration.endpoints.endpoints(of: permit.target),
            lookup: targets,
            limits: configuration.limits
        )
    }
}

extension TargetLookup {
    fileprivate func filter(_ isIncluded: (TargetChannel) -> Bool) -> TargetLookup {
        switch self {
        case .unknownExtension, .tooManyChannels: self
        case .channels(let channels): .channels(channels.filter(isIncluded))
        }
    }
}

/// Who asks for what: everything that the decision needs, and nothing else.
package struct MonitoringRequest: Hashable, Sendable {
    /// The endpoint of the supervisor's channel; never the caller ID, which a phone can choose. Nil when the channel's
    /// name has no endpoint in it.
    package var supervisor: EndpointName?
    package var code: FeatureCode
    package var settings: SupervisorSettings
    /// The endpoints that the extension in the code has or could have.
    package var targetEndpoints: [EndpointName]
    package var lookup: TargetLookup
    /// Whom nobody may monitor.
    package var limits: TargetLimits

    package init(
        supervisor: EndpointName?,
        code: FeatureCode,
        settings: SupervisorSettings,
        targetEndpoints: [EndpointName],
        lookup: TargetLookup,
        limits: TargetLimits = .standard
    ) {
        self.supervisor = supervisor
        self.code = code
        self.settings = settings
        self.targetEndpoints = targetEndpoints
        self.lookup = lookup
        self.limits = limits
    }
}

/// Yes, with the channel to monitor; or no, with exactly one reason.
package enum MonitoringDecision: Hashable, Sendable {
    case allowed(TargetChannel)
    case denied(Refusal)
}

/// The one place that decides who may monitor whom.
package enum MonitoringPolicy {
    /// Decides a request. The reasons stand in this order: what the supervisor may do comes first, so that somebody
    /// without rights learns nothing about extensions and calls.
    ///
    /// - Parameter current: the channel that the supervisor is to leave for the extension's next one; nil for the best.
    package static func decide(_ request: MonitoringRequest, after current: ChannelID? = nil) -> MonitoringDecision {
        if let refusal = refusal(beforeLookup: request) { return .denied(refusal) }
        switch request.lookup {
        case .unknownExtension:
            return .denied(.unknownExtension)
        case .tooManyChannels:
            return .denied(.notAnAgent)
        case .channels(let channels):
            return choose(from: channels, for: request, after: current)
        }
    }

    /// What can be refused before anything is known about the extension: the lookup is not looked at. Whoever may not
    /// monitor costs Asterisk no search.
    package static func refusal(beforeLookup request: MonitoringRequest) -> Refusal? {
        if request.settings.isTransferred { return .transferred }
        if !request.settings.isKnown { return .storageUnavailable }
        guard let supervisor = request.supervisor, request.settings.permission != .none else { return .noPermission }
        if request.settings.isDisabled { return .monitoringDisabled }
        if !request.settings.permission.allows(request.code.mode) { return .modeAbovePermission }
        if !request.limits.allow(request.code.target) { return .notAnAgent }
        if request.targetEndpoints.contains(supervisor) { return .ownExtension }
        if !request.targetEndpoints.contains(where: { isAllowed($0, for: request) }) { return .notInGroup }
        if !request.settings.scope.mayCover(request.code.target) { return .notInGroup }
        return nil
    }

    /// `e()`: whether the supervisor may monitor this endpoint.
    private static func isAllowed(_ endpoint: EndpointName, for request: MonitoringRequest) -> Bool {
        guard let allowed = request.settings.params.allowedTargets else { return true }
        return allowed.contains { $0.covers(endpoint, of: request.code.target) }
    }

    private static func choose(
        from channels: [TargetChannel],
        for request: MonitoringRequest,
        after current: ChannelID?
    ) -> MonitoringDecision {
        let params = request.settings.params
        let talking = channels.filter { channel in
            // Whatever was looked for, only this extension's channels count.
            request.targetEndpoints.contains(channel.endpoint)
                && !channel.isSupervising && (channel.isBridged || !params.onlyBridged)
        }
        // One protected channel closes the extension: it is the same user on another device.
        if talking.contains(where: \.isProtected) { return .denied(.targetProtected) }
        let candidates = talking.filter { channel in
            isAllowed(channel.endpoint, for: request)
                && request.settings.scope.covers(request.code.target, in: channel.groups)
                && params.groups?.isDisjoint(with: channel.groups) != true
                && request.limits.groups?.isDisjoint(with: channel.groups) != true
        }
        if candidates.isEmpty { return .denied(talking.isEmpty ? .nobodyTalking : .notInGroup) }
        guard let current else {
            return candidates.max { $1.isBetter(than: $0) }.map { .allowed($0) } ?? .denied(.nobodyTalking)
        }
        // By age, so that who asks for the next one again and again comes to each.
        let others = candidates.filter { $0.id != current }.sorted { $0.isOlder(than: $1) }
        let currentChannel = channels.first { $0.id == current }
        let next = others.first { other in currentChannel.map { $0.isOlder(than: other) } ?? true }
        return (next ?? others.first).map { .allowed($0) } ?? .denied(.nobodyTalking)
    }
}

/// Who asks for what: everything that the decision needs, and nothing else.
package struct MonitoringRequest: Hashable, Sendable {
    /// The endpoint of the supervisor's channel; never his caller ID, which a phone can choose. Nil when the channel's
    /// name has no endpoint in it.
    package var supervisor: EndpointName?
    package var code: FeatureCode
    package var settings: SupervisorSettings
    /// The endpoints that the extension in the code has or could have.
    package var targetEndpoints: [EndpointName]
    package var lookup: TargetLookup

    package init(
        supervisor: EndpointName?,
        code: FeatureCode,
        settings: SupervisorSettings,
        targetEndpoints: [EndpointName],
        lookup: TargetLookup
    ) {
        self.supervisor = supervisor
        self.code = code
        self.settings = settings
        self.targetEndpoints = targetEndpoints
        self.lookup = lookup
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
    package static func decide(_ request: MonitoringRequest) -> MonitoringDecision {
        if let refusal = refusalOfSupervisor(request) { return .denied(refusal) }
        switch request.lookup {
        case .unknownExtension:
            return .denied(.unknownExtension)
        case .channels(let channels):
            return choose(from: channels, for: request)
        }
    }

    private static func refusalOfSupervisor(_ request: MonitoringRequest) -> Refusal? {
        guard let supervisor = request.supervisor, request.settings.permission != .none else { return .noPermission }
        if request.settings.isDisabled { return .monitoringDisabled }
        if !request.settings.permission.allows(request.code.mode) { return .modeAbovePermission }
        if request.targetEndpoints.contains(supervisor) { return .ownExtension }
        return nil
    }

    private static func choose(from channels: [TargetChannel], for request: MonitoringRequest) -> MonitoringDecision {
        let candidates = channels.filter { channel in
            !channel.isSupervising && (channel.isBridged || !request.settings.params.onlyBridged)
        }
        // One protected channel closes the extension: it is the same user on another device.
        if candidates.contains(where: \.isProtected) { return .denied(.targetProtected) }
        guard let best = candidates.max(by: { $1.isBetter(than: $0) }) else { return .denied(.nobodyTalking) }
        return .allowed(best)
    }
}

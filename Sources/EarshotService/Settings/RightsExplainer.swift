package import ARI
package import Monitoring

/// Says whether a supervisor would be allowed to monitor somebody, and by which rule, without anybody having to dial.
package struct RightsExplainer: Sendable {
    private let client: ARIClient
    private let settings: UserSettings
    /// Without the directory.
    private let asteriskSettings: UserSettings
    private let limits: TargetLimits

    package init(client: ARIClient, directory: (any UserDirectory)?, limits: TargetLimits) {
        self.client = client
        self.limits = limits
        settings = UserSettings(client: client, directory: directory)
        asteriskSettings = UserSettings(client: client)
    }

    /// - Parameter endpoints: which endpoints an extension has.
    /// - Throws: `ARIError`, when Asterisk cannot be asked.
    package func explain(
        _ supervisor: Extension,
        _ mode: MonitoringMode,
        _ target: Extension,
        _ endpoints: EndpointBook
    ) async throws -> RightsExplanation {
        let user = try await user(of: endpoints.endpoints(of: supervisor), settings)
        let supervisorSettings = SupervisorSettings(user)
        let targets = endpoints.endpoints(of: target)
        var request = MonitoringRequest(
            supervisor: user.endpoint,
            code: FeatureCode(mode: mode, target: target),
            settings: supervisorSettings,
            targetEndpoints: targets,
            lookup: .unknownExtension,
            limits: limits
        )
        func explanation(_ outcome: RightsExplanation.Outcome) -> RightsExplanation {
            RightsExplanation(
                supervisor: supervisor,
                mode: mode,
                target: target,
                permission: supervisorSettings.permission,
                source: Self.source(of: user),
                outcome: outcome
            )
        }
        if let refusal = MonitoringPolicy.refusal(beforeLookup: request) { return explanation(.denied(refusal)) }
        request.lookup = try await TargetFinder(client: client, settings: settings).find(targets)
        switch MonitoringPolicy.decide(request) {
        case .allowed: return explanation(.allowed(isTalking: true))
        case .denied(.nobodyTalking): break
        case .denied(let refusal): return explanation(.denied(refusal))
        }
        // What it would be if they were in a call.
        request.lookup = .channels([try await ifTalking(targets)])
        switch MonitoringPolicy.decide(request) {
        case .allowed: return explanation(.allowed(isTalking: false))
        case .denied(let refusal): return explanation(.denied(refusal))
        }
    }

    /// What Asterisk's configuration alone gives an extension; nil if it has no endpoint for it that can be asked about.
    ///
    /// - Throws: `ARIError`, when Asterisk cannot be asked.
    package func configuredRights(of owner: Extension, _ endpoints: EndpointBook) async throws -> UserRights? {
        let user = try await user(of: endpoints.endpoints(of: owner), asteriskSettings)
        guard user.ofEndpoint != nil else { return nil }
        let settings = SupervisorSettings(user)
        return UserRights(
            permission: settings.permission,
            isDisabled: settings.isDisabled,
            params: user.settings[.spyParams] ?? SpyParams.standardText,
            groups: Set(user.groups.compactMap(GroupName.init(_:)))
        )
    }

    private func ifTalking(_ endpoints: [EndpointName]) async throws -> TargetChannel {
        let user = try await user(of: endpoints, settings)
        return TargetChannel(
            id: ChannelID(""),
            name: "",
            endpoint: user.endpoint ?? endpoints[0],
            isUp: true,
            isBridged: true,
            isProtected: user.isProtected,
            groups: user.groups,
            createdAt: 0
        )
    }

    /// The user at the first of the endpoints that Asterisk has, or at the first one.
    private func user(of endpoints: [EndpointName], _ settings: UserSettings) async throws -> UserStatements {
        var variables: UserVariables?
        var found = endpoints.first
        for endpoint in endpoints {
            variables = try await settings.variables(of: endpoint)
            if variables != nil {
                found = endpoint
                break
            }
        }
        return try await settings.statements(found, onChannel: [:], ofEndpoint: variables)
    }

    private static func source(of user: UserStatements) -> RightsExplanation.Source {
        if case .rights = user.inDirectory { return .directory }
        return .asterisk(user.endpoint)
    }
}

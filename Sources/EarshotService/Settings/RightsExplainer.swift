package import ARI
package import Monitoring

/// Says whether a supervisor would be allowed to monitor somebody, and by which rule, without anybody having to dial.
package struct RightsExplainer: Sendable {
    private let client: ARIClient
    private let settings: UserSettings
    private let directory: (any UserDirectory)?
    private let limits: TargetLimits

    package init(client: ARIClient, directory: (any UserDirectory)?, limits: TargetLimits) {
        self.client = client
        self.directory = directory
        self.limits = limits
        settings = UserSettings(client: client, directory: directory)
    }

    /// - Parameter endpoints: which endpoints an extension has.
    /// - Throws: `ARIError`, when Asterisk cannot be asked.
    package func explain(
        _ supervisor: Extension,
        _ mode: MonitoringMode,
        _ target: Extension,
        _ endpoints: EndpointBook
    ) async throws -> RightsExplanation {
        let user = try await user(of: endpoints.endpoints(of: supervisor))
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

    /// What Asterisk's configuration alone gives an extension.
    ///
    /// - Throws: `ARIError`, when Asterisk cannot be asked.
    package func configuredRights(of owner: Extension, _ endpoints: EndpointBook) async throws -> UserRights {
        var user = try await user(of: endpoints.endpoints(of: owner))
        user.inDirectory = .nothing
        let settings = SupervisorSettings(user)
        return UserRights(
            permission: settings.permission,
            isDisabled: settings.isDisabled,
            params: user.settings[.spyParams] ?? SpyParams.standardText,
            groups: Set(user.groups.compactMap(GroupName.init(_:)))
        )
    }

    private func ifTalking(_ endpoints: [EndpointName]) async throws -> TargetChannel {
        let user = try await user(of: endpoints)
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
    private func user(of endpoints: [EndpointName]) async throws -> UserStatements {
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

/// Whether a supervisor may monitor somebody, and why.
package struct RightsExplanation: Hashable, Sendable {
    /// Where the supervisor's rights stand.
    package enum Source: Hashable, Sendable {
        case directory
        /// In the endpoint's variables.
        case asterisk(EndpointName?)
    }

    package enum Outcome: Hashable, Sendable {
        /// Now, or as soon as the target is in a call.
        case allowed(isTalking: Bool)
        case denied(Refusal)
    }

    package let supervisor: Extension
    package let mode: MonitoringMode
    package let target: Extension
    package let permission: SpyPermission
    package let source: Source
    package let outcome: Outcome

    package var isAllowed: Bool { if case .allowed = outcome { true } else { false } }

    /// One sentence, in English.
    package var sentence: String {
        let set = "\(supervisor) has \(permission.text), by \(place)"
        return switch outcome {
        case .allowed(true): "Allowed: \(set), and nothing keeps \(target) from being monitored."
        case .allowed(false):
            "Allowed as soon as \(target) is in a call: \(set), and nothing keeps \(target) from being monitored."
        case .denied(let refusal): "Not allowed: \(reason(refusal, set))."
        }
    }

    private var place: String {
        switch source {
        case .directory: "the directory"
        case .asterisk(let endpoint?): "SPY_PERMISSION of \(endpoint) in Asterisk"
        case .asterisk(nil): "Asterisk"
        }
    }

    private func reason(_ refusal: Refusal, _ set: String) -> String {
        switch refusal {
        case .noPermission, .modeAbovePermission: "\(set), and that does not include \(mode.rawValue)"
        case .monitoringDisabled:
            "DISABLE_SPY of \(supervisor) is yes, in the directory or for the endpoint in Asterisk"
        case .targetProtected:
            "DISABLE_SPY is yes, in the directory or in Asterisk, for \(target) or for somebody whom they are talking to"
        case .ownExtension: "\(supervisor) cannot monitor themselves"
        case .unknownExtension: "Asterisk has no endpoint for extension \(target)"
        case .nobodyTalking: "\(target) is not in a call"
        case .notInGroup: "\(target) is not among those whom \(supervisor) may monitor"
        case .notAnAgent: "\(target) is outside targets.extensions, or has more channels than one person"
        case .storageUnavailable: "the directory cannot be read, so nobody is allowed anything"
        case .transferred, .tooManySessions, .badCode, .noCapacity, .endedByAdministrator, .asteriskRefused:
            refusal.word
        }
    }
}

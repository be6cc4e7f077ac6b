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

    package init(
        supervisor: Extension,
        mode: MonitoringMode,
        target: Extension,
        permission: SpyPermission,
        source: Source,
        outcome: Outcome
    ) {
        self.supervisor = supervisor
        self.mode = mode
        self.target = target
        self.permission = permission
        self.source = source
        self.outcome = outcome
    }

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
        case .transferred, .tooManySessions, .badCode, .noCapacity, .asteriskOverloaded, .endedByAdministrator,
            .asteriskRefused:
            refusal.word
        }
    }
}

/// What is written into the record before a supervisor hears somebody, or hears them in another way.
package struct RecordLine: Hashable, Sendable {
    package enum Occasion: Hashable, Sendable {
        /// Their first call in this session.
        case started
        /// Another run of the service has taken the session over.
        case resumed
        case modeChanged
        case targetChanged
        /// The target talks to somebody else.
        case partnerChanged
    }

    package let occasion: Occasion
    package let mode: MonitoringMode
    /// Whose call it is.
    package let `extension`: Extension
    package let target: TargetChannel
    /// Who is heard beside the target.
    package let partners: Set<NamedParty>
    /// The supervisor's extension; nil if nobody knows one for their endpoint.
    package let supervisor: Extension?

    package init(
        occasion: Occasion,
        mode: MonitoringMode,
        extension: Extension,
        target: TargetChannel,
        partners: Set<NamedParty> = [],
        supervisor: Extension?
    ) {
        self.occasion = occasion
        self.mode = mode
        self.`extension` = `extension`
        self.target = target
        self.partners = partners
        self.supervisor = supervisor
    }
}

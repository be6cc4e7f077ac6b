/// One thing that happened in a session: what log, live view, record and metrics are made of.
package struct SessionFact: Hashable, Sendable {
    package let session: SessionID
    /// Who monitors, and on which Asterisk.
    package let supervisor: Supervisor
    /// Their extension; nil if nobody knows one for their endpoint.
    package let supervisorExtension: Extension?
    /// Whose calls they asked for last; nil when they dialled no extension.
    package let targetExtension: Extension?
    /// Whom; nil while there is nobody.
    package let target: TargetChannel?
    /// Nil before the supervisor has been in a call.
    package let mode: MonitoringMode?
    /// What ``mode`` was before this.
    package let modeBefore: MonitoringMode?
    /// Whether the session has waited for a call, now or before.
    package let hasWaited: Bool
    package let change: SessionReport
    /// When, since the start of the service.
    package let time: Duration
    /// When the supervisor's channel came to us.
    package let arrivedAt: Duration
    /// When the supervisor was in a call for the first time.
    package let startedAt: Duration?
}

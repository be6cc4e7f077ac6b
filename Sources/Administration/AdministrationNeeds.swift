package import Directory
package import Monitoring
package import MonitoringRecord

/// Who is monitoring whom at this moment.
package protocol LiveSessions: Sendable {
    func sessions() async -> [LiveSession]

    /// Tells that something has changed, until the task is cancelled: the first time at once.
    func changes() async -> AsyncStream<Void>

    /// Ends a session; the supervisor hears why.
    ///
    /// - Returns: whether it was still there.
    func end(_ session: SessionID, by account: AccountName) async -> Bool
}

/// A session that runs.
package struct LiveSession: Hashable, Sendable {
    package let id: SessionID
    /// The supervisor's extension, or the name of their endpoint.
    package let supervisor: String
    package let target: Extension?
    /// Nil while the supervisor hears nobody: they are waiting for a call, or on their way into one.
    package let mode: MonitoringMode?
    /// Milliseconds since 1970.
    package let since: Int64

    package init(id: SessionID, supervisor: String, target: Extension?, mode: MonitoringMode?, since: Int64) {
        self.id = id
        self.supervisor = supervisor
        self.target = target
        self.mode = mode
        self.since = since
    }
}

/// What Asterisk is asked for a page.
package protocol AsteriskView: Sendable {
    /// The extensions of the endpoints that Asterisk knows.
    ///
    /// - Throws: when Asterisk cannot be asked.
    func extensions() async throws -> [Extension]

    /// Whether it can be asked.
    func answers() async -> Bool

    /// What Asterisk's configuration alone would give these extensions; without those of whom it has no endpoint.
    func rights(of extensions: [Extension]) async throws -> [Extension: UserRights]

    /// Whether a supervisor may monitor somebody, and by which rule.
    func explain(
        _ supervisor: Extension,
        _ mode: MonitoringMode,
        _ target: Extension
    ) async throws -> RightsExplanation
}

/// The record, as pages read it, and what they write into it.
package protocol RecordView: RecordReader {
    func signedIn(_ account: AccountName, from address: String) async throws
    func signInRefused(_ name: String, from address: String) async
    func signedOut(_ account: AccountName, from address: String) async
}

/// What operations see of the service.
package protocol OperationsView: Sendable {
    /// The type of ``metrics()``, for a header.
    var metricsType: String { get }

    /// All metrics as they are now, as a text.
    func metrics() async -> String

    /// Whether the service does anything at all.
    func isLive() async -> Bool

    /// What keeps supervisors from being served, in a sentence each; nothing when they are.
    func obstacles() async -> [String]
}

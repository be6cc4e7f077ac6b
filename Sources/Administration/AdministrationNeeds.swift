package import Directory
package import Monitoring

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

    /// What Asterisk's configuration alone would give an extension.
    func rights(of extension: Extension) async throws -> UserRights

    /// Whether a supervisor may monitor somebody, and by which rule.
    func explain(_ supervisor: Extension, _ mode: MonitoringMode, _ target: Extension) async throws -> MonitoringVerdict
}

/// The answer to "may they?".
package enum MonitoringVerdict: Hashable, Sendable {
    /// Now, or as soon as the target is in a call.
    case allowed(isTalking: Bool)
    case denied(Refusal)
}

/// The record, as pages show it.
package protocol RecordView: Sendable {
    /// The newest first.
    func lines(_ query: RecordViewQuery) async throws -> [RecordViewLine]

    /// A piece of what the query finds, as CSV without headings.
    ///
    /// - Returns: also the last entry in it, before which the next piece begins; nil after the last piece.
    func csv(_ query: RecordViewQuery) async throws -> (text: String, last: Int?)

    /// The headings of the CSV.
    var csvHeadings: String { get }

    func signedIn(_ account: AccountName, from address: String) async throws
    func signInRefused(_ name: String, from address: String) async
    func signedOut(_ account: AccountName, from address: String) async
}

package struct RecordViewQuery: Hashable, Sendable {
    package var supervisor: String?
    package var target: String?
    package var event: String?
    package var result: String?
    /// Milliseconds since 1970: not before, and before.
    package var from: Int64?
    package var until: Int64?
    /// Older than this entry.
    package var before: Int?
    /// Only what tells that somebody was heard.
    package var isHearing = false
    package var limit = 50

    package init() {}
}

package struct RecordViewLine: Hashable, Sendable {
    package let sequence: Int
    /// Milliseconds since 1970.
    package let time: Int64
    /// The word of the event.
    package let event: String
    /// The words of the fields, with their values.
    package let fields: [String: String]

    package init(sequence: Int, time: Int64, event: String, fields: [String: String]) {
        self.sequence = sequence
        self.time = time
        self.event = event
        self.fields = fields
    }
}

package import Monitoring

/// Keeps the record of who heard whom.
package protocol RecordKeeper: Sendable {
    /// Returns when nothing can take the line back.
    ///
    /// - Throws: ``RecordUnavailable``.
    func write(_ line: RecordLine, of session: SessionID, by supervisor: Supervisor) async throws
}

/// A line could not be written, and so nobody may hear anybody.
package struct RecordUnavailable: Error {
    /// What happened, and what to do.
    package let reason: String

    package init(reason: String) { self.reason = reason }
}

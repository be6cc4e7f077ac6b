package import Monitoring

/// What somebody other than the supervisor may do to a session that runs.
package struct SessionControl: Sendable {
    /// The sessions that are to end.
    let endings: AsyncStream<SessionID>
    private let continuation: AsyncStream<SessionID>.Continuation

    package init() {
        (endings, continuation) = AsyncStream.makeStream()
    }

    /// Ends a session; the supervisor hears that an administrator has done it.
    package func end(_ session: SessionID) { continuation.yield(session) }
}

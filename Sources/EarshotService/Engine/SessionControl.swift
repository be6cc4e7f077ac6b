package import Monitoring

/// What somebody other than the supervisor may do to sessions that run.
package struct SessionControl: Sendable {
    /// The sessions that are to end.
    let endings: AsyncStream<SessionID>
    private let ending: AsyncStream<SessionID>.Continuation
    /// All sessions are to be left to the next run.
    let handOvers: AsyncStream<Void>
    private let handingOver: AsyncStream<Void>.Continuation

    package init() {
        (endings, ending) = AsyncStream.makeStream()
        (handOvers, handingOver) = AsyncStream.makeStream()
    }

    /// Ends a session; the supervisor hears that an administrator has done it.
    package func end(_ session: SessionID) { ending.yield(session) }

    /// Ends the service at once and leaves every session as it is, whatever the configuration says of stopping: the next run takes them over.
    package func handOver() { handingOver.yield() }
}

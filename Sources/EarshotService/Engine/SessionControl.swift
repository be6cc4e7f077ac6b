package import Monitoring

/// What somebody other than the supervisor may do to sessions that run.
package struct SessionControl: Sendable {
    /// The sessions that are to end.
    let endings: AsyncStream<SessionID>
    private let ending: AsyncStream<SessionID>.Continuation
    /// All sessions are to be left to the next run.
    let handOvers: AsyncStream<Void>
    private let handingOver: AsyncStream<Void>.Continuation

    /// How many sessions may wait to be ended, if the engine does not get round to it. One more goes on, and is shown: who wants it ended
    /// asks again.
    private static let mostEndings = 1000

    package init() {
        (endings, ending) = AsyncStream.makeStream(
            of: SessionID.self,
            bufferingPolicy: .bufferingOldest(Self.mostEndings)
        )
        (handOvers, handingOver) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// Ends a session; the supervisor hears that an administrator has done it.
    package func end(_ session: SessionID) { ending.yield(session) }

    /// Ends the service at once and leaves every session as it is, whatever the configuration says of stopping: the next run takes them over.
    package func handOver() { handingOver.yield() }
}

package import Monitoring

/// Somebody who needs to know what happens in sessions: the log, a live view, a record.
package protocol FactSubscriber: Sendable {
    /// What stands for it in the log.
    var name: String { get }

    /// Takes each fact as it comes, until there are no more. What it does with one holds nobody up but itself.
    func receive(_ facts: AsyncStream<SessionFact>) async
}

/// Hands every fact to every subscriber, each by a queue of its own.
///
/// A queue holds ``limit`` facts. A subscriber that falls further behind misses facts, which the feed tells.
struct FactFeed: Sendable {
    static let limit = 1000

    private let queues: [(name: String, queue: AsyncStream<SessionFact>.Continuation)]

    /// - Returns: the feed, and what each subscriber is to receive, in the same order.
    static func make(for subscribers: [any FactSubscriber]) -> (FactFeed, [AsyncStream<SessionFact>]) {
        let pairs = subscribers.map { subscriber in
            let (stream, queue) = AsyncStream.makeStream(
                of: SessionFact.self,
                bufferingPolicy: .bufferingOldest(limit)
            )
            return (stream: stream, entry: (name: subscriber.name, queue: queue))
        }
        return (FactFeed(queues: pairs.map(\.entry)), pairs.map(\.stream))
    }

    /// - Returns: the names of those who miss this fact, because they are too far behind.
    func publish(_ fact: SessionFact) -> [String] {
        queues.compactMap { name, queue in
            if case .dropped = queue.yield(fact) { name } else { nil }
        }
    }

    /// There will be no more facts.
    func finish() {
        for (_, queue) in queues { queue.finish() }
    }
}

package import Monitoring

/// How a service that runs is at a moment.
package struct ServiceStatus: Hashable, Sendable {
    package let sessions: SessionCounts
    /// The Asterisks of which no events come.
    package let disconnected: [NodeID]

    package init(sessions: SessionCounts, disconnected: [NodeID]) {
        self.sessions = sessions
        self.disconnected = disconnected
    }

    /// Events come from every Asterisk.
    package var isConnected: Bool { disconnected.isEmpty }
}

/// By which others ask a service how it is. Who asks never waits longer than they want to, whatever the service does.
package struct ServiceProbe: Sendable {
    /// Where an answer goes.
    typealias Answer = AsyncStream<ServiceStatus>.Continuation

    /// Those who are waiting for an answer.
    let questions: AsyncStream<Answer>
    private let continuation: AsyncStream<Answer>.Continuation

    /// How many questions are kept while nobody answers: whoever has asked earlier waits no more.
    private static let mostQuestions = 16

    package init() {
        (questions, continuation) = AsyncStream.makeStream(
            of: Answer.self,
            bufferingPolicy: .bufferingNewest(Self.mostQuestions)
        )
    }

    /// Asks the engine.
    ///
    /// - Returns: nil if it does not answer within the time, and while the service does not run.
    package func status(within limit: Duration, _ clock: some Clock<Duration>) async -> ServiceStatus? {
        let (answers, answer) = AsyncStream.makeStream(of: ServiceStatus.self)
        continuation.yield(answer)
        return await withTaskGroup(of: ServiceStatus?.self) { group in
            group.addTask {
                for await status in answers { return status }
                return nil
            }
            group.addTask {
                // Throws when there is an answer, and the group cancelled.
                try? await clock.sleep(for: limit)
                return nil
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
    }
}

/// By which others ask the service how it is. The engine itself answers, between two events: who gets no answer knows that it is stuck.
package struct ServiceInquiry: Sendable {
    /// Where the answers go, one for each question.
    let questions: AsyncStream<AsyncStream<ServiceCondition>.Continuation>
    private let continuation: AsyncStream<AsyncStream<ServiceCondition>.Continuation>.Continuation

    package init() {
        (questions, continuation) = AsyncStream.makeStream()
    }

    /// Asks, and waits for the answer for as long as it takes.
    ///
    /// - Returns: nil when the service has ended, or the task was cancelled.
    package func condition() async -> ServiceCondition? {
        let (answers, answer) = AsyncStream.makeStream(of: ServiceCondition.self)
        if case .terminated = continuation.yield(answer) { return nil }
        for await condition in answers { return condition }
        return nil
    }
}

/// How the service is at a moment.
package struct ServiceCondition: Sendable, Hashable {
    /// Events come from every Asterisk.
    package var isConnected: Bool
    package var sessions: Int

    package init(isConnected: Bool, sessions: Int) {
        self.isConnected = isConnected
        self.sessions = sessions
    }
}

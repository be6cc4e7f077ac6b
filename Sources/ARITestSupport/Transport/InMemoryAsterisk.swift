package import ARI

/// An `AsteriskWorld` behind ARI's transport: requests are answered, events flow, and a test decides what goes wrong.
///
/// Without a fault, a request's events are on their way before its answer, which is what a real Asterisk often does.
/// Answers and events can be held to bring about the other orders; nothing here depends on time.
package actor InMemoryAsterisk: ARITransport {
    /// A request and what it was answered.
    package struct Exchange: Sendable, Equatable {
        /// The request.
        package var request: ARIHTTPRequest
        /// The answer's status; nil if there is no answer (yet).
        package var status: Int?
    }

    struct Connection {
        var id: Int
        var application: String
        var feed: AsyncThrowingStream<[[UInt8]], any Error>.Continuation
        /// The number of user events that are refused before Asterisk registers the application; nil for ever.
        var refusals: Int?
        var isRegistered = false
    }

    var world: AsteriskWorld
    var connections: [Connection] = []
    var faults: [RequestFault] = []
    var connectionFaults: [ConnectionFault] = []
    var heldEvents: [AsteriskWorld.Message]?
    var held: [Int] = []
    private var conditions: [Int: @Sendable (AsteriskWorld, [Exchange]) -> Bool] = [:]
    private let room = WaitingRoom()

    /// Every request since the beginning, in the order of arrival.
    package private(set) var exchanges: [Exchange] = []
    /// Every event that was delivered, in order.
    package internal(set) var delivered: [AsteriskWorld.Message] = []
    /// The number of WebSockets that were asked for.
    package internal(set) var connectionAttempts = 0

    /// Puts a world behind the transport.
    package init(_ world: AsteriskWorld = AsteriskWorld()) {
        self.world = world
    }

    // MARK: - The world

    /// The world as it is.
    package var current: AsteriskWorld { world }

    /// Changes the world: somebody dials, hangs up, presses a key. The events go out.
    @discardableResult
    package func change<Result: Sendable>(
        _ body: @Sendable (inout AsteriskWorld) throws -> Result
    ) rethrows -> Result {
        defer { flush() }
        return try body(&world)
    }

    /// Waits until the world is as the condition wants it. The condition is looked at after each change.
    package func until(_ condition: @escaping @Sendable (AsteriskWorld) -> Bool) async throws {
        try await until { world, _ in condition(world) }
    }

    /// Waits until an operation has been asked for so many times since the beginning.
    package func untilAsked(_ operation: String, times: Int = 1) async throws {
        try await until { _, exchanges in
            exchanges.count { $0.request.operation == operation } >= times
        }
    }

    /// Waits until the world and the requests so far are as the condition wants them.
    package func until(_ condition: @escaping @Sendable (AsteriskWorld, [Exchange]) -> Bool) async throws {
        if condition(world, exchanges) { return }
        let id = room.enter()
        conditions[id] = condition
        defer { conditions[id] = nil }
        try await room.wait(id)
    }

    func wakeWaiters() {
        for (id, condition) in conditions where condition(world, exchanges) {
            conditions[id] = nil
            room.admit(id)
        }
    }

    // MARK: - Requests

    package func send(_ request: ARIHTTPRequest) async throws -> ARIHTTPResponse {
        try Task.checkCancellation()
        let index = exchanges.count
        exchanges.append(Exchange(request: request))
        let action = takeFault(for: request)
        wakeWaiters()
        let response: ARIHTTPResponse
        switch action {
        case nil:
            response = perform(request)
        case .answer(let status, let body):
            response = ARIHTTPResponse(status: status, body: Array(body.utf8))
        case .fail(let error):
            throw error
        case .performAndFail(let error):
            _ = perform(request)
            throw error
        case .holdRequest:
            try await hold()
            response = perform(request)
        case .holdAnswer:
            response = perform(request)
            try await hold()
        }
        exchanges[index].status = response.status
        wakeWaiters()
        return response
    }

    private func perform(_ request: ARIHTTPRequest) -> ARIHTTPResponse {
        if request.operation == "events.userEvent" { registerLate() }
        let response = world.handle(request)
        flush()
        return response
    }

    private func takeFault(for request: ARIHTTPRequest) -> RequestFault.Action? {
        for index in faults.indices where faults[index].operation.map({ $0 == request.operation }) ?? true {
            faults[index].countdown -= 1
            if faults[index].countdown == 0 { return faults.remove(at: index).action }
        }
        return nil
    }

    private func hold() async throws {
        let id = room.enter()
        held.append(id)
        wakeWaiters()
        defer { held.removeAll { $0 == id } }
        try await room.wait(id)
    }

    /// Lets everything go on that is held.
    package func release() {
        for id in held { room.admit(id) }
    }

    // MARK: - Events

    package nonisolated func withEventMessages<Result: Sendable>(
        of request: ARIEventsRequest,
        _ body: (AsyncThrowingStream<[[UInt8]], any Error>) async throws -> Result
    ) async throws -> Result {
        let (id, messages) = try await open(request)
        do {
            let result = try await body(messages)
            await close(id)
            return result
        } catch {
            await close(id)
            throw error
        }
    }

    private func open(_ request: ARIEventsRequest) throws -> (Int, AsyncThrowingStream<[[UInt8]], any Error>) {
        try Task.checkCancellation()
        connectionAttempts += 1
        defer { wakeWaiters() }
        let fault = connectionFaults.isEmpty ? nil : connectionFaults.removeFirst()
        if case .refuse(let error) = fault { throw error }
        let (messages, feed) = AsyncThrowingStream<[[UInt8]], any Error>.makeStream()
        let id = connectionAttempts
        connections.append(
            Connection(id: id, application: request.application, feed: feed, refusals: fault.map(\.refusals) ?? 0)
        )
        if connections.last?.refusals == 0 { register(id) }
        return (id, messages)
    }

    private func close(_ id: Int) {
        guard let index = connections.firstIndex(where: { $0.id == id }) else { return }
        let closed = connections.remove(at: index)
        let hasOther = connections.contains { $0.application == closed.application && $0.isRegistered }
        if closed.isRegistered, !hasOther { world.disconnect(closed.application) }
        flush()
    }
}

extension ConnectionFault {
    /// The number of user events that are refused before the application is registered; nil for ever.
    fileprivate var refusals: Int? {
        switch self {
        case .none, .refuse: 0
        case .registerAfter(let refusals): refusals
        case .neverActive: nil
        }
    }
}

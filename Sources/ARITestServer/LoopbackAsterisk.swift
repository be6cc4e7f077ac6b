package import ARI
package import ARITestSupport

/// An `AsteriskWorld` for other processes, which reach it through ``LoopbackServer``.
///
/// A real Asterisk cuts off a WebSocket that takes nothing for 100 ms. This one waits, and counts how long (``longestWait``),
/// without keeping more and more: events wait in a queue of ``mostWaitingEvents``, and while it is full the world stands still.
/// Requests are then answered later, and ``change(_:)`` and ``send(_:to:)`` return later.
package actor LoopbackAsterisk {
    /// How many events may wait for a WebSocket before the world stands still. One step of the world may add some beyond,
    /// and as many again are being written.
    package static let mostWaitingEvents = 5_000

    struct Connection {
        var id: Int
        var application: String
        var waiting: [[UInt8]] = []
        /// Gets an element when there is something to write.
        var news: AsyncStream<Void>.Continuation
    }

    private var world: AsteriskWorld
    private let onRequest: @Sendable (ARIHTTPRequest, AsteriskWorld) -> Void
    private var connections: [Connection] = []

    /// How many WebSockets were opened.
    package private(set) var connectionCount = 0
    /// How many requests were answered.
    package private(set) var requestCount = 0
    /// How many events were handed to a WebSocket.
    package private(set) var eventCount = 0
    /// The longest time that a WebSocket took nothing.
    package private(set) var longestWait = Duration.zero

    /// Puts a world behind a server.
    ///
    /// - Parameter onRequest: is told each request that was carried out, and the world as it is then. It must be short, and must
    ///   not keep the world, which would be copied with its next change.
    package init(
        _ world: AsteriskWorld,
        onRequest: @escaping @Sendable (ARIHTTPRequest, AsteriskWorld) -> Void = { _, _ in }
    ) {
        self.world = world
        self.onRequest = onRequest
    }

    // MARK: - The world

    /// Looks at the world without keeping it.
    package func look<Result: Sendable>(_ body: @Sendable (AsteriskWorld) -> Result) -> Result { body(world) }

    /// Changes the world once there is room for more events. They go out.
    ///
    /// - Throws: what `body` throws, and `CancellationError`.
    package func change<Result: Sendable>(
        _ body: @Sendable (inout AsteriskWorld) throws -> Result
    ) async throws -> Result {
        try await waitForRoom()
        defer { flush() }
        return try body(&world)
    }

    /// Sends events that the world knows nothing of, once there is room for more. They are lost if nobody is connected.
    ///
    /// - Throws: `CancellationError`.
    package func send(_ events: [[UInt8]], to application: String = "earshot") async throws {
        try await waitForRoom()
        for event in events { deliver(event, to: application) }
    }

    // MARK: - What the server asks

    /// Carries a request out once there is room for its events.
    func answer(_ request: ARIHTTPRequest) async throws -> ARIHTTPResponse {
        try await waitForRoom()
        let response = world.handle(request)
        requestCount += 1
        flush()
        onRequest(request, world)
        return response
    }

    /// Lets the application's events flow into a new WebSocket; the older one is told that it was replaced.
    ///
    /// - Returns: the connection's number, and when there is something to take.
    func connect(_ application: String) -> (id: Int, news: AsyncStream<Void>) {
        world.connect(application)
        flush()
        let (news, feed) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        connectionCount += 1
        connections.append(Connection(id: connectionCount, application: application, news: feed))
        return (connectionCount, news)
    }

    /// Takes the events that wait for a WebSocket.
    ///
    /// - Parameter time: how long it took to write the ones before.
    func takeEvents(of id: Int, afterWaiting time: Duration) -> [[UInt8]] {
        longestWait = max(longestWait, time)
        guard let index = connections.firstIndex(where: { $0.id == id }) else { return [] }
        defer { connections[index].waiting = [] }
        eventCount += connections[index].waiting.count
        return connections[index].waiting
    }

    func disconnect(_ id: Int) {
        guard let index = connections.firstIndex(where: { $0.id == id }) else { return }
        let closed = connections.remove(at: index)
        closed.news.finish()
        if !connections.contains(where: { $0.application == closed.application }) {
            world.disconnect(closed.application)
        }
        flush()
    }

    // MARK: - The queue

    private func waitForRoom() async throws {
        while connections.contains(where: { $0.waiting.count >= Self.mostWaitingEvents }) {
            try await Task.sleep(for: .milliseconds(1))
        }
    }

    private func flush() {
        for event in world.takeEvents() { deliver(event.bytes, to: event.application) }
    }

    private func deliver(_ event: [UInt8], to application: String) {
        guard let index = connections.lastIndex(where: { $0.application == application }) else { return }
        connections[index].waiting.append(event)
        if connections[index].waiting.count == 1 { connections[index].news.yield() }
    }
}

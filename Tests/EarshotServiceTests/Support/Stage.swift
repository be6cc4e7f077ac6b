import ARI
import ARITestSupport
import EarshotService
import InMemoryLogging
import Locking
import Logging
import ServiceLifecycleTestKit
import Testing

/// The service, connected to a small Asterisk, in a time that only the test moves.
///
/// All tasks run on one ``OrderedExecutor``: after ``settle()`` everything has happened that can happen by itself.
struct Stage: Sendable {
    let asterisk: InMemoryAsterisk
    let clock: ManualClock
    let logs: LogBook
    private let news: AsyncStream<Void>
    private let executor: OrderedExecutor
    private let shutdown: GracefulShutdownTestTrigger
    private let end = LockedBox<Result<Void, any Error>?>(nil)
    /// Each run of the service, from its start until its stream ends: then it is killed.
    private let lives: AsyncStream<AsyncStream<Never>>.Continuation
    private let life = LockedBox<AsyncStream<Never>.Continuation?>(nil)
    /// One for each run that was killed, when the last of it is gone.
    private let deaths = AsyncStream.makeStream(of: Void.self)

    /// What a test can choose about a stage.
    struct Options: Sendable {
        var configuration = ServiceConfiguration()
        /// Chooses the order in which tasks run; nil for the natural one.
        var seed: UInt64?
        /// Stands between the service and Asterisk.
        var transport: @Sendable (InMemoryAsterisk) -> any ARITransport = { $0 }
        /// Requests without sense that the test brings about itself, by letting one request overtake another.
        var tolerated: @Sendable (AsteriskWorld.Violation) -> Bool = { _ in false }
        /// The users' directory; nil for none.
        var directory: (any UserDirectory)?
        /// What is counted; nil for nothing.
        var metrics: ServiceMetrics?
        /// By which a test asks the service how it is.
        var probe: ServiceProbe?
        /// What is not the service's to remove.
        var leftovers: [String] = []
        /// By which the test ends sessions, or hands them over; nil for nobody.
        var control: SessionControl?
    }

    /// The test expected something that does not come about, however long it waits.
    struct NeverHappens: Error {
        var what: String
        var log: [String]
    }

    /// Starts the service and waits until it is connected, runs the test, stops the service, and looks whether Asterisk
    /// is as it was before.
    static func run(
        _ world: AsteriskWorld = .office(),
        _ options: Options = Options(),
        sourceLocation: SourceLocation = #_sourceLocation,
        _ body: @Sendable (Stage) async throws -> Void
    ) async throws {
        let executor = OrderedExecutor(seed: options.seed)
        try await withTaskExecutorPreference(executor) {
            try await testGracefulShutdown { trigger in
                let (lives, continuation) = AsyncStream.makeStream(of: AsyncStream<Never>.self)
                let stage = Stage(world, executor, trigger, continuation)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { await stage.play(lives, options) }
                    stage.start()
                    defer { group.cancelAll() }
                    await executor.settle()
                    try await body(stage)
                    try await stage.stop()
                }
                await stage.expectTidy(options, sourceLocation)
            }
        }
    }

    private init(
        _ world: AsteriskWorld,
        _ executor: OrderedExecutor,
        _ shutdown: GracefulShutdownTestTrigger,
        _ lives: AsyncStream<AsyncStream<Never>>.Continuation
    ) {
        self.lives = lives
        asterisk = InMemoryAsterisk(world)
        clock = ManualClock()
        let (news, feed) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        self.news = news
        logs = LogBook(news: feed)
        self.executor = executor
        self.shutdown = shutdown
    }

    private func service(_ options: Options, run: Int) -> MonitoringService {
        let logger = Logger(label: "test") { [logs] _ in logs }
        let client = ARIClient(transport: options.transport(asterisk))
        return MonitoringService(
            configuration: options.configuration,
            nodes: [
                AsteriskNode(
                    configuration: options.configuration,
                    client: client,
                    connection: ARIEventConnection(
                        client: client,
                        application: options.configuration.application,
                        // Time passes until the next deadline here; a look at the connection is none to stop at.
                        policy: ReconnectPolicy(jitter: 0, lookInterval: .seconds(1_000_000)),
                        clock: clock,
                        random: { 7 },
                        logger: logger
                    ),
                    directory: options.directory,
                    start: Int64(clock.now.offset / .milliseconds(1))
                )
            ],
            directory: options.directory,
            control: options.control,
            probe: options.probe,
            metrics: options.metrics,
            instance: "i\(run)",
            clock: clock,
            logger: logger
        )
    }

    private func play(_ lives: AsyncStream<AsyncStream<Never>>, _ options: Options) async {
        var run = 0
        for await life in lives {
            run += 1
            guard let outcome = await outcome(of: service(options, run: run), unlessEnded: life) else {
                deaths.continuation.yield()
                continue
            }
            end.withLock { $0 = outcome }
            break
        }
        logs.finish()
    }

    /// - Returns: nil if it was killed.
    private func outcome(
        of service: MonitoringService,
        unlessEnded life: AsyncStream<Never>
    ) async -> Result<Void, any Error>? {
        await withTaskGroup(of: Result<Void, any Error>?.self) { group in
            group.addTask {
                do { return .success(try await service.run()) } catch { return .failure(error) }
            }
            group.addTask {
                for await _ in life {}
                return nil
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
    }

    // MARK: - Runs of the service

    /// The service ends as if its process was killed: it does nothing any more. Supervisors, snoops and bridges stay.
    func kill() async {
        life.withLock(\.self)?.finish()
        // ServiceLifecycle ends its part in a task of its own, which our executor does not run.
        for await _ in deaths.stream { break }
        await settle()
    }

    /// Starts the service, the first time or after ``kill()``.
    func start() {
        let (life, continuation) = AsyncStream.makeStream(of: Never.self)
        self.life.withLock { $0 = continuation }
        lives.yield(life)
    }

    // MARK: - Time

    /// How `run()` of the service ended; nil while it runs.
    var outcome: Result<Void, any Error>? { end.withLock(\.self) }

    /// Waits until nothing can happen any more without a phone, Asterisk or the clock.
    func settle() async { await executor.settle() }

    /// Lets happen what can happen, and time pass when nothing else can, until the condition is met.
    ///
    /// - Parameter releases: whether what the test holds is released before time passes.
    func until(
        _ what: String,
        releases: Bool = true,
        _ condition: @Sendable (AsteriskWorld) -> Bool
    ) async throws {
        for _ in 0..<1000 {
            await settle()
            if condition(await asterisk.current) { return }
            if releases, await asterisk.heldRequests > 0 {
                await asterisk.release()
            } else if let next = clock.deadlines.first {
                clock.advance(by: clock.now.duration(to: next))
            } else {
                break
            }
        }
        throw NeverHappens(what: what, log: story)
    }

    /// Waits until the session of the only supervisor so far has ended.
    func untilEnded(sessions: Int = 1) async throws {
        try await until("\(sessions) sessions ended") { _ in lines("session ended").count >= sessions }
    }

    /// Asks the service to stop, and waits until it has begun to.
    func requestStop() async {
        shutdown.triggerGracefulShutdown()
        // ServiceLifecycle passes the word on in a task of its own, which our executor does not run.
        await next { outcome != nil || !lines("stopping").isEmpty }
        await settle()
    }

    /// Asks the service to stop and waits until it has.
    ///
    /// - Parameter releases: whether what the test holds goes on.
    /// - Returns: how long that took.
    @discardableResult
    func stop(releases: Bool = true) async throws -> Duration {
        let start = clock.now
        await requestStop()
        try await until("the service stopped", releases: releases) { _ in outcome != nil }
        return start.duration(to: clock.now)
    }

    /// Waits until the service has ended by itself.
    func untilOutcome() async { await next { outcome != nil } }

    /// Waits for something that is followed by a log line or by the end of the service, without any time passing.
    private func next(_ condition: () -> Bool) async {
        if condition() { return }
        for await _ in news where condition() { return }
    }

    // MARK: - What was logged

    /// The log lines with this message.
    func lines(_ message: String) -> [InMemoryLogHandler.Entry] {
        logs.entries.filter { $0.message.description == message }
    }

    /// Everything that was logged, as text.
    var story: [String] { logs.entries.map(\.text) }
}

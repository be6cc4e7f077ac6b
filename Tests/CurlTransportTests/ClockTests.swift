import Glibc
import Locking
import Testing

@testable import CurlTransport

/// The time that a client's thread tells.
@Suite(.timeLimit(.minutes(1)))
struct ClockTests {
    /// A client that asks nobody anything.
    private func withIdleClient(_ body: (CurlClient) async throws -> Void) async throws {
        try await withClient(try configuration(port: 9), body)
    }

    @Test func `a sleep ends when its time has come, not before, though the thread waits for nothing else`()
        async throws
    {
        try await withIdleClient { client in
            for _ in 1...5 {
                let end = client.clock.now + .milliseconds(3)
                try await client.clock.sleep(until: end)
                #expect(client.clock.now >= end)
            }
        }
    }

    @Test func `a short sleep does not wait for a long one`() async throws {
        try await withIdleClient { client in
            let long = Task { try await client.clock.sleep(for: .seconds(3600)) }
            for _ in 1...5 { try await client.clock.sleep(for: .milliseconds(3)) }
            long.cancel()
            await #expect(throws: CancellationError.self) { try await long.value }
        }
    }

    @Test func `a time that has passed is no sleep`() async throws {
        try await withIdleClient { client in try await client.clock.sleep(until: .now - .seconds(1)) }
    }

    @Test func `whoever runs on the client's thread is woken there`() async throws {
        try await withIdleClient { client in
            try await withTaskExecutorPreference(client.taskExecutor) {
                let thread = pthread_self()
                try await client.clock.sleep(for: .milliseconds(3))
                #expect(pthread_equal(thread, pthread_self()) != 0)
            }
        }
    }

    @Test func `a task that is cancelled before it sleeps does not sleep`() async throws {
        try await withIdleClient { client in
            let task = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                try await client.clock.sleep(for: .seconds(3600))
            }
            await #expect(throws: CancellationError.self) { try await task.value }
        }
    }

    @Test func `a shutdown ends every sleep, and none begins after it`() async throws {
        try await withIdleClient { client in
            func sleep(for time: Duration) -> Task<Void, any Error> {
                Task(executorPreference: client.taskExecutor) { try await client.clock.sleep(for: time) }
            }
            let sleeps = (1...3).map { _ in sleep(for: .seconds(3600)) }
            // On the client's thread they run one after the other: when this one is woken, those before it sleep.
            try await sleep(for: .milliseconds(1)).value
            await client.shutdown()
            for sleep in sleeps { await #expect(throws: CancellationError.self) { try await sleep.value } }
            await #expect(throws: CancellationError.self) { try await client.clock.sleep(for: .seconds(3600)) }
        }
    }

    @Test func `after a standstill, what came in time is done before a time is over`() async throws {
        let (isAsked, isAnswered) = (LockedBox(false), LockedBox(false))
        let order = LockedBox<[String]>([])
        try await withScriptedServer { connection in
            guard connection.read() != nil else { return }
            isAsked.withLock { $0 = true }
            while order.withLock({ $0.isEmpty }) { usleep(1000) }
            connection.respond(body: "ok")
            isAnswered.withLock { $0 = true }
            connection.waitForClose()
        } _: { server in
            try await withClient(try configuration(port: server.port)) { client in
                @Sendable func start(_ body: @escaping @Sendable () async throws -> Void) -> Task<Void, any Error> {
                    Task(executorPreference: client.taskExecutor) { try await body() }
                }
                let answer = start {
                    _ = try await client.send(request())
                    for _ in 1...5 { await Task.yield() }
                    order.withLock { $0.append("answer") }
                }
                while !isAsked.withLock({ $0 }) { await Task.yield() }
                // Both are in the thread's queue when it goes on: the sleep has begun before the thread stands still.
                let both = Task(executorPreference: client.taskExecutor) {
                    let end = client.clock.now + .milliseconds(1)
                    let sleep = start {
                        try await client.clock.sleep(until: end)
                        order.withLock { $0.append("time") }
                    }
                    let standstill = start {
                        order.withLock { $0.append("standstill") }
                        while !isAnswered.withLock({ $0 }) || client.clock.now < end { usleep(1000) }
                    }
                    return [sleep, standstill]
                }
                for task in await both.value + [answer] { try await task.value }
            }
        }
        #expect(order.withLock { $0 } == ["standstill", "answer", "time"])
    }

    @Test func `whoever always has something to do keeps nobody asleep`() async throws {
        try await withIdleClient { client in
            try await withBusyThread(of: client) {
                for _ in 1...5 { try await client.clock.sleep(for: .milliseconds(1)) }
            }
        }
    }

    @Test func `a cancellation, the time and a shutdown at any moment end every sleep once`() async throws {
        for round in 1...20 {
            try await withIdleClient { client in
                let sleeps = (1...50).map { number in
                    Task { try await client.clock.sleep(for: .microseconds(number * 100)) }
                }
                for (number, sleep) in sleeps.enumerated() where number % 3 == round % 3 { sleep.cancel() }
                if round.isMultiple(of: 2) { await client.shutdown() }
                // A sleep that does not end, or ends twice, ends the test.
                for sleep in sleeps { _ = await sleep.result }
            }
        }
    }

    @Test func `those who sleep are woken in the order of their times`() {
        var sleepers = Sleepers<Int>()
        let start = ContinuousClock.now
        for (name, seconds) in [(1, 3), (2, 1), (3, 2), (4, 1)] {
            let id = sleepers.announce()
            let isAsleep = sleepers.add(id, until: start + .seconds(seconds), name)
            #expect(isAsleep)
        }
        #expect(sleepers.earliest == start + .seconds(1))
        #expect(sleepers.takeDue(at: start) == [])
        #expect(sleepers.takeDue(at: start + .seconds(2)) == [2, 4, 3])
        #expect(sleepers.takeDue(at: start + .seconds(2)) == [])
        #expect(sleepers.takeAll() == [1])
        #expect(sleepers.earliest == nil)
    }

    @Test func `who was cancelled is not woken, before the sleep and in it`() {
        var sleepers = Sleepers<Int>()
        let start = ContinuousClock.now
        let (early, late, kept) = (sleepers.announce(), sleepers.announce(), sleepers.announce())
        #expect(sleepers.cancel(early) == nil)
        let begins = [(early, 1), (late, 2), (kept, 3)].map { sleepers.add($0, until: start + .seconds($1), $1) }
        #expect(begins == [false, true, true])
        #expect(sleepers.cancel(late) == 2)
        #expect(sleepers.cancel(late) == nil)
        #expect(sleepers.earliest == start + .seconds(3))
        #expect(sleepers.takeAll() == [3])
        #expect(sleepers.cancel(kept) == nil)
    }
}

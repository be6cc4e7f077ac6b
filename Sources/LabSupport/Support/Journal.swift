import Foundation

/// What happened to a phone, in order, and whoever waits for something to happen.
///
/// One thread appends and ticks; any number of tasks read and wait. A wait ends with an entry, with its deadline (which the writing
/// thread looks after, at each ``tick(at:)``), with the end of the journal, or with the cancellation of its task.
// Safe because every access to `state` is inside `lock`, and continuations are resumed outside it.
package final class Journal<Entry: Sendable>: @unchecked Sendable {
    /// What a waiter makes of an entry.
    enum Verdict: Sendable {
        /// Not this one: wait on.
        case wait
        /// This is it.
        case accept
        /// What was waited for cannot happen any more.
        case fail(LabError)
    }

    /// An entry and its place in the journal.
    struct Found: Sendable {
        let index: Int
        let entry: Entry
    }

    private struct Waiter {
        /// Entries before this place are not for it.
        let start: Int
        let deadline: ContinuousClock.Instant
        let what: String
        let judge: @Sendable (Entry) -> Verdict
        let continuation: CheckedContinuation<Found, any Error>
    }

    private struct State {
        var entries: [Entry] = []
        var waiters: [UUID: Waiter] = [:]
        var cancelled: Set<UUID> = []
        var end: LabError?
    }

    private let lock = NSLock()
    private var state = State()

    /// How many entries there are: the place of the next one.
    var count: Int {
        lock.withLock { state.entries.count }
    }

    /// The newest entry.
    var last: Entry? {
        lock.withLock { state.entries.last }
    }

    /// All entries from a place on.
    func entries(from start: Int = 0) -> [Entry] {
        lock.withLock { Array(state.entries[min(max(0, start), state.entries.count)...]) }
    }

    // MARK: - The writing thread

    func append(_ entry: Entry) {
        let woken = lock.withLock { () -> [(Waiter, Result<Found, any Error>)] in
            guard state.end == nil else { return [] }
            state.entries.append(entry)
            let found = Found(index: state.entries.count - 1, entry: entry)
            return takeWaiters { $0.start <= found.index ? Self.outcome($0.judge(entry), found) : nil }
        }
        for (waiter, result) in woken { waiter.continuation.resume(with: result) }
    }

    /// Fails the waits whose deadline is over.
    func tick(at now: ContinuousClock.Instant) {
        let late = lock.withLock {
            takeWaiters { $0.deadline <= now ? .failure(LabError("waited in vain for \($0.what)")) : nil }
        }
        for (waiter, result) in late { waiter.continuation.resume(with: result) }
    }

    /// Takes no further entries, and fails the waits that are under way or come later. The first reason stays.
    func finish(_ reason: LabError) {
        let left = lock.withLock { () -> [(Waiter, Result<Found, any Error>)] in
            state.end = state.end ?? reason
            return takeWaiters { .failure(LabError("waited in vain for \($0.what): \(reason)")) }
        }
        for (waiter, result) in left { waiter.continuation.resume(with: result) }
    }

    /// Removes and returns the waiters for which `outcome` has an answer. Call inside the lock.
    private func takeWaiters(
        _ outcome: (Waiter) -> Result<Found, any Error>?
    ) -> [(Waiter, Result<Found, any Error>)] {
        var taken: [(Waiter, Result<Found, any Error>)] = []
        for (id, waiter) in state.waiters {
            guard let result = outcome(waiter) else { continue }
            state.waiters[id] = nil
            taken.append((waiter, result))
        }
        return taken
    }

    private static func outcome(_ verdict: Verdict, _ found: Found) -> Result<Found, any Error>? {
        switch verdict {
        case .wait: nil
        case .accept: .success(found)
        case .fail(let error): .failure(error)
        }
    }

    // MARK: - Waiting

    /// The first entry at or after `start` that `judge` accepts.
    ///
    /// - Throws: ``LabError`` that names `what` after `timeout`, at the journal's end, or when `judge` fails an entry.
    func first(
        from start: Int,
        within timeout: Duration,
        _ what: String,
        where judge: @escaping @Sendable (Entry) -> Verdict
    ) async throws -> Found {
        let id = UUID()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let waiter = Waiter(
                    start: start,
                    deadline: .now + timeout,
                    what: "\(what) (\(timeout))",
                    judge: judge,
                    continuation: continuation
                )
                if let result = register(waiter, id: id) { continuation.resume(with: result) }
            }
        } onCancel: {
            cancel(id)
        }
    }

    /// Judges what is there already; keeps the waiter when that decides nothing.
    private func register(_ waiter: Waiter, id: UUID) -> Result<Found, any Error>? {
        lock.withLock {
            // The task can be cancelled before its waiter is known; `cancel` has left a note then.
            if state.cancelled.remove(id) != nil { return .failure(CancellationError()) }
            for index in min(max(0, waiter.start), state.entries.count)..<state.entries.count {
                let found = Found(index: index, entry: state.entries[index])
                if let result = Self.outcome(waiter.judge(found.entry), found) { return result }
            }
            if let end = state.end { return .failure(LabError("waited in vain for \(waiter.what): \(end)")) }
            state.waiters[id] = waiter
            return nil
        }
    }

    private func cancel(_ id: UUID) {
        let waiter = lock.withLock { () -> Waiter? in
            let waiter = state.waiters.removeValue(forKey: id)
            if waiter == nil { state.cancelled.insert(id) }
            return waiter
        }
        waiter?.continuation.resume(throwing: CancellationError())
    }
}

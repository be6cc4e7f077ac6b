import ARITestSupport
import Dispatch
import Locking

/// Runs all jobs of a test's tasks one at a time, and knows when there is nothing left to run.
///
/// That makes a test of concurrent code exact without any waiting in real time: ``settle()`` returns when everything that
/// can happen has happened. With a seed, the next job is chosen at random from those that are ready, so that different
/// seeds try different orders, and the same seed always the same one.
final class OrderedExecutor: TaskExecutor {
    private struct State: Sendable {
        var jobs: [UnownedJob] = []
        var waiting: [CheckedContinuation<Void, Never>] = []
        var isRunning = false
        var random: SplitMix64?
    }

    private enum Work {
        case job(UnownedJob)
        case wake(CheckedContinuation<Void, Never>)
    }

    private let state: LockedBox<State>

    /// - Parameter seed: chooses the order of jobs; nil for the order in which they came.
    init(seed: UInt64? = nil) {
        state = LockedBox(State(random: seed.map(SplitMix64.init)))
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        start { $0.jobs.append(job) }
    }

    /// Waits until every task is done or waits for something that only the test can bring about.
    func settle() async {
        await withCheckedContinuation { continuation in
            start { $0.waiting.append(continuation) }
        }
    }

    private func start(_ add: (inout State) -> Void) {
        let isFirst = state.withLock { state in
            add(&state)
            defer { state.isRunning = true }
            return !state.isRunning
        }
        if isFirst { DispatchQueue.global().async { self.drain() } }
    }

    private func drain() {
        while let work = next() {
            switch work {
            case .job(let job): job.runSynchronously(on: asUnownedTaskExecutor())
            case .wake(let continuation): continuation.resume()
            }
        }
    }

    private func next() -> Work? {
        state.withLock { state in
            if !state.jobs.isEmpty {
                let index = state.random?.next(below: state.jobs.count) ?? 0
                return .job(state.jobs.remove(at: index))
            }
            if !state.waiting.isEmpty { return .wake(state.waiting.removeFirst()) }
            state.isRunning = false
            return nil
        }
    }
}

extension SplitMix64 {
    mutating func next(below limit: Int) -> Int {
        Int(next() % UInt64(limit))
    }
}

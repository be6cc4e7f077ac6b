internal import Glibc
internal import Locking

/// The one thread that owns libcurl's handles, and the executor of `CurlClient`: the actor's jobs and libcurl's
/// callbacks run on the same thread, in one loop. Whoever waits for answers may run here too: as a task executor it takes
/// the jobs of whole tasks, and an answer comes to them without a change of thread.
///
/// Other threads only leave something here and wake the loop, if it waits.
///
/// After the loop's end the actor may still get jobs, such as a request that comes too late and has to be told so. They
/// run on the thread that brings them, one at a time.
final class CurlThread: SerialExecutor, TaskExecutor {
    private struct Mailbox: Sendable {
        var phase = Phase.idle
        /// The loop sees nothing of what is left here, until it is woken.
        var isWaiting = false
        var jobs: [UnownedJob] = []
        var cancelled: [OperationID] = []
        var isStopRequested = false
        var sleepers = Sleepers<CheckedContinuation<Void, any Error>>()
        /// The thread that runs jobs, for `checkIsolated`.
        var owner: pthread_t?
        /// Who waits for the loop's end.
        var waiters: [CheckedContinuation<Void, Never>] = []

        mutating func takeJobs() -> [UnownedJob] {
            defer { jobs = [] }
            return jobs
        }

        /// Notes that the loop waits, unless there is something to do.
        ///
        /// - Returns: how it waits; nil if it does not.
        mutating func beginToWait() -> Turn? {
            isWaiting = jobs.isEmpty && cancelled.isEmpty && !isStopRequested
            return isWaiting ? .wait(until: sleepers.earliest) : nil
        }
    }

    private enum Phase {
        /// No thread yet. Can transition to: `running` if `start` is called; `ended` if it fails or is stopped before.
        case idle
        /// The loop runs.  Can transition to: `ended` if it was stopped.
        case running(pthread_t)
        /// The loop is over, the thread is about to end or has ended. Can transition to: `joined`.
        case ended(pthread_t)
        /// Nothing is left of the thread.
        case joined
    }

    /// What the loop has to do.
    enum Turn {
        /// End what `cancelled` names, and do what there is to do.
        case work(cancelled: [OperationID])
        /// Wait for the network or the waker, or until this time; nil for no time.
        case wait(until: ContinuousClock.Instant?)
        /// Look at the network without waiting.
        case look
        /// End everything, without waiting.
        case stop
        /// Give back what the loop used. The waker is no longer called.
        case cleanUp
    }

    /// For how long jobs are run until the network is looked at in any case: each may bring the next one.
    private static let longestRun: Duration = .milliseconds(5)

    private let mailbox = LockedBox(Mailbox())
    private let waker: MultiWaker

    /// - Parameter waker: interrupts `Turn.wait`. It must be valid until `Turn.cleanUp`.
    init(waker: MultiWaker) {
        self.waker = waker
    }

    // MARK: - Life

    /// Starts the thread.
    ///
    /// - Parameter turn: does one turn of the loop. It is kept until the loop has ended.
    /// - Throws: `CurlError` with `internalFault` when the system gives no thread.
    func start(_ turn: @escaping @Sendable (Turn) -> Void) throws {
        let context = Unmanaged.passRetained(ThreadBody { [self] in loop(turn) })
        var thread = pthread_t()
        // The loop's first step waits for this lock, and then finds its phase.
        let status = mailbox.withLock { mailbox in
            let status = pthread_create(&thread, nil, CurlThread.main, context.toOpaque())
            mailbox.phase = status == 0 ? .running(thread) : .joined
            return status
        }
        guard status == 0 else {
            context.release()
            throw CurlError(.internalFault, operation: "pthread_create", message: "the system gives no thread")
        }
    }

    /// Ends the loop and waits until its thread is gone. May be called more than once.
    func stop() async {
        await withCheckedContinuation { continuation in
            let isOver = mailbox.withLock { mailbox in
                mailbox.isStopRequested = true
                switch mailbox.phase {
                case .idle, .ended, .joined:
                    return true
                case .running:
                    mailbox.waiters.append(continuation)
                    wakeUp(&mailbox)
                    return false
                }
            }
            if isOver { continuation.resume() }
        }
        join()
    }

    /// Waits for a thread that is past its last statement, which takes no time worth a suspension.
    private func join() {
        let thread = mailbox.withLock { mailbox -> pthread_t? in
            guard case .ended(let thread) = mailbox.phase else { return nil }
            mailbox.phase = .joined
            return thread
        }
        guard let thread else { return }
        // A task that runs here has no other thread that could wait for this one.
        if pthread_equal(thread, pthread_self()) != 0 { pthread_detach(thread) } else { pthread_join(thread, nil) }
    }

    /// Tells the loop that an operation's task was cancelled. From any thread.
    func cancel(_ id: OperationID) {
        mailbox.withLock { mailbox in
            mailbox.cancelled.append(id)
            wakeUp(&mailbox)
        }
    }

    /// Sleeps until the loop comes by after this time. From any thread.
    ///
    /// - Throws: `CancellationError` when the task is cancelled, and when the loop ends or does not run.
    func sleep(until deadline: ContinuousClock.Instant) async throws {
        let id = mailbox.withLock { $0.sleepers.announce() }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let isAsleep = mailbox.withLock { mailbox in
                    guard case .running = mailbox.phase else {
                        mailbox.sleepers.forget(id)
                        return false
                    }
                    let earliest = mailbox.sleepers.earliest
                    guard mailbox.sleepers.add(id, until: deadline, continuation) else { return false }
                    // Else it comes by early enough anyway, for somebody else.
                    if earliest.map({ deadline < $0 }) ?? true { wakeUp(&mailbox) }
                    return true
                }
                if !isAsleep { continuation.resume(throwing: CancellationError()) }
            }
        } onCancel: {
            mailbox.withLock { $0.sleepers.cancel(id) }?.resume(throwing: CancellationError())
        }
    }

    /// Wakes the loop if it waits. The lock is held, because before its end, after which the waker is invalid, the loop no
    /// longer waits.
    private func wakeUp(_ mailbox: inout Mailbox) {
        guard mailbox.isWaiting else { return }
        mailbox.isWaiting = false
        waker.wakeUp()
    }

    // MARK: - Executor

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let mustRunHere = mailbox.withLock { mailbox in
            mailbox.jobs.append(job)
            switch mailbox.phase {
            case .idle:
                return false
            case .running:
                wakeUp(&mailbox)
                return false
            case .ended, .joined:
                guard mailbox.owner == nil else { return false }
                mailbox.owner = pthread_self()
                return true
            }
        }
        if mustRunHere { runLateJobs() }
    }

    func asUnownedSerialExecutor() -> UnownedSerialExecutor {
        UnownedSerialExecutor(ordinary: self)
    }

    func checkIsolated() {
        precondition(isIsolatingCurrentContext() == true, "not on the thread of libcurl")
    }

    func isIsolatingCurrentContext() -> Bool? {
        mailbox.withLock { mailbox in
            mailbox.owner.map { pthread_equal($0, pthread_self()) != 0 } ?? false
        }
    }

    /// Runs jobs on a thread that brought one after the loop's end, until none is left.
    private func runLateJobs() {
        // The last job may end the task that held the last reference to the client, and with it to this object, which
        // the caller of `enqueue` does not hold.
        let kept = Unmanaged.passRetained(self)
        defer { kept.release() }
        while true {
            let jobs = mailbox.withLock { mailbox in
                if mailbox.jobs.isEmpty { mailbox.owner = nil }
                return mailbox.takeJobs()
            }
            if jobs.isEmpty { return }
            run(jobs)
        }
    }

    private func run(_ jobs: [UnownedJob]) {
        let (serialExecutor, taskExecutor) = (asUnownedSerialExecutor(), asUnownedTaskExecutor())
        for job in jobs { job.runSynchronously(isolatedTo: serialExecutor, taskExecutor: taskExecutor) }
    }

    // MARK: - Loop

    private func loop(_ turn: @Sendable (Turn) -> Void) {
        mailbox.withLock { $0.owner = pthread_self() }
        var isStopped = false
        /// What had come by then is read by the next turn.
        var lastLook = ContinuousClock.now
        while !isStopped {
            var isOverdue = false
            while !isOverdue {
                let jobs = mailbox.withLock { $0.takeJobs() }
                if jobs.isEmpty { break }
                run(jobs)
                isOverdue = ContinuousClock.now - lastLook >= Self.longestRun
            }
            let next = mailbox.withLock { mailbox in
                defer { mailbox.cancelled = [] }
                return mailbox.isStopRequested ? Turn.stop : Turn.work(cancelled: mailbox.cancelled)
            }
            turn(next)
            // Who gives something a time is not told that it is over while what came in time is still to be read or worked on: also if
            // this thread, or the machine, has stood still.
            let due = mailbox.withLock { mailbox in
                isOverdue || mailbox.jobs.isEmpty ? mailbox.sleepers.takeDue(at: lastLook) : []
            }
            for sleeper in due { sleeper.resume() }
            if case .stop = next {
                isStopped = true
            } else if isOverdue {
                turn(.look)
                lastLook = .now
            } else if let wait = mailbox.withLock({ $0.beginToWait() }) {
                turn(wait)
                mailbox.withLock { $0.isWaiting = false }
                lastLook = .now
            }
        }
        let (waiters, sleepers) = mailbox.withLock { mailbox in
            if case .running(let thread) = mailbox.phase { mailbox.phase = .ended(thread) }
            defer { mailbox.waiters = [] }
            return (mailbox.waiters, mailbox.sleepers.takeAll())
        }
        turn(.cleanUp)
        for sleeper in sleepers { sleeper.resume(throwing: CancellationError()) }
        // This thread is still the owner; from here on, jobs run where they come from.
        runLateJobs()
        for waiter in waiters { waiter.resume() }
    }

    /// What the new thread runs; in a class, because it passes through a C pointer.
    private final class ThreadBody: Sendable {
        let run: @Sendable () -> Void

        init(run: @escaping @Sendable () -> Void) {
            self.run = run
        }
    }

    private static let main: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { context in
        guard let context else { return nil }
        blockSignals()
        Unmanaged<ThreadBody>.fromOpaque(context).takeRetainedValue().run()
        return nil
    }

    /// Signals are for other threads: SIGTERM for whoever handles it, and SIGPIPE, which TLS libraries may raise by
    /// writing to a broken connection, for nobody. Those that mean a fault of this thread stay.
    private static func blockSignals() {
        var signals = sigset_t()
        sigfillset(&signals)
        for signal in [SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP] {
            sigdelset(&signals, signal)
        }
        pthread_sigmask(SIG_BLOCK, &signals, nil)
    }
}

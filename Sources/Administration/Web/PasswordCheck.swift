import Directory
import Locking
import NIOPosix

/// Compares passwords: that takes tens of milliseconds on purpose. It has a thread of its own and does one after the other, so that a
/// flood of attempts costs one core, and neither a page nor a supervisor waits for it.
struct PasswordCheck: Sendable {
    /// How many attempts may wait. Further ones are turned away: each takes 16 MB while it runs, and its form while it waits.
    static let mostWaiting = 20

    private let waiting = LockedBox(0)
    /// It lives as long as the process.
    private static let thread: NIOThreadPool = {
        let pool = NIOThreadPool(numberOfThreads: 1)
        pool.start()
        return pool
    }()

    /// - Parameter hash: nil for an account that there is not. It takes as long.
    /// - Returns: nil when too many wait already.
    func matches(_ password: String, _ hash: PasswordHash?) async throws -> Bool? {
        let isAdmitted = waiting.withLock { count in
            guard count < Self.mostWaiting else { return false }
            count += 1
            return true
        }
        guard isAdmitted else { return nil }
        defer { waiting.withLock { $0 -= 1 } }
        let hash = hash ?? .ofNobody
        return try await Self.thread.runIfActive { hash.matches(password) }
    }
}

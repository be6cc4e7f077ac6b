import Foundation
import Locking

/// Log lines on their way to standard error. Whoever logs never waits: a thread of its own writes, and when nobody reads,
/// what does not fit is dropped and counted.
final class LineQueue: Sendable {
    /// The most bytes that wait to be written.
    static let capacity = 1 << 20
    /// How long ``flush(within:)`` waits at the end of the process.
    static let patience: TimeInterval = 1

    private struct State {
        var lines: [String] = []
        var size = 0
        var dropped = 0
        /// The thread is writing lines that it has taken.
        var isWriting = false
    }

    private let state = LockedBox(State())
    private let news = DispatchSemaphore(value: 0)
    private let capacity: Int
    private let write: @Sendable (String) -> Void
    private let lost: @Sendable (Int) -> String

    /// - Parameters:
    ///   - capacity: in bytes.
    ///   - write: writes one line; may take as long as it likes.
    ///   - lost: the line that tells how many lines were dropped.
    init(
        capacity: Int = LineQueue.capacity,
        write: @escaping @Sendable (String) -> Void,
        lost: @escaping @Sendable (Int) -> String
    ) {
        self.capacity = capacity
        self.write = write
        self.lost = lost
    }

    /// Starts the thread, which lives as long as the process.
    func start() {
        Thread.detachNewThread { [self] in
            while true {
                news.wait()
                writeAll()
            }
        }
    }

    /// Takes a line, or drops it when too many are waiting.
    func append(_ line: String) {
        let isFirst = state.withLock { state in
            guard state.size + line.utf8.count <= capacity else {
                state.dropped += 1
                return false
            }
            state.lines.append(line)
            state.size += line.utf8.count
            // While the thread writes, it looks itself for what has come meanwhile.
            return state.lines.count == 1 && !state.isWriting
        }
        if isFirst { news.signal() }
    }

    /// Waits until everything is written, or until this time has passed because nobody reads.
    ///
    /// - Returns: whether everything is written.
    @discardableResult
    func flush(within patience: TimeInterval = LineQueue.patience) -> Bool {
        let deadline = Date(timeIntervalSinceNow: patience)
        while Date() < deadline {
            if state.withLock({ $0.lines.isEmpty && !$0.isWriting }) { return true }
            Thread.sleep(forTimeInterval: 0.002)
        }
        return false
    }

    /// Writes what is waiting. Called by one thread.
    func writeAll() {
        while let (lines, dropped) = take() {
            for line in lines {
                write(line)
                // What is written makes place, and what is not yet still counts.
                state.withLock { $0.size -= line.utf8.count }
            }
            if dropped > 0 { write(lost(dropped)) }
        }
    }

    /// What is to be written now; nil if nothing is.
    private func take() -> (lines: [String], dropped: Int)? {
        state.withLock { state in
            state.isWriting = !state.lines.isEmpty || state.dropped > 0
            guard state.isWriting else { return nil }
            defer { (state.lines, state.dropped) = ([], 0) }
            return (state.lines, state.dropped)
        }
    }
}

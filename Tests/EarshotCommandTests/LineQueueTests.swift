import Foundation
import Locking
import Testing

@testable import earshot

/// Whoever logs never waits for whoever reads.
@Suite(.timeLimit(.minutes(1))) struct LineQueueTests {
    /// A reader that takes lines only while it is let.
    private struct Reader: Sendable {
        let lines = LockedBox<[String]>([])
        let mayRead = DispatchSemaphore(value: 0)
        let hasBegun = DispatchSemaphore(value: 0)

        func queue(capacity: Int) -> LineQueue {
            LineQueue(
                capacity: capacity,
                write: { line in
                    hasBegun.signal()
                    mayRead.wait()
                    lines.withLock { $0.append(line) }
                },
                lost: { "lost \($0)" }
            )
        }
    }

    @Test func `what does not fit while nobody reads is dropped, and counted when somebody does`() {
        let reader = Reader()
        let queue = reader.queue(capacity: 10)
        queue.start()
        queue.append("first")
        reader.hasBegun.wait()
        // The first line is being written, and takes its place until it is.
        for line in ["12345", "x", "y"] { queue.append(line) }
        #expect(!queue.flush(within: 0.01))
        for _ in 1...4 { reader.mayRead.signal() }
        #expect(queue.flush(within: 30))
        #expect(reader.lines.withLock { $0 } == ["first", "12345", "lost 2"])
        queue.append("later")
        #expect(queue.flush(within: 30))
        #expect(reader.lines.withLock { $0 }.last == "later")
    }

    @Test func `the line about dropped lines looks like any other`() {
        #expect(LineLogHandler.lost(3, in: .text).hasSuffix(" warning log lines were dropped dropped=3\n"))
        #expect(LineLogHandler.lost(3, in: .json).contains("\"dropped\":\"3\""))
    }
}

import Testing

@testable import EarshotService

@Suite struct TimerQueueTests {
    @Test func `timers expire in their order, those of the same time in the order in which they were set`() {
        var queue = TimerQueue<String>()
        queue.set("late", at: .seconds(3))
        queue.set("first", at: .seconds(1))
        queue.set("second", at: .seconds(1))
        #expect(queue.earliest == .seconds(1))
        #expect(queue.takeExpired(at: .milliseconds(999)) == nil)
        #expect(queue.takeExpired(at: .seconds(1)) == "first")
        #expect(queue.takeExpired(at: .seconds(1)) == "second")
        #expect(queue.takeExpired(at: .seconds(1)) == nil)
        #expect(queue.takeExpired(at: .seconds(9)) == "late")
        #expect(queue.earliest == nil)
    }

    @Test func `a timer that was cancelled does not expire`() {
        var queue = TimerQueue<String>()
        queue.set("a", at: .seconds(1))
        queue.set("b", at: .seconds(2))
        queue.cancel("a")
        queue.cancel("c")
        #expect(queue.earliest == .seconds(2))
        #expect(queue.takeExpired(at: .seconds(5)) == "b")
        #expect(queue.takeExpired(at: .seconds(5)) == nil)
    }

    @Test(arguments: [1, 3]) func `a timer that is set again expires once, at the new time`(seconds: Int) {
        var queue = TimerQueue<String>()
        queue.set("a", at: .seconds(2))
        queue.set("a", at: .seconds(seconds))
        #expect(queue.earliest == .seconds(seconds))
        #expect(queue.takeExpired(at: .seconds(9)) == "a")
        #expect(queue.takeExpired(at: .seconds(9)) == nil)
    }
}

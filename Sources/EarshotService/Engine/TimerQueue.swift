internal import HeapModule

/// Timers in the order in which they expire. Whoever owns it waits for the earliest one alone: most are cancelled long before.
struct TimerQueue<Timer: Hashable> {
    private struct Entry: Comparable {
        let timer: Timer
        let deadline: Duration
        /// Of two with the same deadline, the one that was set first expires first.
        let number: Int

        static func < (lhs: Self, rhs: Self) -> Bool { (lhs.deadline, lhs.number) < (rhs.deadline, rhs.number) }
        static func == (lhs: Self, rhs: Self) -> Bool { lhs.number == rhs.number }
    }

    /// Those that were cancelled or set anew stay in it until they are the earliest.
    private var heap = Heap<Entry>()
    /// The number under which each timer stands.
    private var running: [Timer: Int] = [:]
    private var lastNumber = 0

    /// The time of the earliest timer; nil if none runs.
    var earliest: Duration? {
        mutating get {
            dropCancelled()
            return heap.min?.deadline
        }
    }

    /// Starts a timer, in place of the one before.
    mutating func set(_ timer: Timer, at deadline: Duration) {
        lastNumber += 1
        running[timer] = lastNumber
        heap.insert(Entry(timer: timer, deadline: deadline, number: lastNumber))
    }

    mutating func cancel(_ timer: Timer) { running[timer] = nil }

    /// Takes the earliest timer out, if its time has come.
    mutating func takeExpired(at time: Duration) -> Timer? {
        guard let earliest, earliest <= time else { return nil }
        let entry = heap.removeMin()
        running[entry.timer] = nil
        return entry.timer
    }

    private mutating func dropCancelled() {
        while let first = heap.min, running[first.timer] != first.number { heap.removeMin() }
    }
}

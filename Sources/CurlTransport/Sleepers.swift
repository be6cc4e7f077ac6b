internal import HeapModule

/// Those who sleep, in the order in which they are to be woken.
///
/// - Parameter Sleeper: how somebody is woken.
struct Sleepers<Sleeper: Sendable>: Sendable {
    typealias Instant = ContinuousClock.Instant

    /// Names one sleep. Never used twice.
    struct ID: Hashable, Sendable {
        fileprivate let rawValue: UInt64
    }

    private enum Stage {
        /// About to sleep.
        case announced
        /// Cancelled before it slept.
        case cancelledEarly
        case asleep(Sleeper)
    }

    private struct Entry: Comparable {
        let deadline: Instant
        let id: ID

        /// Of two with the same deadline, the one that began first is woken first.
        static func < (one: Self, other: Self) -> Bool {
            (one.deadline, one.id.rawValue) < (other.deadline, other.id.rawValue)
        }
    }

    private var stages: [ID: Stage] = [:]
    /// Those that were cancelled stay in it until they are the earliest: until their time at the latest.
    private var heap = Heap<Entry>()
    private var lastID: UInt64 = 0

    /// Gives the next sleep its name, under which it can be cancelled from now on: a task may be cancelled before it can be told how it is
    /// woken. ``add(_:until:_:)`` or ``forget(_:)`` must follow.
    mutating func announce() -> ID {
        lastID += 1
        let id = ID(rawValue: lastID)
        stages[id] = .announced
        return id
    }

    /// Begins a sleep that was announced.
    ///
    /// - Returns: whether it has begun; if not, it was cancelled.
    mutating func add(_ id: ID, until deadline: Instant, _ sleeper: Sleeper) -> Bool {
        if case .cancelledEarly = stages[id] {
            stages[id] = nil
            return false
        }
        stages[id] = .asleep(sleeper)
        heap.insert(Entry(deadline: deadline, id: id))
        return true
    }

    /// A sleep that was announced does not begin.
    mutating func forget(_ id: ID) { stages[id] = nil }

    /// - Returns: who has to be told; nil if it is not asleep, or not any more.
    mutating func cancel(_ id: ID) -> Sleeper? {
        switch stages[id] {
        case .announced:
            stages[id] = .cancelledEarly
            return nil
        case .asleep(let sleeper):
            stages[id] = nil
            return sleeper
        case nil, .cancelledEarly:
            return nil
        }
    }

    /// When the next one has to be woken; nil if nobody sleeps.
    var earliest: Instant? {
        mutating get {
            while let first = heap.min, stages[first.id] == nil { heap.removeMin() }
            return heap.min?.deadline
        }
    }

    /// Takes those whose time has come, the earliest first.
    mutating func takeDue(at time: Instant) -> [Sleeper] { takeAll { $0 <= time } }

    /// Takes all of them, the earliest first.
    mutating func takeAll() -> [Sleeper] { takeAll { _ in true } }

    private mutating func takeAll(where isDue: (Instant) -> Bool) -> [Sleeper] {
        var all: [Sleeper] = []
        while let earliest, isDue(earliest) {
            guard case .asleep(let sleeper) = stages.removeValue(forKey: heap.removeMin().id) else { continue }
            all.append(sleeper)
        }
        return all
    }
}

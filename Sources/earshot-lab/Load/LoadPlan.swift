/// What is asked of Earshot in a measurement under load, and what is allowed.
struct LoadPlan: Sendable {
    /// Sessions before anything is measured.
    var warmUp: Int
    var sessions: Int
    /// The most sessions at the same time.
    var atOnce: Int
    var eachSecond: Int
    /// Events of a busy PBX, and how long they come.
    var eventsEachSecond: Int
    var eventTime: Duration
    /// Sessions that start in each second of them.
    var busyEachSecond: Int
    /// How much more memory may be taken at the end than before.
    var memoryGrowth: MemoryGrowth

    /// How long a supervisor stays in the call, so that there are about as many as may be at once. They are there a little longer.
    var stay: Duration { .seconds(0.9 * Double(atOnce) / Double(eachSecond)) }

    /// `sessions.maximum` of Earshot, to whom a session is there a moment longer than to the phones.
    var maximumSessions: Int { min(10_000, atOnce + atOnce / 4 + 10) }
}

/// A part of the memory before, and so many bytes.
///
/// What is needed once for all, such as caches, compiled queries and connections, is there after the warm-up. What remains is the
/// allocator's: it gives back only what is free at the end of its heaps, and there are several heaps.
struct MemoryGrowth: Sendable {
    var percent: Int
    var bytes: Int

    func limit(after before: Int) -> Int { before + before * percent / 100 + bytes }
}

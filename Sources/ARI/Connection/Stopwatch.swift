/// A function that tells the time since this moment.
package func stopwatch<C: Clock>(_ clock: C) -> @Sendable () -> Duration where C.Duration == Duration {
    // The time of every service: an instant whose type is not known costs an allocation for each moment. Whatever clock it is, instants
    // of this type are the continuous clock's.
    if let start = clock.now as? ContinuousClock.Instant {
        return { start.duration(to: ContinuousClock.now) }
    }
    let start = clock.now
    return { start.duration(to: clock.now) }
}

/// A function that tells the time since this moment.
package func stopwatch<C: Clock>(_ clock: C) -> @Sendable () -> Duration where C.Duration == Duration {
    // The clock of every service: one whose type is not known costs an allocation for each moment.
    if let clock = clock as? ContinuousClock {
        let start = clock.now
        return { start.duration(to: clock.now) }
    }
    let start = clock.now
    return { start.duration(to: clock.now) }
}

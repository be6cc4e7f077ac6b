/// Continuous time, told by a client's thread: who sleeps by it is woken by that thread, between two looks at the network,
/// without another thread that would have to be woken first.
///
/// A sleep ends up to a millisecond late, as libcurl waits in whole ones, while the thread has nothing to do, and else when it comes by.
/// When the client is shut down, it ends with `CancellationError`.
package struct CurlClock: Clock {
    package typealias Instant = ContinuousClock.Instant

    let thread: CurlThread

    package var now: Instant { .now }

    package var minimumResolution: Duration { .milliseconds(1) }

    package func sleep(until deadline: Instant, tolerance: Duration? = nil) async throws {
        try await thread.sleep(until: deadline)
    }
}

import ServiceLifecycle

/// Lets lines that were held back be written when their minute is over, also when no further one comes.
struct RepeatedLinesReport<ServiceClock: Clock>: Service where ServiceClock.Duration == Duration {
    let lines: RepeatedLines
    let clock: ServiceClock

    private static var interval: Duration { .seconds(5) }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while (try? await clock.sleep(for: Self.interval)) != nil { lines.writeDue() }
        }
    }
}

extension RepeatedLinesReport: CustomStringConvertible {
    /// For the log lines of ServiceLifecycle.
    var description: String { "log" }
}

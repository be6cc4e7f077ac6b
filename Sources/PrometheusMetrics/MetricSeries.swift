import CoreMetrics
import Locking

/// The values of one name with the same labels.
enum MetricSeries: Sendable {
    case counter(CounterSeries)
    case gauge(GaugeSeries)
    case histogram(HistogramSeries)
}

/// A number that only grows.
final class CounterSeries: CounterHandler, FloatingPointCounterHandler {
    private let total = LockedBox(0.0)

    var value: Double { total.withLock { $0 } }

    func increment(by amount: Int64) { increment(by: Double(amount)) }

    func increment(by amount: Double) {
        guard amount.isFinite, amount > 0 else { return }
        total.withLock { $0 += amount }
    }

    func reset() { total.withLock { $0 = 0 } }
}

/// A number that goes up and down.
final class GaugeSeries: RecorderHandler, MeterHandler {
    private let current = LockedBox(0.0)

    var value: Double { current.withLock { $0 } }

    func record(_ value: Int64) { set(Double(value)) }

    func record(_ value: Double) { set(value) }

    func set(_ value: Int64) { set(Double(value)) }

    func set(_ value: Double) { current.withLock { $0 = value } }

    func increment(by amount: Double) {
        guard amount.isFinite else { return }
        current.withLock { $0 += amount }
    }

    func decrement(by amount: Double) { increment(by: -amount) }
}

/// How often there was which value. Durations are in seconds.
final class HistogramSeries: RecorderHandler, TimerHandler {
    struct Values: Sendable {
        /// How many are in each bucket, and in no earlier one; the last one has no bound.
        var counts: [Int]
        var sum = 0.0
    }

    let bounds: [Double]
    private let state: LockedBox<Values>

    init(bounds: [Double]) {
        self.bounds = bounds
        state = LockedBox(Values(counts: Array(repeating: 0, count: bounds.count + 1)))
    }

    var values: Values { state.withLock { $0 } }

    func record(_ value: Int64) { record(Double(value)) }

    func record(_ value: Double) {
        guard value.isFinite else { return }
        let bucket = bounds.firstIndex { value <= $0 } ?? bounds.count
        state.withLock { values in
            values.counts[bucket] += 1
            values.sum += value
        }
    }

    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1_000_000_000) }
}

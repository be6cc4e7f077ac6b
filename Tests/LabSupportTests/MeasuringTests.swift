import Testing

@testable import LabSupport

struct MeasuringTests {
    @Test(arguments: [([], 0), ([3], 3), ([5, 1], 3), ([9, 1, 2], 2), ([4, 1, 3, 2], 2.5)] as [([Double], Double)])
    func `the median is the middle value, or the mean of the two in the middle`(values: [Double], median: Double) {
        var series = Series()
        for value in values { series.add(value) }
        #expect(series.median == median)
        #expect(series.median == Series(values).median)
        #expect(series.least == values.min() ?? 0)
        #expect(series.greatest == values.max() ?? 0)
        #expect(series.count == values.count)
    }

    @Test(arguments: MonitoredMode.allCases, 0..<20)
    func `each of the six switches occurs equally often, and never none`(start: MonitoredMode, seed: UInt64) {
        var generator = Congruential(state: seed)
        let modes = [start] + ModeWalk.modes(count: 30, from: start, using: &generator)
        var occurrences: [[MonitoredMode]: Int] = [:]
        for pair in zip(modes, modes.dropFirst()) { occurrences[[pair.0, pair.1], default: 0] += 1 }
        #expect(occurrences.count == 6)
        #expect(occurrences.allSatisfy { $0.key[0] != $0.key[1] && $0.value == 5 })
    }

    @Test
    func `a walk has as many switches as were asked for`() {
        var generator = Congruential(state: 1)
        let modes = [.listen] + ModeWalk.modes(count: 10, from: .listen, using: &generator)
        #expect(modes.count == 11)
        #expect(zip(modes, modes.dropFirst()).allSatisfy { $0 != $1 })
    }
}

/// Knuth's MMIX generator: the same walk for the same seed.
private struct Congruential: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state
    }
}

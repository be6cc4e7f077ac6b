/// Measured values of one kind, in milliseconds.
package struct Series: Sendable {
    private var sorted: [Double] = []

    package init(_ values: [Double] = []) {
        sorted = values.sorted()
    }

    package mutating func add(_ value: Double) {
        sorted.insert(value, at: sorted.firstIndex { $0 > value } ?? sorted.endIndex)
    }

    package var count: Int { sorted.count }
    /// Zero without values.
    package var least: Double { sorted.first ?? 0 }
    /// Zero without values.
    package var greatest: Double { sorted.last ?? 0 }

    /// What so many of the values are not greater than: of 100 values and 0.99 the second greatest. Zero without
    /// values.
    package func quantile(_ part: Double) -> Double {
        guard !sorted.isEmpty else { return 0 }
        let index = Int((part * Double(sorted.count)).rounded(.up)) - 1
        return sorted[min(max(0, index), sorted.count - 1)]
    }

    /// The middle value, or the mean of the two in the middle. Zero without values.
    package var median: Double {
        guard let upper = sorted.dropFirst(sorted.count / 2).first else { return 0 }
        return sorted.count.isMultiple(of: 2) ? (sorted[sorted.count / 2 - 1] + upper) / 2 : upper
    }
}

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

    /// The middle value, or the mean of the two in the middle. Zero without values.
    package var median: Double {
        guard let upper = sorted.dropFirst(sorted.count / 2).first else { return 0 }
        return sorted.count.isMultiple(of: 2) ? (sorted[sorted.count / 2 - 1] + upper) / 2 : upper
    }
}

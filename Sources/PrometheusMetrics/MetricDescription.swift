/// What a metric is: the lines that stand above its values.
package struct MetricDescription: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        /// A number that only grows, until the process ends.
        case counter
        /// A number that goes up and down.
        case gauge
        /// How often there was which value.
        ///
        /// - bounds: the upper bounds of its buckets, rising. One without a bound follows by itself.
        case histogram(bounds: [Double])
    }

    /// Such as `earshot_sessions_started_total`.
    package let name: String
    package let kind: Kind
    /// A sentence for people.
    package let help: String

    package init(_ name: String, _ kind: Kind, help: String) {
        self.name = name
        self.kind = kind
        self.help = help
    }

    /// Whether Prometheus can read a metric of this kind: its name, and the bounds of its buckets.
    var isValid: Bool {
        guard ExpositionText.isMetricName(name) else { return false }
        guard case .histogram(let bounds) = kind else { return true }
        return bounds.allSatisfy(\.isFinite) && zip(bounds, bounds.dropFirst()).allSatisfy { $0 < $1 }
    }

    /// The word of a `# TYPE` line.
    var type: String {
        switch kind {
        case .counter: "counter"
        case .gauge: "gauge"
        case .histogram: "histogram"
        }
    }
}

/// A value that is read when somebody asks for the metrics, and kept by nobody.
package struct MetricSample: Sendable {
    /// The name of a counter or a gauge that is described.
    let name: String
    let value: Double
    let labels: [(String, String)]

    package init(_ name: String, _ value: Double, _ labels: [(String, String)] = []) {
        self.name = name
        self.value = value
        self.labels = labels
    }
}

import CoreMetrics

/// The metrics of one name: one for each combination of its labels' values, all made at once. Values that are not among those that
/// were named have none, so that nothing from outside becomes a label.
struct LabelledMetrics<Metric: Sendable>: Sendable {
    /// The values of one label, or of two.
    private struct Values: Hashable {
        let first: String
        var second = ""
    }

    private let metrics: [Values: Metric]

    /// - Parameters:
    ///   - labels: one or two, each with all its values.
    ///   - make: makes a metric with these labels.
    init(_ labels: KeyValuePairs<String, [String]>, _ make: ([(String, String)]) -> Metric) {
        var combinations: [[(String, String)]] = [[]]
        for (name, values) in labels {
            combinations = combinations.flatMap { combination in values.map { combination + [(name, $0)] } }
        }
        let made = combinations.map { labels in
            (Values(first: labels[0].1, second: labels.count > 1 ? labels[1].1 : ""), make(labels))
        }
        metrics = Dictionary(made) { first, _ in first }
    }

    subscript(value: String) -> Metric? { metrics[Values(first: value)] }

    subscript(first: String, second: String) -> Metric? { metrics[Values(first: first, second: second)] }
}

extension LabelledMetrics where Metric == Counter {
    init(_ name: MetricName, _ labels: KeyValuePairs<String, [String]>, _ factory: any MetricsFactory) {
        self.init(labels) { Counter(label: name.rawValue, dimensions: $0, factory: factory) }
    }
}

extension LabelledMetrics where Metric == Gauge {
    init(_ name: MetricName, _ labels: KeyValuePairs<String, [String]>, _ factory: any MetricsFactory) {
        self.init(labels) { Gauge(label: name.rawValue, dimensions: $0, factory: factory) }
    }
}

extension LabelledMetrics where Metric == Timer {
    init(_ name: MetricName, _ labels: KeyValuePairs<String, [String]>, _ factory: any MetricsFactory) {
        self.init(labels) { Timer(label: name.rawValue, dimensions: $0, factory: factory) }
    }
}

import CoreMetrics

/// The metrics of one name: one for each combination of its labels' values, all made at once. Values that are not among those that
/// were named have none, so that nothing from outside becomes a label.
struct LabelledMetrics<Metric: Sendable>: Sendable {
    private let metrics: [[String]: Metric]

    /// - Parameters:
    ///   - labels: each with all its values.
    ///   - make: makes a metric with these labels.
    init(_ labels: KeyValuePairs<String, [String]>, _ make: ([(String, String)]) -> Metric) {
        var combinations: [[(String, String)]] = [[]]
        for (name, values) in labels {
            combinations = combinations.flatMap { combination in values.map { combination + [(name, $0)] } }
        }
        let made = combinations.map { combination in (combination.map { $0.1 }, make(combination)) }
        metrics = Dictionary(made) { first, _ in first }
    }

    /// - Parameter values: one for each label, in their order.
    subscript(values: String...) -> Metric? { metrics[values] }
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

package import CoreMetrics
import Locking

/// Keeps what is counted and measured by the swift-metrics API, and writes it for Prometheus.
///
/// What is not described is not shown, nor what has labels that Prometheus does not take, nor more than so many series: nothing
/// that comes from outside can fill the memory, here or there. Whoever counts for such a metric counts all the same; how
/// many there were, ``refusedSeries`` tells.
package final class PrometheusExporter: MetricsFactory {
    /// More than ten times of what there is.
    package static let mostSeries = 10_000

    /// The `Content-Type` of ``text(_:)``.
    package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    private struct State: Sendable {
        var series: [String: [MetricLabels: MetricSeries]] = [:]
        var refused = 0

        var count: Int { series.values.reduce(0) { $0 + $1.count } }
    }

    private let descriptions: [String: MetricDescription]
    private let mostSeries: Int
    private let state = LockedBox(State())

    /// - Parameters:
    ///   - descriptions: of all metrics that are shown.
    ///   - mostSeries: how many there may be at most.
    package init(_ descriptions: [MetricDescription], mostSeries: Int = PrometheusExporter.mostSeries) {
        self.descriptions = Dictionary(descriptions.filter(\.isValid).map { ($0.name, $0) }) { first, _ in first }
        self.mostSeries = mostSeries
    }

    /// How often a series was asked for that is not shown.
    package var refusedSeries: Int { state.withLock { $0.refused } }

    // MARK: - Making metrics

    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        counter(label, dimensions)
    }

    package func makeFloatingPointCounter(
        label: String,
        dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        counter(label, dimensions)
    }

    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        gauge(label, dimensions)
    }

    package func makeRecorder(
        label: String,
        dimensions: [(String, String)],
        aggregate: Bool
    ) -> any RecorderHandler {
        if aggregate { return histogram(label, dimensions) }
        return gauge(label, dimensions)
    }

    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        histogram(label, dimensions)
    }

    private func counter(_ name: String, _ dimensions: [(String, String)]) -> CounterSeries {
        let found = series(name, dimensions) { kind in
            if case .counter = kind { MetricSeries.counter(CounterSeries()) } else { nil }
        }
        if case .counter(let counter)? = found { return counter }
        // It counts, and nobody sees it.
        return CounterSeries()
    }

    private func gauge(_ name: String, _ dimensions: [(String, String)]) -> GaugeSeries {
        let found = series(name, dimensions) { kind in
            if case .gauge = kind { MetricSeries.gauge(GaugeSeries()) } else { nil }
        }
        if case .gauge(let gauge)? = found { return gauge }
        return GaugeSeries()
    }

    private func histogram(_ name: String, _ dimensions: [(String, String)]) -> HistogramSeries {
        let found = series(name, dimensions) { kind in
            if case .histogram(let bounds) = kind {
                MetricSeries.histogram(HistogramSeries(bounds: bounds))
            } else {
                nil
            }
        }
        if case .histogram(let histogram)? = found { return histogram }
        return HistogramSeries(bounds: [])
    }

    /// The series of this name with these labels: the one that is there, or a new one.
    ///
    /// - Parameter make: makes one; nil if a metric of this kind has none such.
    /// - Returns: nil if there must be none.
    private func series(
        _ name: String,
        _ dimensions: [(String, String)],
        _ make: (MetricDescription.Kind) -> MetricSeries?
    ) -> MetricSeries? {
        guard let description = descriptions[name], let labels = MetricLabels(dimensions),
            let made = make(description.kind)
        else {
            state.withLock { $0.refused += 1 }
            return nil
        }
        return state.withLock { state -> MetricSeries? in
            if let existing = state.series[name]?[labels] { return existing }
            guard state.count < mostSeries else {
                state.refused += 1
                return nil
            }
            state.series[name, default: [:]][labels] = made
            return made
        }
    }

    // MARK: - Removing metrics

    package func destroyCounter(_ handler: any CounterHandler) {
        remove { if case .counter(let counter) = $0 { counter === handler } else { false } }
    }

    package func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {
        remove { if case .counter(let counter) = $0 { counter === handler } else { false } }
    }

    package func destroyMeter(_ handler: any MeterHandler) {
        remove { if case .gauge(let gauge) = $0 { gauge === handler } else { false } }
    }

    package func destroyRecorder(_ handler: any RecorderHandler) {
        remove { series in
            switch series {
            case .counter: false
            case .gauge(let gauge): gauge === handler
            case .histogram(let histogram): histogram === handler
            }
        }
    }

    package func destroyTimer(_ handler: any TimerHandler) {
        remove { if case .histogram(let histogram) = $0 { histogram === handler } else { false } }
    }

    private func remove(_ isMeant: (MetricSeries) -> Bool) {
        state.withLock { state in
            state.series = state.series.mapValues { series in series.filter { !isMeant($0.value) } }
        }
    }

    // MARK: - Writing

    /// Everything, in Prometheus' text format: always in the same order.
    ///
    /// A histogram without values is left out, and so is a metric without series.
    ///
    /// - Parameter samples: what is read at this moment, beside what was counted.
    package func text(_ samples: [MetricSample] = []) -> String {
        let series = state.withLock { $0.series }
        var lines: [String: [(labels: MetricLabels, text: String)]] = [:]
        for (name, family) in series {
            for (labels, one) in family { lines[name, default: []].append((labels, Self.text(name, labels, one))) }
        }
        for sample in samples {
            guard let labels = MetricLabels(sample.labels), descriptions[sample.name]?.takesSamples == true else {
                state.withLock { $0.refused += 1 }
                continue
            }
            lines[sample.name, default: []].append((labels, Self.line(sample.name, labels.inBraces(), sample.value)))
        }
        var text = ""
        for description in descriptions.values.sorted(by: { $0.name < $1.name }) {
            let values = lines[description.name, default: []].sorted { $0.labels.text < $1.labels.text }
                .map(\.text).joined()
            guard !values.isEmpty else { continue }
            text += "# HELP \(description.name) \(ExpositionText.escapedHelp(description.help))\n"
            text += "# TYPE \(description.name) \(description.type)\n"
            text += values
        }
        return text
    }

    private static func text(_ name: String, _ labels: MetricLabels, _ series: MetricSeries) -> String {
        switch series {
        case .counter(let counter): line(name, labels.inBraces(), counter.value)
        case .gauge(let gauge): line(name, labels.inBraces(), gauge.value)
        case .histogram(let histogram): text(name, labels, histogram)
        }
    }

    private static func text(_ name: String, _ labels: MetricLabels, _ histogram: HistogramSeries) -> String {
        let values = histogram.values
        var count = 0
        var text = ""
        for (bound, more) in zip(histogram.bounds + [.infinity], values.counts) {
            count += more
            let bucket = labels.inBraces("le=\"\(ExpositionText.number(bound))\"")
            text += line(name + "_bucket", bucket, Double(count))
        }
        guard count > 0 else { return "" }
        text += line(name + "_sum", labels.inBraces(), values.sum)
        text += line(name + "_count", labels.inBraces(), Double(count))
        return text
    }

    private static func line(_ name: String, _ labels: String, _ value: Double) -> String {
        "\(name)\(labels) \(ExpositionText.number(value))\n"
    }
}

extension MetricDescription {
    /// A histogram is no single value.
    fileprivate var takesSamples: Bool { if case .histogram = kind { false } else { true } }
}

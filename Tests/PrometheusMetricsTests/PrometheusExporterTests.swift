import CoreMetrics
import Testing

@testable import PrometheusMetrics

/// What is counted and measured is written as Prometheus reads it.
@Suite struct PrometheusExporterTests {
    private static let descriptions = [
        MetricDescription("calls_total", .counter, help: "Calls."),
        MetricDescription("running", .gauge, help: "What runs now."),
        MetricDescription("wait_seconds", .histogram(bounds: [0.01, 0.1, 1]), help: "How long it took."),
        MetricDescription("size_bytes", .histogram(bounds: [10]), help: "How large it was."),
    ]

    private let exporter = PrometheusExporter(PrometheusExporterTests.descriptions)

    // MARK: - Counters

    @Test func `a counter is a line for each of its labels, in a fixed order, zero included`() {
        let barge = Counter(label: "calls_total", dimensions: [("mode", "barge")], factory: exporter)
        Counter(label: "calls_total", dimensions: [("mode", "listen")], factory: exporter).increment(by: 3)
        #expect(
            exporter.text() == """
                # HELP calls_total Calls.
                # TYPE calls_total counter
                calls_total{mode="barge"} 0
                calls_total{mode="listen"} 3

                """
        )
        barge.increment()
        #expect(exporter.text().contains("calls_total{mode=\"barge\"} 1\n"))
    }

    @Test func `a metric that is made twice is one, in whatever order its labels are given`() {
        let one = Counter(label: "calls_total", dimensions: [("a", "1"), ("b", "2")], factory: exporter)
        let other = Counter(label: "calls_total", dimensions: [("b", "2"), ("a", "1")], factory: exporter)
        one.increment()
        other.increment()
        #expect(exporter.text().contains("calls_total{a=\"1\",b=\"2\"} 2\n"))
    }

    @Test(arguments: [-1, 0, Double.nan, Double.infinity, -Double.infinity])
    func `a counter only grows`(amount: Double) {
        let counter = FloatingPointCounter(label: "calls_total", factory: exporter)
        counter.increment(by: 0.5)
        counter.increment(by: amount)
        #expect(exporter.text().contains("calls_total 0.5\n"))
        counter.reset()
        #expect(exporter.text().contains("calls_total 0\n"))
    }

    // MARK: - Gauges

    @Test func `a gauge shows what it was set to last`() {
        let gauge = Gauge(label: "running", factory: exporter)
        gauge.record(7)
        gauge.record(2.5)
        #expect(
            exporter.text() == """
                # HELP running What runs now.
                # TYPE running gauge
                running 2.5

                """
        )
        let meter = Meter(label: "running", factory: exporter)
        meter.increment(by: 2.0)
        meter.decrement(by: 0.5)
        #expect(exporter.text().contains("running 4\n"))
        meter.set(-3)
        #expect(exporter.text().contains("running -3\n"))
    }

    // MARK: - Histograms

    @Test func `a duration is in seconds, in the bucket that is named for it`() {
        let timer = CoreMetrics.Timer(label: "wait_seconds", dimensions: [("mode", "listen")], factory: exporter)
        for milliseconds in [10, 11, 500, 2000] { timer.recordMilliseconds(milliseconds) }
        #expect(
            exporter.text() == """
                # HELP wait_seconds How long it took.
                # TYPE wait_seconds histogram
                wait_seconds_bucket{mode="listen",le="0.01"} 1
                wait_seconds_bucket{mode="listen",le="0.1"} 2
                wait_seconds_bucket{mode="listen",le="1"} 3
                wait_seconds_bucket{mode="listen",le="+Inf"} 4
                wait_seconds_sum{mode="listen"} 2.521
                wait_seconds_count{mode="listen"} 4

                """
        )
    }

    @Test func `a recorder of many values is a histogram, and one without values is left out`() {
        let recorder = Recorder(label: "size_bytes", factory: exporter)
        #expect(exporter.text() == "")
        recorder.record(10)
        recorder.record(10.5)
        recorder.record(Double.nan)
        #expect(exporter.text().contains("size_bytes_bucket{le=\"10\"} 1\nsize_bytes_bucket{le=\"+Inf\"} 2\n"))
        #expect(exporter.text().contains("size_bytes_sum 20.5\nsize_bytes_count 2\n"))
    }

    // MARK: - Samples

    @Test func `what is read at the moment stands among what was counted`() {
        Counter(label: "calls_total", factory: exporter).increment()
        let text = exporter.text([
            MetricSample("running", 5, [("node", "b")]), MetricSample("running", 4, [("node", "a")]),
        ])
        #expect(text.hasSuffix("running{node=\"a\"} 4\nrunning{node=\"b\"} 5\n"))
        #expect(text.contains("calls_total 1\n"))
        // It is not kept.
        #expect(!exporter.text().contains("running"))
    }

    @Test func `a sample that cannot be is left out, and counted`() {
        let text = exporter.text([
            MetricSample("unknown", 1), MetricSample("wait_seconds", 1), MetricSample("running", 1, [("le", "x")]),
        ])
        #expect(text == "")
        #expect(exporter.refusedSeries == 3)
    }

    // MARK: - What is refused

    @Test func `whatever a label or a sentence holds stays in its line`() {
        let exporter = PrometheusExporter([MetricDescription("a", .counter, help: "one\\two\nthree")])
        Counter(label: "a", dimensions: [("b", "\"\\\n{}, 日本")], factory: exporter).increment()
        #expect(
            exporter.text() == "# HELP a one\\\\two\\nthree\n# TYPE a counter\na{b=\"\\\"\\\\\\n{}, 日本\"} 1\n"
        )
    }

    @Test(arguments: ["", "1a", "a-b", "a.b", "ä", "__a", "le", "a b", "a\""])
    func `a label that Prometheus does not take is not shown`(label: String) {
        Counter(label: "calls_total", dimensions: [(label, "x")], factory: exporter).increment()
        #expect(exporter.text() == "")
        #expect(exporter.refusedSeries == 1)
    }

    @Test func `two labels of one name are not shown, nor a long value`() {
        Counter(label: "calls_total", dimensions: [("a", "1"), ("a", "2")], factory: exporter).increment()
        let long = String(repeating: "x", count: MetricLabels.longestValue + 1)
        Counter(label: "calls_total", dimensions: [("a", long)], factory: exporter).increment()
        #expect(exporter.text() == "")
        #expect(exporter.refusedSeries == 2)
    }

    @Test func `a metric that is not described is not shown, nor one of another kind`() {
        Counter(label: "others_total", factory: exporter).increment()
        Counter(label: "running", factory: exporter).increment()
        Gauge(label: "calls_total", factory: exporter).record(1)
        CoreMetrics.Timer(label: "calls_total", factory: exporter).recordNanoseconds(1)
        #expect(exporter.text() == "")
        #expect(exporter.refusedSeries == 4)
    }

    @Test(arguments: [
        MetricDescription("1a", .counter, help: ""), MetricDescription("a-b", .counter, help: ""),
        MetricDescription("a", .histogram(bounds: [1, 1]), help: ""),
        MetricDescription("a", .histogram(bounds: [2, 1]), help: ""),
        MetricDescription("a", .histogram(bounds: [.nan]), help: ""),
        MetricDescription("a", .histogram(bounds: [.infinity]), help: ""),
    ])
    func `a description that Prometheus could not read is none`(description: MetricDescription) {
        let exporter = PrometheusExporter([description])
        Counter(label: description.name, factory: exporter).increment()
        Recorder(label: description.name, factory: exporter).record(1)
        #expect(exporter.text() == "")
    }

    @Test func `no flood of labels makes more series than are allowed`() {
        let exporter = PrometheusExporter(Self.descriptions, mostSeries: 3)
        for number in 1...10 {
            Counter(label: "calls_total", dimensions: [("caller", "\(number)")], factory: exporter).increment()
        }
        #expect(exporter.text().split(separator: "\n").count { !$0.hasPrefix("#") } == 3)
        #expect(exporter.refusedSeries == 7)
        // What is there goes on.
        Counter(label: "calls_total", dimensions: [("caller", "1")], factory: exporter).increment()
        #expect(exporter.text().contains("calls_total{caller=\"1\"} 2\n"))
    }

    // MARK: - Removing

    @Test func `what is destroyed is not shown any more, and makes place`() {
        let exporter = PrometheusExporter(Self.descriptions, mostSeries: 1)
        let counter = Counter(label: "calls_total", factory: exporter)
        counter.destroy()
        let gauge = Gauge(label: "running", factory: exporter)
        gauge.destroy()
        let meter = Meter(label: "running", factory: exporter)
        meter.destroy()
        let floating = FloatingPointCounter(label: "calls_total", factory: exporter)
        floating.destroy()
        let timer = CoreMetrics.Timer(label: "wait_seconds", factory: exporter)
        timer.recordNanoseconds(1)
        timer.destroy()
        #expect(exporter.text() == "")
        #expect(exporter.refusedSeries == 0)
    }

    // MARK: - Numbers

    @Test(arguments: [
        (0.0, "0"), (-0.0, "0"), (1.0, "1"), (-2.0, "-2"), (0.005, "0.005"), (2.5, "2.5"), (1e-05, "1e-05"),
        (1_700_000_000.25, "1700000000.25"), (9_007_199_254_740_991.0, "9007199254740991"), (1e300, "1e+300"),
        (Double.infinity, "+Inf"), (-Double.infinity, "-Inf"), (Double.nan, "NaN"),
    ])
    func `a number is written as Prometheus reads it`(value: Double, text: String) {
        #expect(ExpositionText.number(value) == text)
    }

    @Test func `many threads count without losing one`() async {
        await withTaskGroup(of: Void.self) { group in
            for _ in 1...8 {
                group.addTask { [exporter] in
                    for _ in 1...1000 {
                        Counter(label: "calls_total", factory: exporter).increment()
                        CoreMetrics.Timer(label: "wait_seconds", factory: exporter).recordMilliseconds(5)
                    }
                }
            }
        }
        #expect(exporter.text().contains("calls_total 8000\n"))
        #expect(exporter.text().contains("wait_seconds_count 8000\n"))
    }
}

import EarshotService
import PrometheusMetrics

/// Metrics that are read when somebody asks for them. Those of the process have the names that every program's have.
enum SampledMetric: String, CaseIterable {
    case buildInfo = "earshot_build_info"
    case recordEntries = "earshot_record_entries_total"
    case recordFailures = "earshot_record_failures_total"
    case refusedSeries = "earshot_metric_series_refused_total"
    case processStart = "process_start_time_seconds"
    case residentMemory = "process_resident_memory_bytes"
    case processorTime = "process_cpu_seconds_total"
    case openFiles = "process_open_fds"
    case mostFiles = "process_max_fds"

    /// A sentence for people.
    var help: String {
        switch self {
        case .buildInfo: "Always 1; the label tells which version runs."
        case .recordEntries: "Entries that were ever written into the record, by whatever program."
        case .recordFailures: "Writes into the record that have failed."
        case .refusedSeries: "Metrics that are not shown, because nobody has described them or there are too many."
        case .processStart: "When the process began, in seconds since 1970."
        case .residentMemory: "Memory that the process has."
        case .processorTime: "Processor time that the process has taken."
        case .openFiles: "Files and connections that are open."
        case .mostFiles: "Files and connections that may be open."
        }
    }

    func sample(_ value: Double, _ labels: [(String, String)] = []) -> MetricSample {
        MetricSample(rawValue, value, labels)
    }
}

extension MetricDescription {
    /// All metrics that there are.
    static let all: [MetricDescription] =
        MetricName.allCases.map { MetricDescription($0) } + SampledMetric.allCases.map { MetricDescription($0) }

    private init(_ metric: MetricName) {
        let histogram = metric.buckets.map { Kind.histogram(bounds: $0) }
        self.init(metric.rawValue, histogram ?? Kind(ofNumber: metric.rawValue), help: metric.help)
    }

    private init(_ metric: SampledMetric) {
        self.init(metric.rawValue, Kind(ofNumber: metric.rawValue), help: metric.help)
    }
}

extension MetricDescription.Kind {
    /// What a single number is, as its name says.
    fileprivate init(ofNumber name: String) { self = name.hasSuffix("_total") ? .counter : .gauge }
}

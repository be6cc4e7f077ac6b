import EarshotService
import Foundation
import MonitoringRecord
import PrometheusMetrics

/// What operations need of a service that runs: made before whatever counts, and asked by the page.
struct Operations: Sendable {
    let exporter = PrometheusExporter(MetricDescription.all)
    let metrics: ServiceMetrics
    let probe = ServiceProbe()
    /// When the process began, in seconds since 1970.
    let start = Date().timeIntervalSince1970

    init() { metrics = ServiceMetrics(factory: exporter, now: RecordStore.millisecondsNow) }
}

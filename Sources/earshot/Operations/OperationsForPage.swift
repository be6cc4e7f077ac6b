import Administration
import ArgumentParser
import EarshotService
import MonitoringRecord
import PrometheusMetrics

/// Metrics and health, for the programs that ask the page for them.
struct OperationsForPage: OperationsView {
    let operations: Operations
    let store: Store
    let isRecordRequired: Bool
    /// How long the engine may take to answer.
    var patience: Duration = .seconds(1)

    var metricsType: String { PrometheusExporter.contentType }

    private func status() async -> ServiceStatus? {
        await operations.probe.status(within: patience, ContinuousClock())
    }

    func metrics() async -> String {
        operations.metrics.show(await status())
        var samples = [
            SampledMetric.buildInfo.sample(1, [("version", Earshot.configuration.version)]),
            SampledMetric.processStart.sample(operations.start),
            SampledMetric.recordFailures.sample(Double(store.recordHealth.failures)),
            SampledMetric.refusedSeries.sample(Double(operations.exporter.refusedSeries)),
        ]
        samples += ProcessFigures.samples()
        // When the file cannot be read, the others are all the more of interest.
        if let head = try? await store.record.head() {
            samples.append(SampledMetric.recordEntries.sample(Double(head.sequence)))
        }
        return operations.exporter.text(samples)
    }

    func isLive() async -> Bool { await status() != nil }

    func obstacles() async -> [String] {
        var obstacles: [String] = []
        if let found = await status() {
            if !found.isConnected { obstacles.append("Asterisk is not connected: no events come from it.") }
        } else {
            obstacles.append("The engine does not answer.")
        }
        if isRecordRequired, let reason = await reasonAgainstWriting() {
            obstacles.append("The record cannot be written, and nobody may hear anybody without it: \(reason).")
        }
        return obstacles
    }

    /// Why the record cannot be written; nil if it can.
    private func reasonAgainstWriting() async -> String? {
        let wasFailing = store.recordHealth.isFailing
        do {
            try await store.record.checkWriting(isThorough: wasFailing)
            // Nobody may have had anything to write since.
            if wasFailing { store.recordHealth.note(nil) }
            return nil
        } catch {
            return "\(error)"
        }
    }
}

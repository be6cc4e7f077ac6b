import CoreMetrics
import Foundation
import Monitoring
import MonitoringRecord
import PrometheusMetrics
import Storage
import Testing

@testable import EarshotService
@testable import earshot

/// What programs are told of a service, whatever state it is in.
@Suite(.timeLimit(.minutes(1))) struct OperationsTests {
    private static let connected = ServiceStatus(sessions: SessionCounts(), disconnected: [])
    private static let disconnected = ServiceStatus(sessions: SessionCounts(), disconnected: [NodeID("asterisk")])

    private func view(
        _ scratch: borrowing Scratch,
        isRecordRequired: Bool = true,
        patience: Duration = .seconds(10)
    ) throws -> OperationsForPage {
        OperationsForPage(
            operations: Operations(),
            store: try Store(path: scratch.path("earshot.db"), templates: [.standard], origin: "test"),
            isRecordRequired: isRecordRequired,
            patience: patience
        )
    }

    /// Looks at a service that answers in this way.
    private func answering(
        _ status: ServiceStatus,
        _ view: OperationsForPage,
        _ body: () async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for await answer in view.operations.probe.questions { answer.yield(status) }
            }
            defer { group.cancelAll() }
            try await body()
        }
    }

    // MARK: - Health

    @Test func `a service that answers and is connected is ready`() async throws {
        let scratch = try Scratch()
        let view = try view(scratch)
        try await answering(Self.connected, view) {
            #expect(await view.isLive())
            #expect(await view.obstacles() == [])
        }
    }

    @Test func `without events from Asterisk it lives, and is not ready`() async throws {
        let scratch = try Scratch()
        let view = try view(scratch)
        try await answering(Self.disconnected, view) {
            #expect(await view.isLive())
            #expect(await view.obstacles() == ["Asterisk is not connected: no events come from it."])
        }
    }

    @Test func `a service that does not answer is neither`() async throws {
        let scratch = try Scratch()
        let view = try view(scratch, patience: .milliseconds(10))
        #expect(await !view.isLive())
        #expect(await view.obstacles() == ["The engine does not answer."])
    }

    @Test(arguments: [true, false])
    func `a record that cannot be written counts where it is required`(isRequired: Bool) async throws {
        let scratch = try Scratch()
        let view = try view(scratch, isRecordRequired: isRequired)
        let other = try Store(path: scratch.path("earshot.db"), templates: [.standard], origin: "other")
        let (holding, isHolding) = AsyncStream.makeStream(of: Void.self)
        let release = DispatchSemaphore(value: 0)
        try await answering(Self.connected, view) {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    try await other.storage.write { _ in
                        isHolding.yield()
                        release.wait()
                    }
                }
                for await _ in holding { break }
                let obstacles = await view.obstacles()
                #expect(obstacles.isEmpty != isRequired)
                #expect(obstacles.allSatisfy { $0.hasPrefix("The record cannot be written") && $0.hasSuffix(".") })
                release.signal()
                try await group.waitForAll()
            }
            #expect(await view.obstacles() == [])
        }
    }

    @Test func `a write that failed is found to be possible again, without a further one`() async throws {
        let scratch = try Scratch()
        let view = try view(scratch)
        let health = view.store.recordHealth
        health.note(StorageError(.full, path: "earshot.db", reason: "cannot grow"))
        #expect(health.isFailing && health.failures == 1)
        try await answering(Self.connected, view) { #expect(await view.obstacles() == []) }
        #expect(!health.isFailing && health.failures == 1)
        health.note(CancellationError())
        #expect(!health.isFailing && health.failures == 1)
        #expect(try await view.store.record.head().sequence == 0)
    }

    // MARK: - Metrics

    @Test func `every metric is described, by a name that says what it is`() {
        let names = MetricDescription.all.map(\.name)
        #expect(Set(names).count == names.count)
        for description in MetricDescription.all {
            #expect(description.name.hasPrefix("earshot_") || description.name.hasPrefix("process_"))
            #expect(description.help.hasSuffix("."), "\(description.name)")
        }
    }

    @Test func `all metrics are in one text, in which promtool finds nothing wrong`() async throws {
        let scratch = try Scratch()
        let view = try view(scratch)
        for metric in MetricName.allCases where metric.buckets != nil {
            CoreMetrics.Timer(label: metric.rawValue, factory: view.operations.exporter).recordMilliseconds(7)
        }
        try await view.store.record.append([RecordDraft(.serviceStarted)])
        view.store.recordHealth.note(StorageError(.full, path: "earshot.db", reason: "cannot grow"))
        var text = ""
        try await answering(Self.connected, view) { text = await view.metrics() }
        for description in MetricDescription.all {
            #expect(text.contains("\n# TYPE \(description.name) "), "\(description.name)")
        }
        for line in [
            "earshot_engine_up 1", "earshot_ari_connection_up 1", "earshot_record_entries_total 1",
            "earshot_record_failures_total 1", "earshot_metric_series_refused_total 0",
            "earshot_sessions_active{mode=\"barge\"} 0",
            "earshot_attempts_denied_total{reason=\"storage_unavailable\"} 0",
        ] {
            #expect(text.contains("\n\(line)\n"), "\(line)")
        }
        #expect(text.contains("\nearshot_build_info{version=\""))
        let found = try promtool(try scratch.write(text, to: "metrics"))
        #expect(found == (0, ""))
    }

    @Test func `whatever stands in a label, promtool can read it`() throws {
        let scratch = try Scratch()
        let exporter = PrometheusExporter([MetricDescription("earshot_tests_total", .counter, help: "a\\b\n\"c\".")])
        for value in ["\"\\\n{}#, ä 日本", "", " "] {
            Counter(label: "earshot_tests_total", dimensions: [("kind", value)], factory: exporter).increment()
        }
        let found = try promtool(try scratch.write(exporter.text(), to: "metrics"))
        #expect(found == (0, ""))
    }

    /// What `promtool check metrics` says of a file. Without promtool its status is 127.
    private func promtool(_ path: String) throws -> (status: Int32, text: String) {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["promtool", "check", "metrics"]
        let output = Pipe()
        process.standardInput = FileHandle(forReadingAtPath: path)
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, text)
    }

    // MARK: - The process

    @Test func `figures of the process are read as Linux writes them`() {
        let status = "Name:\tearshot\nVmPeak:\t  999999 kB\nVmRSS:\t   52340 kB\nThreads:\t9\n"
        #expect(ProcessFigures.residentMemory(inStatus: status) == 53_596_160)
        let stat = "4711 (ear) shot (x)) S 1 4711 4711 0 -1 4194560 9 0 0 0 1234 66 0 0 20 0 9 0 88 1000 500 0"
        #expect(ProcessFigures.processorTime(inStat: stat, ticksInSecond: 100) == 13)
        let limits = "Limit     Soft Limit   Hard Limit   Units\nMax open files   1024       524288       files\n"
        #expect(ProcessFigures.mostFiles(inLimits: limits) == 1024)
    }

    @Test(arguments: ["", "\n", "VmRSS:\n", "x", "1 (a) S 2", "Max open files  unlimited unlimited files"])
    func `what Linux does not tell is left out`(text: String) {
        #expect(ProcessFigures.residentMemory(inStatus: text) == nil)
        #expect(ProcessFigures.processorTime(inStat: text, ticksInSecond: 100) == nil)
        #expect(ProcessFigures.mostFiles(inLimits: text) == nil)
    }

    @Test func `figures of this process are what they can be`() async throws {
        let scratch = try Scratch()
        let view = try view(scratch, patience: .milliseconds(1))
        let values = await view.metrics().split(separator: "\n").reduce(into: [String: Double]()) { values, line in
            let words = line.split(separator: " ")
            if words.count == 2, let value = Double(words[1]) { values[String(words[0])] = value }
        }
        #expect(try #require(values["process_resident_memory_bytes"]) > 1_000_000)
        #expect(try #require(values["process_cpu_seconds_total"]) > 0)
        let open = try #require(values["process_open_fds"])
        #expect(open >= 3)
        if let most = values["process_max_fds"] { #expect(open < most) }
        let start = try #require(values["process_start_time_seconds"])
        #expect(abs(start - Date().timeIntervalSince1970) < 60)
    }
}

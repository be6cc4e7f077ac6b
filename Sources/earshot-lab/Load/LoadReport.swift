import LabSupport

/// What a run under load has shown.
struct LoadReport: Sendable {
    let plan: LoadPlan
    let tallies: [LoadSessions.Stretch: LoadTally]
    let peak: Int
    /// How long it took until the last of the sessions without events had begun.
    let beginning: Duration
    let usage: LoadUsage
    let events: EventsSent
    let longestWait: Duration
    let connections: Int
    /// In all, and of them those of the sessions without events.
    let requests: Int
    let quietRequests: Int
    let remains: LoadRemains

    private var quiet: LoadTally { tallies[.quiet, default: LoadTally()] }
    private var busy: LoadTally { tallies[.busy, default: LoadTally()] }
    private var behind: LoadTally { tallies[.behind, default: LoadTally()] }

    /// The processor's time for a session without other events, in milliseconds.
    var processorTimeOfSession: Double { usage.processorTime(ofEach: quiet.tried) }

    /// How much of that is in the kernel.
    var kernelTimeOfSession: Double { usage.kernelTime(ofEach: quiet.tried) }

    var requestsOfSession: Double { Double(quietRequests) / Double(max(1, quiet.tried)) }

    /// The processor's time for one of the events of others, in milliseconds: without that of the sessions meanwhile.
    var processorTimeOfEvent: Double {
        let sessions = processorTimeOfSession * Double(busy.tried + behind.tried)
        return ((usage.after.processorTime - usage.between.processorTime) / .milliseconds(1) - sessions)
            / Double(max(1, events.count))
    }

    var lines: [String] {
        sessionLines + eventLines + usageLines
    }

    private var sessionLines: [String] {
        let stretches = [quiet, busy]
        func row(_ name: String, _ value: (LoadTally) -> String) -> String { Self.row(name, stretches.map(value)) }
        return [
            Self.row("", ["sessions", "with events"]),
            row("tried") { String($0.tried) },
            row("started") { String($0.joinTimes.count) },
            row("ended cleanly") { String($0.ended) },
            row("refused") { String($0.refused) },
            row("not served") { String($0.unserved) },
            row("lost") { String($0.lost) },
            row("not ended") { String($0.unended) },
            row("arrival to join, median") { tenths($0.times.median) },
            row("arrival to join, worst") { tenths($0.times.greatest) },
            "sessions began at \(rate(quiet.tried, beginning)) a second of \(plan.eachSecond) that were wanted",
            "most sessions at once: \(peak); requests in all: \(requests)",
            "left over: \(remains.counts)",
        ]
    }

    private var eventLines: [String] {
        let rate = rate(events.count, events.time)
        let wait = tenths(longestWait / .milliseconds(1))
        return [
            "events of others: \(events.count), \(rate) a second of \(plan.eventsEachSecond) that were wanted",
            "arrival to join behind the last event: \(tenths(behind.times.greatest))",
            "the WebSocket took nothing for \(wait) at worst (Asterisk cuts off after 100); opened \(connections) times",
        ]
    }

    private var usageLines: [String] {
        let (before, between, after, top) = (usage.before, usage.between, usage.after, usage.top)
        let memory = [before.memory, top.memory, between.memory, after.memory].map(Self.megabytes)
        let files = [before.openFiles, top.openFiles, between.openFiles, after.openFiles].map { String($0) }
        return [
            Self.row("", ["before", "top", "between", "after"]),
            Self.row("memory", memory),
            Self.row("open files", files),
            "processor for each session: \(tenths(processorTimeOfSession)); at rest \(hundredths(usage.idle * 100)) %",
        ]
    }

    /// The default of `ari.connections`.
    private static let connections = 8

    /// What should not have been, in words.
    var faults: [String] {
        let warmUp = tallies[.warmUp, default: LoadTally()]
        let ofSessions =
            warmUp.faults("warm-up") + quiet.faults("sessions") + busy.faults("with events")
            + behind.faults("behind the events")
        return ofSessions + remains.faults + usageFaults
    }

    private var usageFaults: [String] {
        var faults: [String] = []
        let limit = plan.memoryGrowth.limit(after: usage.before.memory)
        for memory in [usage.between.memory, usage.after.memory] where memory > limit {
            faults.append("memory is \(Self.megabytes(memory)), and may be \(Self.megabytes(limit))")
        }
        // Up to `ari.connections` to Asterisk stay open for the next request, as many as were needed at once lately.
        if usage.after.openFiles > usage.before.openFiles + Self.connections {
            faults.append("\(usage.after.openFiles) files are open, and \(usage.before.openFiles) were before")
        }
        return faults
    }

    private func rate(_ count: Int, _ time: Duration) -> Int {
        Int((Double(count) / max(0.001, time / .seconds(1))).rounded())
    }

    private static func row(_ name: String, _ values: [String]) -> String {
        let title = name + String(repeating: " ", count: max(0, 26 - name.count))
        return title + values.map { padded($0, 14) }.joined()
    }

    private static func megabytes(_ bytes: Int) -> String {
        let tenths = bytes / 100_000
        return "\(tenths / 10).\(tenths % 10) MB"
    }
}

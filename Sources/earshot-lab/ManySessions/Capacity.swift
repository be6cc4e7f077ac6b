import ArgumentParser
import Foundation
import LabSupport

/// `earshot-lab bench capacity`: what a session costs Asterisk, with ChanSpy and with Earshot.
struct Capacity: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "capacity",
        abstract: "Asterisk's processor time for each session, with ChanSpy and with Earshot in turn.",
        discussion: """
            The user and system time of Asterisk's process while so many sessions are up, minus that while only the calls are up, divided by the \
            sessions: milliseconds of one processor in a second, so that 1000 is a processor. Each supervisor's tones are checked meanwhile. \
            Earshot's own process is counted apart. How often Asterisk's threads wait for something, and so have to be woken, tells where \
            the time goes.
            """
    )

    @OptionGroup var options: EarshotOptions
    @OptionGroup var load: ManySessionsOptions
    @Option(help: "How many sessions, separated by commas.") var sessions = "10,20,40,60"
    @Option(help: "Which modes, separated by commas.") var modes = "listen,whisper,barge"
    @Flag(help: "Measure Earshot with d too, while no key is pressed.") var withKeys = false
    @Option(help: "How often everything is measured.") var rounds = 3
    @Option(help: "For how many seconds each time.") var seconds = 20

    func validate() throws {
        for count in try counts { try load.check(sessions: count) }
        _ = try chosenModes
        guard rounds > 0, seconds > 0 else { throw ValidationError("--rounds and --seconds must be at least 1.") }
    }

    private var counts: [Int] {
        get throws { try several(sessions, "--sessions") { Int($0) } }
    }

    private var chosenModes: [MonitoredMode] {
        get throws { try several(modes, "--modes") { MonitoredMode(rawValue: $0) } }
    }

    func run() async throws {
        let bench = self
        try await measuring { try await bench.measure() }
    }

    private func measure() async throws {
        let lab = try Lab.load()
        let (counts, modes) = (try counts, try chosenModes)
        let largest = load.plan(counts.max() ?? 1, [.listen])
        say("Asterisk \(lab.asteriskVersion). Starting Earshot and \(load.calls) calls …")
        try await EarshotUnderTest.whileServing(lab, command: options.earshot) { earshot in
            let meter = LoadMeter(asterisk: lab.pid, earshot: Int(try earshot.processID()), seconds: seconds)
            var results = CapacityResults()
            try await SupervisedCalls.whileUp(in: lab, largest) { calls in
                for round in 1...rounds {
                    let alone = try await meter.load()
                    say("round \(round): calls alone: \(alone.text)")
                    for mode in modes {
                        for count in counts {
                            // Whatever the machine does besides grows or shrinks in the course of a round: each of the two goes first in turn.
                            let monitors = Monitor.compared + (withKeys ? [.earshotWithKeys] : [])
                            let order = round.isMultiple(of: 2) ? monitors.reversed() : monitors
                            for monitor in order {
                                let measured = Measured(monitor: monitor, mode: mode, sessions: count)
                                let line = try await cost(of: measured, calls, meter, alone, &results)
                                say("round \(round): \(measured.text): \(line)")
                            }
                        }
                    }
                }
            }
            for mode in modes {
                for count in counts {
                    for line in results.lines(mode, count) { say(line) }
                    try results.figure(.earshot, mode, count)?.tell()
                    try results.figure(.earshotWithKeys, mode, count)?.tell()
                }
            }
            guard results.faults.isEmpty else {
                throw TooSlow(description: results.faults.joined(separator: "\n       "))
            }
        }
    }

    /// Measures once, into the results.
    ///
    /// - Returns: a line about it.
    private func cost(
        of measured: Measured,
        _ calls: SupervisedCalls,
        _ meter: LoadMeter,
        _ alone: ProcessorLoad,
        _ results: inout CapacityResults
    ) async throws -> String {
        let plan = load.plan(measured.sessions, [measured.mode])
        var faults = try await calls.begin(plan, by: measured.monitor)
        try calls.listen(plan)
        let used = try await meter.load()
        let ears = try calls.ears(plan)
        try await calls.end(plan)
        faults += ears.faults
        let asterisk = (used.asterisk - alone.asterisk) / Double(measured.sessions)
        let earshot = (used.earshot - alone.earshot) / Double(measured.sessions)
        let waits = (used.waits - alone.waits) / Double(measured.sessions)
        results.add(measured, asterisk: asterisk, earshot: earshot, waits: waits, faults)
        return "\(used.text); \(perSession(asterisk)) a session; "
            + "\(ears.workingSessions) of \(measured.sessions) heard both all the time, "
            + "\(tenths(ears.supervisors.droppedPerMinute)) dropped a minute and ear"
    }
}

/// What is measured together.
private struct Measured: Hashable {
    let monitor: Monitor
    let mode: MonitoredMode
    let sessions: Int

    var text: String { "\(mode), \(sessions) sessions, \(monitor.rawValue)" }
}

/// Milliseconds of processor time in a second.
private struct ProcessorLoad {
    let asterisk: Double
    let earshot: Double
    /// This process, which is all phones of the bank.
    let phones: Double
    /// How often Asterisk's threads wait in a second.
    let waits: Double

    var text: String {
        "Asterisk \(tenths(asterisk)), Earshot \(tenths(earshot)), the phones \(tenths(phones)) in a second"
    }
}

/// Reads what the processes use.
private struct LoadMeter {
    let asterisk: Int
    let earshot: Int
    let seconds: Int

    /// From now on for ``seconds``.
    func load() async throws -> ProcessorLoad {
        let processes = [Int32(asterisk), Int32(earshot), ProcessInfo.processInfo.processIdentifier]
        func processorTimes() throws -> [Duration] {
            try processes.map { try ProcessUsage(of: $0).processorTime }
        }
        let start = ContinuousClock.now
        let (before, waitsBefore) = (try processorTimes(), try ProcessUsage.waits(of: processes[0]))
        try await Task.sleep(for: .seconds(seconds))
        let (after, waitsAfter) = (try processorTimes(), try ProcessUsage.waits(of: processes[0]))
        let time = ContinuousClock.now - start
        let loads: [Double] = zip(before, after).map { ($1 - $0) / time * 1_000 }
        let waits = Double(waitsAfter - waitsBefore) / (time / .seconds(1))
        return ProcessorLoad(asterisk: loads[0], earshot: loads[1], phones: loads[2], waits: waits)
    }
}

private struct CapacityResults {
    private var asterisk: [Measured: Series] = [:]
    private var earshot: [Measured: Series] = [:]
    private var waits: [Measured: Series] = [:]
    private(set) var faults: [String] = []

    mutating func add(_ measured: Measured, asterisk: Double, earshot: Double, waits: Double, _ faults: [String]) {
        self.waits[measured, default: Series()].add(waits)
        self.asterisk[measured, default: Series()].add(asterisk)
        self.earshot[measured, default: Series()].add(earshot)
        self.faults += faults.map { "\(measured.text): \($0)" }
    }

    /// What was measured of a mode and a number of sessions, by ChanSpy and by another one.
    private struct Outcome {
        let chanSpy: Series
        let asterisk: Series
        /// Of Earshot's own process.
        let process: Series

        /// Where ChanSpy costs nothing that can be measured there is none.
        var ratio: String {
            chanSpy.median > 0 ? hundredths(max(0, asterisk.median / chanSpy.median)) : "none"
        }
    }

    private func outcome(_ monitor: Monitor, _ mode: MonitoredMode, _ sessions: Int) -> Outcome? {
        let spy = Measured(monitor: .chanSpy, mode: mode, sessions: sessions)
        let own = Measured(monitor: monitor, mode: mode, sessions: sessions)
        guard let chanSpy = asterisk[spy], let ours = asterisk[own], let process = earshot[own] else { return nil }
        return Outcome(chanSpy: chanSpy, asterisk: ours, process: process)
    }

    /// What came out for a mode and a number of sessions.
    func lines(_ mode: MonitoredMode, _ sessions: Int) -> [String] {
        guard let outcome = outcome(.earshot, mode, sessions) else { return [] }
        var lines = [
            "\(mode), \(sessions) sessions, milliseconds of a processor in a second for each:",
            "  Asterisk with ChanSpy:        \(perSession(outcome.chanSpy))",
            "  Asterisk with Earshot:        \(perSession(outcome.asterisk)), ratio \(outcome.ratio)",
            "  Earshot itself:               \(perSession(outcome.process))",
            "  Asterisk's threads wait:      \(times(.chanSpy, mode, sessions)) with ChanSpy, \(times(.earshot, mode, sessions)) with Earshot",
        ]
        if let outcome = self.outcome(.earshotWithKeys, mode, sessions) {
            lines.append("  Asterisk with Earshot with d: \(perSession(outcome.asterisk)), ratio \(outcome.ratio)")
        }
        return lines
    }

    private func times(_ monitor: Monitor, _ mode: MonitoredMode, _ sessions: Int) -> String {
        waits[Measured(monitor: monitor, mode: mode, sessions: sessions)].map { "\(Int($0.median.rounded())) times" }
            ?? "?"
    }

    func figure(_ monitor: Monitor, _ mode: MonitoredMode, _ sessions: Int) -> Figure? {
        let (what, goal) =
            switch (monitor, mode) {
            case (.earshotWithKeys, _): ("\(mode) with d", "1.2 of ChanSpy")
            case (_, .listen): ("listen", "1.15 of ChanSpy")
            case (_, .whisper), (_, .barge): ("\(mode)", "1.1 of ChanSpy")
            }
        return outcome(monitor, mode, sessions).map { outcome in
            Figure(
                name: "Asterisk for each of \(sessions) sessions (\(what)), ms of a processor in a second",
                goal: goal,
                earshot: "\(hundredths(outcome.asterisk.median)): \(outcome.ratio)",
                peer: hundredths(outcome.chanSpy.median)
            )
        }
    }
}

private func perSession(_ series: Series) -> String {
    "median \(perSession(series.median)), from \(perSession(series.least)) to \(perSession(series.greatest))"
}

/// Less than nothing can come out where a session costs less than what the machine does by itself.
private func perSession(_ milliseconds: Double) -> String {
    (milliseconds < 0 ? "-" : "") + hundredths(abs(milliseconds)) + " ms"
}

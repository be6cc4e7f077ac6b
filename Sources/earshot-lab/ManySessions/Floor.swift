import ArgumentParser
import LabSupport

/// `earshot-lab bench floor`: what is dropped of calls and sessions when everybody monitors at once, with ChanSpy and with Earshot.
struct Floor: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "floor",
        abstract: "Many sessions at once, then one after another: what is dropped, with ChanSpy and with Earshot.",
        discussion: """
            A call's first supervisor listens, the second one whispers, the third one barges; each has a tone of his own. Every packet of every ear \
            is looked at: each supervisor has to hear both parties all the time, each party the other one and those who whisper or barge to \
            them, and nobody else. Dropped is what did not come by the clock or was passed over, whichever is more, and what came without the \
            voice. Fails when one of Earshot's sessions does, when something is left over in Asterisk, or when Earshot drops more than ChanSpy.
            """
    )

    @OptionGroup var options: EarshotOptions
    @OptionGroup var load: ManySessionsOptions
    @Option(help: "How many sessions there are at once.") var sessions = 60
    @Option(help: "For how many minutes, with each of the two.") var minutes = 5.0
    @Option(help: "How many sessions there are one after another, with each of the two.") var inTurn = 500
    @Flag(help: "At last, one supervisor dials and another presses mode keys without end while ten listen.")
    var flood = false
    @Option(help: "For how many seconds they do.") var floodSeconds = 30
    // A packet: less cannot be counted, and one in a minute and ear may be the machine's.
    @Option(help: "How much more Earshot may drop than ChanSpy, in milliseconds a minute and ear.")
    var tolerance = 20.0

    func validate() throws {
        try load.check(sessions: sessions)
        guard minutes > 0, inTurn >= 0, floodSeconds > 0, tolerance >= 0 else {
            throw ValidationError("--minutes and --flood-seconds must be greater than 0, the others not negative.")
        }
    }

    func run() async throws {
        let bench = self
        try await measuring { try await bench.measure() }
    }

    private func measure() async throws {
        let lab = try Lab.load()
        let plan = load.plan(sessions, MonitoredMode.allCases)
        say("Asterisk \(lab.asteriskVersion). Starting Earshot and \(load.calls) calls …")
        try await EarshotUnderTest.whileServing(lab, command: options.earshot) { _ in
            var faults: [String] = []
            try await SupervisedCalls.whileUp(in: lab, plan, others: Flood.supervisors) { calls in
                faults += try await atOnce(calls, plan)
                if inTurn > 0 { faults += try await oneAfterAnother(calls) }
                if flood { faults += try await Flood(calls: calls, load: load).run(seconds: floodSeconds) }
            }
            say("nothing is left over in Asterisk")
            guard faults.isEmpty else { throw TooSlow(description: faults.joined(separator: "\n       ")) }
        }
    }

    // MARK: - At once

    private func atOnce(_ calls: SupervisedCalls, _ plan: SeatPlan) async throws -> [String] {
        say("\(sessions) sessions at once, \(minutes) minutes with each of the two")
        let alone = try await quiet(calls)
        say("calls without sessions, agents and clients: \(alone.parties.text)")
        var results: [Monitor: Ears] = [:]
        var faults: [String] = []
        for monitor in Monitor.compared {
            var failures = try await calls.begin(plan, by: monitor)
            try calls.listen(plan)
            try await Task.sleep(for: .seconds(60 * minutes))
            let ears = try calls.ears(plan)
            try await calls.end(plan)
            failures += ears.faults
            results[monitor] = ears
            say("\(monitor.rawValue): \(sessions) sessions tried, \(ears.workingSessions) worked all the time")
            say("  supervisors: \(ears.supervisors.text)")
            say("  agents and clients: \(ears.parties.text)")
            for failure in failures { say("  \(failure)") }
            if monitor == .earshot { faults += failures }
        }
        if let chanSpy = results[.chanSpy], let earshot = results[.earshot] {
            faults += compare(chanSpy.supervisors, earshot.supervisors, "supervisors' ears")
            faults += compare(chanSpy.parties, earshot.parties, "agents' and clients' ears")
        }
        return faults
    }

    /// The calls alone, for as long as a tenth of a stretch with sessions: what this machine drops by itself.
    private func quiet(_ calls: SupervisedCalls) async throws -> Ears {
        let plan = load.plan(0, [.listen])
        try calls.listen(plan)
        try await Task.sleep(for: .seconds(6 * minutes))
        return try calls.ears(plan)
    }

    private func compare(_ chanSpy: EarTotals, _ earshot: EarTotals, _ ears: String) -> [String] {
        guard earshot.droppedPerMinute > chanSpy.droppedPerMinute + tolerance else { return [] }
        return [
            "at \(ears), Earshot dropped \(tenths(earshot.droppedPerMinute)) a minute, ChanSpy "
                + "\(tenths(chanSpy.droppedPerMinute)), and \(tenths(tolerance)) more are allowed"
        ]
    }

    // MARK: - One after another

    private func oneAfterAnother(_ calls: SupervisedCalls) async throws -> [String] {
        say("\(inTurn) sessions one after another, with each of the two")
        var results: [Monitor: EarTotals] = [:]
        var faults: [String] = []
        for monitor in Monitor.compared {
            let series = SessionsInTurn(calls: calls, load: load, monitor: monitor)
            let (failures, ears) = try await series.run(inTurn)
            results[monitor] = ears.parties
            say("\(monitor.rawValue): \(inTurn) sessions tried, \(inTurn - failures.count) worked, nothing left over")
            say("  agents and clients meanwhile: \(ears.parties.text)")
            for failure in failures.prefix(10) { say("  \(failure)") }
            if monitor == .earshot { faults += failures + ears.faults }
        }
        if let chanSpy = results[.chanSpy], let earshot = results[.earshot] {
            faults += compare(chanSpy, earshot, "the calls' ears, with sessions one after another,")
        }
        return faults
    }
}

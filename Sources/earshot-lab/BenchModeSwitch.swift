import ArgumentParser
import LabSupport

/// `earshot-lab bench mode-switch`: how long a key takes to change the mode, and what the supervisor misses of the call meanwhile.
struct ModeSwitch: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mode-switch",
        abstract: "From a key to the new mode, and how much of the client the supervisor does not hear.",
        discussion: """
            320's twin 321 (SPY_PARAMS=qd) listens to a call, and presses 4, 5 and 6 in a random order in which all six switches between \
            listen, whisper and barge occur. The time is Earshot's own: from the event of the key to the supervisor's entry into the new \
            bridge. The first switch of a call, for which nothing has been made beforehand, is told apart and has no limit of time. What \
            is missing is measured at the supervisor's socket, in one second around the key, and in the second before, without a key: \
            gaps, silence, and audio that was passed over.
            """
    )

    @OptionGroup var options: EarshotOptions

    @Option(help: "How many switches are measured.")
    var runs = 30

    @Option(help: "Fail when more of the call is missing in any switch than this, in milliseconds.")
    var atMostLost: Double?

    @Option(help: "Fail when the median of the switches' times is greater than this, in milliseconds.")
    var atMostSwitch: Double?

    func validate() throws {
        guard runs >= ModeWalk.switchesPerRound else {
            throw ValidationError("--runs must be at least \(ModeWalk.switchesPerRound): one for each switch.")
        }
        if let atMostLost, !(atMostLost >= 0) { throw ValidationError("--at-most-lost must not be negative.") }
        if let atMostSwitch, !(atMostSwitch > 0) { throw ValidationError("--at-most-switch must be greater than 0.") }
    }

    func run() async throws {
        let (command, runs, limits) = (options.earshot, runs, Limits(lost: atMostLost, time: atMostSwitch))
        try await measuring {
            let lab = try Lab.load()
            say("Asterisk \(lab.asteriskVersion). Starting Earshot and the call of 201 to 101 …")
            try await EarshotUnderTest.whileServing(lab, command: command) { earshot in
                try await StandingCall.whileUp(in: lab, clientTone: .place) { _ in
                    try await Measurement(lab: lab, earshot: earshot).run(runs, limits)
                }
            }
        }
    }
}

/// What may be missing at worst, and how long a switch may take in the median, in milliseconds.
private struct Limits {
    let lost: Double?
    let time: Double?

    func check(lost worst: Double, time median: Double) throws {
        var faults: [String] = []
        if let lost, worst > lost { faults.append("\(tenths(worst)) were missing, and at most \(tenths(lost)) may be") }
        if let time, median > time {
            faults.append("the median of the switches is \(tenths(median)), and at most \(tenths(time)) is allowed")
        }
        if !faults.isEmpty { throw TooSlow(description: faults.joined(separator: "; ")) }
    }
}

private struct Results {
    /// Of the first switches of calls, and of the others.
    private var firstTime = Series()
    private(set) var time = Series()
    private(set) var firstLost = Series()
    private(set) var lost = Series()
    private var baseline = Series()

    var count: Int { firstTime.count + time.count }

    mutating func add(isFirst: Bool, time: Double, _ loss: ToneLoss, undisturbed: ToneLoss) {
        if isFirst {
            firstTime.add(time)
            firstLost.add(loss.milliseconds)
        } else {
            self.time.add(time)
            lost.add(loss.milliseconds)
        }
        baseline.add(undisturbed.milliseconds)
    }

    func tell() throws {
        try Figure(name: "mode switch, median", goal: "15 ms", earshot: tenths(time.median)).tell()
        try Figure(name: "the first one of a call, median", goal: "-", earshot: tenths(firstTime.median)).tell()
        let worst = max(firstLost.greatest, lost.greatest)
        try Figure(name: "missing of the call in a switch, worst", goal: "40 ms", earshot: tenths(worst)).tell()
    }

    var summary: [String] {
        [
            "time of a call's first switch:  \(firstTime.text)",
            "time of the others:             \(time.text)",
            "missing in the first switch:    \(firstLost.text)",
            "missing in the others:          \(lost.text)",
            "missing without a switch:       \(baseline.text)",
        ]
    }
}

private struct Measurement {
    /// Of the second that is looked at, what passes before the key goes down. The key takes 100 ms, the switch some tens.
    private static let before = Duration.milliseconds(350)
    private static let span = Duration.seconds(1)

    let lab: Lab
    let earshot: EarshotProcess

    func run(_ runs: Int, _ limits: Limits) async throws {
        let supervisor = "321"
        try await lab.setSpyParams("qd", of: supervisor)
        let phone = try MeasuringPhone(user: supervisor, server: lab.sip.port, tone: .supervisor)
        defer { phone.stop() }
        var results = Results()
        while results.count < runs {
            let count = min(ModeWalk.switchesPerRound, runs - results.count)
            try await session(phone, switches: count, &results)
        }
        for line in results.summary { say(line) }
        try results.tell()
        try limits.check(lost: max(results.firstLost.greatest, results.lost.greatest), time: results.time.median)
    }

    /// One call of the supervisor, with up to one of each switch.
    ///
    /// Asterisk reads a snoop every 20 ms from the key on that made it, and the phone sends its keys every 20 ms from the call's beginning
    /// on: within a call all switches find the same moment of the packets' beat. So there are several calls, each with another.
    private func session(_ phone: MeasuringPhone, switches: Int, _ results: inout Results) async throws {
        try await Task.sleep(for: .microseconds(Int.random(in: 0..<20_000)))
        try await phone.dial("*91101")
        _ = try await phone.waitToHear(.place)
        var random = SystemRandomNumberGenerator()
        var mode = MonitoredMode.listen
        var isFirst = true
        for next in ModeWalk.modes(count: switches, from: mode, using: &random) {
            let undisturbed = try await lossWithoutKey(phone)
            let (time, loss) = try await lossOfSwitch(to: next, phone)
            results.add(isFirst: isFirst, time: time, loss, undisturbed: undisturbed)
            isFirst = false
            say(
                "run \(padded(String(results.count), 3)): \(padded("\(mode) → \(next)", 17)): \(tenths(time)), "
                    + "missing \(loss.text), without a switch \(tenths(undisturbed.milliseconds))"
            )
            mode = next
        }
        phone.hangUp()
        try await phone.waitFor(.closed)
        try await lab.waitUntil("the end of the session") { channels, _ in channels.count == 2 }
    }

    private func lossWithoutKey(_ phone: MeasuringPhone) async throws -> ToneLoss {
        let start = ContinuousClock.now
        try await Task.sleep(until: start + Self.span)
        return try loss(phone, from: start)
    }

    private func lossOfSwitch(
        to mode: MonitoredMode,
        _ phone: MeasuringPhone
    ) async throws -> (time: Double, loss: ToneLoss) {
        let lines = earshot.log().count
        let start = ContinuousClock.now
        try await Task.sleep(until: start + Self.before)
        _ = try await phone.press(mode.key)
        try await Task.sleep(until: start + Self.span)
        let loss = try loss(phone, from: start)
        // Only now: reading the log while Asterisk and Earshot are at work would take their time.
        let line = try await earshot.waitForLog("mode changed", after: lines)
        guard line["session.mode"] == mode.rawValue, let time = line["switch_ms"].flatMap(Double.init) else {
            throw LabError("this is no switch to \(mode): \(line)")
        }
        return (time, loss)
    }

    private func loss(_ phone: MeasuringPhone, from start: ContinuousClock.Instant) throws -> ToneLoss {
        guard let loss = phone.reception(from: start, to: start + Self.span).loss(of: .place) else {
            throw LabError("hardly any audio came to the supervisor")
        }
        return loss
    }
}

extension ToneLoss {
    fileprivate var milliseconds: Double { total / .milliseconds(1) }

    /// The total, and what it consists of.
    fileprivate var text: String {
        let parts = [("not received", notReceived), ("silent", withoutTone), ("passed over", skipped)]
            .map { ($0.0, $0.1 ?? .zero) }.filter { $0.1 != .zero }.map {
                "\($0.0) \(Int(($0.1 / .milliseconds(1)).rounded())) ms"
            }
        return tenths(milliseconds) + (parts.isEmpty ? "" : " (\(parts.joined(separator: ", ")))")
    }
}

import ArgumentParser
import LabSupport

/// `earshot-lab bench`: measurements.
struct Bench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measures Earshot.",
        subcommands: [
            FirstAudio.self, ModeSwitch.self, BenchDelay.self, BenchTeardown.self, BenchWeb.self, BenchLoad.self,
            BenchClient.self, BenchRequest.self, Floor.self, Capacity.self,
        ]
    )
}

/// `earshot-lab bench first-audio`: how long a supervisor waits for the call's audio, with ChanSpy and with Earshot.
struct FirstAudio: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "first-audio",
        abstract: "From INVITE to the first RTP packet with the client's tone: ChanSpy and Earshot in turn.",
        discussion: """
            Both listen to the same call from the same endpoint (320, SPY_PARAMS=qESsb), ChanSpy by *81101 and Earshot by *91101. A packet counts when \
            at least 3.6 of its 20 ms are the client's tone.
            """
    )

    @OptionGroup var options: EarshotOptions

    @Option(help: "How often each of the two is measured.")
    var runs = 20

    @Option(help: "Fail when the ratio of the medians, Earshot to ChanSpy, is greater than this.")
    var atMost: Double?

    func validate() throws {
        guard runs > 0 else { throw ValidationError("--runs must be at least 1.") }
        if let atMost, !(atMost > 0) { throw ValidationError("--at-most must be greater than 0.") }
    }

    func run() async throws {
        let (command, runs, atMost) = (options.earshot, runs, atMost)
        try await measuring {
            let lab = try Lab.load()
            say("Asterisk \(lab.asteriskVersion). Starting Earshot and the call of 201 to 101 …")
            try await EarshotUnderTest.whileServing(lab, command: command) { _ in
                try await StandingCall.whileUp(in: lab) { _ in
                    try await Self.measure(in: lab, runs: runs, atMost: atMost)
                }
            }
        }
    }

    private static func measure(in lab: Lab, runs: Int, atMost: Double?) async throws {
        let phone = try MeasuringPhone(user: "320", server: lab.sip.port, tone: .supervisor)
        defer { phone.stop() }
        var (chanSpy, earshot) = (Series(), Series())
        for run in 1...runs {
            let first = try await firstAudio(of: "*81101", phone, lab)
            let second = try await firstAudio(of: "*91101", phone, lab)
            chanSpy.add(first)
            earshot.add(second)
            say("run \(padded(String(run), 3)): ChanSpy \(tenths(first)), Earshot \(tenths(second))")
        }
        say("ChanSpy: \(chanSpy.text)")
        say("Earshot: \(earshot.text)")
        let ratio = earshot.median / chanSpy.median
        say("ratio of the medians, Earshot / ChanSpy: \(hundredths(ratio))")
        try Figure(
            name: "first audio, median",
            goal: "0.33 of ChanSpy",
            earshot: "\(tenths(earshot.median)): \(hundredths(ratio))",
            peer: tenths(chanSpy.median)
        ).tell()
        if let atMost, ratio > atMost {
            throw TooSlow(
                description: "the ratio is \(hundredths(ratio)), and at most \(hundredths(atMost)) is allowed"
            )
        }
    }

    static func firstAudio(of code: String, _ phone: MeasuringPhone, _ lab: Lab) async throws -> Double {
        // Whoever comes within 0.1 s of the last session waits until its audio hooks have gone (MonitoredLeg), which nobody does by hand.
        // Everything here beats in 20 ms; without another phase for each run, all would measure the same one.
        try await Task.sleep(for: .microseconds(200_000 + Int.random(in: 0..<20_000)))
        let invited = try await phone.dial(code)
        let heard = try await phone.waitToHear(.client)
        phone.hangUp()
        try await phone.waitFor(.closed)
        try await lab.waitUntil("the end of the run") { channels, _ in channels.count == 2 }
        return (heard.at - invited) / .milliseconds(1)
    }
}

/// Runs a measurement as ``running(_:_:)`` does.
func measuring(_ measure: @escaping @Sendable () async throws -> Void) async throws {
    try await running("bench", measure)
}

/// All was measured, and the result is not good enough. No ``LabError``: nothing is wrong that a log would explain.
struct TooSlow: Error, CustomStringConvertible {
    let description: String
}

extension Series {
    var text: String {
        "median \(tenths(median)), min \(tenths(least)), max \(tenths(greatest)), \(count) runs"
    }
}

func tenths(_ milliseconds: Double) -> String {
    let tenths = Int((milliseconds * 10).rounded())
    let (whole, rest) = tenths.magnitude.quotientAndRemainder(dividingBy: 10)
    return padded("\(tenths < 0 ? "-" : "")\(whole).\(rest)", 6) + " ms"
}

func hundredths(_ value: Double) -> String {
    let hundredths = Int((value * 100).rounded())
    let (whole, rest) = hundredths.magnitude.quotientAndRemainder(dividingBy: 100)
    return "\(hundredths < 0 ? "-" : "")\(whole).\(padded(String(rest), 2, with: "0"))"
}

/// The median, and the least and greatest value.
func medianAndRange(_ series: Series) -> String {
    "\(hundredths(series.median)) (\(hundredths(series.least)) to \(hundredths(series.greatest)))"
}

func padded(_ text: String, _ width: Int, with filler: Character = " ") -> String {
    String(repeating: filler, count: max(0, width - text.count)) + text
}

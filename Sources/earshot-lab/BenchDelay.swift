import ArgumentParser
import LabSupport

/// `earshot-lab bench delay`: how much later the supervisor hears than the agent speaks, with ChanSpy and with Earshot.
struct BenchDelay: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delay",
        abstract: "From the agent's voice to the supervisor's ear: ChanSpy and Earshot in turn.",
        discussion: """
            An agent (321) says 60 ms of a tone, again and again, each time at another moment of the packets' beat. \
            The time is from the first of these packets at the agent's socket to the first one with the tone at the \
            supervisor's (320).
            """
    )

    @OptionGroup var options: EarshotOptions
    @Option(help: "How many sessions of each of the two are measured.") var runs = 10
    @Option(help: "How often the agent speaks in a session.") var words = 20
    @Option(help: "Fail when Earshot's median is later than ChanSpy's by more than this, in milliseconds.")
    var atMost: Double?

    func validate() throws {
        guard runs > 0, words > 0 else { throw ValidationError("--runs and --words must be at least 1.") }
        if let atMost, !(atMost >= 0) { throw ValidationError("--at-most must not be negative.") }
    }

    func run() async throws {
        let (command, runs, words, atMost) = (options.earshot, runs, words, atMost)
        try await measuring {
            try await MeasuredPair.whileServed(by: command) { pair, other, lab in
                try await pair.agent.dial("101")
                try await other.waitFor(.established)
                try await Self.measure(pair, lab, runs: runs, words: words, atMost: atMost)
                pair.agent.hangUp()
                try await other.waitFor(.closed)
            }
        }
    }

    private static func measure(
        _ pair: MeasuredPair,
        _ lab: Lab,
        runs: Int,
        words: Int,
        atMost: Double?
    ) async throws {
        var (chanSpy, earshot) = (Series(), Series())
        for run in 1...runs {
            try await session(MeasuredPair.chanSpy, pair, lab, words, into: &chanSpy)
            try await session(MeasuredPair.earshot, pair, lab, words, into: &earshot)
            say(
                "session \(padded(String(run), 3)): ChanSpy \(tenths(chanSpy.median)), Earshot \(tenths(earshot.median))"
            )
        }
        say("ChanSpy: \(chanSpy.text)")
        say("Earshot: \(earshot.text)")
        let later = earshot.median - chanSpy.median
        say("Earshot's median is later by \(tenths(later))")
        try Figure(
            name: "voice to the supervisor's ear, median",
            goal: "5 ms later",
            earshot: tenths(earshot.median),
            peer: tenths(chanSpy.median)
        ).tell()
        if let atMost, later > atMost {
            throw TooSlow(description: "Earshot is later by \(tenths(later)), and at most \(tenths(atMost)) is allowed")
        }
    }

    private static func session(
        _ code: String,
        _ pair: MeasuredPair,
        _ lab: Lab,
        _ words: Int,
        into times: inout Series
    ) async throws {
        try await pair.supervisor.dial(code)
        // The other party's tone tells that the supervisor hears the call.
        _ = try await pair.supervisor.waitToHear(.client)
        for _ in 1...words {
            try await Task.sleep(for: .milliseconds(300))
            let spoken = try await pair.agent.speak(packets: 3)
            let heard = try await pair.supervisor.waitToHear(.agent, since: spoken, within: .seconds(1))
            times.add((heard.at - spoken) / .milliseconds(1))
        }
        pair.supervisor.hangUp()
        try await pair.supervisor.waitFor(.closed)
        try await lab.waitUntil("the end of the session") { channels, _ in channels.count == 2 }
    }
}

/// `earshot-lab bench teardown`: how long after the agent's end the supervisor is released, with ChanSpy and with
/// Earshot.
struct BenchTeardown: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "teardown",
        abstract: "From the agent's BYE to the supervisor's: ChanSpy and Earshot in turn.",
        discussion: """
            An agent (321) calls, a supervisor (320, with E) listens, and the agent hangs up. Every run has a call of its \
            own.
            """
    )

    @OptionGroup var options: EarshotOptions
    @Option(help: "How often each of the two is measured.") var runs = 100
    @Option(help: "Fail when Earshot takes longer than this in more than one of 100 runs, in milliseconds.")
    var atMost: Double?

    func validate() throws {
        guard runs > 0 else { throw ValidationError("--runs must be at least 1.") }
        if let atMost, !(atMost > 0) { throw ValidationError("--at-most must be greater than 0.") }
    }

    func run() async throws {
        let (command, runs, atMost) = (options.earshot, runs, atMost)
        try await measuring {
            try await MeasuredPair.whileServed(by: command) { pair, other, lab in
                try await Self.measure(pair, other, lab, runs: runs, atMost: atMost)
            }
        }
    }

    private static func measure(
        _ pair: MeasuredPair,
        _ other: Phone,
        _ lab: Lab,
        runs: Int,
        atMost: Double?
    ) async throws {
        var (chanSpy, earshot) = (Series(), Series())
        for run in 1...runs {
            chanSpy.add(try await end(MeasuredPair.chanSpy, pair, other, lab))
            earshot.add(try await end(MeasuredPair.earshot, pair, other, lab))
            if run.isMultiple(of: 10) { say("\(run) of \(runs)") }
        }
        for (name, times) in [("ChanSpy", chanSpy), ("Earshot", earshot)] {
            say("\(name): \(times.text), 99 of 100 within \(tenths(times.quantile(0.99)))")
        }
        try Figure(
            name: "agent's BYE to the supervisor's, 99 of 100",
            goal: "20 ms",
            earshot: tenths(earshot.quantile(0.99)),
            peer: tenths(chanSpy.quantile(0.99))
        ).tell()
        if let atMost, earshot.quantile(0.99) > atMost {
            throw TooSlow(description: "99 of 100 are to be within \(tenths(atMost))")
        }
    }

    private static func end(
        _ code: String,
        _ pair: MeasuredPair,
        _ other: Phone,
        _ lab: Lab
    ) async throws -> Double {
        try await pair.agent.dial("101")
        try await other.waitFor(.established)
        try await pair.supervisor.dial(code)
        _ = try await pair.supervisor.waitToHear(.client)
        try await Task.sleep(for: .microseconds(Int.random(in: 0..<20_000)))
        let ended = pair.agent.hangUp()
        let released = try await pair.supervisor.waitFor(.closed)
        try await other.waitFor(.closed)
        try await lab.waitUntil("the end of the run") { channels, _ in channels.isEmpty }
        return (released.at - ended) / .milliseconds(1)
    }
}

/// An agent who calls, and a supervisor, on phones that measure.
private struct MeasuredPair {
    static let chanSpy = "*81321"
    static let earshot = "*91321"

    let agent: MeasuringPhone
    let supervisor: MeasuringPhone

    /// Runs `body` while Earshot serves the lab, with a phone at 101 for the agent to call.
    static func whileServed(
        by command: String,
        _ body: (_ pair: MeasuredPair, _ other: Phone, _ lab: Lab) async throws -> Void
    ) async throws {
        let lab = try Lab.load()
        say("Asterisk \(lab.asteriskVersion). Starting Earshot …")
        let pair = try MeasuredPair(in: lab)
        defer { pair.stop() }
        try await EarshotUnderTest.whileServing(lab, command: command) { _ in
            try await lab.withPhone("101", tone: .client) { try await body(pair, $0, lab) }
        }
    }

    private init(in lab: Lab) throws {
        agent = try MeasuringPhone(user: "321", server: lab.sip.port, tone: .agent, speaksOnDemand: true)
        supervisor = try MeasuringPhone(user: "320", server: lab.sip.port, tone: nil)
    }

    private func stop() {
        agent.stop()
        supervisor.stop()
    }
}

import ArgumentParser
import LabSupport

/// `earshot-lab bench client`: what a session and an event cost Earshot, and a bare application that asks for the same.
struct BenchClient: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "client",
        abstract: "The processor's time for a session and for an event: a bare application and Earshot in turn.",
        discussion: """
            Both serve a small Asterisk on loopback, without a lab. The other application makes the same requests for a \
            session, and knows of no rights, keys, faults or record, and writes no log. Fails when one of them did not \
            serve every session, or when the ratio is greater than allowed.
            """
    )

    @OptionGroup var options: EarshotOptions
    @Option(help: "The other application. It is started as Earshot is, with the argument serve.") var peer: String
    @Option(help: "How often each of the two is measured.") var rounds = 3
    @Option(help: "How many sessions are measured in a round.") var sessions = 600
    @Option(help: "How many sessions start in a second.") var eachSecond = 40
    @Option(help: "How many events of others come in a second.") var eventsEachSecond = 5_000
    @Option(help: "How many seconds they come.") var eventSeconds = 10
    @Option(help: "Fail when the ratio of the medians for a session, Earshot to the other, is greater than this.")
    var atMost: Double?

    func validate() throws {
        guard [rounds, sessions, eachSecond, eventsEachSecond, eventSeconds].allSatisfy({ $0 > 0 }) else {
            throw ValidationError("No number may be less than 1.")
        }
        if let atMost, !(atMost > 0) { throw ValidationError("--at-most must be greater than 0.") }
    }

    func run() async throws {
        let bench = self
        try await measuring { try await bench.measure() }
    }

    private var plan: LoadPlan {
        LoadPlan(
            warmUp: 200,
            sessions: sessions,
            atOnce: 200,
            eachSecond: eachSecond,
            eventsEachSecond: eventsEachSecond,
            eventTime: .seconds(eventSeconds),
            busyEachSecond: 1,
            // Whether memory comes back is the question of `bench load`.
            memoryGrowth: MemoryGrowth(percent: 1_000, bytes: 0)
        )
    }

    /// What one of the two takes.
    private struct Cost {
        /// In milliseconds of the processor.
        var session = Series()
        /// How much of that is in the kernel.
        var kernel = Series()
        /// In microseconds of the processor.
        var event = Series()
        var requests = Series()
        /// At rest, in megabytes.
        var memory = Series()
        /// At rest, in percent of a processor.
        var idle = Series()

        mutating func add(_ report: LoadReport) {
            session.add(report.processorTimeOfSession)
            kernel.add(report.kernelTimeOfSession)
            event.add(report.processorTimeOfEvent * 1_000)
            requests.add(report.requestsOfSession)
            memory.add(Double(report.usage.before.memory) / 1_000_000)
            idle.add(report.usage.idle * 100)
        }
    }

    private func measure() async throws {
        var (peers, earshots) = (Cost(), Cost())
        for round in 1...rounds {
            say("round \(round) of \(rounds)")
            // In turn first and second.
            if round.isMultiple(of: 2) { earshots.add(try await cost(of: options.earshot)) }
            peers.add(try await cost(of: peer))
            if !round.isMultiple(of: 2) { earshots.add(try await cost(of: options.earshot)) }
        }
        say(Self.row("", ["the peer", "Earshot", "ratio"]))
        say(Self.row("a session, ms of a processor", peers.session, earshots.session))
        say(Self.row("of that in the kernel", peers.kernel, earshots.kernel))
        say(Self.row("requests for a session", peers.requests, earshots.requests))
        say(Self.row("an event of others, µs", peers.event, earshots.event))
        say(Self.row("memory at rest, MB", peers.memory, earshots.memory))
        say(Self.row("at rest, % of a processor", peers.idle, earshots.idle))
        let ratio = earshots.session.median / peers.session.median
        try tell(peers, earshots, ratio)
        if let atMost, ratio > atMost {
            throw TooSlow(
                description: "a session's ratio is \(hundredths(ratio)), and at most \(hundredths(atMost)) is allowed"
            )
        }
    }

    private func tell(_ peers: Cost, _ earshots: Cost, _ ratio: Double) throws {
        func tell(_ name: String, _ goal: String, _ peer: Series, _ earshot: Series, _ more: String = "") throws {
            let (own, other) = (hundredths(earshot.median) + more, hundredths(peer.median))
            try Figure(name: name, goal: goal, earshot: own, peer: "aiohttp \(other)").tell()
        }
        let session = ": \(hundredths(ratio))"
        try tell("a session, ms of a processor", "3, 0.35 of the peer", peers.session, earshots.session, session)
        try tell("an event of others, µs", "10, less than the peer", peers.event, earshots.event)
        try tell("memory at rest, MB", "30", peers.memory, earshots.memory)
        try tell("at rest, % of a processor", "0.1", peers.idle, earshots.idle)
    }

    private func cost(of command: String) async throws -> LoadReport {
        let report = try await LoadMeasurement.run(plan, of: command)
        guard report.faults.isEmpty else {
            throw TooSlow(description: "\(command): \(report.faults.joined(separator: "\n       "))")
        }
        return report
    }

    private static func row(_ name: String, _ peer: Series, _ earshot: Series) -> String {
        row(name, [peer, earshot].map { medianAndRange($0) } + [hundredths(earshot.median / peer.median)])
    }

    private static func row(_ name: String, _ values: [String]) -> String {
        let title = name + String(repeating: " ", count: max(0, 30 - name.count))
        return title + values.map { padded($0, 26) }.joined()
    }
}

import ArgumentParser

/// `earshot-lab bench load`: many sessions, and the events of a busy PBX.
struct BenchLoad: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "load",
        abstract: "Thousands of sessions and the events of a busy PBX, on a small Asterisk.",
        discussion: """
            Needs no lab: the built command serves a small Asterisk on loopback, without phones and audio. Supervisors come and leave in all \
            three modes; then the same goes on while the events of others' calls come. Fails when a session was not served or not ended, when \
            anything is left in Asterisk, and when memory or open files have not come back to where they were after the warm-up.
            """
    )

    @OptionGroup var options: EarshotOptions
    @Option(help: "How many sessions come before anything is measured.") var warmUp = 1_000
    @Option(help: "How many sessions are measured.") var sessions = 20_000
    @Option(help: "The most sessions at the same time.") var atOnce = 1_000
    @Option(help: "How many sessions start in a second.") var eachSecond = 200
    @Option(help: "How many events of others come in a second.") var eventsEachSecond = 50_000
    @Option(help: "How many seconds they come.") var eventSeconds = 10
    @Option(help: "How many sessions start in each of these seconds.") var busyEachSecond = 20
    @Option(help: "How much memory may have grown in the end, in percent of what was before.") var memoryPercent = 20
    @Option(help: "How much more besides, in megabytes.") var memoryMegabytes = 10
    @Flag(help: "With Earshot's file, so that every session stands in the record.") var record = false

    func validate() throws {
        guard [warmUp, sessions, atOnce, eachSecond, busyEachSecond].allSatisfy({ $0 > 0 }), atOnce <= 8_000 else {
            throw ValidationError("Numbers of sessions must be at least 1, --at-once at most 8000.")
        }
        guard eventsEachSecond >= 0, eventSeconds > 0, memoryPercent >= 0, memoryMegabytes >= 0 else {
            throw ValidationError("--event-seconds must be at least 1, and no number may be negative.")
        }
    }

    func run() async throws {
        let bench = self
        try await measuring { try await bench.measure() }
    }

    private var plan: LoadPlan {
        LoadPlan(
            warmUp: warmUp,
            sessions: sessions,
            atOnce: atOnce,
            eachSecond: eachSecond,
            eventsEachSecond: eventsEachSecond,
            eventTime: .seconds(eventSeconds),
            busyEachSecond: busyEachSecond,
            memoryGrowth: MemoryGrowth(percent: memoryPercent, bytes: memoryMegabytes * 1_000_000)
        )
    }

    private func measure() async throws {
        let report = try await LoadMeasurement.run(plan, of: options.earshot, withRecord: record)
        for line in report.lines { say(line) }
        guard report.faults.isEmpty else { throw TooSlow(description: report.faults.joined(separator: "\n       ")) }
    }
}

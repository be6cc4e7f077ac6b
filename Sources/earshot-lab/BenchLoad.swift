import ARITestServer
import ARITestSupport
import ArgumentParser
import Foundation
import LabSupport
import Locking

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
        let plan = plan
        let folder = try makeTemporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let sessions = LoadSessions(atOnce: plan.atOnce, stay: plan.stay)
        var world = AsteriskWorld()
        sessions.addEndpoints(to: &world)
        let book = LockedBox(sessions)
        let asterisk = LoopbackAsterisk(world) { request, world in
            let now = ContinuousClock.now
            book.withLock { $0.noticed(request, in: world, at: now) }
        }
        try await LoopbackServer.whileServing(asterisk) { url in
            try await EarshotUnderTest.whileServing(
                try access(to: url, in: folder),
                command: options.earshot,
                environment: environment(in: folder)
            ) { earshot in
                let run = LoadMeasurement(plan: plan, asterisk: asterisk, sessions: book, earshot: earshot)
                try judge(try await run.run())
            }
        }
    }

    private func judge(_ report: LoadReport) throws {
        for line in report.lines { say(line) }
        guard report.faults.isEmpty else { throw TooSlow(description: report.faults.joined(separator: "\n       ")) }
    }

    /// The small Asterisk lets everybody in, but Earshot does not go without a password.
    private func access(to url: String, in folder: String) throws -> ARIAccess {
        let passwordFile = folder + "/password"
        try Data("load\n".utf8).write(to: URL(fileURLWithPath: passwordFile))
        return ARIAccess(url: url, username: "earshot", passwordFile: passwordFile)
    }

    private func environment(in folder: String) -> [String: String] {
        var environment = ["EARSHOT_SESSIONS_MAXIMUM": String(plan.maximumSessions)]
        if record { environment["EARSHOT_STORAGE_PATH"] = folder + "/earshot.sqlite" }
        return environment
    }
}

import ARITestServer
import ARITestSupport
import Foundation
import LabSupport
import Locking

/// A run of many sessions, and then of many events, on an Earshot that serves a small Asterisk.
struct LoadMeasurement: Sendable {
    /// How often supervisors come and go, and events are sent.
    private static let beat = Duration.milliseconds(5)
    /// How long nothing happens before memory and open files are read.
    private static let rest = Duration.seconds(5)
    /// How long is looked what is used while nobody calls: more than one round of what is asked regularly.
    private static let idleTime = Duration.seconds(12)
    /// The most events that are sent at once.
    private static let mostEventsAtOnce = 1_000

    let plan: LoadPlan
    let asterisk: LoopbackAsterisk
    let sessions: LockedBox<LoadSessions>
    let earshot: EarshotProcess

    /// Measures a command that serves a small Asterisk of its own.
    ///
    /// - Parameters:
    ///   - command: Earshot, or what is started as Earshot is.
    ///   - withRecord: with a file of Earshot's own, so that every session stands in the record.
    /// - Throws: ``LabError`` when it does not connect, or does not run any more.
    static func run(_ plan: LoadPlan, of command: String, withRecord: Bool = false) async throws -> LoadReport {
        let folder = try makeTemporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        // The small Asterisk lets everybody in, but Earshot does not go without a password.
        let passwordFile = folder + "/password"
        try Data("load\n".utf8).write(to: URL(fileURLWithPath: passwordFile))
        var settings = ["EARSHOT_SESSIONS_MAXIMUM": String(plan.maximumSessions)]
        if withRecord { settings["EARSHOT_STORAGE_PATH"] = folder + "/earshot.sqlite" }
        let sessions = LoadSessions(atOnce: plan.atOnce, stay: plan.stay)
        var world = AsteriskWorld()
        sessions.addEndpoints(to: &world)
        let book = LockedBox(sessions)
        let asterisk = LoopbackAsterisk(world) { request, world in
            let now = ContinuousClock.now
            book.withLock { $0.noticed(request, in: world, at: now) }
        }
        let environment = settings
        return try await LoopbackServer.whileServing(asterisk) { url in
            try await EarshotUnderTest.whileServing(
                ARIAccess(url: url, username: "earshot", passwordFile: passwordFile),
                command: command,
                environment: environment
            ) { earshot in
                try await LoadMeasurement(plan: plan, asterisk: asterisk, sessions: book, earshot: earshot).run()
            }
        }
    }

    private func run() async throws -> LoadReport {
        say("\(plan.warmUp) sessions to warm up …")
        _ = try await run(plan.warmUp, .warmUp, eachSecond: plan.eachSecond)
        _ = try await usageAtRest()
        let idle = try await load(during: Self.idleTime)
        let before = try earshot.usage()
        let requestsBefore = await asterisk.requestCount
        say("\(plan.sessions) sessions, \(plan.eachSecond) starting a second, at most \(plan.atOnce) at once …")
        let quiet = try await run(plan.sessions, .quiet, eachSecond: plan.eachSecond)
        let between = try await usageAtRest()
        let quietRequests = await asterisk.requestCount - requestsBefore
        say("\(plan.eventsEachSecond) events a second for \(plan.eventTime), and \(plan.busyEachSecond) sessions …")
        let (events, busy) = try await runWithEvents()
        let after = try await usageAtRest()
        let usage = LoadUsage(
            idle: idle,
            before: before,
            between: between,
            after: after,
            top: quiet.top.including(busy.top)
        )
        return await report(usage, beginning: quiet.beginning, quietRequests: quietRequests, events)
    }

    // MARK: - Sessions

    /// Lets supervisors come until they have been `count`, and waits until nobody is left.
    ///
    /// - Returns: the most that Earshot took meanwhile, and how long it took until the last one had come.
    private func run(
        _ count: Int,
        _ stretch: LoadSessions.Stretch,
        eachSecond: Int
    ) async throws -> (top: LoadUsage.Top, beginning: Duration) {
        let start = ContinuousClock.now
        var begun = 0
        var beginning = Duration.zero
        var top = LoadUsage.Top()
        var nextLook = start
        while begun < count || !sessions.withLock(\.isIdle) {
            let now = ContinuousClock.now
            if begun < count { beginning = now - start }
            let due = min(count, 1 + Int((now - start) / .seconds(1) * Double(eachSecond)))
            // After a standstill they do not all come at the same moment.
            begun += try await step(begin: min(due - begun, 1 + eachSecond / 50), stretch)
            if now >= nextLook {
                top.include(try earshot.usage())
                nextLook = now + .seconds(1)
            }
            try await Task.sleep(for: Self.beat)
        }
        return (top, beginning)
    }

    /// - Returns: how many sessions have begun.
    private func step(begin count: Int, _ stretch: LoadSessions.Stretch) async throws -> Int {
        let sessions = sessions
        return try await asterisk.change { world in
            let now = ContinuousClock.now
            return sessions.withLock { sessions in
                sessions.goOn(in: &world, at: now)
                return sessions.begin(count, stretch, in: &world, at: now)
            }
        }
    }

    // MARK: - Events

    private func runWithEvents() async throws -> (EventsSent, (top: LoadUsage.Top, beginning: Duration)) {
        let count = Int(plan.eventTime / .seconds(1) * Double(plan.busyEachSecond))
        async let sending = sendEvents()
        let busy = try await run(count, .busy, eachSecond: plan.busyEachSecond)
        let events = try await sending
        // Who came behind the events may have come after everybody else had gone.
        _ = try await run(0, .behind, eachSecond: 1)
        return (events, busy)
    }

    /// Sends the events of a busy PBX; behind the last one, a supervisor comes.
    private func sendEvents() async throws -> EventsSent {
        let pbx = BusyPBX()
        let start = ContinuousClock.now
        var sent = 0
        while true {
            let time = min(ContinuousClock.now - start, plan.eventTime)
            let due = Int(time / .seconds(1) * Double(plan.eventsEachSecond))
            let next = min(due, sent + Self.mostEventsAtOnce)
            try await asterisk.send(pbx.events(sent..<next))
            sent = next
            if time >= plan.eventTime { break }
            if sent == due { try await Task.sleep(for: Self.beat) }
        }
        let taken = ContinuousClock.now - start
        let sessions = sessions
        try await asterisk.change { world in
            let now = ContinuousClock.now
            sessions.withLock { $0.beginBehind(in: &world, at: now) }
        }
        return EventsSent(count: sent, time: taken)
    }

    // MARK: - At rest

    /// What Earshot takes once everything of the sessions is gone, or should be.
    private func usageAtRest() async throws -> ProcessUsage {
        let deadline = ContinuousClock.now + LoadSessions.patience
        while await !asterisk.look({ $0.leftovers.isEmpty }), ContinuousClock.now < deadline {
            try await Task.sleep(for: .milliseconds(100))
        }
        try await Task.sleep(for: Self.rest)
        return try earshot.usage()
    }

    /// How much of a processor is used while nobody calls.
    private func load(during time: Duration) async throws -> Double {
        let (start, before) = (ContinuousClock.now, try earshot.usage().processorTime)
        try await Task.sleep(for: time)
        return (try earshot.usage().processorTime - before) / (ContinuousClock.now - start)
    }

    private func report(
        _ usage: LoadUsage,
        beginning: Duration,
        quietRequests: Int,
        _ events: EventsSent
    ) async -> LoadReport {
        let (tallies, peak) = sessions.withLock { ($0.tallies, $0.peak) }
        return await LoadReport(
            plan: plan,
            tallies: tallies,
            peak: peak,
            beginning: beginning,
            usage: usage,
            events: events,
            longestWait: asterisk.longestWait,
            connections: asterisk.connectionCount,
            requests: asterisk.requestCount,
            quietRequests: quietRequests,
            remains: asterisk.look { LoadRemains($0) }
        )
    }
}

/// Events that the small Asterisk was given, and how long that took.
struct EventsSent: Sendable {
    let count: Int
    let time: Duration
}

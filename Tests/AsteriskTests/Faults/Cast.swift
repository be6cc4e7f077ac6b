import LabSupport
import Locking
import Testing

/// A client and an agent who talk, and a supervisor who tries one session after the other, with a road between Earshots and Asterisk.
struct Cast: Sendable {
    /// The supervisor, whose parameters each session chooses.
    static let user = "330"
    static let agentExtension = "101"
    /// How the dialplan was told that the supervisor's session went; empty while it has not been.
    static let resultVariable = "LAB_RESULT_330"
    /// A phone has audio for 300 seconds, so a call that is older than this is made anew before the next session.
    private static let callAge = Duration.seconds(150)

    let lab: Lab
    let road: FaultyRoad
    let tally: LockedBox<Tally>
    let client: Phone
    let agent: Phone
    let supervisor: Phone
    private let callBegan = LockedBox(ContinuousClock.now)

    /// Runs `body` with a road to the lab's Asterisk; says afterwards what became of the sessions.
    static func withRoad(
        _ what: String,
        _ body: (FaultyRoad, LockedBox<Tally>) async throws -> Void
    ) async throws {
        let lab = try Lab.load()
        let road = try FaultyRoad(to: lab)
        let tally = LockedBox(Tally())
        defer {
            road.stop()
            let result = tally.withLock { $0 }
            Tally.ofAll.withLock { $0 += result }
            print("faults: \(what): \(result); \(road.faultCount) faults")
        }
        try await body(road, tally)
        try await Scene.nothingIsLeft(in: lab)
    }

    /// Runs `body` while client and agent talk.
    static func talking(
        over road: FaultyRoad,
        _ tally: LockedBox<Tally>,
        _ body: (Cast) async throws -> Void
    ) async throws {
        let lab = try Lab.load()
        let users: [String: Tone?] = [agentExtension: .agent, "201": .client, user: .supervisor]
        try await Scene.withPhones(users, in: lab) { phones in
            let cast = Cast(
                lab: lab,
                road: road,
                tally: tally,
                client: try phones["201"],
                agent: try phones[agentExtension],
                supervisor: try phones[user]
            )
            try await cast.talk()
            try await body(cast)
        }
    }

    /// Runs `body` while client and agent talk, with a road to the lab's Asterisk.
    static func onRoad(_ what: String, _ body: (Cast) async throws -> Void) async throws {
        try await withRoad(what) { road, tally in
            try await talking(over: road, tally) { try await body($0) }
        }
    }

    /// The same, and one Earshot serves the lab over the road.
    static func served(_ what: String, _ body: (Cast) async throws -> Void) async throws {
        try await onRoad(what) { cast in
            try await Bench.run(url: cast.road.url) { try await body(cast) }
        }
    }

    // MARK: - The call

    private func talk() async throws {
        try await client.dial(Self.agentExtension)
        try await client.waitFor(.established)
        try await agent.waitFor(.established)
        try await client.waitToHear(.agent)
        try await agent.waitToHear(.client)
        callBegan.withLock { $0 = .now }
    }

    /// Makes the call anew if it is old.
    func keepTalking() async throws {
        let age = ContinuousClock.now - callBegan.withLock { $0 }
        guard age > Self.callAge else { return }
        try await client.hangUp()
        try await agent.waitFor(.closed)
        try await talk()
    }

    // MARK: - Earshot

    /// Waits until Earshot says that it is connected, and has not said otherwise since.
    func waitUntilConnected(_ earshot: EarshotProcess) async throws {
        let news: Set<String> = ["connected to Asterisk", "disconnected from Asterisk"]
        let deadline = ContinuousClock.now + .seconds(30)
        while true {
            let last = earshot.log().compactMap { $0["message"] }.last(where: news.contains)
            if last == "connected to Asterisk" { return }
            guard ContinuousClock.now < deadline, earshot.isRunning else {
                throw LabError("Earshot does not come back:\n\(earshot.lastOutput())")
            }
            try await Task.sleep(for: .milliseconds(100))
        }
    }
}

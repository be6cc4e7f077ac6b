import ARITestSupport
import LabSupport
import Testing

/// What happens to two agents, two clients and two supervisors in an order that a seed decides.
struct Story {
    /// Everybody, with a voice: 101 and 102 are agents.
    static let cast: [String: Tone?] = [
        "101": .agent, "102": .name, "201": .client, "202": .otherClient, "330": .supervisor, "337": .thirdSupervisor,
    ]
    /// With the highest mode of each.
    private static let supervisors: [(user: String, tone: Tone)] = [("330", .supervisor), ("337", .thirdSupervisor)]
    private static let others = ["101", "102", "201", "202"]
    private static let parameters = ["qESsbd", "qSbd", "qbd", "sbd", "qSb", "qb", "Sbx(9)", "qbodx(9)", "qSbc(7)v(2)"]
    private static let keys = ["4", "5", "6", "64", "65", "456", "*", "#", "102#", "101#", "9", "7", "999#", "45*6#"]

    private let seed: UInt64
    private var random: SplitMix64
    private let phones: Scene.Phones
    private let bench: Bench
    private let start: Int
    private var steps: [String] = []

    init(seed: UInt64, _ phones: Scene.Phones, _ bench: Bench) {
        self.seed = seed
        self.phones = phones
        self.bench = bench
        random = SplitMix64(seed: seed)
        start = bench.earshot.log().count
    }

    // MARK: - Telling

    /// Lets it all happen, and everybody hang up at the end.
    mutating func tell() async throws {
        let marks = try Self.others.map { (user: $0, mark: try phones[$0].mark()) }
        if random.chance(4, in: 5) { try await call(from: "201", to: "101") }
        for (user, _) in Self.supervisors where user == "330" || random.chance(1, in: 2) {
            try await superviseBy(user)
        }
        for _ in 0..<(2 + random.below(3)) {
            try await step()
            if random.chance(2, in: 3) { try await expectRightEars() }
        }
        try await hangUpAll()
        for (user, mark) in marks where user.hasPrefix("2") {
            // Who may only whisper is never heard by a client, whatever happens.
            let stretch = try phones[user].heard(since: mark).longestStretch(of: .thirdSupervisor)
            #expect(stretch == .zero, "\(user) heard 337. \(self)")
        }
    }

    private mutating func step() async throws {
        let supervisor = Self.supervisors[random.below(2)].user
        switch random.below(14) {
        case 0...7: try await press(Self.keys[random.below(Self.keys.count)], by: supervisor)
        case 8: await hangUp(Self.others[random.below(4)])
        case 9: await hangUp(supervisor)
        case 10: try await call(from: "202", to: random.chance(1, in: 2) ? "101" : "102")
        case 11: await transfer(by: "101", to: "102")
        case 12: await transfer(by: "201", to: "202")
        default: await transfer(by: supervisor, to: "202")
        }
    }

    private mutating func call(from caller: String, to called: String) async throws {
        steps.append("\(caller) calls \(called)")
        let phone = try phones[caller]
        try await phone.dial(called)
        // Whether it comes to a call is not what this is about.
        _ = try? await phone.waitFor(.established, within: .seconds(1))
    }

    private mutating func superviseBy(_ user: String) async throws {
        let parameters = Self.parameters[random.below(Self.parameters.count)]
        let mode = Mode.allCases[random.below(3)]
        let phone = try phones[user]
        steps.append("\(user) dials \(mode.rawValue)101 with \(parameters)")
        try await bench.lab.setSpyParams(parameters, of: user)
        try await phone.dial(mode.rawValue + "101")
        // Sometimes the next thing happens while they are still on their way.
        if random.chance(2, in: 3) { _ = try? await phone.waitFor(.established, within: .seconds(1)) }
    }

    private mutating func press(_ keys: String, by user: String) async throws {
        steps.append("\(user) presses \(keys)")
        _ = try? await phones[user].sendDTMF(keys)  // Without a call no key can be pressed.
    }

    private mutating func hangUp(_ user: String) async {
        steps.append("\(user) hangs up")
        _ = try? await phones[user].hangUp()  // They may have no call.
    }

    private mutating func transfer(by user: String, to target: String) async {
        steps.append("\(user) transfers to \(target)")
        _ = try? await phones[user].transfer(to: target)  // They may have no call.
    }

    private func hangUpAll() async throws {
        for attempt in 1...10 {
            for user in Self.cast.keys { _ = try? await phones[user].hangUp() }
            do {
                try await bench.lab.waitUntil("silence", within: .milliseconds(500)) { channels, _ in channels.isEmpty }
                break
            } catch  where attempt < 10 {
                continue  // Whoever had two calls has one more.
            } catch {
                throw LabError("\(error)\n\(self)")
            }
        }
        do {
            try await Scene.nothingIsLeft(in: bench.lab)
        } catch {
            throw LabError("\(error)\n\(self)")
        }
        try await expectEveryEnd()
    }

    // MARK: - Judging

    /// Each session that began has ended, and nothing of it stayed behind.
    private func expectEveryEnd() async throws {
        let lines = bench.earshot.log().dropFirst(start)
        let begun = Set(lines.filter { $0["message"] == "session event" }.compactMap { $0["session.id"] })
        for session in begun {
            do {
                try await bench.earshot.waitForLog("session ended", after: start) { $0["session.id"] == session }
            } catch {
                throw LabError("\(session) has not ended. \(self)")
            }
        }
        let mishaps = lines.filter { $0["level"] == "error" || $0["message"] == "something could not be removed" }
        #expect(mishaps.isEmpty, "\(mishaps). \(self)")
    }

    /// If nothing changes for a while: nobody is heard by anybody whom their mode does not let hear them.
    private func expectRightEars() async throws {
        let before = places()
        _ = try await phones["101"].listen(for: .milliseconds(300))
        let marks = try Self.others.map { (user: $0, mark: try phones[$0].mark()) }
        _ = try await phones["101"].listen(for: .milliseconds(400))
        let heard = try marks.map { (user: $0.user, heard: try phones[$0.user].heard(since: $0.mark)) }
        guard places() == before else { return }  // It was not quiet.
        for (user, tone) in Self.supervisors {
            let place = before.last { $0.supervisor == user }
            guard place?.mode != "barge" else { continue }
            for (ear, heard) in heard where place?.mode != "whisper" || ear != place?.target {
                #expect(heard.longestStretch(of: tone) == .zero, "\(ear) heard \(user). \(self)")
            }
        }
    }

    private struct Place: Equatable {
        let supervisor: String?
        /// Nil while they are in no call.
        let mode: String?
        let target: String?
    }

    /// Where the supervisors were one after the other, as the log tells.
    private func places() -> [Place] {
        bench.earshot.log().dropFirst(start).reduce(into: [Place]()) { places, line in
            let supervisor = line["supervisor.ext"]
            let last = places.last { $0.supervisor == supervisor }
            switch line["message"] {
            case "session started", "target changed":
                places.append(Place(supervisor: supervisor, mode: line["session.mode"], target: line["target.ext"]))
            case "mode changed":
                // Chosen while they wait, it is for the next call.
                let mode = last?.mode == nil ? nil : line["session.mode"]
                places.append(Place(supervisor: supervisor, mode: mode, target: last?.target))
            case "waiting for the next call", "session ended":
                places.append(Place(supervisor: supervisor, mode: nil, target: nil))
            default: break
            }
        }
    }
}

extension Story: CustomStringConvertible {
    var description: String { "Seed \(seed): " + steps.joined(separator: ", ") }
}

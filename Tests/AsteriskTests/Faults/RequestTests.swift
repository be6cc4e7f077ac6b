import LabSupport
import Testing

/// What becomes of one answer.
struct AnswerFault: Sendable, CustomTestStringConvertible {
    let fault: Fault
    /// A request that was lost on a connection that had been used before is sent again, so that one fault may be none.
    let times: Int

    private static let statuses = [404, 409, 422, 500, 503]

    /// The answer is late, lost or broken.
    static let ofTheRoad = [
        AnswerFault(fault: .delayAnswer(.milliseconds(10)), times: 1),
        AnswerFault(fault: .delayAnswer(.seconds(1)), times: 1),
        AnswerFault(fault: .delayAnswer(.seconds(5)), times: 1),
        AnswerFault(fault: .loseAnswer, times: 1),
        AnswerFault(fault: .loseAnswer, times: 2),
        AnswerFault(fault: .loseRequest, times: 2),
        AnswerFault(fault: .cutAnswer, times: 1),
    ]

    /// The answer says no, after Asterisk has done what was asked, or without.
    static let ofAsterisk =
        statuses.map { AnswerFault(fault: .replaceAnswer(status: $0), times: 1) }
        + statuses.map { AnswerFault(fault: .refuse(status: $0), times: 1) }

    var testDescription: String { "\(fault) × \(times)" }

    /// That something is gone which is not is believed: there is nobody else to ask. It stays until it is found by chance.
    func makesSense(at place: Place) -> Bool {
        place.pattern.method != "DELETE" || fault != .refuse(status: 404)
    }
}

extension OnAsterisk.FaultTests {
    /// One request of a session goes wrong, at each request that a session makes.
    @Suite struct RequestTests {
        /// The requests by which a supervisor is brought into a call.
        private static let attaching = ["/channels/*/snoop/*", "/bridges/*", "/bridges/*/addChannel"]

        @Test(.timeLimit(.minutes(5)))
        func `an answer that is lost at any request, or no to what matters, leaves nobody in silence`() async throws {
            try await Cast.served("lost answers") { cast in
                let start = try await cast.course().start
                for (index, place) in start.enumerated() {
                    try await cast.tryThrough(AnswerFault(fault: .loseAnswer, times: 1), at: place, index)
                }
                for (index, path) in Self.attaching.enumerated() {
                    let place = Place(pattern: RequestPattern(method: "POST", path: path), occurrence: 0)
                    try await cast.tryThrough(AnswerFault(fault: .refuse(status: 500), times: 1), at: place, index)
                }
            }
        }

        @Test(.enabled(if: LongTests.areWanted), .timeLimit(.minutes(40)), arguments: AnswerFault.ofTheRoad)
        func `a bad answer to any request leaves nobody in silence, and nothing behind`(
            fault: AnswerFault
        ) async throws {
            try await Cast.tryEverywhere(fault)
        }

        @Test(.enabled(if: LongTests.areWanted), .timeLimit(.minutes(40)))
        func `a road that freezes at any request leaves nobody in silence, and nothing behind`() async throws {
            try await Cast.served("a road that freezes") { cast in
                let earshot = try Bench.current.earshot
                for (index, place) in try await cast.course().start.enumerated() {
                    let mode = Mode.allCases[index % Mode.allCases.count]
                    let trial = try await Trial.prepare(mode, "frozen at \(place), \(mode)", with: cast)
                    cast.inject(.freezeRoad, at: place)
                    let road = cast.road
                    async let thawed: Void = Self.mend(road, after: .seconds(5))
                    try await trial.dial()
                    let standing = try await trial.settle(within: .seconds(45))
                    try await thawed
                    try await trial.conclude(standing, mayBeHungUp: true)
                    try await cast.waitUntilConnected(earshot)
                }
            }
        }

        private static func mend(_ road: FaultyRoad, after time: Duration) async throws {
            try await Task.sleep(for: time)
            road.mend()
        }
    }
}

extension OnAsterisk.FaultTests {
    /// Asterisk says no to one request, at each request that a session makes.
    @Suite struct StatusTests {
        @Test(.enabled(if: LongTests.areWanted), .timeLimit(.minutes(40)), arguments: AnswerFault.ofAsterisk)
        func `no to any request leaves nobody in silence, and nothing behind`(fault: AnswerFault) async throws {
            try await Cast.tryEverywhere(fault)
        }
    }
}

extension Cast {
    /// At each request of a session with all its prompts, to its end.
    fileprivate static func tryEverywhere(_ fault: AnswerFault) async throws {
        try await served(fault.testDescription) { cast in
            let letters = "ESsb"
            let course = try await cast.course(letters: letters)
            for (index, place) in (course.start + course.end).enumerated() where fault.makesSense(at: place) {
                try await cast.tryThrough(fault, at: place, index, letters: letters)
            }
        }
    }

    /// One session in which one request goes wrong; each in another mode than the one before.
    fileprivate func tryThrough(
        _ fault: AnswerFault,
        at place: Place,
        _ index: Int,
        letters: String = "qESsb"
    ) async throws {
        let earshot = try Bench.current.earshot
        let mode = Mode.allCases[index % Mode.allCases.count]
        let what = "\(fault.testDescription) at \(place), \(mode)"
        let trial = try await Trial.prepare(mode, what, letters: letters, with: self)
        let begin = earshot.log().count
        inject(fault.fault, at: place, times: fault.times)
        try await trial.dial()
        // Whom Asterisk has called gone, and who is not, is found after twice ten seconds. Nothing proves then what they know:
        // they listen.
        let standing = try await trial.settle(within: .seconds(45))
        let wasFound = earshot.log().dropFirst(begin).contains { $0["message"] == "a waiting supervisor was found" }
        try await trial.conclude(standing, isExact: !wasFound)
        road.mend()
        guard earshot.isRunning else { throw LabError("\(what): Earshot has ended:\n\(earshot.lastOutput())") }
    }
}

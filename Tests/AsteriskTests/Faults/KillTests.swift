import Glibc
import LabSupport
import Locking
import Testing

extension OnAsterisk.FaultTests {
    /// Earshot is killed at a request, and another one is started: the supervisor is taken over, served anew, or released.
    @Suite struct KillTests {
        // MARK: - On the way into the call

        @Test(.timeLimit(.minutes(5)))
        func `whoever is on their way when Earshot dies is served or released by the next one`() async throws {
            try await Cast.onRoad("killed on the way") { cast in
                let places = try await cast.courseOfStart()
                // One early, one in the middle, one late.
                for (index, mode) in Mode.allCases.enumerated() {
                    let place = places[(2 * index + 1) * places.count / 6]
                    try await cast.tryKilling(at: place, isDone: index % 2 == 1, mode)
                }
            }
        }

        @Test(.enabled(if: LongTests.areWanted), .timeLimit(.minutes(40)), arguments: [false, true])
        func `whoever is on their way when Earshot dies, at any request, is served or released by the next one`(
            isDone: Bool
        ) async throws {
            try await Cast.onRoad("killed at each request, \(isDone ? "done" : "not done")") { cast in
                for (index, place) in try await cast.courseOfStart(letters: "ESsb").enumerated() {
                    try await cast.tryKilling(at: place, isDone: isDone, Mode.allCases[index % 3], letters: "ESsb")
                }
            }
        }

        // MARK: - In a mode switch

        @Test(.enabled(if: LongTests.areWanted), .timeLimit(.minutes(20)), arguments: [false, true])
        func `whoever switches the mode when Earshot dies is heard by nobody else than they chose`(
            isDone: Bool
        ) async throws {
            try await Cast.onRoad("killed in a mode switch, \(isDone ? "done" : "not done")") { cast in
                for (dialled, chosen) in [(Mode.listen, Mode.whisper), (.whisper, .listen)] {
                    let places = try await cast.courseOfSwitch(from: dialled, to: chosen)
                    for place in places {
                        try await cast.tryKilling(at: place, isDone: isDone, from: dialled, to: chosen)
                    }
                }
            }
        }

        // MARK: - Waiting

        @Test(.enabled(if: LongTests.areWanted), .timeLimit(.minutes(20)))
        func `whoever waits when Earshot dies, at any request, hears the next call`() async throws {
            try await Cast.onRoad("killed while waiting") { cast in
                for (index, place) in try await cast.courseOfWaiting().enumerated() {
                    try await cast.tryKillingWhileWaiting(at: place, isDone: index % 2 == 1)
                }
            }
        }

        // MARK: - While a prompt is played

        @Test(.timeLimit(.minutes(2)))
        func `whoever is being told why not when Earshot dies is told by the next one`() async throws {
            try await Cast.onRoad("killed while explaining") { cast in
                var refused: Trial?
                try await Bench.run(url: cast.road.url) {
                    let earshot = try Bench.current.earshot
                    let trial = try await Trial.prepare(.listen, "killed while explaining", with: cast)
                    try await earshot.line("supervisor refused", of: Cast.user) { try await trial.dial("*91999") }
                    try await cast.supervisor.waitForSound()
                    try earshot.send(signal: SIGKILL)
                    try await earshot.waitForEnd()
                    refused = trial
                }
                let trial = try #require(refused)
                try await Bench.run(url: cast.road.url) {
                    let standing = try await trial.waitForRelease(within: .seconds(30))
                    #expect(try await trial.result().hasSuffix("unknown_extension"))
                    try await trial.conclude(standing, .endedCleanly)
                }
            }
        }

        @Test(.enabled(if: LongTests.areWanted), .timeLimit(.minutes(20)), arguments: [false, true])
        func `whoever is being refused when Earshot dies, at any request, is answered by the next one`(
            isDone: Bool
        ) async throws {
            try await Cast.onRoad("killed while refusing, \(isDone ? "done" : "not done")") { cast in
                for place in try await cast.courseOfRefusal() {
                    let what = "killed at \(place) while refusing"
                    let trial = try await cast.dialAndDie(.listen, what, at: place, isDone: isDone, code: "*91999")
                    try await Bench.run(url: cast.road.url) {
                        let standing = try await trial.waitForRelease(within: .seconds(45))
                        try await trial.conclude(standing, mayBeHungUp: true)
                    }
                }
            }
        }

        // MARK: - A next one that has trouble of its own

        @Test(
            .enabled(if: LongTests.areWanted),
            .timeLimit(.minutes(10)),
            arguments: [Fault.refuse(status: 500), .refuse(status: 503), .loseRequest, .delayAnswer(.seconds(5))]
        )
        func `whoever the next Earshot cannot look at is served or released all the same`(fault: Fault) async throws {
            try await Cast.onRoad("killed in the call, then \(fault)") { cast in
                for pattern in [
                    RequestPattern(method: "GET", path: "/channels/*"),
                    RequestPattern(method: "GET", path: "/channels/*/variable"),
                    RequestPattern(method: "GET", path: "/applications/*"),
                    RequestPattern(method: "GET", path: "/bridges"),
                ] {
                    let what = "killed in the call, then \(fault) at \(pattern)"
                    let trial = try await cast.dieInTheCall(.whisper, what)
                    // Twice: what was lost on a connection that had been used before is sent again.
                    cast.road.inject(fault, into: pattern, times: fault == .loseRequest ? 2 : 1)
                    try await Bench.run(url: cast.road.url) {
                        // Long enough for a first look, and a second one after a doubt.
                        try await Task.sleep(for: .seconds(6))
                        let standing = try await trial.settle(within: .seconds(40))
                        try await trial.conclude(standing, isExact: false)
                    }
                    cast.road.mend()
                }
            }
        }
    }
}

extension Cast {
    /// A session under an Earshot that is killed at one of its requests; it is over when this returns.
    ///
    /// - Parameters:
    ///   - isDone: Asterisk has done what it was asked for.
    ///   - code: nil for the mode's own.
    fileprivate func dialAndDie(
        _ mode: Mode,
        _ what: String,
        letters: String = "qESsb",
        at place: Place,
        isDone: Bool,
        code: String? = nil
    ) async throws -> Trial {
        var dialled: Trial?
        try await Bench.run(url: road.url) {
            let earshot = try Bench.current.earshot
            let trial = try await Trial.prepare(mode, what, letters: letters, with: self)
            inject(.signal(SIGKILL, process: try earshot.processID(), isDone: isDone), at: place)
            try await trial.dial(code)
            try await letDie(earshot)
            dialled = trial
        }
        return try #require(dialled)
    }

    /// The same, of a session that has come into the call, without a request of its own.
    fileprivate func dieInTheCall(_ mode: Mode, _ what: String) async throws -> Trial {
        var dialled: Trial?
        try await Bench.run(url: road.url) {
            let earshot = try Bench.current.earshot
            let trial = try await Trial.prepare(mode, what, with: self)
            try await trial.dial()
            #expect(try await trial.settle() == .inTheCall)
            try earshot.send(signal: SIGKILL)
            try await earshot.waitForEnd()
            dialled = trial
        }
        return try #require(dialled)
    }

    /// Waits for the end of an Earshot that is to be killed at a request. If the request does not come it is killed all the same.
    private func letDie(_ earshot: EarshotProcess) async throws {
        do {
            try await earshot.waitForEnd(within: .seconds(8))
        } catch is LabError {
            try earshot.send(signal: SIGKILL)
            try await earshot.waitForEnd()
        }
        road.mend()
    }

    // MARK: - On the way into the call

    /// The requests until a supervisor is in the call, under an Earshot of its own.
    fileprivate func courseOfStart(letters: String = "qESsb") async throws -> [Place] {
        var places: [Place] = []
        try await Bench.run(url: road.url) { places = try await course(letters: letters).start }
        return places
    }

    fileprivate func tryKilling(
        at place: Place,
        isDone: Bool,
        _ mode: Mode,
        letters: String = "qESsb"
    ) async throws {
        let what = "killed at \(place)\(isDone ? ", which is done" : ""), \(mode)"
        let trial = try await dialAndDie(mode, what, letters: letters, at: place, isDone: isDone)
        try await Bench.run(url: road.url) {
            let standing = try await trial.settle(within: .seconds(45))
            // Who was on their way may be heard by fewer than they have dialled for.
            try await trial.conclude(standing, mayBeHungUp: true, isExact: false)
        }
    }

    // MARK: - In a mode switch

    private static let switchingLetters = "qESsbd"

    /// Whom a switch lets hear the supervisor before or after it.
    private static func widest(_ one: Mode, _ other: Mode) -> Mode {
        [one, other].first(where: \.clientHearsSupervisor) ?? [one, other].first(where: \.agentHearsSupervisor) ?? one
    }

    /// The requests that a key to another mode leads to, under an Earshot of its own.
    fileprivate func courseOfSwitch(from dialled: Mode, to chosen: Mode) async throws -> [Place] {
        var places: [Place] = []
        try await Bench.run(url: road.url) {
            let earshot = try Bench.current.earshot
            let widest = Self.widest(dialled, chosen)
            let trial = try await Trial.prepare(widest, "no fault", letters: Self.switchingLetters, with: self)
            try await trial.dial(dialled.rawValue + Self.agentExtension)
            #expect(try await trial.settle() == .inTheCall)
            let start = road.requestCount
            try await earshot.line("mode changed", of: Self.user) { try await supervisor.sendDTMF(chosen.key) }
            _ = try await supervisor.listen(for: .milliseconds(500))
            places = Place.places(of: road.requests(from: start))
            try await trial.conclude(try await trial.settle(), .worked, isExact: false)
        }
        try #require(!places.isEmpty)
        return places
    }

    fileprivate func tryKilling(at place: Place, isDone: Bool, from dialled: Mode, to chosen: Mode) async throws {
        let what = "killed at \(place)\(isDone ? ", which is done" : ""), from \(dialled) to \(chosen)"
        let widest = Self.widest(dialled, chosen)
        var switched: Trial?
        try await Bench.run(url: road.url) {
            let earshot = try Bench.current.earshot
            let trial = try await Trial.prepare(widest, what, letters: Self.switchingLetters, with: self)
            try await trial.dial(dialled.rawValue + Self.agentExtension)
            #expect(try await trial.settle() == .inTheCall)
            inject(.signal(SIGKILL, process: try earshot.processID(), isDone: isDone), at: place)
            try await supervisor.sendDTMF(chosen.key)
            try await letDie(earshot)
            switched = trial
        }
        let trial = try #require(switched)
        try await Bench.run(url: road.url) {
            let standing = try await trial.settle(within: .seconds(45))
            try await trial.conclude(standing, mayBeHungUp: true, isExact: false)
        }
    }

    // MARK: - Waiting

    /// An extension that has no call, and the code by which it is waited for.
    private static let idleExtension = "102"
    private static let waitingCode = "*91102"
    private static let waitingLetters = "qb"

    /// The requests until a supervisor waits, under an Earshot of its own.
    fileprivate func courseOfWaiting() async throws -> [Place] {
        var places: [Place] = []
        try await Bench.run(url: road.url) {
            let earshot = try Bench.current.earshot
            try await keepTalking()
            try await lab.setSpyParams(Self.waitingLetters, of: Self.user)
            let start = road.requestCount
            try await earshot.line("waiting for the next call", of: Self.user) {
                try await supervisor.dial(Self.waitingCode)
            }
            _ = try await supervisor.listen(for: .milliseconds(500))
            places = Place.places(of: road.requests(from: start))
            try await earshot.line("session ended", of: Self.user) { try await supervisor.hangUp() }
            try await Scene.nothingIsLeft(in: lab)
        }
        try #require(!places.isEmpty)
        return places
    }

    fileprivate func tryKillingWhileWaiting(at place: Place, isDone: Bool) async throws {
        let what = "killed at \(place) while waiting"
        _ = try await dialAndDie(
            .listen,
            what,
            letters: Self.waitingLetters,
            at: place,
            isDone: isDone,
            code: Self.waitingCode
        )
        try await Bench.run(url: road.url) {
            let bench = try Bench.current
            try await bench.earshot.waitForLog("waiting for the next call", within: .seconds(45))
            try await Scene(bench: bench, client: client, agent: agent).withOtherCall(to: Self.idleExtension) { _ in
                try await supervisor.waitToHear(.otherAgent, within: .seconds(20))
                try await bench.earshot.line("session ended", of: Self.user) { try await supervisor.hangUp() }
            }
            tally.withLock { $0.worked += 1 }
            try await Scene.nothingIsLeft(in: lab)
        }
    }

    // MARK: - A refusal

    /// The requests of a session that is refused, under an Earshot of its own.
    fileprivate func courseOfRefusal() async throws -> [Place] {
        var places: [Place] = []
        try await Bench.run(url: road.url) {
            let start = road.requestCount
            let trial = try await Trial.prepare(.listen, "no fault", with: self)
            try await trial.dial("*91999")
            try await trial.conclude(try await trial.waitForRelease(within: .seconds(20)), .endedCleanly)
            places = Place.places(of: road.requests(from: start))
        }
        try #require(!places.isEmpty)
        return places
    }
}

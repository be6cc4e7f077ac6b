import Foundation
import LabSupport

/// Seven sessions, one of each kind that goes on when another Earshot takes over: what each of their ears has to hear, before and afterwards.
///
/// `scripts/test-package` gives their supervisors, 4001 to 4007, the SPY_PARAMS that this takes. Supervisors of different calls have the same voice.
struct SessionsOfEveryKind: Sendable {
    /// A session in a call: what is dialled for it, and where its supervisor then is by the keys that they press.
    private struct Kind {
        let code: String
        var keys: String?
        let call: Int
        let mode: MonitoredMode
        /// The keys of the end, and where they bring the supervisor.
        var lastKeys: String?
        var lastCall: Int?
        var lastMode: MonitoredMode?
    }

    private static let kinds = [
        Kind(code: "*915001", call: 0, mode: .listen),
        Kind(code: "*925001", call: 0, mode: .whisper),
        Kind(code: "*935001", call: 0, mode: .barge),
        Kind(code: "*915002", keys: "5", call: 1, mode: .whisper, lastKeys: "6", lastMode: .barge),
        // 5003's call is the one that the supervisor leaves, and comes back to.
        Kind(code: "*925003", keys: "5004#", call: 3, mode: .whisper, lastKeys: "5003#", lastCall: 2),
        // Records.
        Kind(code: "*925005", call: 4, mode: .whisper),
    ]
    private static let plan = SeatPlan(calls: 5, places: kinds.map { ($0.call, $0.mode) })
    private static let planAtTheEnd = SeatPlan(
        calls: 5,
        places: kinds.map { ($0.lastCall ?? $0.call, $0.lastMode ?? $0.mode) }
    )
    /// Who loses every right at the end.
    private static let disallowed = SeatPlan.supervisor(1)
    private static let recording = SeatPlan.supervisor(5)
    private static let waiting = SeatPlan.supervisor(6)
    /// Of an agent and a client who are in no call yet.
    private static let nextCall = 5
    private static let everyParty = [SeatPlan.clientVoice, SeatPlan.agentVoice]
    /// Whatever belongs to the beginning is over by then; the longest are the words to the supervisor who waits.
    private static let settling = Duration.seconds(8)
    /// A right is taken away within a second, after the supervisor has been told.
    private static let patienceForRights = Duration.seconds(10)

    private let calls: SupervisedCalls
    /// Since when the recording has to have everything.
    private let recordedSince: ContinuousClock.Instant

    /// Runs `body` while all of them are up and hear what they should; puts the phones away afterwards.
    ///
    /// - Throws: what `body` throws, and ``LabError`` when one of them cannot be had, or something is left over in Asterisk.
    static func whileUp(in lab: Lab, _ body: (SessionsOfEveryKind) async throws -> Void) async throws {
        let others: [String: Voice?] = [
            waiting: nil, SeatPlan.agent(nextCall): SeatPlan.agentVoice,
            SeatPlan.client(nextCall): SeatPlan.clientVoice,
        ]
        try await SupervisedCalls.whileUp(in: lab, plan, others: others) { calls in
            for name in try recordings(in: lab) { try FileManager.default.removeItem(atPath: name) }
            try await body(SessionsOfEveryKind(begunIn: calls))
        }
    }

    private init(begunIn calls: SupervisedCalls) async throws {
        self.calls = calls
        for (seat, kind) in zip(Self.plan.seats, Self.kinds) {
            let phone = try calls.bank.phone(seat.supervisor)
            phone.listen(for: .init(voices: Self.everyParty))
            try await phone.dial(kind.code)
            try await phone.waitFor(.heard)
        }
        recordedSince = .now
        for (seat, kind) in zip(Self.plan.seats, Self.kinds) {
            if let keys = kind.keys { try await press(keys, by: seat, of: Self.plan) }
        }
        let waiting = try calls.bank.phone(Self.waiting)
        waiting.listen(for: .init(voices: Self.everyParty))
        try await waiting.dial("*91" + SeatPlan.agent(Self.nextCall))
        try await waiting.waitFor(.established)
        try await Task.sleep(for: Self.settling)
    }

    /// Has a supervisor press keys, and waits until whoever is then to hear them does.
    private func press(_ keys: String, by seat: SeatPlan.Seat, of plan: SeatPlan) async throws {
        let (client, agent) = try calls.parties(of: seat.call)
        agent.listen(for: plan.agentHears(seat.call))
        client.listen(for: plan.clientHears(seat.call))
        try calls.bank.phone(seat.supervisor).press(keys)
        try await agent.waitFor(.heard)
        if seat.mode == .barge { try await client.waitFor(.heard) }
    }

    // MARK: - While they go on

    /// How often each session has been taken over, as its channel says.
    func takeOvers() async throws -> [Int] {
        let channels = try await calls.lab.channels()
        var counts: [Int] = []
        for number in 0...Self.kinds.count {
            let user = SeatPlan.supervisor(number)
            guard let channel = channels.first(where: { $0.endpoint == user }) else {
                throw LabError("\(user) is gone")
            }
            let words = try await calls.lab.variable("EARSHOT_SESSION", of: channel)?.split(separator: " ") ?? []
            guard words.count > 7, let count = Int(words[7]) else {
                throw LabError("the channel of \(user) says \(words)")
            }
            counts.append(count)
        }
        return counts
    }

    /// What is missing at every ear, while something happens.
    ///
    /// - Throws: ``LabError`` when it is more than may be, or somebody hears whom they should not.
    func ears(during work: () async throws -> Void) async throws -> Ears {
        try await ears(Self.plan, during: work)
    }

    private func ears(_ plan: SeatPlan, during work: () async throws -> Void) async throws -> Ears {
        let waiting = try calls.bank.phone(Self.waiting)
        try calls.listen(plan)
        waiting.listen(for: .init(voices: [], strangers: Self.everyParty.map(\.tone)))
        try await work()
        let ears = try calls.ears(plan, Self.missing)
        guard ears.faults.isEmpty else { throw LabError(ears.faults.joined(separator: "\n")) }
        guard waiting.isTalking else { throw LabError("\(waiting.user), who waits, was let go") }
        guard waiting.report().intruders.isEmpty else { throw LabError("\(waiting.user), who waits, heard something") }
        return ears
    }

    /// No packet may be missing, and nothing of a party's voice. A supervisor's may come too late for the packet of the party whom they whisper
    /// to, once.
    private static let missing: Ears.Limit = { report in
        if report.lost > 0 { return "the phone has lost packets: this machine is too busy to measure on" }
        if report.neverCame > .zero { return "\(milliseconds(report.neverCame)) never came" }
        let parties = Set(everyParty.map(\.tone))
        for (tone, time) in report.withoutEach where time > (parties.contains(tone) ? .zero : .milliseconds(20)) {
            return "\(tone) was not there for \(milliseconds(time))"
        }
        return nil
    }

    // MARK: - Afterwards

    /// Keys, rights, E, S, the wait and the recording, all of which the Earshot that took over has to know of.
    ///
    /// - Parameter takeAway: takes every right of 4002 away.
    /// - Throws: ``LabError`` with what does not work.
    func prove(takeAway: String) async throws {
        for (seat, kind) in zip(Self.planAtTheEnd.seats, Self.kinds) {
            if let keys = kind.lastKeys { try await press(keys, by: seat, of: Self.planAtTheEnd) }
        }
        _ = try await ears(Self.planAtTheEnd) { try await Task.sleep(for: .seconds(2)) }
        say("keys change modes and targets")
        try await shell(takeAway)
        try await calls.bank.phone(Self.disallowed).waitFor(.closed, within: Self.patienceForRights)
        say("a right that is taken away ends its session")
        try await proveTheWait()
        let others = try Self.plan.seats.map(\.supervisor).filter { $0 != Self.disallowed }.map(calls.bank.phone)
        for phone in others where !phone.isTalking { throw LabError("\(phone.user) was let go before the call's end") }
        let recorded = ContinuousClock.now - recordedSince
        for call in Set(Self.planAtTheEnd.seats.map(\.call)) { try calls.parties(of: call).agent.hangUp() }
        for phone in others { try await phone.waitFor(.closed) }
        say("E and S end the sessions of agents who hang up")
        try await proveTheRecording(of: recorded)
        try await calls.lab.waitUntil("the end of everything but one call") { channels, bridges in
            channels.count == 2 && !bridges.contains { $0.id.hasPrefix("earshot-") }
        }
    }

    private func proveTheWait() async throws {
        let waiting = try calls.bank.phone(Self.waiting)
        let (client, agent) = try calls.parties(of: Self.nextCall)
        waiting.listen(for: .init(voices: Self.everyParty))
        try await client.dial(calls.bank.code(toCall: agent.user))
        try await waiting.waitFor(.heard)
        agent.hangUp()
        try await waiting.waitFor(.closed)
        say("who waits hears the next call, and E ends it")
    }

    /// The recording has both parties, all the time.
    private func proveTheRecording(of duration: Duration) async throws {
        let names = try Self.recordings(in: calls.lab)
        guard let name = names.first, names.count == 1 else { throw LabError("recordings: \(names)") }
        let recording = try await calls.lab.recording(name)
        // It may have begun a little later than the ear heard the call.
        guard recording.duration >= duration - .milliseconds(200) else {
            throw LabError("\(name) lasts \(recording.duration), and should \(duration)")
        }
        // Nobody took over in its first second, nor in the last one, in which the agent hangs up.
        let samples = Array(recording.samples.dropFirst(ToneMeter.sampleRate).dropLast(ToneMeter.sampleRate))
        let middle = Heard(samples: samples, duration: recording.duration - .seconds(2))
        for voice in Self.everyParty where middle.longestGap(of: voice.tone) > .milliseconds(20) {
            throw LabError("\(name) lacks \(voice.tone) for \(middle.longestGap(of: voice.tone))")
        }
        say("the recording has all of the call")
    }

    /// The files of 4006's `r(take-over)`.
    private static func recordings(in lab: Lab) throws -> [String] {
        let folder = lab.directory + "/spool/recording"
        return try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasPrefix("take-over") }
            .map { "\(folder)/\($0)" }
    }
}

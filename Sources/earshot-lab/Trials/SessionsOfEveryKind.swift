import Foundation
import LabSupport

/// Seven sessions, one of each kind that goes on when another Earshot takes over: what each of their ears has to hear, before and afterwards.
///
/// 4001, 4002 and 4003 listen, whisper and barge in one call. 4004 whispers by a mode key, 4005 at the agent whom they chose by keys. 4006 barges and
/// records. 4007 waits for a call. `scripts/test-package` gives them the SPY_PARAMS that this takes.
struct SessionsOfEveryKind {
    /// Where the supervisors are once they have pressed their keys; 5003's call is the one that 4005 has left.
    private static let plan = plan(byModeKey: .whisper, keyedCall: 3)
    /// Where they are after the keys that they press in the end.
    private static let planAtTheEnd = plan(byModeKey: .barge, keyedCall: 2)
    private static let waitingSupervisor = SeatPlan.supervisor(6)
    /// Of an agent and a client who are in no call yet.
    private static let nextCall = 5
    private static let everyParty = [SeatPlan.clientVoice, SeatPlan.agentVoice]
    /// Within a second, and what the supervisor is told before.
    private static let patienceForRights = Duration.seconds(10)

    /// At an ear: what comes a little late for the packet in which others are leaves a hole there, with Earshot or without.
    static let mostWithoutVoice = Duration.milliseconds(20)

    private let calls: SupervisedCalls

    private static func plan(byModeKey mode: MonitoredMode, keyedCall: Int) -> SeatPlan {
        let together = MonitoredMode.allCases.map { (call: 0, mode: $0) }
        return SeatPlan(calls: 5, places: together + [(1, mode), (keyedCall, .whisper), (4, .barge)])
    }

    /// Runs `body` while all of them are up and hear what they should; puts the phones away afterwards.
    ///
    /// - Throws: what `body` throws, and ``LabError`` when one of them cannot be had, or something is left over in Asterisk.
    static func whileUp(in lab: Lab, _ body: (SessionsOfEveryKind) async throws -> Void) async throws {
        let others: [String: Voice?] = [
            waitingSupervisor: nil, SeatPlan.agent(nextCall): SeatPlan.agentVoice,
            SeatPlan.client(nextCall): SeatPlan.clientVoice,
        ]
        try await SupervisedCalls.whileUp(in: lab, plan, others: others) { calls in
            let sessions = SessionsOfEveryKind(calls: calls)
            try await sessions.begin()
            try await body(sessions)
        }
    }

    private func begin() async throws {
        let codes = ["*915001", "*925001", "*935001", "*915002", "*925003", "*935005"]
        for (seat, code) in zip(Self.plan.seats, codes) {
            let phone = try calls.bank.phone(seat.supervisor)
            phone.listen(for: .init(voices: Self.everyParty))
            try await phone.dial(code)
            try await phone.waitFor(.heard)
        }
        try await press("5", by: 3, untilHeardIn: Self.plan)
        try await press("5004#", by: 4, untilHeardIn: Self.plan)
        let waiting = try calls.bank.phone(Self.waitingSupervisor)
        try await waiting.dial("*91" + SeatPlan.agent(Self.nextCall))
        try await waiting.waitFor(.established)
        waiting.listen(for: .init(voices: Self.everyParty))
        // Whatever belongs to the beginning is over, and the channels say what Earshot has to know of them.
        try await Task.sleep(for: .seconds(2))
    }

    /// Has a supervisor press keys, and waits until everybody whom they are then to be heard by hears them.
    private func press(_ keys: String, by number: Int, untilHeardIn plan: SeatPlan) async throws {
        let seat = plan.seats[number]
        let (client, agent) = try calls.parties(of: seat.call)
        agent.listen(for: plan.agentHears(seat.call))
        client.listen(for: plan.clientHears(seat.call))
        try calls.bank.phone(seat.supervisor).press(keys)
        try await agent.waitFor(.heard)
        if seat.mode == .barge { try await client.waitFor(.heard) }
    }

    // MARK: - While they go on

    /// What is missing at the ears of those who are in calls, while something happens.
    func ears(during work: () async throws -> Void) async throws -> Ears {
        try calls.listen(Self.plan)
        try await work()
        return try calls.ears(Self.plan)
    }

    // MARK: - Afterwards

    /// Keys, rights, E, S, the wait and the recording, all of which the Earshot that took over has to know of.
    ///
    /// - Parameters:
    ///   - takeAway: takes every right of 4002 away.
    ///   - began: when the recording was going on already.
    /// - Throws: ``LabError`` with what does not work.
    func prove(takeAway: String, recordedSince began: ContinuousClock.Instant) async throws {
        try await press("6", by: 3, untilHeardIn: Self.planAtTheEnd)
        try await press("5003#", by: 4, untilHeardIn: Self.planAtTheEnd)
        say("keys change modes and targets")
        let whispering = try calls.bank.phone(SeatPlan.supervisor(1))
        try await shell(takeAway)
        try await whispering.waitFor(.closed, within: Self.patienceForRights)
        say("a right that is taken away ends its session")
        try await proveTheWait()
        let recorded = ContinuousClock.now - began
        for call in [0, 1, 2, 4] { try calls.parties(of: call).agent.hangUp() }
        for number in [0, 2, 3, 4, 5] { try await calls.bank.phone(SeatPlan.supervisor(number)).waitFor(.closed) }
        say("E and S end the sessions of agents who hang up")
        try await proveTheRecording(of: recorded)
        try await calls.lab.waitUntil("the end of everything but one call") { channels, bridges in
            channels.count == 2 && !bridges.contains { $0.id.hasPrefix("earshot-") }
        }
    }

    private func proveTheWait() async throws {
        let waiting = try calls.bank.phone(Self.waitingSupervisor)
        let (client, agent) = try calls.parties(of: Self.nextCall)
        guard waiting.isTalking else { throw LabError("\(waiting.user), who waits, was let go") }
        guard !waiting.history.contains(where: { $0.name == .heard }) else {
            throw LabError("\(waiting.user), who waits, heard a call")
        }
        waiting.listen(for: .init(voices: Self.everyParty))
        try await client.dial(calls.bank.code(toCall: agent.user))
        try await waiting.waitFor(.heard)
        agent.hangUp()
        try await waiting.waitFor(.closed)
        say("who waits hears the next call, and E ends it")
    }

    /// The recording has everything: all the time, and both parties.
    private func proveTheRecording(of duration: Duration) async throws {
        let folder = calls.lab.directory + "/spool/recording"
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.contains("take-over") }
        guard let name = names.first, names.count == 1 else { throw LabError("recordings: \(names)") }
        let recording = try await calls.lab.recording("\(folder)/\(name)")
        try FileManager.default.removeItem(atPath: "\(folder)/\(name)")
        guard recording.duration >= duration else {
            throw LabError("\(name) lasts \(recording.duration), and its session \(duration)")
        }
        // Nobody took over in its first second, nor in the last one, in which the agent hangs up.
        let samples = Array(recording.samples.dropFirst(ToneMeter.sampleRate).dropLast(ToneMeter.sampleRate))
        let middle = Heard(samples: samples, duration: recording.duration - .seconds(2))
        for voice in Self.everyParty where middle.longestGap(of: voice.tone) > Self.mostWithoutVoice {
            throw LabError("\(name) lacks \(voice.tone) for \(middle.longestGap(of: voice.tone))")
        }
        say("the recording has all of the call")
    }
}

import Testing

@testable import LabSupport

struct SeatPlanTests {
    private let plan = SeatPlan(calls: 2, sessions: 6, modes: [.listen, .whisper, .barge])

    private func tones(_ expectation: EarMeter.Expectation) -> [Int] { expectation.voices.map(\.tone.frequency) }

    @Test
    func `each call gets its first supervisor before any gets a second one`() {
        #expect(plan.seats.map(\.call) == [0, 1, 0, 1, 0, 1])
        #expect(plan.seats.map(\.mode) == [.listen, .listen, .whisper, .whisper, .barge, .barge])
        #expect(plan.seats.map(\.supervisor) == ["4001", "4002", "4003", "4004", "4005", "4006"])
        #expect(plan.seats.map(\.agent) == ["5001", "5002", "5001", "5002", "5001", "5002"])
    }

    @Test
    func `a whisper is for the agent, a barge for both, and who listens is for nobody`() {
        #expect(tones(plan.agentHears(1)) == [905, 2_200, 2_950])
        #expect(plan.agentHears(1).strangers == [.supervisor])
        #expect(tones(plan.clientHears(1)) == [1_200, 2_950])
        #expect(plan.clientHears(1).strangers == [.supervisor, .secondSupervisor])
    }

    @Test
    func `a supervisor hears both parties, and never himself`() {
        #expect(tones(plan.supervisorHears(plan.seats[2])) == [905, 1_200])
        #expect(plan.supervisorHears(plan.seats[2]).strangers == [.secondSupervisor])
    }

    @Test
    func `supervisors can be placed one by one, each call's with a voice of their own`() {
        let plan = SeatPlan(calls: 2, places: [(1, .barge), (0, .barge), (1, .barge)])
        #expect(plan.seats.map(\.agent) == ["5002", "5001", "5002"])
        #expect(tones(plan.clientHears(0)) == [1_200, 1_750])
        #expect(Set(tones(plan.clientHears(1))).count == 3)
    }

    @Test
    func `without sessions no supervisor is heard by anybody`() {
        let quiet = SeatPlan(calls: 2, sessions: 0, modes: [.barge])
        #expect(tones(quiet.agentHears(0)) == [905])
        #expect(quiet.clientHears(0).strangers.count == SeatPlan.supervisorsPerCall)
    }

    @Test
    func `everybody has a phone`() {
        let users = (4_001...4_006).map { "\($0)" } + ["5001", "5002", "6001", "6002"]
        #expect(plan.voices.keys.sorted() == users)
    }

    @Test
    func `all that an ear can hear at once stays below full scale`() {
        let loudest = [Tone.place, .supervisor, .secondSupervisor, .thirdSupervisor].map { tone in
            let voice = plan.voices.values.compactMap { $0 }.first { $0.tone == tone }
            return RTPSender.payloads(of: tone, softerBy: voice?.softerBy ?? 0).flatMap { G711.decode($0) }.max() ?? 0
        }
        #expect(loudest.reduce(0) { $0 + Int($1) } < 32_124)
    }
}

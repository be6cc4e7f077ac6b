import LabSupport
import Testing

extension OnAsterisk.AsteriskTests {
    /// What measurements with many sessions take for granted of the lab. Earshot has no part in it.
    @Suite struct PhoneBankTests {
        /// ChanSpy in each mode, from a bank's phones.
        private let plan = SeatPlan(calls: 1, sessions: 3, modes: [.listen, .whisper, .barge])
        private let codes = ["*81", "*86", "*87"]

        @Test(.timeLimit(.minutes(1)))
        func `phones of a bank call and hear each other, and ChanSpy has all three modes`() async throws {
            let lab = try Lab.load()
            let bank = try PhoneBank(server: lab.sip.port, voices: plan.voices)
            defer { bank.stop() }
            let (client, agent) = (try bank.phone(SeatPlan.client(0)), try bank.phone(SeatPlan.agent(0)))
            try await client.dial(bank.code(toCall: agent.user))
            try await agent.waitFor(.established)
            try await client.waitFor(.established)
            let supervisors = try plan.seats.map { try bank.phone($0.supervisor) }
            for (supervisor, code) in zip(supervisors, codes) {
                try await supervisor.dial(code + agent.user)
                try await supervisor.waitFor(.established)
            }
            let expectations =
                plan.seats.map { plan.supervisorHears($0) } + [plan.clientHears(0), plan.agentHears(0)]
            let ears = supervisors + [client, agent]
            for (ear, expectation) in zip(ears, expectations) { ear.listen(for: expectation) }
            for ear in ears { try await ear.waitFor(.heard) }
            for (ear, expectation) in zip(ears, expectations) { ear.listen(for: expectation) }
            try await Task.sleep(for: .seconds(2))
            for ear in ears {
                let report = ear.report()
                #expect(report.dropped <= .milliseconds(100), "\(ear.user): \(report)")
                #expect(report.intruders == [], "\(ear.user)")
                #expect(ear.isTalking)
                ear.hangUp()
            }
            try await lab.waitUntil("the end of the bank's calls") { channels, _ in
                !channels.contains { channel in ears.contains { $0.user == channel.endpoint } }
            }
        }
    }
}

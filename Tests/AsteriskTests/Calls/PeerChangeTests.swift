import LabSupport
import Testing

extension OnAsterisk.AsteriskTests {
    /// Somebody else takes the client's place in the agent's call, with RTP packets whose numbers (sequence) we choose.
    ///
    /// Each direction of a channel has one translator for all its audio hooks: snoops, ChanSpy and MixMonitor alike. It lives for as long as there is a
    /// hook, across changes of the peer, and takes packets of a new peer for late ones of the old peer, and drops them, while their numbers
    /// are behind: for up to 32767 packets, which are eleven minutes. Meanwhile no hook hears the new peer, and nothing is whispered to the
    /// agent. Both work at once when the last hook has gone and a new one comes, which is what Earshot sees to; a new hook beside an old one
    /// does not help. (Asterisk 22.10.1; asterisk#507 reads like it.)
    @Suite struct PeerChangeTests {
        @Test(.timeLimit(.minutes(1)), arguments: [5_000, 10_500, 30_000, 50_000] as [UInt16])
        func `a new peer is heard, and hears, however his packets are numbered`(number: UInt16) async throws {
            try await whilePickedUp(by: number) { supervisor, agent in
                try await expectBarge(supervisor, agent)
            }
        }

        private func expectBarge(_ supervisor: Phone, _ agent: Phone) async throws {
            try await expect([
                Ear(name: "supervisor", phone: supervisor, hears: [.agent, Monitored.third], isFreeOf: []),
                Ear(name: "agent", phone: agent, hears: [Monitored.third, .supervisor], isFreeOf: []),
            ])
        }

        /// Runs `body` when 311 barges into a call of 101 whose client, with packets from number 10,000 on, has parked him, and
        /// whom somebody has picked up whose packets begin at `number`.
        private func whilePickedUp(
            by number: UInt16,
            _ body: (_ supervisor: Phone, _ agent: Phone) async throws -> Void
        ) async throws {
            let bench = try Bench.current
            let lab = bench.lab
            try await Scene.withPhones(["101": .agent, "311": .supervisor], in: lab) { phones in
                let (agent, supervisor) = (try phones["101"], try phones["311"])
                let client = try lab.measuringPhone("201", tone: .client, firstSequence: 10_000)
                let third = try lab.measuringPhone("202", tone: Monitored.third, firstSequence: number)
                defer { [client, third].forEach { $0.stop() } }
                try await client.dial("*83101")
                try await agent.waitToHear(.client)
                try await supervisor.dial("*93101")
                try await supervisor.waitToHear(.client)
                client.sendDTMF("#72")
                try await agent.waitToHear(.musicOnHold)
                try await client.waitFor(.closed, within: .seconds(10))
                try await third.dial(try #require(try await lab.parkingPlaces().first))
                try await agent.waitToHear(Monitored.third)
                _ = try await agent.listen(for: .milliseconds(200))
                try await body(supervisor, agent)
                third.hangUp()
                try await third.waitFor(.closed)
                try await supervisor.waitFor(.closed)
            }
            try await Scene.nothingIsLeft(in: lab)
        }
    }
}

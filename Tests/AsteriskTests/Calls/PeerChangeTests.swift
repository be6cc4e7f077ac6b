import LabSupport
import Testing

extension OnAsterisk.AsteriskTests {
    /// Somebody else takes the client's place in the agent's call, with RTP packets whose numbers (sequence) we choose.
    ///
    /// Each direction of a channel has one translator for all its audio hooks: snoops, ChanSpy and MixMonitor alike. It lives for as long as there is a
    /// hook, across changes of the peer, and takes packets of a new peer for late ones of the old peer, and drops them, while their numbers
    /// are behind: for up to 32767 packets, which are eleven minutes. Meanwhile no hook hears the new peer, and nothing is whispered to the
    /// agent. Both work at once when the last hook has gone and a new one comes, which is what Earshot sees to; a new hook beside an old one
    /// does not help. (Asterisk 22.10.1 with Debian's patch `2016_opus_plc`.)
    @Suite struct PeerChangeTests {
        @Test(.timeLimit(.minutes(1)), arguments: [5_000, 10_500, 30_000, 50_000] as [UInt16])
        func `a new peer is heard, and hears, however their packets are numbered`(number: UInt16) async throws {
            try await whilePickedUp(by: number, monitoredBy: [Self.barging]) { agent, supervisors in
                try await expectEars(agent, supervisors)
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func `every supervisor of the agent hears a new peer, with spare links and recordings too`() async throws {
            let users: [Watcher] = [
                ("330", .listen, .thirdSupervisor), ("331", .whisper, .supervisor), Self.barging,
            ]
            try await whilePickedUp(by: 5_000, monitoredBy: users) { agent, supervisors in
                try await expectEars(agent, supervisors)
                // Their keys work as before.
                let bench = try Bench.current
                let barging = try #require(supervisors.last)
                try await bench.earshot.line("mode changed", of: barging.phone.settings.user) {
                    try await barging.phone.sendDTMF("4")
                }
                _ = try await agent.listen(for: .milliseconds(200))
                try await expectEars(
                    agent,
                    supervisors.map { $0.phone === barging.phone ? ($0.phone, .listen, $0.tone) : $0 }
                )
            }
        }

        @Test(.timeLimit(.minutes(1)), arguments: Mode.allCases)
        func `a new peer with DISABLE_SPY is not heard, and the supervisor is told why`(mode: Mode) async throws {
            try await Scene.whileTalking(dialled: "*83101") { scene in
                try await Scene.withPhones(["110": Monitored.third], in: scene.lab) { phones in
                    let peer = try phones["110"]
                    try await scene.whileMonitored(mode) { call in
                        let mark = call.supervisor.mark()
                        let line = try await scene.earshot.line("session cannot go on") {
                            try await call.client.transfer(to: "110")
                        }
                        #expect(line["permission.reason"] == "target_protected")
                        try await call.supervisor.waitFor(.closed, within: .seconds(15))
                        try await call.agent.waitToHear(Monitored.third)
                        #expect(
                            call.supervisor.heard(since: mark).longestStretch(of: Monitored.third) <= .milliseconds(60)
                        )
                        try await expect([
                            call.ear("agent", call.agent, hears: [Monitored.third]),
                            call.ear("peer", peer, hears: [.agent]),
                        ])
                    }
                }
            }
        }

        /// Asterisk plays the agent a file (`beeperr`) when they come back, and packets of a file have the number 0.
        @Test(.timeLimit(.minutes(1)), arguments: [10_000, 40_000] as [UInt16])
        func `whom the agent comes back to after a consultation is heard, however their packets are numbered`(
            number: UInt16
        ) async throws {
            try await whileConsulting(clientFrom: number) { agent, third, supervisor in
                try await agent.sendDTMF("*1")
                try await third.waitFor(.closed)
                try await agent.waitToHear(.client)
                try await supervisor.waitToHear(.client)
                _ = try await agent.listen(for: .milliseconds(500))
                try await expectBargedCall(agent, supervisor)
            }
        }

        /// What Asterisk has mixed comes to the hooks without a translator, so its packets' numbers do not matter.
        @Test(.timeLimit(.minutes(1)), arguments: [10_000, 40_000] as [UInt16])
        func `all three of a conference are heard, and the two who stay, however their packets are numbered`(
            number: UInt16
        ) async throws {
            try await whileConsulting(clientFrom: number) { agent, third, supervisor in
                try await agent.sendDTMF("*3")
                try await agent.waitToHear(.client)
                try await supervisor.waitToHear(.client)
                _ = try await agent.listen(for: .milliseconds(500))
                try await expect([
                    Ear(name: "agent", phone: agent, hears: [.client, Monitored.third, .supervisor], isFreeOf: []),
                    Ear(name: "third", phone: third, hears: [.client, .agent, .supervisor], isFreeOf: []),
                    Ear(
                        name: "supervisor",
                        phone: supervisor,
                        hears: [.client, .agent, Monitored.third],
                        isFreeOf: [.supervisor]
                    ),
                ])
                try await third.hangUp()
                try await third.waitFor(.closed)
                _ = try await agent.listen(for: .milliseconds(500))
                try await supervisor.waitToHear(.client)
                try await expectBargedCall(agent, supervisor)
            }
        }

        /// The agent hears client and supervisor, and the supervisor client and agent.
        private func expectBargedCall(_ agent: Phone, _ supervisor: Phone) async throws {
            try await expect([
                Ear(name: "agent", phone: agent, hears: [.client, .supervisor], isFreeOf: []),
                Ear(name: "supervisor", phone: supervisor, hears: [.client, .agent], isFreeOf: [.supervisor]),
            ])
        }

        /// Runs `body` when a supervisor barges into a call of 101 who has called 202 by Asterisk's keys, while the client, with packets from
        /// `number` on, has music.
        private func whileConsulting(
            clientFrom number: UInt16,
            _ body: (_ agent: Phone, _ third: Phone, _ supervisor: Phone) async throws -> Void
        ) async throws {
            let bench = try Bench.current
            let lab = bench.lab
            let tones: [String: Tone?] = ["101": .agent, "202": Monitored.third, "311": .supervisor]
            try await Scene.withPhones(tones, in: lab) { phones in
                let (agent, third, supervisor) = (try phones["101"], try phones["202"], try phones["311"])
                let client = try lab.measuringPhone("201", tone: .client, firstSequence: number)
                defer { client.stop() }
                try await client.dial("*83101")
                try await agent.waitToHear(.client)
                try await bench.earshot.line("session started", of: "311") { try await supervisor.dial("*93101") }
                try await supervisor.waitToHear(.client)
                try await agent.sendDTMF("*2202")
                try await third.waitFor(.established, within: .seconds(10))
                try await third.waitToHear(.agent)
                try await supervisor.waitToHear(Monitored.third)
                try await body(agent, third, supervisor)
                client.hangUp()
                try await client.waitFor(.closed)
                try await supervisor.waitFor(.closed)
            }
            try await Scene.nothingIsLeft(in: lab)
        }

        typealias Watcher = (user: String, mode: Mode, tone: Tone)
        typealias Monitoring = (phone: Phone, mode: Mode, tone: Tone)

        private static let barging: Watcher = ("332", .barge, Tone(frequency: 2_600))

        /// Each supervisor hears agent and peer, and is heard by the agent as their mode says.
        private func expectEars(_ agent: Phone, _ supervisors: [Monitoring]) async throws {
            let audible = supervisors.filter(\.mode.agentHearsSupervisor).map(\.tone)
            let silent = supervisors.filter { !$0.mode.agentHearsSupervisor }.map(\.tone)
            var ears = [Ear(name: "agent", phone: agent, hears: [Monitored.third] + audible, isFreeOf: silent)]
            for (phone, _, tone) in supervisors {
                let user = phone.settings.user
                ears.append(Ear(name: user, phone: phone, hears: [.agent, Monitored.third], isFreeOf: [tone]))
            }
            try await expect(ears)
        }

        /// Runs `body` when supervisors are in a call of 101 whose client, with packets from number 10,000 on, has parked them, and
        /// whom somebody has picked up whose packets begin at `number`.
        private func whilePickedUp(
            by number: UInt16,
            monitoredBy watchers: [Watcher],
            _ body: (_ agent: Phone, _ supervisors: [Monitoring]) async throws -> Void
        ) async throws {
            let bench = try Bench.current
            let lab = bench.lab
            var tones = Dictionary(uniqueKeysWithValues: watchers.map { ($0.user, Optional($0.tone)) })
            tones["101"] = .agent
            try await Scene.withPhones(tones, in: lab) { phones in
                let agent = try phones["101"]
                let client = try lab.measuringPhone("201", tone: .client, firstSequence: 10_000)
                let third = try lab.measuringPhone("202", tone: Monitored.third, firstSequence: number)
                defer { [client, third].forEach { $0.stop() } }
                try await client.dial("*83101")
                try await agent.waitToHear(.client)
                var supervisors: [Monitoring] = []
                for (user, mode, tone) in watchers {
                    let phone = try phones[user]
                    try await lab.setSpyParams("qESsbdr(peer)", of: user)
                    try await bench.earshot.line("session started", of: user) {
                        try await phone.dial(mode.rawValue + "101")
                    }
                    try await phone.waitToHear(.client)
                    supervisors.append((phone, mode, tone))
                    // The key of the mode that they are in makes the links for the others.
                    try await phone.sendDTMF(mode.key)
                    let count = 3 * supervisors.count
                    try await lab.waitUntil("links in all modes") { _, bridges in
                        bridges.count { $0.id.hasPrefix("earshot-") } == count
                    }
                }
                client.sendDTMF("#72")
                try await agent.waitToHear(.musicOnHold)
                try await client.waitFor(.closed, within: .seconds(10))
                try await third.dial(try #require(try await lab.parkingPlaces().first))
                try await agent.waitToHear(Monitored.third)
                for (phone, _, _) in supervisors { try await phone.waitToHear(Monitored.third) }
                _ = try await agent.listen(for: .milliseconds(200))
                try await body(agent, supervisors)
                third.hangUp()
                try await third.waitFor(.closed)
                for (phone, _, _) in supervisors { try await phone.waitFor(.closed) }
            }
            try await Scene.nothingIsLeft(in: lab)
        }
    }
}

import LabSupport
import Testing

extension OnAsterisk.AsteriskTests {
    /// Transfers of the monitored call, blind by REFER, attended by Asterisk's keys.
    @Suite struct CallTransferTests {
        /// A call by *83, in which both sides may use Asterisk's keys, and a third phone.
        private func whileMonitored(
            _ mode: Mode,
            _ body: (_ call: Monitored, _ third: Phone) async throws -> Void
        ) async throws {
            try await Scene.whileTalking(dialled: "*83101") { scene in
                try await Scene.withPhones(["202": Monitored.third], in: scene.lab) { phones in
                    let third = try phones["202"]
                    try await scene.whileMonitored(mode) { try await body($0, third) }
                }
            }
        }

        @Test(.timeLimit(.minutes(1)), arguments: Mode.allCases)
        func
            `the agent hands the client on and leaves: the session ends, and the client is alone with whom they reached`(
                mode: Mode
            ) async throws
        {
            try await whileMonitored(mode) { call, third in
                try await call.agent.transfer(to: "202")
                try await call.expectTheAgentLeft()
                // What was under way when the snoop ended may still arrive.
                _ = try await call.client.listen(for: .milliseconds(100))
                let mark = call.client.mark()
                try await third.waitFor(.established)
                try await call.client.waitToHear(Monitored.third, since: mark)
                try await expect([
                    call.ear("client", call.client, hears: [Monitored.third]),
                    call.ear("third", third, hears: [.client]),
                ])
                #expect(call.client.heard(since: mark).longestStretch(of: .supervisor) == .zero)
                try await third.hangUp()
            }
        }

        @Test(.timeLimit(.minutes(1)), arguments: Mode.allCases)
        func `the client hands the agent on: the session goes on with whoever that is`(mode: Mode) async throws {
            try await whileMonitored(mode) { call, third in
                try await call.client.transfer(to: "202")
                try await call.client.waitFor(.closed)
                try await third.waitToHear(.agent)
                try await call.expectUsualEars(afterChangeTo: third)
                call.expectItGoesOn()
                try await call.agent.hangUp()
                try await call.expectTheAgentLeft()
            }
        }

        @Test(.timeLimit(.minutes(1)), arguments: Mode.allCases)
        func `the agent consults somebody and comes back: the supervisor hears the consultation`(
            mode: Mode
        ) async throws {
            try await whileMonitored(mode) { call, third in
                try await consult(call, third)
                try await call.agent.sendDTMF("*1")
                try await third.waitFor(.closed)
                try await call.client.waitToHear(.agent)
                _ = try await call.client.listen(for: .milliseconds(200))
                try await call.expectUsualEars(afterChangeTo: call.client, .client)
                call.expectItGoesOn()
            }
        }

        @Test(.timeLimit(.minutes(1)), arguments: Mode.allCases)
        func `the agent consults somebody and hands the client over: the session ends`(mode: Mode) async throws {
            try await whileMonitored(mode) { call, third in
                try await consult(call, third)
                try await call.agent.hangUp()
                try await call.expectTheAgentLeft()
                try await call.client.waitToHear(Monitored.third)
                _ = try await call.client.listen(for: .milliseconds(200))
                try await expect([
                    call.ear("client", call.client, hears: [Monitored.third]),
                    call.ear("third", third, hears: [.client]),
                ])
                try await third.hangUp()
            }
        }

        /// The agent puts the client on hold by *2 and talks to the third, whom the supervisor hears and who hears them as a
        /// client would.
        private func consult(_ call: Monitored, _ third: Phone) async throws {
            try await call.agent.sendDTMF("*2202")
            try await third.waitFor(.established, within: .seconds(10))
            try await third.waitToHear(.agent)
            try await call.expectUsualEars(afterChangeTo: third)
            try await expect([call.ear("client", call.client, hears: [.musicOnHold])])
            call.expectItGoesOn()
        }
    }
}

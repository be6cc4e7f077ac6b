import LabSupport
import Testing

extension OnAsterisk.AsteriskTests {
    @Suite struct ParkingTests {
        @Test(.timeLimit(.minutes(1)), arguments: Mode.allCases)
        func `the agent parks the client: the session ends, and whoever picks up is alone with the client`(
            mode: Mode
        ) async throws {
            try await Scene.whileTalking(dialled: "*83101") { scene in
                try await Scene.withPhones(["202": Monitored.third], in: scene.lab) { phones in
                    let third = try phones["202"]
                    try await scene.whileMonitored(mode) { call in
                        try await call.agent.sendDTMF("#72")
                        try await call.client.waitToHear(.musicOnHold)
                        try await call.agent.waitFor(.closed, within: .seconds(10))
                        try await call.expectTheAgentLeft()
                        try await pickUp(with: third, in: scene.lab)
                        try await expect([
                            call.ear("client", call.client, hears: [Monitored.third]),
                            call.ear("third", third, hears: [.client]),
                        ])
                    }
                }
            }
        }

        @Test(.timeLimit(.minutes(1)), arguments: Mode.allCases)
        func `the client parks the agent: the session goes on, with whoever picks them up`(mode: Mode) async throws {
            // While they are parked, no audio hook sees the music (HoldTests).
            try await Scene.whileTalking(dialled: "*83101") { scene in
                try await Scene.withPhones(["202": Monitored.third], in: scene.lab) { phones in
                    let third = try phones["202"]
                    try await scene.whileMonitored(mode) { call in
                        try await call.client.sendDTMF("#72")
                        try await call.agent.waitToHear(.musicOnHold)
                        try await call.client.waitFor(.closed, within: .seconds(10))
                        try await expect(call.earsWithMusicForAgent())
                        try await pickUp(with: third, in: scene.lab)
                        try await third.waitToHear(.agent)
                        try await call.expectUsualEars(afterChangeTo: third)
                        call.expectItGoesOn()
                        try await third.hangUp()
                        try await call.expectTheAgentLeft()
                    }
                }
            }
        }

        /// Whoever is parked talks to `phone` afterwards.
        private func pickUp(with phone: Phone, in lab: Lab) async throws {
            let places = try await lab.parkingPlaces()
            #expect(places.count == 1)
            try await phone.dial(try #require(places.first))
            try await phone.waitFor(.established)
        }
    }
}

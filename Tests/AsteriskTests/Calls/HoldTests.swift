import LabSupport
import Testing

extension OnAsterisk.AsteriskTests {
    /// Hold and resume, by either side: the session goes on.
    ///
    /// No audio hook of Asterisk sees the music on hold, so the supervisor does not hear it, and nothing is whispered into it. A phone that holds
    /// sends nothing that a barging supervisor's voice could be mixed into.
    @Suite struct HoldTests {
        @Test(.timeLimit(.minutes(1)), arguments: Mode.allCases)
        func
            `the agent holds the client: the supervisor hears the client alone and is heard by nobody, until the agent is back`(
                mode: Mode
            ) async throws
        {
            try await Scene.whileTalking { scene in
                try await scene.whileMonitored(mode) { call in
                    try await call.agent.hold()
                    try await call.client.waitToHear(.musicOnHold)
                    _ = try await call.client.listen(for: .milliseconds(200))
                    try await expect([
                        call.ear("client", call.client, hears: [.musicOnHold]),
                        call.ear("supervisor", call.supervisor, hears: [.client]),
                        call.ear("agent", call.agent, hears: []),
                    ])
                    call.expectItGoesOn()
                    try await call.agent.resume()
                    try await call.supervisor.waitToHear(.agent)
                    _ = try await call.client.listen(for: .milliseconds(200))
                    try await call.expectUsualEars()
                    call.expectItGoesOn()
                }
            }
        }

        @Test(.timeLimit(.minutes(1)), arguments: Mode.allCases)
        func
            `the client holds the agent: the supervisor hears the agent alone and is heard by nobody, until the client is back`(
                mode: Mode
            ) async throws
        {
            try await Scene.whileTalking { scene in
                try await scene.whileMonitored(mode) { call in
                    try await call.client.hold()
                    try await call.agent.waitToHear(.musicOnHold)
                    _ = try await call.agent.listen(for: .milliseconds(200))
                    try await expect(
                        call.earsWithMusicForAgent() + [
                            call.ear("client", call.client, hears: [])
                        ]
                    )
                    call.expectItGoesOn()
                    try await call.client.resume()
                    try await call.supervisor.waitToHear(.client)
                    _ = try await call.agent.listen(for: .milliseconds(200))
                    try await call.expectUsualEars()
                    call.expectItGoesOn()
                }
            }
        }
    }
}

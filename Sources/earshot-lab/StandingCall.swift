import LabSupport

/// A call between a client's and an agent's phone that stays up while others listen in.
struct StandingCall {
    let client: Phone
    let agent: Phone

    /// Runs `body` while a call of 201 to 101 is up and both hear each other; puts the phones away afterwards.
    ///
    /// - Parameter clientTone: what the client says.
    static func whileUp(
        in lab: Lab,
        clientTone: Tone = .client,
        _ body: (StandingCall) async throws -> Void
    ) async throws {
        try await lab.withPhone("101", tone: .agent) { agent in
            try await lab.withPhone("201", tone: clientTone) { client in
                try await client.dial("101")
                try await agent.waitFor(.established)
                try await client.waitFor(.established)
                try await client.waitToHear(.agent)
                try await agent.waitToHear(clientTone)
                try await body(StandingCall(client: client, agent: agent))
                try await client.hangUp()
                try await agent.waitFor(.closed)
            }
        }
    }
}

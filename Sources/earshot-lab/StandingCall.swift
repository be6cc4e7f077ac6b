import LabSupport

/// A call between a client's and an agent's phone that stays up while others listen in.
struct StandingCall {
    let client: Phone
    let agent: Phone

    /// Runs `body` while a call of 201 to 101 is up and both hear each other; puts the phones away afterwards.
    static func whileUp(in lab: Lab, _ body: (StandingCall) async throws -> Void) async throws {
        async let startedClient = lab.startPhone("201", tone: .client)
        async let startedAgent = lab.startPhone("101", tone: .agent)
        let call = StandingCall(client: try await startedClient, agent: try await startedAgent)
        let result: Result<Void, any Error>
        do {
            try await call.client.dial("101")
            try await call.agent.waitFor(.established)
            try await call.client.waitFor(.established)
            try await call.client.waitToHear(.agent)
            try await call.agent.waitToHear(.client)
            try await body(call)
            try await call.client.hangUp()
            try await call.agent.waitFor(.closed)
            result = .success(())
        } catch {
            result = .failure(error)
        }
        await call.client.stop()
        await call.agent.stop()
        try result.get()
    }
}

import LabSupport

/// Calls between phones of a bank that stay up, and sessions of supervisors in them: what is measured under load.
struct SupervisedCalls: Sendable {
    /// Whatever belongs to the beginning of many calls is over by then.
    private static let settling = Duration.seconds(2)

    let lab: Lab
    let bank: PhoneBank
    let calls: Int

    /// Runs `body` while calls are up and both sides of each hear each other; ends them afterwards, whatever happened.
    ///
    /// - Parameters:
    ///   - plan: with as many sessions as there will be at once.
    ///   - others: phones besides those of the plan, with what they say; nil for silence.
    /// - Throws: what `body` throws, and ``LabError`` when something is left over in Asterisk.
    static func whileUp(
        in lab: Lab,
        _ plan: SeatPlan,
        others: [String: Voice?] = [:],
        _ body: (SupervisedCalls) async throws -> Void
    ) async throws {
        let voices = plan.voices.merging(others) { $1 }
        let bank = try PhoneBank(server: lab.sip.port, voices: voices)
        defer { bank.stop() }
        let calls = SupervisedCalls(lab: lab, bank: bank, calls: plan.calls)
        let result: Result<Void, any Error>
        do {
            try await calls.begin()
            result = .success(try await body(calls))
        } catch {
            result = .failure(error)
        }
        for user in voices.keys { try bank.phone(user).hangUp() }
        switch result {
        case .success:
            try await lab.waitUntil("the end of everything", within: .seconds(10)) { $0.isEmpty && $1.isEmpty }
        case .failure(let error):
            // The phones' goodbyes have to leave; a wait would end at once where we were interrupted.
            _ = await Task { try? await Task.sleep(for: .milliseconds(200)) }.value
            throw error
        }
    }

    private func begin() async throws {
        let quiet = SeatPlan(calls: calls, sessions: 0, modes: [.listen])
        try await withThrowingTaskGroup(of: Void.self) { group in
            for call in 0..<calls {
                let (client, agent) = try parties(of: call)
                group.addTask {
                    agent.listen(for: quiet.agentHears(call))
                    client.listen(for: quiet.clientHears(call))
                    try await client.dial(bank.code(toCall: agent.user))
                    try await client.waitFor(.heard)
                    try await agent.waitFor(.heard)
                }
            }
            try await group.waitForAll()
        }
        try await Task.sleep(for: Self.settling)
    }

    func parties(of call: Int) throws -> (client: BankPhone, agent: BankPhone) {
        (try bank.phone(SeatPlan.client(call)), try bank.phone(SeatPlan.agent(call)))
    }

    // MARK: - Sessions

    /// Starts all sessions of a plan at once, and waits until each supervisor hears both parties.
    ///
    /// - Returns: what went wrong, for each that does not.
    func begin(_ plan: SeatPlan, by monitor: Monitor) async throws -> [String] {
        let faults = try await withThrowingTaskGroup(of: String?.self) { group in
            for seat in plan.seats {
                let phone = try bank.phone(seat.supervisor)
                group.addTask {
                    do {
                        phone.listen(for: plan.supervisorHears(seat))
                        try await phone.dial(monitor.code(seat.mode) + seat.agent)
                        try await phone.waitFor(.heard)
                        return nil
                    } catch let error as LabError {
                        return "\(error)"
                    }
                }
            }
            var faults: [String] = []
            for try await fault in group {
                if let fault { faults.append(fault) }
            }
            return faults
        }
        try await Task.sleep(for: Self.settling)
        return faults
    }

    /// Ends all sessions of a plan, and waits until nothing but the calls is left.
    func end(_ plan: SeatPlan) async throws {
        for seat in plan.seats { try bank.phone(seat.supervisor).hangUp() }
        try await waitForCallsAlone()
    }

    /// - Throws: ``LabError`` with what is left over besides the calls.
    func waitForCallsAlone() async throws {
        let count = 2 * calls
        let what = "the end of all sessions, and of nothing else"
        try await lab.waitUntil(what, within: .seconds(10)) { channels, bridges in
            channels.count == count && !bridges.contains { $0.id.hasPrefix("earshot-") }
        }
    }

    // MARK: - Ears

    /// Has every ear of a plan counted from now on.
    func listen(_ plan: SeatPlan) throws {
        for seat in plan.seats { try bank.phone(seat.supervisor).listen(for: plan.supervisorHears(seat)) }
        for call in 0..<calls {
            let (client, agent) = try parties(of: call)
            client.listen(for: plan.clientHears(call))
            agent.listen(for: plan.agentHears(call))
        }
    }

    /// What was counted since ``listen(_:)``.
    func ears(_ plan: SeatPlan, _ limit: @escaping Ears.Limit = Ears.hundredth) throws -> Ears {
        var ears = Ears(limit)
        for seat in plan.seats {
            let phone = try bank.phone(seat.supervisor)
            ears.add(
                supervisor: phone.report(),
                "\(seat.supervisor) (\(seat.mode) at \(seat.agent))",
                isTalking: phone.isTalking
            )
        }
        for call in 0..<calls {
            let (client, agent) = try parties(of: call)
            ears.add(party: client.report(), client.user)
            ears.add(party: agent.report(), agent.user)
        }
        return ears
    }
}

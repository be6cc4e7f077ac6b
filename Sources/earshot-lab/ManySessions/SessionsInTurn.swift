import LabSupport

/// Sessions of one supervisor, each of which begins when the one before has ended.
struct SessionsInTurn {
    let calls: SupervisedCalls
    let load: ManySessionsOptions
    let monitor: Monitor

    /// A session works when the supervisor hears both parties, and hangs up.
    ///
    /// - Returns: what went wrong with each that did not work, and what the parties of all calls heard meanwhile.
    /// - Throws: ``LabError`` when something is left over afterwards.
    func run(_ count: Int) async throws -> (faults: [String], ears: Ears) {
        let (plan, quiet) = (load.plan(1, [.listen]), load.plan(0, [.listen]))
        try calls.listen(quiet)
        var faults: [String] = []
        for number in 1...count {
            // Everything here beats in 20 ms; without another phase for each session, all would begin at the same one.
            try await Task.sleep(for: .microseconds(Int.random(in: 0..<20_000)))
            do {
                for seat in plan.seats { try await session(seat, of: plan) }
            } catch let error as LabError {
                faults.append("session \(number): \(error)")
                // A phone whose call has not ended yet cannot begin another one.
                for seat in plan.seats { try calls.bank.phone(seat.supervisor).hangUp() }
                try await Task.sleep(for: .seconds(1))
            }
            if number.isMultiple(of: 100) { say("  \(number) sessions by \(monitor.rawValue)") }
        }
        try await calls.waitForCallsAlone()
        return (faults, try calls.ears(quiet))
    }

    private func session(_ seat: SeatPlan.Seat, of plan: SeatPlan) async throws {
        let phone = try calls.bank.phone(seat.supervisor)
        phone.listen(for: plan.supervisorHears(seat))
        try await phone.dial(monitor.code(seat.mode) + seat.agent)
        try await phone.waitFor(.heard)
        phone.hangUp()
        try await phone.waitFor(.closed)
    }
}

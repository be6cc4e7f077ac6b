import LabSupport

/// Two supervisors who do harm to Earshot, and what ten others notice of it.
struct Flood {
    /// One dials and hangs up as fast as SIP lets him; the other one, in a session, presses the keys of all modes in turn as fast as Asterisk tells
    /// keys apart, about seven a second. Each is a switch of the mode for Earshot (`d` in his SPY_PARAMS).
    static let supervisors: [String: Voice?] = [dialler: nil, presser: nil]
    private static let dialler = SeatPlan.supervisor(60)
    private static let presser = SeatPlan.supervisor(61)
    private static let listeners = 10

    let calls: SupervisedCalls
    let load: ManySessionsOptions

    /// - Returns: what went wrong with the listeners, and what was heard by whom it should not be.
    /// - Throws: ``LabError`` when something is left over afterwards.
    func run(seconds: Int) async throws -> [String] {
        let most = load.calls * SeatPlan.supervisorsPerCall
        let plan = load.plan(min(Self.listeners, most), [.listen])
        let span = Duration.seconds(seconds)
        var faults = try await calls.begin(plan, by: .earshot)
        try calls.listen(plan)
        try await Task.sleep(for: span)
        let calm = try calls.ears(plan)
        try calls.listen(plan)
        async let dialling = dial(for: span)
        async let pressing = press(for: span)
        let (attempts, answered) = try await dialling
        let keys = try await pressing
        let flooded = try calls.ears(plan)
        try await calls.end(plan)
        say("in \(seconds) s one supervisor dialled \(attempts) times, \(answered) of them up to the answer")
        say("  and another one pressed \(keys) keys, each a change of the mode")
        for (name, ears) in [("before", calm), ("meanwhile", flooded)] {
            say("  \(plan.seats.count) listeners \(name): \(ears.supervisors.text)")
            say("  agents and clients \(name): \(ears.parties.text)")
        }
        faults += calm.faults + flooded.faults
        for fault in faults { say("  \(fault)") }
        return faults
    }

    /// - Returns: how often was dialled, and how often an answer was waited for and came; the others are given up at once.
    private func dial(for span: Duration) async throws -> (attempts: Int, answered: Int) {
        let phone = try calls.bank.phone(Self.dialler)
        let end = ContinuousClock.now + span
        var (attempts, answered) = (0, 0)
        while ContinuousClock.now < end {
            attempts += 1
            try await phone.dial(Monitor.earshot.code(.listen) + SeatPlan.agent(0))
            if attempts.isMultiple(of: 2) {
                do {
                    try await phone.waitFor(.established)
                    answered += 1
                } catch is LabError {
                    // Refused: that is an attempt too.
                }
            }
            phone.hangUp()
            try await phone.waitFor(.closed)
        }
        return (attempts, answered)
    }

    /// - Returns: how many keys were pressed.
    private func press(for span: Duration) async throws -> Int {
        let phone = try calls.bank.phone(Self.presser)
        let end = ContinuousClock.now + span
        try await phone.dial(Monitor.earshot.code(.listen) + SeatPlan.agent(calls.calls - 1))
        try await phone.waitFor(.established)
        let start = phone.history.count
        // More than can be pressed in this time.
        let rounds = Int(span / .milliseconds(140)) / 3 + 1
        phone.press(String(repeating: "456", count: rounds))
        try await Task.sleep(until: end)
        let keys = phone.history.dropFirst(start).count { $0.name == .pressed }
        guard phone.isTalking else { throw LabError("\(phone.user), who pressed keys, was thrown out") }
        phone.hangUp()
        try await phone.waitFor(.closed)
        return keys
    }
}

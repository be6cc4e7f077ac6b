import LabSupport
import Testing

extension OnAsterisk.FaultTests {
    /// Whole sessions, while something is wrong with the road between Earshot and Asterisk.
    @Suite struct RoadTests {
        /// What is tried always.
        private static let short: [(trouble: Trouble, mode: Mode)] = [
            (.answersLateBy200ms, .listen), (.answersLateBy200ms, .whisper), (.eventsLate, .barge),
            (.cutWhileAttaching, .whisper), (.closedWhileAttaching, .listen), (.cutInTheCall, .barge),
            (.frozenInTheCall, .whisper),
        ]

        @Test(.timeLimit(.minutes(5)))
        func `on a bad road a session works or ends with an answer`() async throws {
            try await Cast.served("bad roads") { cast in
                for (trouble, mode) in Self.short { try await cast.tryThrough(trouble, mode) }
            }
        }

        @Test(.enabled(if: LongTests.areWanted), .timeLimit(.minutes(20)), arguments: Mode.allCases)
        func `on every bad road a session works or ends with an answer, in each mode`(mode: Mode) async throws {
            try await Cast.served("all bad roads, \(mode)") { cast in
                for trouble in Trouble.allCases { try await cast.tryThrough(trouble, mode) }
            }
        }

        @Test(.enabled(if: LongTests.areWanted), .timeLimit(.minutes(5)))
        func `without events for more than a minute a session ends with an answer`() async throws {
            try await Cast.served("no events") { cast in
                let earshot = try Bench.current.earshot
                let trial = try await Trial.prepare(.barge, "no events", with: cast)
                try await trial.dial()
                #expect(try await trial.settle() == .inTheCall)
                cast.road.holdEvents(for: .seconds(3_600))
                // A minute, the prompt, and as long as its end, of which nobody tells, is waited for.
                let standing = try await trial.waitForRelease(within: .seconds(120))
                cast.road.mend()
                try await trial.conclude(standing, .endedCleanly)
                #expect(try await trial.result().hasSuffix("asterisk_refused"))
                try await cast.waitUntilConnected(earshot)
            }
        }
    }
}

extension Cast {
    /// One session while something is wrong with the road, which is mended afterwards.
    fileprivate func tryThrough(_ trouble: Trouble, _ mode: Mode) async throws {
        let earshot = try Bench.current.earshot
        let road = road
        let trial = try await Trial.prepare(mode, "\(trouble), \(mode)", with: self)
        trouble.begin(on: road)
        async let outage: Void = trouble.endOutage(on: road)
        try await trial.dial()
        var standing = try await trial.settle(within: .seconds(45))
        try await outage
        if standing == .inTheCall, trouble.isInTheCall {
            let start = earshot.log().count
            try await trouble.strike(road)
            try await earshot.waitForLog("connected to Asterisk", after: start, within: .seconds(30))
            standing = try await trial.settle()
        }
        try await trial.conclude(standing, trouble.outcome, mayBeHungUp: trouble.isOutage)
        road.mend()
        try await waitUntilConnected(earshot)
    }
}

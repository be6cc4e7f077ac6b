import Glibc
import LabSupport
import Locking
import Testing

extension OnAsterisk {
    /// Asterisk itself stands still, or is killed. `scripts/test --long` runs them last, on their own: all other tests need it alive.
    @Suite(.serialized, .tallied, .enabled(if: LongTests.areWanted)) struct StandstillTests {
        @Test(.timeLimit(.minutes(3)), arguments: Mode.allCases)
        func `when Asterisk has stood still, a session goes on or ends with an answer, and the next one works`(
            mode: Mode
        ) async throws {
            try await Cast.served("Asterisk stood still, \(mode)") { cast in
                let trial = try await Trial.prepare(mode, "Asterisk stood still, \(mode)", with: cast)
                try await trial.dial()
                #expect(try await trial.settle() == .inTheCall)
                try await cast.standStill {}
                let standing = try await trial.settle(within: .seconds(30))
                // While Asterisk stands still nobody hears anybody.
                try await trial.conclude(standing, isCallChecked: false)
                try await cast.expectNextSession(mode)
            }
        }

        @Test(.timeLimit(.minutes(3)), arguments: Mode.allCases)
        func `whoever dials while Asterisk stands still is served or released`(mode: Mode) async throws {
            try await Cast.served("dialled while Asterisk stood still, \(mode)") { cast in
                let trial = try await Trial.prepare(mode, "dialled while Asterisk stood still, \(mode)", with: cast)
                try await cast.standStill { try await trial.dial() }
                let standing = try await trial.settle(within: .seconds(45))
                try await trial.conclude(standing, mayBeHungUp: true, isCallChecked: false)
                try await cast.expectNextSession(mode)
            }
        }

        @Test(.timeLimit(.minutes(3)), arguments: [10, 40, 100])
        func `when Asterisk stands still while a supervisor is on their way, they are served or released`(
            milliseconds: Int
        ) async throws {
            let what = "Asterisk stood still \(milliseconds) ms after the code"
            try await Cast.served(what) { cast in
                let trial = try await Trial.prepare(.barge, what, with: cast)
                try await trial.dial()
                try await Task.sleep(for: .milliseconds(milliseconds))
                try await cast.standStill {}
                let standing = try await trial.settle(within: .seconds(45))
                try await trial.conclude(standing, mayBeHungUp: true, isCallChecked: false)
                try await cast.expectNextSession(.barge)
            }
        }

        @Test(.timeLimit(.minutes(5)))
        func `when Asterisk was killed and is started again, the sessions have ended and the next one works`()
            async throws
        {
            try await Cast.withRoad("Asterisk was killed") { road, tally in
                try await Bench.run(url: road.url) {
                    let earshot = try Bench.current.earshot
                    try await Cast.talking(over: road, tally) { cast in
                        let trial = try await Trial.prepare(.whisper, "Asterisk was killed", with: cast)
                        try await trial.dial()
                        #expect(try await trial.settle() == .inTheCall)
                        let start = earshot.log().count
                        try cast.lab.signalAsterisk(SIGKILL)
                        _ = try await cast.lab.restartAsterisk()
                        try await earshot.waitForLog("connected to Asterisk", after: start, within: .seconds(30))
                        try await earshot.waitForLog("session ended", after: start, within: .seconds(30))
                        tally.withLock { $0.endedCleanly += 1 }
                    }
                    // With phones that Asterisk knows of.
                    try await Cast.talking(over: road, tally) { cast in
                        for mode in Mode.allCases { try await cast.expectNextSession(mode) }
                    }
                }
            }
        }
    }
}

extension Cast {
    /// Asterisk stands still for ten seconds, and goes on. An Earshot must be running, which is connected again then.
    ///
    /// - Parameter work: what happens meanwhile.
    fileprivate func standStill(_ work: () async throws -> Void) async throws {
        let earshot = try Bench.current.earshot
        try lab.signalAsterisk(SIGSTOP)
        let result: Result<Void, any Error>
        do {
            try await work()
            try await Task.sleep(for: .seconds(10))
            result = .success(())
        } catch {
            result = .failure(error)
        }
        try lab.signalAsterisk(SIGCONT)
        try result.get()
        // It may not have noticed yet that the connection is another one.
        try await Task.sleep(for: .seconds(1))
        try await waitUntilConnected(earshot)
    }

    /// Nothing has happened for the session that begins now.
    fileprivate func expectNextSession(_ mode: Mode) async throws {
        let trial = try await Trial.prepare(mode, "after it, \(mode)", with: self)
        try await trial.dial()
        try await trial.conclude(try await trial.settle(), .worked)
    }
}

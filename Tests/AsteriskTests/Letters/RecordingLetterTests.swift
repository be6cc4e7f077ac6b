import Foundation
import Glibc
import LabSupport
import Testing

extension OnAsterisk.AsteriskTests {
    /// `r(base)`: a recording of what the supervisor hears.
    @Suite struct RecordingLetterTests {
        @Test(
            .timeLimit(.minutes(1)),
            arguments: [
                (Mode.listen, "r(letters)", [Tone.agent, .client]), (.whisper, "r(letters)", [.agent, .client]),
                (.barge, "r(letters)", [.agent, .client]), (.listen, "or(letters)", [.agent]),
                (.barge, "or(letters)", [.agent]), (.listen, "r(letters)v(-4)", [.agent, .client]),
                (.barge, "Wr(letters)", [.agent, .client]),
            ]
        )
        func `the recording has what the supervisor hears, and never themselves`(
            mode: Mode,
            letters: String,
            voices: [Tone]
        ) async throws {
            try await Scene.whileTalking { scene in
                var name = ""
                try await scene.withLetters("qESsb" + letters, mode) { session in
                    try await session.supervisor.waitToHear(.agent)
                    name = try await session.recordings(1)[0]
                    try await expect([
                        Ear(
                            name: "agent",
                            phone: scene.agent,
                            hears: [.client] + (mode.agentHearsSupervisor ? [.supervisor] : []),
                            isFreeOf: mode.agentHearsSupervisor ? [] : [.supervisor]
                        ),
                        Ear(
                            name: "client",
                            phone: scene.client,
                            hears: [.agent] + (mode.clientHearsSupervisor ? [.supervisor] : []),
                            isFreeOf: mode.clientHearsSupervisor ? [] : [.supervisor]
                        ),
                    ])
                }
                #expect(name.hasPrefix("letters-"))
                try await scene.expectRecording(name, of: voices)
            }
        }

        @Test(.timeLimit(.minutes(1)), arguments: [("r", "chanspy-"), ("r(sales/monday)", "sales/monday-")])
        func `the recording's name begins with the letter's argument, or as ChanSpy's`(
            letters: String,
            beginning: String
        ) async throws {
            try await Scene.whileTalking { scene in
                var name = ""
                try await scene.withLetters("qESsb" + letters) { session in
                    name = try await session.recordings(1)[0]
                    _ = try await session.supervisor.listen(for: .milliseconds(500))
                }
                #expect(name.hasPrefix(beginning))
                try await scene.expectRecording(name, of: [.agent, .client])
            }
        }

        /// What ends a recording.
        enum End: String, CaseIterable {
            case agentHangsUp = "target_hung_up"
            case clientHangsUp = "target_hung_up "
            case supervisorHangsUp = "supervisor_hung_up"
            case exitKey = "supervisor_left"
            case nextKey = "supervisor_left "
            case exitToDialplan = "supervisor_exited"
        }

        @Test(.timeLimit(.minutes(1)), arguments: End.allCases)
        func `the recording is finished at every end of the session`(end: End) async throws {
            try await Scene.whileTalking { scene in
                try await scene.withSupervisor("330") { supervisor in
                    let letters = end == .exitToDialplan ? "qESsbr(letters)X" : "qESsbr(letters)x(9)"
                    try await scene.lab.setSpyParams(letters, exitContext: "lab-exit")
                    let begin = scene.earshot.log().count
                    let mark = supervisor.mark()
                    try await supervisor.dial("*91101")
                    let session = LetterSession(
                        supervisor: supervisor,
                        earshot: scene.earshot,
                        begin: begin,
                        mark: mark
                    )
                    let name = try await session.recordings(1)[0]
                    try await supervisor.waitToHear(.client)
                    _ = try await supervisor.listen(for: .milliseconds(500))
                    switch end {
                    case .agentHangsUp: try await scene.agent.hangUp()
                    case .clientHangsUp: try await scene.client.hangUp()
                    case .supervisorHangsUp: try await supervisor.hangUp()
                    case .exitKey: try await supervisor.sendDTMF("9")
                    case .nextKey: try await supervisor.sendDTMF("*")
                    case .exitToDialplan: try await supervisor.sendDTMF("5")
                    }
                    try await session.expectEnd(end.rawValue.trimmingCharacters(in: .whitespaces))
                    try await scene.expectRecording(name, of: [.agent, .client])
                    if end == .exitToDialplan { try await supervisor.hangUp() }
                    #expect(session.lines("recording failed").isEmpty)
                }
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func `with W nothing is recorded of a whisper, which hears nothing`() async throws {
            try await Scene.whileTalking { scene in
                try await scene.withLetters("qESsbWr(private)", .whisper) { session in
                    try await scene.agent.waitToHear(.supervisor)
                    try await expect([
                        Ear(name: "supervisor", phone: session.supervisor, hears: [], isFreeOf: [.agent, .client])
                    ])
                    #expect(session.lines("recording started").isEmpty)
                    #expect(try await scene.lab.channels().count { $0.isEarshots } == 1)
                }
                #expect(try scene.lab.recordings(beginningWith: "private").isEmpty)
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func `each target has a recording of its own`() async throws {
            try await Scene.whileTalking { scene in
                var names: [String] = []
                try await scene.withLetters("qbr(letters)") { session in
                    let supervisor = session.supervisor
                    names = try await session.recordings(1)
                    _ = try await supervisor.listen(for: .milliseconds(500))
                    try await scene.agent.hangUp()
                    try await scene.agent.waitFor(.closed)
                    try await scene.client.waitFor(.closed)
                    try await session.logged("waiting for the next call")
                    // Finished with its call, while the session waits.
                    try await scene.expectRecording(names[0], of: [.agent, .client])
                    try await scene.client.dial("101")
                    try await scene.agent.waitFor(.established)
                    names = try await session.recordings(2)
                    _ = try await supervisor.listen(for: .milliseconds(500))
                }
                #expect(names[0] != names[1])
                try await scene.expectRecording(names[1], of: [.agent, .client])
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func `the key for the next channel ends one recording and begins another`() async throws {
            try await Scene.whileTalkingTwice("qSbr(letters)") { scene, _, session in
                _ = try await session.recordings(1)
                _ = try await session.supervisor.listen(for: .milliseconds(600))
                try await session.supervisor.sendDTMF("*")
                let names = try await session.recordings(2)
                try await scene.expectRecording(names[0], of: [.agent, .secondSupervisor], without: [.client])
                _ = try await session.supervisor.listen(for: .milliseconds(600))
                try await session.supervisor.hangUp()
                try await session.expectEnd("supervisor_hung_up")
                try await scene.expectRecording(names[1], of: [.agent, .client], without: [.secondSupervisor])
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func `with W the recording stops while the supervisor whispers, and another one follows`() async throws {
            try await Scene.whileTalking { scene in
                var names: [String] = []
                try await scene.withLetters("qESsbdWr(letters)") { session in
                    let supervisor = session.supervisor
                    names = try await session.recordings(1)
                    _ = try await supervisor.listen(for: .milliseconds(500))
                    try await supervisor.sendDTMF("5")
                    try await session.logged("mode changed") { $0["session.mode"] == "whisper" }
                    // Finished while the session goes on.
                    try await scene.expectRecording(names[0], of: [.agent, .client])
                    try await supervisor.sendDTMF("6")
                    names = try await session.recordings(2)
                    _ = try await supervisor.listen(for: .milliseconds(500))
                }
                try await scene.expectRecording(names[1], of: [.agent, .client])
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func `a mode that hears the same goes on with the same recording`() async throws {
            try await Scene.whileTalking { scene in
                var names: [String] = []
                try await scene.withLetters("qESsbdr(letters)") { session in
                    _ = try await session.recordings(1)
                    for (key, mode) in [("6", "barge"), ("5", "whisper"), ("4", "listen")] {
                        try await session.supervisor.sendDTMF(key)
                        try await session.logged("mode changed") { $0["session.mode"] == mode }
                        _ = try await session.supervisor.listen(for: .milliseconds(200))
                    }
                    names = try await session.recordings(1)
                }
                #expect(names.count == 1)
                // Without a gap, and without the supervisor, whom the other two have heard.
                let heard = try await scene.expectRecording(names[0], of: [.agent, .client])
                #expect(heard.longestGap(of: .agent) <= .milliseconds(40))
                #expect(heard.longestGap(of: .client) <= .milliseconds(40))
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func `a recording that Asterisk cannot make is reported, and the supervisor hears the call`() async throws {
            try await Scene.whileTalking { scene in
                // Where the recording's folder would be there is a file.
                let path = scene.lab.directory + "/spool/recording/blocked"
                #expect(FileManager.default.createFile(atPath: path, contents: nil))
                defer { try? FileManager.default.removeItem(atPath: path) }
                try await scene.withLetters("qESsbr(blocked/calls)", .barge) { session in
                    let line = try await session.logged("recording failed")
                    #expect(line["recording.name"]?.hasPrefix("blocked/calls-") == true)
                    #expect(line["level"] == "warning")
                    try await session.supervisor.waitToHear(.client)
                    try await expect(scene.ears(session.supervisor, .barge))
                    // The snoop that should have recorded is not kept for nothing.
                    try await scene.lab.waitUntil("one snoop") { channels, _ in
                        channels.count { $0.isEarshots } == 1
                    }
                }
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func `two sessions with one name have a recording each`() async throws {
            try await Scene.whileTalking { scene in
                var names: [String] = []
                try await scene.withLetters("qESsbr(letters)", .barge, of: "330") { first in
                    try await scene.withSupervisor("331") { supervisor in
                        let second = try await LetterSession.dial(
                            "*93101",
                            by: supervisor,
                            letters: "qESsbor(letters)",
                            scene.bench
                        )
                        names = try await first.recordings(1) + second.recordings(1)
                        _ = try await supervisor.listen(for: .seconds(1))
                        try await supervisor.hangUp()
                        try await second.expectEnd("supervisor_hung_up")
                    }
                    // The first one's goes on when the second session is over.
                    _ = try await first.supervisor.listen(for: .milliseconds(500))
                }
                #expect(Set(names).count == 2)
                let first = try await scene.expectRecording(names[0], of: [.agent, .client])
                let second = try await scene.expectRecording(names[1], of: [.agent])
                #expect(first.duration > second.duration)
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func `a session without r has one snoop, and no recording`() async throws {
            try await Scene.whileTalking { scene in
                let before = try scene.lab.recordings(beginningWith: "")
                try await scene.withLetters("qESsb") { session in
                    try await session.supervisor.waitToHear(.client)
                    #expect(try await scene.lab.channels().count { $0.isEarshots } == 1)
                }
                #expect(try scene.lab.recordings(beginningWith: "") == before)
            }
        }
    }
}

extension OnAsterisk.AsteriskServiceTests {
    @Suite struct RecordingServiceTests {
        @Test(.timeLimit(.minutes(1)))
        func `when Earshot stops the recording is finished; names do not collide`() async throws {
            var names: [String] = []
            try await whileRecording { scene, supervisor, session in
                names = try await session.recordings(1)
                try scene.earshot.send(signal: SIGTERM)
                try await scene.earshot.waitForEnd()
                try await supervisor.waitFor(.closed)
                try await scene.expectRecording(names[0], of: [.agent, .client])
                try await Bench.run {
                    let next = try LetterSession(after: supervisor)
                    try await supervisor.dial("*93101")
                    names += try await next.recordings(1)
                    try await supervisor.waitToHear(.client, since: next.mark)
                    _ = try await supervisor.listen(for: .milliseconds(500))
                    try await supervisor.hangUp()
                    try await next.expectEnd("supervisor_hung_up")
                }
                #expect(names[0] != names[1])
                try await scene.expectRecording(names[1], of: [.agent, .client])
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func `when Earshot is killed the recording goes on, and the next run finishes it`() async throws {
            try await whileRecording { scene, supervisor, session in
                let names = try await session.recordings(1)
                let before = try scene.lab.recordings(beginningWith: "letters")
                try scene.earshot.send(signal: SIGKILL)
                try await scene.earshot.waitForEnd()
                try await Bench.run {
                    let next = try LetterSession(after: supervisor)
                    try await next.logged("session resumed")
                    _ = try await supervisor.listen(for: .milliseconds(500))
                    try await supervisor.hangUp()
                    try await next.expectEnd("supervisor_hung_up")
                }
                try await scene.expectRecording(names[0], of: [.agent, .client])
                #expect(try scene.lab.recordings(beginningWith: "letters") == before)
            }
        }

        /// A supervisor barges in, and the session is being recorded.
        private func whileRecording(_ body: (Scene, Phone, LetterSession) async throws -> Void) async throws {
            try await Bench.run {
                try await Scene.whileTalking { scene in
                    try await scene.withSupervisor("330") { supervisor in
                        let session = try await LetterSession.dial(
                            "*93101",
                            by: supervisor,
                            letters: "qESsbr(letters)",
                            scene.bench
                        )
                        _ = try await session.recordings(1)
                        try await supervisor.waitToHear(.client)
                        _ = try await supervisor.listen(for: .milliseconds(500))
                        try await body(scene, supervisor, session)
                    }
                }
            }
        }
    }
}

extension LetterSession {
    /// Of the Earshot that was started after this supervisor's session.
    fileprivate init(after supervisor: Phone) throws {
        self.init(supervisor: supervisor, earshot: try Bench.current.earshot, begin: 0, mark: supervisor.mark())
    }
}

extension LetterSession {
    /// The names of the session's recordings, as soon as `count` have begun.
    fileprivate func recordings(_ count: Int) async throws -> [String] {
        try await logged("recording started") { _ in lines("recording started").count >= count }
        return lines("recording started").compactMap { $0["recording.name"] }
    }
}

extension Scene {
    /// The recording is finished, has these voices all the time, and no other one.
    @discardableResult
    fileprivate func expectRecording(
        _ name: String,
        of voices: [Tone],
        without others: [Tone] = [],
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> Heard {
        let heard = try await lab.recording(
            lab.directory + "/spool/recording/\(name).wav",
            within: .seconds(2)
        )
        #expect(heard.duration >= .milliseconds(400), sourceLocation: sourceLocation)
        for tone in voices {
            // As loud as it was said (-9.5 dB), whatever the supervisor's volume.
            let (isHeard, level) = (heard.hears(tone), heard.level(of: tone))
            #expect(isHeard && level > -12, "\(tone) at \(level) dB", sourceLocation: sourceLocation)
        }
        for tone in Set([.agent, .client, .supervisor] + others).subtracting(voices) {
            let (isFree, level) = (heard.isFree(of: tone), heard.level(of: tone))
            #expect(isFree, "\(tone) at \(level) dB", sourceLocation: sourceLocation)
        }
        return heard
    }
}

extension Lab {
    /// The files in Asterisk's folder of recordings whose names begin like this.
    fileprivate func recordings(beginningWith beginning: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: directory + "/spool/recording")
            .filter { $0.hasPrefix(beginning) }.sorted()
    }
}

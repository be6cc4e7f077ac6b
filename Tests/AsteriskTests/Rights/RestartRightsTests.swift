import Foundation
import Glibc
import LabSupport
import Testing

/// After a crash nobody hears or is heard more than before, and in no other call.
extension OnAsterisk.AsteriskServiceTests {
    @Suite struct RestartRightsTests {
        /// Ends the running Earshot without warning.
        private func crash(_ earshot: EarshotProcess) async throws {
            try earshot.send(signal: SIGKILL)
            try await earshot.waitForEnd()
        }

        @Test(.timeLimit(.minutes(1)))
        func `who had chosen to listen is heard by nobody after a restart, whatever was dialled`() async throws {
            try await Bench.run {
                try await Scene.whileTalking { scene in
                    try await scene.withSupervisor("330") { supervisor in
                        try await scene.monitor(.barge, on: supervisor, with: "qESsbd")
                        try await scene.press("4", on: supervisor, "mode changed")
                        try await crash(scene.earshot)
                        let marks = (agent: scene.agent.mark(), client: scene.client.mark())
                        try await Bench.run {
                            let line = try await Bench.current.earshot.waitForLog("session resumed")
                            #expect(line["session.mode"] == "listen")
                            try await expect(scene.ears(supervisor, .listen))
                            for ear in [scene.agent.heard(since: marks.agent), scene.client.heard(since: marks.client)]
                            {
                                #expect(ear.longestStretch(of: .supervisor) <= .milliseconds(40))
                            }
                            try await supervisor.hangUp()
                            try await Scene.nothingIsLeft(in: scene.lab)
                        }
                    }
                }
            }
        }

        @Test(.timeLimit(.minutes(1)), arguments: [Mode.barge, .listen])
        func `a session does not go on in the agent's next call after a restart`(mode: Mode) async throws {
            try await Bench.run {
                try await Scene.whileTalking { scene in
                    try await Scene.withPhones(["202": .secondSupervisor, "311": .supervisor], in: scene.lab) {
                        phones in
                        let (next, supervisor) = (try phones["202"], try phones["311"])
                        try await supervisor.dial(mode.rawValue + "101")
                        try await supervisor.waitToHear(.client)
                        try await crash(scene.earshot)
                        try await scene.client.hangUp()
                        try await scene.agent.waitFor(.closed)
                        try await next.dial("101")
                        try await next.waitToHear(.agent)
                        let marks = (supervisor: supervisor.mark(), next: next.mark())
                        try await Bench.run {
                            let line = try await Bench.current.earshot.waitForLog("session ended")
                            #expect(line["session.end_reason"] == "target_hung_up")
                            try await supervisor.waitFor(.closed)
                        }
                        #expect(next.heard(since: marks.next).longestStretch(of: .supervisor) <= .milliseconds(40))
                        let heard = supervisor.heard(since: marks.supervisor)
                        #expect(heard.longestStretch(of: .secondSupervisor) <= .milliseconds(40))
                    }
                }
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func `who has taken a waiting supervisor's place while Earshot was away gets into no call`() async throws {
            try await Bench.run {
                let bench = try Bench.current
                let users: [String: Tone?] = ["330": nil, "300": .supervisor]
                try await Scene.withPhones(users, in: bench.lab) { phones in
                    let (supervisor, stranger) = (try phones["330"], try phones["300"])
                    try await bench.lab.setSpyParams("qb", of: "330")
                    try await supervisor.dial("*93101")
                    try await bench.earshot.waitForLog("waiting for the next call")
                    let waiting = try await bench.lab.channel(of: "330")
                    try await crash(bench.earshot)
                    try await supervisor.dial("300")
                    try await stranger.waitFor(.established)
                    try await supervisor.waitFor(.established)
                    try await bench.lab.completeTransfer(by: supervisor, toPlaceOf: waiting)
                    try await bench.lab.waitUntil("the supervisor is gone") { channels, _ in
                        !channels.contains { $0.endpoint == "330" }
                    }
                    try await Bench.run {
                        try await Scene.whileTalking { scene in
                            try await scene.expectStranger(
                                stranger,
                                isRefused: "transferred",
                                after: 0,
                                marks: scene.marks(stranger)
                            )
                        }
                    }
                }
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func `a recording whose supervisor is gone ends at the next start, and the call goes on`() async throws {
            try await Bench.run {
                try await Scene.whileTalking { scene in
                    try await scene.withSupervisor("330") { supervisor in
                        try await scene.monitor(on: supervisor, with: "qESsbr(crashed)")
                        let line = try await scene.earshot.waitForLog("recording started")
                        let name = try #require(line["recording.name"])
                        try await crash(scene.earshot)
                        try await supervisor.hangUp()
                        try await Bench.run {
                            try await scene.lab.waitUntil("the end of every snoop") { channels, bridges in
                                !channels.contains { $0.isEarshots }
                                    && !bridges.contains { $0.id.hasPrefix("earshot-") }
                            }
                            // Closed: its header says how long it is.
                            _ = try await scene.lab.recording(scene.lab.directory + "/spool/recording/\(name).wav")
                        }
                        try await expect([Ear(name: "client", phone: scene.client, hears: [.agent], isFreeOf: [])])
                    }
                }
            }
        }
    }

    @Suite struct TargetGroupTests {
        @Test(.timeLimit(.minutes(1)))
        func `with groups of agents a client cannot be whispered to, and an agent can`() async throws {
            // 101 has SPYGROUP=sales:night.
            try await Bench.run(environment: ["EARSHOT_TARGETS_GROUPS": "sales"]) {
                try await Scene.whileTalking { scene in
                    try await scene.withSupervisor("311") { supervisor in
                        try await scene.expectRefusal(of: supervisor, dialling: "*92201", "not_in_group")
                        try await supervisor.dial("*92101")
                        try await supervisor.waitToHear(.client)
                        try await expect(scene.ears(supervisor, .whisper))
                        try await supervisor.hangUp()
                        try await supervisor.waitFor(.closed)
                    }
                }
            }
        }
    }
}

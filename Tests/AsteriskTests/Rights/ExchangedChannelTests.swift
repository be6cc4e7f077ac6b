import LabSupport
import Testing

extension OnAsterisk.AsteriskTests {
    /// When Asterisk exchanges channels, a name and the variables of somebody else come together.
    @Suite struct ExchangedChannelTests {
        @Test(.timeLimit(.minutes(1)))
        func `who picks up a supervisor's call and is transferred to a code is refused`() async throws {
            try await Scene.whileTalking { scene in
                try await Scene.withPhones(["311": .supervisor], answering: .manual, in: scene.lab) { ringing in
                    try await Scene.withPhones(["202": nil, "300": .secondSupervisor], in: scene.lab) { phones in
                        let (caller, stranger) = (try phones["202"], try phones["300"])
                        try await caller.dial("311")
                        try await ringing["311"].waitFor(.incoming)
                        try await stranger.dial("*84311")
                        try await caller.waitFor(.established)
                        let start = scene.earshot.log().count
                        let marks = scene.marks(stranger)
                        try await caller.transfer(to: "*93101")
                        try await scene.expectStranger(stranger, isRefused: "transferred", after: start, marks: marks)
                    }
                }
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func `a supervisor who is transferred to a code has dialled none and is refused`() async throws {
            try await Scene.whileTalking { scene in
                try await Scene.withPhones(["202": nil, "311": .supervisor], in: scene.lab) { phones in
                    let (caller, supervisor) = (try phones["202"], try phones["311"])
                    try await caller.dial("311")
                    try await caller.waitFor(.established)
                    let start = scene.earshot.log().count
                    let marks = scene.marks(supervisor)
                    try await caller.transfer(to: "*93101")
                    try await scene.expectStranger(supervisor, isRefused: "transferred", after: start, marks: marks)
                }
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func `who is handed over to an announcement by a supervisor dials no code from there`() async throws {
            try await Scene.whileTalking { scene in
                try await Scene.withPhones(["305": nil, "300": .secondSupervisor], in: scene.lab) { phones in
                    let (supervisor, stranger) = (try phones["305"], try phones["300"])
                    try await supervisor.dial("730")
                    try await supervisor.waitFor(.established)
                    let announcement = try await scene.lab.channel(of: "305")
                    try await supervisor.dial("300")
                    try await stranger.waitFor(.established)
                    try await supervisor.waitFor(.established)
                    try await scene.lab.completeTransfer(by: supervisor, toPlaceOf: announcement)
                    try await scene.lab.waitUntil("the supervisor is gone") { channels, _ in
                        !channels.contains { $0.endpoint == "305" }
                    }
                    // With the supervisor's variables.
                    let channel = try await scene.lab.channel(of: "300")
                    #expect(try await scene.lab.variable("SPY_PERMISSION", of: channel) == "Barge")
                    let start = scene.earshot.log().count
                    let marks = scene.marks(stranger)
                    try await stranger.sendDTMF("*93101")
                    try await scene.expectStranger(stranger, isRefused: "transferred", after: start, marks: marks)
                }
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func `a protected phone that picks a call up stays protected, whatever the called phone allows`() async throws {
            let bench = try Bench.current
            try await Scene.withPhones(["105": nil], answering: .manual, in: bench.lab) { ringing in
                let users: [String: Tone?] = ["201": .client, "110": .agent, "305": .supervisor]
                try await Scene.withPhones(users, in: bench.lab) { phones in
                    try await phones["201"].dial("105")
                    try await ringing["105"].waitFor(.incoming)
                    try await phones["110"].dial("*84105")
                    try await phones["201"].waitToHear(.agent)
                    for code in ["*91110", "*93110", "*91201", "*93201"] {
                        try await Scene.expectRefusal(
                            of: phones["305"],
                            dialling: code,
                            "target_protected",
                            from: bench.earshot,
                            in: bench.lab
                        )
                    }
                }
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func `whoever picks up the ringing call that a supervisor is on is not monitored`() async throws {
            let bench = try Bench.current
            try await Scene.withPhones(["101": nil], answering: .manual, in: bench.lab) { ringing in
                let users: [String: Tone?] = ["201": .client, "110": .agent, "312": .supervisor]
                try await Scene.withPhones(users, in: bench.lab) { phones in
                    let (client, protected, supervisor) = (try phones["201"], try phones["110"], try phones["312"])
                    try await client.dial("101")
                    try await ringing["101"].waitFor(.incoming)
                    let start = bench.earshot.log().count
                    try await supervisor.dial("*93101")
                    try await bench.earshot.waitForLog("session started", after: start)
                    let mark = supervisor.mark()
                    try await protected.dial("*84101")
                    try await client.waitToHear(.agent)
                    let end = try await bench.earshot.waitForLog("session ended", after: start)
                    #expect(end["session.end_reason"] == "target_hung_up")
                    try await supervisor.waitFor(.closed)
                    // Until Asterisk tells: some milliseconds.
                    for tone in [Tone.agent, .client] {
                        #expect(supervisor.heard(since: mark).longestStretch(of: tone) <= .milliseconds(200))
                    }
                    try await expect([
                        Ear(name: "protected", phone: protected, hears: [.client], isFreeOf: [.supervisor]),
                        Ear(name: "client", phone: client, hears: [.agent], isFreeOf: [.supervisor]),
                    ])
                }
            }
            try await Scene.nothingIsLeft(in: bench.lab)
        }
    }

    /// A Local channel that stays stands between agent and client.
    @Suite struct ThroughLocalTests {
        @Test(.timeLimit(.minutes(1)))
        func `a protected client behind a Local channel is not heard and does not hear`() async throws {
            try await Scene.whileTalking(client: "110", dialled: "*85101") { scene in
                try await scene.withSupervisor("305") { supervisor in
                    for code in ["*91101", "*92101", "*93101"] {
                        try await scene.expectRefusal(of: supervisor, dialling: code, "target_protected")
                    }
                }
            }
        }

        @Test(.timeLimit(.minutes(1)), arguments: Mode.allCases)
        func `a client behind a Local channel is heard as any`(mode: Mode) async throws {
            try await Scene.whileTalking(dialled: "*85101") { scene in
                try await scene.withSupervisor("311") { supervisor in
                    try await supervisor.dial(mode.rawValue + "101")
                    try await supervisor.waitToHear(.client)
                    try await expect(scene.ears(supervisor, mode))
                    try await supervisor.hangUp()
                    try await supervisor.waitFor(.closed)
                }
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func `a protected colleague who takes the client's place behind a Local channel ends the session`() async throws
        {
            try await Scene.whileTalking(dialled: "*85101") { scene in
                try await Scene.withPhones(["311": .supervisor, "110": .secondSupervisor], in: scene.lab) { phones in
                    let (supervisor, protected) = (try phones["311"], try phones["110"])
                    try await supervisor.dial("*93101")
                    try await supervisor.waitToHear(.client)
                    let start = scene.earshot.log().count
                    let mark = supervisor.mark()
                    try await scene.client.transfer(to: "110")
                    let refusal = try await scene.earshot.waitForLog("session cannot go on", after: start)
                    #expect(refusal["permission.reason"] == "target_protected")
                    try await scene.agent.waitToHear(.secondSupervisor)
                    _ = try await protected.listen(for: .milliseconds(200))
                    try await expect([
                        Ear(name: "protected", phone: protected, hears: [.agent], isFreeOf: [.supervisor])
                    ])
                    #expect(
                        supervisor.heard(since: mark).longestStretch(of: .secondSupervisor) <= .milliseconds(200)
                    )
                }
            }
        }
    }
}

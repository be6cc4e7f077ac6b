import LabSupport
import Testing

extension OnAsterisk.AsteriskTests {
    /// Done when 3: which extension, and what counts as a call.
    @Suite struct TargetTests {
        @Test(.timeLimit(.minutes(2)))
        func `an extension is matched by equality, and one without a call is refused`() async throws {
            try await Scene.whileTalking { scene in
                try await Scene.withPhones(["305": .supervisor, "102": .secondSupervisor], in: scene.lab) { phones in
                    let supervisor = try phones["305"]
                    let refusals = [
                        ("*9110", "nobody_talking"), ("*911010", "nobody_talking"), ("*91102", "nobody_talking"),
                        ("*91305", "own_extension"), ("*91999", "unknown_extension"), ("*911", "unknown_extension"),
                        ("*91", "bad_code"), ("*93", "bad_code"),
                    ]
                    for (code, reason) in refusals {
                        try await scene.expectRefusal(of: supervisor, dialling: code, reason)
                    }
                }
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func `a ringing extension has no call`() async throws {
            let bench = try Bench.current
            try await Scene.withPhones(["102": .agent], answering: .manual, in: bench.lab) { ringing in
                try await Scene.withPhones(["201": .client, "305": .supervisor], in: bench.lab) { phones in
                    try await phones["201"].dial("102")
                    try await ringing["102"].waitFor(.incoming)
                    try await Scene.expectRefusal(
                        of: phones["305"],
                        dialling: "*91102",
                        "nobody_talking",
                        from: bench.earshot,
                        in: bench.lab
                    )
                    try await phones["201"].hangUp()
                }
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func `an announcement outside any bridge is heard without b only`() async throws {
            let bench = try Bench.current
            // 710 plays 1004 Hz: within one window of 100 ms that is 1000 Hz.
            let announcement = Tone(frequency: 1000)
            try await Scene.withPhones(["102": .agent, "305": nil, "307": nil], in: bench.lab) { phones in
                try await phones["102"].dial("710")
                try await phones["102"].waitToHear(announcement)
                try await Scene.expectRefusal(
                    of: phones["305"],
                    dialling: "*91102",
                    "nobody_talking",
                    from: bench.earshot,
                    in: bench.lab
                )
                let start = bench.earshot.log().count
                try await phones["307"].dial("*91102")
                try await bench.earshot.waitForLog("session started", after: start)
                try await expect([
                    Ear(name: "supervisor", phone: phones["307"], hears: [announcement, .agent], isFreeOf: [])
                ])
                try await phones["307"].hangUp()
            }
            try await Scene.nothingIsLeft(in: bench.lab)
        }

        @Test(.timeLimit(.minutes(1)))
        func `a queue's agent behind a Local channel is heard on their own leg`() async throws {
            try await Scene.whileTalking(dialled: "600") { scene in
                try await scene.withSupervisor("311") { supervisor in
                    let start = scene.earshot.log().count
                    try await supervisor.dial("*92101")
                    let started = try await scene.earshot.waitForLog("session started", after: start)
                    let target = try #require(started["target.channel"])
                    let channels = try await scene.lab.channels()
                    let channel = try #require(channels.first { $0.id == target })
                    #expect(channel.endpoint == "101")
                    try await expect(scene.ears(supervisor, .whisper))
                    try await supervisor.hangUp()
                }
            }
        }
    }
}

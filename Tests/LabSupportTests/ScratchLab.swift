import LabSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(2))) struct ScratchLab {
    @Test func chanspy() async throws {
        let lab = try Lab.load()
        let agent = try await lab.startPhone("101", tone: .agent)
        let client = try await lab.startPhone("201", tone: .client)
        try await client.dial("101")
        try await agent.waitFor(.established)
        try await client.waitToHear(.agent)
        let phone = try MeasuringPhone(user: "320", server: lab.sip.port, tone: .supervisor)
        for _ in 0..<5 {
            let t = try await phone.dial("*81101")
            let h = try await phone.waitToHear(.client)
            let r = try await phone.listen(for: .seconds(1))
            print(
                "chanspy",
                h.at - t,
                "lost",
                r.lost,
                "gap",
                r.longestGap,
                "without",
                r.packets(without: .client).count,
                r.packets.count,
                r.heard.level(of: .client),
                r.heard.level(of: .agent),
                r.heard.level(of: .supervisor)
            )
            phone.hangUp()
            print(try await phone.waitFor(.closed).detail)
        }
        for ms in [0, 1, 5, 20, 100] {
            let t = try await phone.dial("*81101", hangUpAfter: .milliseconds(ms))
            let c = try await phone.waitFor(.closed)
            print("hangup", ms, c.at - t, c.detail, phone.history.suffix(4).map { "\($0.name)" })
        }
        try await lab.waitUntil("two") { c, _ in c.count == 2 }
        print(try await lab.bridges(), try await lab.cli("core show channels concise"))
        let sup = try await lab.startPhone("305", tone: .supervisor)
        let m = sup.mark()
        let d = try await sup.dial("*91101")
        print("sound", try await sup.waitForSound(since: m) - d)
        print(try await sup.waitFor(.closed, within: .seconds(20)))
        await sup.stop()
        let t = try await client.hangUp()
        print("bye", try await agent.waitFor(.closed).at - t)
        await client.stop(); await agent.stop()
        let c2 = try MeasuringPhone(
            user: "201",
            password: lab.phones.first { $0.extension == "201" }?.password,
            server: lab.sip.port,
            tone: .client
        )
        try await c2.dial("700")
        try await c2.waitFor(.established)
        print("digest ok")
        c2.hangUp(); try await c2.waitFor(.closed)
    }
}

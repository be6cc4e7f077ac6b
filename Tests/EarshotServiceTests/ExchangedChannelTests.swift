import ARI
import ARITestSupport
import EarshotService
import Monitoring
import Testing

/// Asterisk exchanges channels, and Local channels stand between people: who somebody is and what they may stay together.
@Suite(.timeLimit(.minutes(5)))
struct ExchangedChannelTests {
    private static func world(_ endpoints: [String: [String: String]] = [:]) -> AsteriskWorld {
        var world = AsteriskWorld.office(supervisor: ["SPY_PERMISSION": "Barge", "SPY_PARAMS": "q"])
        for name in ["202", "300"] { world.addEndpoint(name) }
        world.addEndpoint("110", variables: ["DISABLE_SPY": "yes"])
        for (name, variables) in endpoints { world.addEndpoint(name, variables: variables) }
        return world
    }

    /// What an earlier run has written on the channel of a supervisor who barges in.
    private func mark(of supervisor: Channel.ID, target: String? = nil) throws -> String {
        SessionMark(
            supervisor: ChannelID(supervisor.rawValue),
            mode: .barge,
            extension: try Extension("101"),
            target: target.map { ChannelID($0) }
        ).text(start: 0)
    }

    /// Nobody hears or is heard, and the channel is told this.
    private func expectRefusal(
        of channel: Channel.ID?,
        _ refusal: Refusal,
        _ stage: Stage
    ) async throws {
        let channel = try #require(channel)
        try await stage.until("refused") { $0.leg(channel) == nil }
        #expect(await stage.result(of: channel) == refusal.word)
        #expect(await stage.requests("channels.snoopChannelWithId").isEmpty)
    }

    @Test func `who picked up a supervisor's call and is transferred to a code barges into nothing`() async throws {
        try await Stage.run(Self.world()) { stage in
            let channel = await stage.asterisk.change { world -> Channel.ID? in
                _ = world.placeCall(from: "200", to: "101")
                let picked = world.pickUp(world.ring(from: "202", to: "305"), from: "300")
                return world.transfer(picked.caller, toCode: "*93101")
            }
            try await expectRefusal(of: channel, .transferred, stage)
        }
    }

    @Test func `a supervisor who is transferred to a code has not dialled it`() async throws {
        try await Stage.run(Self.world()) { stage in
            let channel = await stage.asterisk.change { world -> Channel.ID? in
                _ = world.placeCall(from: "200", to: "101")
                return world.transfer(world.placeCall(from: "202", to: "305").caller, toCode: "*93101")
            }
            try await expectRefusal(of: channel, .transferred, stage)
        }
    }

    @Test func `who has come into a waiting supervisor's place while Earshot was away is refused`() async throws {
        // As an earlier run left it: the mark is on the channel, its ID is the supervisor's.
        var world = Self.world(["300": ["SPY_PERMISSION": "Barge"]])
        world.connect("earshot")
        let waiting = world.dial(from: "305", "*93101")
        world.disconnect("earshot")
        world.setVariable(SessionMark.variable, to: try mark(of: waiting), on: waiting)
        let call = world.placeCall(from: "305", to: "300")
        let stranger = world.transfer(call.caller, toPlaceOf: waiting)
        _ = world.placeCall(from: "200", to: "101")
        try await Stage.run(world) { stage in
            try await expectRefusal(of: stranger, .transferred, stage)
        }
    }

    @Test func `a protected caller behind a Local channel protects the call`() async throws {
        try await Stage.run(Self.world()) { stage in
            let supervisor = await stage.asterisk.change { world in
                _ = world.placeCallThroughLocal(from: "110", to: "101")
                return world.dial(from: "305", "*93101")
            }
            try await expectRefusal(of: supervisor, .targetProtected, stage)
        }
    }

    @Test func `a call through a Local channel is monitored until somebody protected comes behind it`() async throws {
        try await Stage.run(Self.world()) { stage in
            let (call, supervisor) = await stage.asterisk.change { world in
                (world.placeCallThroughLocal(from: "200", to: "101"), world.dial(from: "305", "*93101"))
            }
            try await stage.until("in the call") { $0.isMonitoring(supervisor, call.callee) }
            await stage.settle()
            await stage.asterisk.change { world in
                // The client hands the agent over to 110, behind the Local channel.
                _ = world.transfer(call.caller, to: "110").map { world.answer($0) }
            }
            try await stage.until("the session has ended") { $0.snoops.isEmpty }
            try await stage.untilEnded()
            #expect(stage.lines("session ended").first?[.endReason] == "target_protected")
        }
    }

    @Test func `a protected phone that picks up a call stays protected, whatever the call carries`() async throws {
        try await Stage.run(Self.world(["102": ["DISABLE_SPY": "no"]])) { stage in
            let supervisors = await stage.asterisk.change { world in
                _ = world.pickUp(world.ring(from: "202", to: "102"), from: "110")
                return ["*91110", "*91202"].map { world.dial(from: "305", $0) }
            }
            for supervisor in supervisors { try await expectRefusal(of: supervisor, .targetProtected, stage) }
        }
    }

    @Test func `whoever picks up a monitored ringing call is not monitored`() async throws {
        // Without b the supervisor is on the ringing channel, whose audio hooks go over to whoever picks it up.
        try await Stage.run(Self.world(["305": ["SPY_PERMISSION": "Barge", "SPY_PARAMS": "qES"]])) { stage in
            let (call, supervisor) = await stage.asterisk.change { world in
                (world.ring(from: "202", to: "101"), world.dial(from: "305", "*93101"))
            }
            try await stage.until("on the ringing channel") { $0.isMonitoring(supervisor, call.callee) }
            await stage.settle()
            _ = await stage.asterisk.change { $0.pickUp(call, from: "110") }
            try await stage.until("the snoop is gone") { $0.snoops.isEmpty }
            try await stage.untilEnded()
            #expect(stage.lines("session ended").first?[.endReason] == "target_hung_up")
        }
    }

    @Test func `a barge of an earlier run does not go on in the agent's next call`() async throws {
        var world = Self.world()
        world.connect("earshot")
        let supervisor = world.dial(from: "305", "*93101")
        world.disconnect("earshot")
        world.setVariable(SessionMark.variable, to: try mark(of: supervisor, target: "gone"), on: supervisor)
        _ = world.placeCall(from: "202", to: "101")
        try await Stage.run(world) { stage in
            try await stage.until("released") { $0.leg(supervisor) == nil }
            #expect(await stage.result(of: supervisor) == "target_hung_up")
            #expect(await stage.requests("channels.snoopChannelWithId").isEmpty)
        }
    }

    @Test func `who may not monitor costs no search, and what has too many channels is not looked at`() async throws {
        try await Stage.run(Self.world(["305": ["SPY_PERMISSION": "Listen", "SPY_PARAMS": "q"]])) { stage in
            let supervisors = await stage.asterisk.change { world in
                for _ in 1...25 { _ = world.placeCall(from: "200", to: "101") }
                return [world.dial(from: "300", "*91101"), world.dial(from: "305", "*91101")]
            }
            try await expectRefusal(of: supervisors[0], .noPermission, stage)
            try await expectRefusal(of: supervisors[1], .notAnAgent, stage)
            #expect(await stage.requests("endpoints.get").count == 1)
            #expect(await stage.requests("channels.get").isEmpty)
        }
    }

    @Test func `one supervisor has no more sessions than the configuration says, and others have theirs`() async throws
    {
        let world = Self.world(["306": ["SPY_PERMISSION": "Listen", "SPY_PARAMS": "q"]])
        try await Stage.run(world) { stage in
            let (waiting, other) = await stage.asterisk.change { world in
                ((1...6).map { _ in world.dial(from: "305", "*91101") }, world.dial(from: "306", "*91101"))
            }
            for channel in waiting[4...] {
                try await stage.until("refused") { $0.leg(channel) == nil }
                #expect(await stage.result(of: channel) == "too_many_sessions")
                #expect(await stage.prompts(of: channel).isEmpty)
            }
            for channel in waiting[..<4] + [other] { #expect(await stage.asterisk.current.leg(channel) != nil) }
            #expect(stage.lines("waiting for the next call").count == 5)
        }
    }
}

import ARI
import ARITestSupport
import Testing

/// Where a supervisor goes on, what the dialplan has, and what variables and functions tell.
@Suite(.timeLimit(.minutes(1)))
struct WorldDialplanTests {
    @Test func `behind Stasis there is nothing, and the channel is hung up`() async throws {
        let scene = await WorldScene()
        try await scene.client.continueInDialplan(scene.supervisor)
        #expect(await scene.world.leg(scene.supervisor) == nil)
        let place = DialplanPlace(context: "lab", exten: "*91101", priority: 2)
        #expect(await scene.world.continuation(of: scene.supervisor) == place)
    }

    @Test func `a channel that is sent to a line goes on there, outside Stasis`() async throws {
        let scene = await WorldScene()
        let exit = DialplanPlace(context: "exits", exten: "5")
        await scene.asterisk.change { $0.dialplan = [exit] }
        try await scene.client.continueInDialplan(scene.supervisor, at: exit)
        let leg = try #require(await scene.world.leg(scene.supervisor))
        #expect(leg.place == .dialplan)
        #expect(leg.channel.dialplan == Channel.Dialplan(context: "exits", exten: "5"))
        #expect(await scene.world.continuation(of: scene.supervisor) == exit)
    }

    @Test func `a channel that is sent nowhere is hung up, and where to is remembered`() async throws {
        let scene = await WorldScene()
        let exit = DialplanPlace(context: "exits", exten: "5")
        try await scene.client.continueInDialplan(scene.supervisor, at: exit)
        #expect(await scene.world.leg(scene.supervisor) == nil)
        #expect(await scene.world.continuation(of: scene.supervisor) == exit)
    }

    @Test func `a channel that is played a prompt is sent on when it has ended`() async throws {
        let scene = await WorldScene()
        let exit = DialplanPlace(context: "exits", exten: "5")
        await scene.asterisk.change { world in
            world.playbacksEndAtOnce = false
            world.dialplan = [exit]
        }
        try await scene.client.play(["sound:a"], on: scene.supervisor, as: Playback.ID("p"))
        try await scene.client.continueInDialplan(scene.supervisor, at: exit)
        #expect(await scene.world.continuation(of: scene.supervisor) == nil)
        await scene.asterisk.change { $0.finishPlayback(Playback.ID("p")) }
        #expect(await scene.world.continuation(of: scene.supervisor) == exit)
        #expect(await scene.world.leg(scene.supervisor)?.place == .dialplan)
    }

    @Test(arguments: [
        ("exits,5,1", "1"), ("exits,5", "1"), ("exits", "1"), ("exits,5,2", "0"), ("exits,6", "0"), ("other", "0"),
    ])
    func `DIALPLAN_EXISTS knows the lines of the dialplan`(place: String, expected: String) async throws {
        let scene = await WorldScene()
        await scene.asterisk.change { $0.dialplan = [DialplanPlace(context: "exits", exten: "5")] }
        #expect(try await scene.client.variable("DIALPLAN_EXISTS(\(place))", of: scene.supervisor) == expected)
        // Any channel can be asked for it.
        #expect(try await scene.client.variable("DIALPLAN_EXISTS(\(place))", of: scene.call.callee) == expected)
    }

    @Test func `a function is written and read as a variable, without any event`() async throws {
        let scene = await WorldScene()
        let events = try await scene.events {
            try await scene.client.setVariable("VOLUME(TX)", to: "3", on: scene.supervisor)
        }
        #expect(events == [])
        #expect(try await scene.client.variable("VOLUME(TX)", of: scene.supervisor) == "3")
        let variable = try await scene.events {
            try await scene.client.setVariable("EARSHOT_RESULT", to: "x", on: scene.supervisor)
        }
        #expect(variable == ["ChannelVarset"])
    }

    @Test func `a function without a value is an error`() async throws {
        let scene = await WorldScene()
        for name in ["VOLUME(RX)", "DIALPLAN_EXISTS()"] {
            let error = try await ariError { _ = try await scene.client.variable(name, of: scene.supervisor) }
            #expect(error.code == .serverError)
        }
    }

    @Test func `global variables have no channel, and those that are not set have no value`() async throws {
        let scene = await WorldScene()
        await scene.asterisk.change { $0.globalVariables["ASTSPOOLDIR"] = "/spool" }
        #expect(try await scene.client.globalVariable("ASTSPOOLDIR") == "/spool")
        #expect(try await scene.client.globalVariable("NEVER") == nil)
    }

    // MARK: - Media

    @Test func `of several media the missing ones are left out, and only a missing last one is told`() async throws {
        let scene = await WorldScene()
        await scene.asterisk.change { $0.missingMedia = ["sound:none"] }
        for (media, state) in [
            (["sound:none", "sound:a"], Playback.State.done), (["sound:a", "sound:none"], .failed),
        ] {
            let events = try await scene.events {
                try await scene.client.play(media, on: scene.supervisor, as: Playback.ID("p"))
            }
            let expected = ["PlaybackStarted", "PlaybackContinuing", "PlaybackStarted", "PlaybackFinished"]
            #expect(events == expected)
            let last = try #require(await scene.asterisk.delivered.last)
            guard case .playbackFinished(let finished) = ARIEvent(message: last.bytes) else { return }
            #expect(finished.playback.state == state)
        }
    }

    @Test func `a sound that is stopped ends its playback, a tone only itself, and what is spoken goes on`()
        async throws
    {
        let scene = await WorldScene()
        await scene.asterisk.change { $0.playbacksEndAtOnce = false }
        let (first, second, third) = (Playback.ID("1"), Playback.ID("2"), Playback.ID("3"))
        try await scene.client.play(["sound:a", "sound:b"], on: scene.supervisor, as: first)
        #expect(try await scene.events { _ = try await scene.client.stopPlayback(first) } == ["PlaybackFinished"])
        try await scene.client.play(["tone:ring", "digits:1", "sound:b"], on: scene.supervisor, as: second)
        let next = try await scene.events { _ = try await scene.client.stopPlayback(second) }
        #expect(next == ["PlaybackContinuing", "PlaybackStarted"])
        #expect(try await scene.events { _ = try await scene.client.stopPlayback(second) } == [])
        await scene.asterisk.change { world in
            for _ in 1...2 { world.finishPlayback(second) }
        }
        try await scene.client.play(["digits:1"], on: scene.supervisor, as: third)
        #expect(try await ariError { try await scene.client.stopPlayback(third) }.code == .serverError)
        #expect(await scene.world.currentPlaybacks.map(\.id) == [third])
    }
}

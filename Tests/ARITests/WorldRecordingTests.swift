import ARI
import ARITestSupport
import Testing

/// Recordings of the small Asterisk are as those of the real one.
@Suite(.timeLimit(.minutes(1)))
struct WorldRecordingTests {
    @Test func `a snoop in no bridge records until it is hung up, and its file is closed before it leaves`()
        async throws
    {
        let scene = await WorldScene()
        try await scene.snoop()
        let start = try await scene.events {
            let recording = try await scene.client.record("sn-1", as: "a/b")
            #expect(
                recording
                    == LiveRecording(name: "a/b", format: "wav", state: .queued, targetURI: "channel:sn-1")
            )
        }
        #expect(start == ["RecordingStarted"])
        #expect(await scene.world.recording("a/b")?.state == .recording)
        #expect(await scene.world.leftovers == ["snoop sn-1", "recording a/b"])
        let end = try await scene.events { _ = try await scene.client.hangUp("sn-1") }
        #expect(end == ["ChannelHangupRequest", "RecordingFinished", "StasisEnd"])
        #expect(await scene.world.recording("a/b")?.state == .done)
        #expect(await scene.world.leftovers.isEmpty)
    }

    @Test func `the end of the call ends the recording of its snoop`() async throws {
        let scene = await WorldScene()
        try await scene.snoop()
        try await scene.client.record("sn-1", as: "a")
        let agent = scene.call.callee
        #expect(await scene.events { $0.hangUp(agent) } == ["RecordingFinished", "StasisEnd"])
        #expect(await scene.world.currentRecordings.isEmpty)
    }

    @Test func `a channel in a bridge cannot be recorded, which the answer does not say`() async throws {
        let scene = await WorldScene()
        try await scene.monitor()
        let events = try await scene.events { _ = try await scene.client.record("sn-1", as: "a") }
        #expect(events == ["RecordingFailed"])
        #expect(await scene.world.recording("a")?.state == .failed)
        #expect(await scene.world.leftovers == ["snoop sn-1", "bridge br-1"])
        // Nothing was made of the name: it is free.
        try await scene.snoop("sn-2")
        try await scene.client.record("sn-2", as: "a")
        #expect(await scene.world.recording("a")?.state == .recording)
    }

    @Test func `a name is used once, also after its recording is over`() async throws {
        let scene = await WorldScene()
        try await scene.snoop("sn-1")
        try await scene.snoop("sn-2")
        try await scene.client.record("sn-1", as: "a")
        for _ in 1...2 {
            let error = try await ariError { try await scene.client.record("sn-2", as: "a") }
            #expect(error.code == .conflict)
            try await scene.client.hangUp("sn-1")
        }
    }

    @Test func `a channel that records cannot be added to a bridge`() async throws {
        let scene = await WorldScene()
        try await scene.snoop()
        try await scene.client.record("sn-1", as: "a")
        try await scene.client.createBridge(Bridge.ID("b"))
        let error = try await ariError { try await scene.client.addChannels(["sn-1"], to: Bridge.ID("b")) }
        #expect(error.code == .conflict)
        #expect(await scene.world.bridge(Bridge.ID("b"))?.channels == [])
        #expect(await scene.world.violations.count == 1)
    }

    @Test func `what a channel is asked for while it records happens at its end`() async throws {
        let scene = await WorldScene()
        try await scene.snoop()
        try await scene.client.record("sn-1", as: "a")
        try await scene.client.record("sn-1", as: "b")
        try await scene.client.play(["sound:beep"], on: "sn-1", as: Playback.ID("p"))
        try await scene.client.continueInDialplan("sn-1")
        #expect(await scene.world.recording("b")?.state == .queued)
        #expect(await scene.world.currentPlaybacks.map(\.state) == [.queued])
        let end = try await scene.events { _ = try await scene.client.hangUp("sn-1") }
        #expect(
            end == [
                "ChannelHangupRequest", "RecordingFinished", "RecordingStarted", "RecordingFinished", "PlaybackStarted",
                "PlaybackFinished", "StasisEnd",
            ]
        )
    }

    @Test func `what cannot be recorded is refused`() async throws {
        let scene = await WorldScene()
        await scene.asterisk.change { $0.entersStasisAtOnce = false }
        try await scene.snoop()
        #expect(try await ariError { try await scene.client.record("sn-1", as: "a") }.code == .notInStasis)
        #expect(try await ariError { try await scene.client.record("gone", as: "a") }.code == .notFound)
        await scene.asterisk.change { $0.settle() }
        let format = try await ariError { try await scene.client.record("sn-1", as: "a", format: "vinyl") }
        #expect(format.code == .unprocessable)
        #expect(try await ariError { try await scene.client.record("sn-1", as: "../a") }.code == .serverError)
        #expect(await scene.world.recordings.isEmpty)
    }

    @Test func `a recording goes on without a connection, and nobody is told of its end`() async throws {
        let scene = await WorldScene()
        try await scene.snoop()
        try await scene.client.record("sn-1", as: "a")
        await scene.asterisk.change { $0.disconnect("earshot") }
        #expect(await scene.world.recording("a")?.state == .recording)
        let agent = scene.call.callee
        #expect(await scene.events { $0.hangUp(agent) } == [])
        #expect(await scene.world.recording("a")?.state == .done)
    }

    @Test func `a restart of Asterisk leaves no recording going on`() async throws {
        let scene = await WorldScene()
        try await scene.snoop()
        try await scene.client.record("sn-1", as: "a")
        await scene.asterisk.change { $0.restart() }
        #expect(await scene.world.recording("a")?.state == .failed)
        #expect(await scene.world.leftovers.isEmpty)
    }
}

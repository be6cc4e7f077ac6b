import ARI
import ARITestSupport
import EarshotService
import InMemoryLogging
import Logging
import Monitoring
import Testing

/// One line for each thing that operators ask about, always with the same keys.
@Suite(.timeLimit(.minutes(5)))
struct LogTests {
    private func keys(_ entry: InMemoryLogHandler.Entry?) -> Set<String> {
        Set(entry.map { Array($0.metadata.keys) } ?? [])
    }

    private func names(_ keys: MonitorLogKey...) -> Set<String> { Set(keys.map(\.rawValue)) }

    @Test func `keys are stable`() {
        let keys: [MonitorLogKey: String] = [
            .session: "session.id", .mode: "session.mode", .state: "session.state", .endReason: "session.end_reason",
            .supervisor: "supervisor.ext", .target: "target.ext", .dialled: "dialled", .channel: "channel.id",
            .targetChannel: "target.channel", .refusal: "permission.reason", .setting: "setting",
            .timeToAudio: "time_to_audio_ms", .duration: "duration_ms", .sessions: "sessions",
            .leftOver: "left_over", .event: "event", .command: "command", .application: "ari.app",
            .connection: "ari.connection", .operation: "ari.operation", .status: "ari.status",
            .retryAfter: "retry_after_ms", .error: "error", .errorCode: "error.code",
            .asteriskVersion: "asterisk.version", .faults: "asterisk.faults",
        ]
        for (key, name) in keys { #expect(key.rawValue == name) }
    }

    @Test func `reasons are the words that operators search for`() {
        #expect(
            Refusal.allCases.map(\.word) == [
                "no_permission", "mode_above_permission", "monitoring_disabled", "target_protected", "own_extension",
                "unknown_extension", "nobody_talking", "not_in_group", "not_an_agent", "transferred",
                "too_many_sessions", "bad_code", "no_capacity", "asterisk_overloaded",
                "ended_by_administrator", "storage_unavailable", "asterisk_refused",
            ]
        )
        let ends: [SessionEnd] = [.targetHungUp, .noCallLeft, .supervisorHungUp, .serviceStopping, .refused(.badCode)]
        #expect(
            ends.map(\.word) == [
                "target_hung_up", "no_call_left", "supervisor_hung_up", "service_stopping", "bad_code",
            ]
        )
    }

    @Test func `a connection is one line`() async throws {
        try await Stage.run { stage in
            let lines = stage.lines("connected to Asterisk")
            #expect(lines.map(\.level) == [.info])
            #expect(keys(lines.first) == names(.application, .connection, .sessions))
            #expect(lines.first?[.connection] == "1" && lines.first?[.application] == "earshot")
        }
    }

    @Test func `a session's start is one line, with the time to audio`() async throws {
        var world = AsteriskWorld.office()
        world.playbacksEndAtOnce = false
        try await Stage.run(world) { stage in
            let scene = await stage.dial("*93101")
            await stage.settle()
            stage.clock.advance(by: .milliseconds(1234))
            for _ in 0..<2 {
                await stage.asterisk.change { world in
                    for playback in world.currentPlaybacks { world.finishPlayback(playback.id) }
                }
                await stage.settle()
            }
            let lines = stage.lines("session started")
            #expect(lines.map(\.level) == [.info])
            let line = try #require(lines.first)
            #expect(
                keys(line)
                    == names(
                        .session,
                        .supervisor,
                        .dialled,
                        .mode,
                        .target,
                        .targetChannel,
                        .channel,
                        .timeToAudio
                    )
            )
            #expect(line[.session] == "i1-1" && line[.supervisor] == "305" && line[.target] == "101")
            #expect(line[.dialled] == "*93101" && line[.mode] == "barge" && line[.timeToAudio] == "1234")
            #expect(line[.channel] == scene.supervisor.rawValue && line[.targetChannel] == scene.agent.rawValue)
        }
    }

    @Test func `a session's end is one line, with the time since its start`() async throws {
        try await Stage.run { stage in
            let scene = try await stage.monitor()
            stage.clock.advance(by: .seconds(61))
            await stage.settle()
            await stage.hangUp(scene.agent)
            try await stage.untilEnded()
            let lines = stage.lines("session ended")
            #expect(lines.map(\.level) == [.info])
            #expect(keys(lines.first) == names(.session, .supervisor, .dialled, .endReason, .duration))
            #expect(lines.first?[.endReason] == "target_hung_up" && lines.first?[.duration] == "61000")
        }
    }

    @Test func `a refusal is one line above debug`() async throws {
        try await Stage.run(.office(supervisor: [:])) { stage in
            _ = await stage.dial()
            try await stage.untilEnded()
            let lines = stage.logs.entries.filter { $0.level > .debug && $0[.session] != nil }
            #expect(lines.map(\.message.description) == ["supervisor refused"])
            #expect(lines.first?.level == .notice)
            #expect(keys(lines.first) == names(.session, .supervisor, .dialled, .refusal))
        }
    }

    @Test func `a session's story can be read at debug level from its name`() async throws {
        try await Stage.run { stage in
            let scene = try await stage.monitor()
            await stage.hangUp(scene.supervisor)
            try await stage.untilEnded()
            let story = stage.logs.entries.filter { $0[.session] == "i1-1" }
            let states = story.compactMap { $0[.state] }.filter { $0.contains("->") }
            #expect(
                states == [
                    "created -> preparing", "preparing -> seeking", "seeking -> attaching",
                    "attaching -> monitoring",
                    "monitoring -> releasing", "releasing -> ended",
                ]
            )
            #expect(
                story.contains { $0.message == "session command" && $0[.command]?.hasPrefix("createSnoop") == true }
            )
        }
    }

    @Test func `a request that Asterisk refuses is one warning with operation and status`() async throws {
        // What Asterisk refused to make is removed all the same: the refusal may be of a second attempt.
        let options = Stage.Options(tolerated: { $0.reason.hasSuffix("never existed") })
        try await Stage.run(.office(), options) { stage in
            await stage.asterisk.inject(Failure.serverError.action, into: "channels.snoopChannelWithId")
            _ = await stage.dial()
            try await stage.untilEnded()
            let lines = stage.lines("request to Asterisk failed")
            #expect(lines.map(\.level) == [.warning])
            #expect(keys(lines.first) == names(.session, .command, .operation, .status, .errorCode, .error))
            #expect(lines.first?[.command] == "create_snoop" && lines.first?[.status] == "500")
            #expect(lines.first?[.operation] == "channels.snoopChannelWithId")
            #expect(lines.first?[.errorCode] == "server_error")
        }
    }

    @Test func `phones that hang up in between are no warnings`() async throws {
        try await Stage.run { stage in
            await stage.asterisk.inject(.holdRequest, into: "channels.answer")
            let scene = await stage.dial()
            await stage.settle()
            await stage.hangUp(scene.supervisor)
            try await stage.untilEnded()
            #expect(stage.logs.entries.allSatisfy { $0.level < .warning })
        }
    }

    @Test func `what cannot be removed is one error that names it`() async throws {
        let options = Stage.Options(leftovers: ["bridge earshot-i1-1-2-br"])
        try await Stage.run(.office(), options) { stage in
            for _ in 0..<3 { await stage.asterisk.inject(Failure.serverError.action, into: "bridges.destroy") }
            let scene = try await stage.monitor()
            await stage.hangUp(scene.supervisor)
            try await stage.untilEnded()
            let lines = stage.lines("something could not be removed")
            #expect(lines.map(\.level) == [.error])
            #expect(lines.first?[.leftOver] == "earshot-i1-1-2-br")
        }
    }

    @Test func `a message that is not understood is one warning`() async throws {
        try await Stage.run { stage in
            await stage.asterisk.deliver(Array(#"{"type":"StasisStart"}"#.utf8), to: "earshot")
            await stage.settle()
            let lines = stage.logs.entries.filter { $0.level >= .warning }
            #expect(lines.map(\.message.description) == ["event cannot be read"])
            #expect(lines.first?.metadata["ari.event"] == "StasisStart" && lines.first?[.error] != nil)
        }
    }
}

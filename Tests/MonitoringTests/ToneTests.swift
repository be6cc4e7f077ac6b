import Monitoring
import Testing

/// What a supervisor hears when Asterisk does not have the sounds of a prompt.
@Suite struct ToneTests {
    /// A refused supervisor whose prompt has just failed.
    private static func refused() throws -> (Dialogue, [SessionRequest]) {
        var dialogue = Dialogue()
        try dialogue.refuse()
        try dialogue.answer(to: \.isPlay)
        let requests = dialogue.on(.playbackFinished("earshot-test-1-1-pb", wasHeard: false))
        return (dialogue, requests)
    }

    @Test func `a refused supervisor hears tones, which are stopped after a time, and is released then`() throws {
        var (dialogue, requests) = try Self.refused()
        #expect(requests == [.play("earshot-test-1-2-pb", .tone(.refused))])
        #expect(dialogue.reports.last == .promptMissing(.refusal(.noPermission)))
        #expect(dialogue.session.stateName == "explaining")
        try dialogue.answer(to: \.isPlay)
        #expect(try dialogue.expireTimer() == [.stopPlayback("earshot-test-1-2-pb")])
        #expect(
            dialogue.on(.playbackFinished("earshot-test-1-2-pb", wasHeard: true)) == [
                .setVariable(.result, "no_permission")
            ]
        )
    }

    @Test func `a tone that Asterisk does not play either keeps nobody`() throws {
        for answer in [SessionAnswer.failed(.refused), .failed(.unknown), .failed(.gone)] {
            var (dialogue, _) = try Self.refused()
            #expect(try dialogue.answer(answer, to: \.isPlay) == [.setVariable(.result, "no_permission")])
        }
        var (dialogue, _) = try Self.refused()
        try dialogue.answer(to: \.isPlay)
        #expect(
            dialogue.on(.playbackFinished("earshot-test-1-2-pb", wasHeard: false)) == [
                .setVariable(.result, "no_permission")
            ]
        )
    }

    @Test func `a stop that is lost is asked for again`() throws {
        var (dialogue, _) = try Self.refused()
        try dialogue.answer(to: \.isPlay)
        for _ in 1...2 {
            #expect(try dialogue.expireTimer() == [.stopPlayback("earshot-test-1-2-pb")])
            try dialogue.answer(.failed(.unknown), to: \.isStopPlayback)
        }
    }

    @Test func `a refused request for a prompt is followed by tones too, one about a channel that is gone is not`()
        throws
    {
        var refused = Dialogue()
        try refused.refuse()
        #expect(try refused.answer(.failed(.refused), to: \.isPlay).contains { $0.isPlay })
        var gone = Dialogue()
        try gone.refuse()
        #expect(try gone.answer(.failed(.gone), to: \.isPlay) == [.setVariable(.result, "no_permission")])
    }

    @Test func `the end of a call is told by one long tone, and a call that follows ends it`() throws {
        var dialogue = Dialogue()
        try dialogue.monitor(Dialogue.settings(params: "Sb"))
        dialogue.on(.snoopEnded(Dialogue.snoop))
        let ended = try #require(dialogue.requests.last { $0.request.isPlay }?.request.playback)
        try dialogue.answer(to: \.isPlay)
        let tone = try #require(dialogue.on(.playbackFinished(ended, wasHeard: false)).first)
        guard case .play(let playback, .tone(.ended)) = tone else {
            Issue.record("\(tone)")
            return
        }
        try dialogue.answer(to: \.isPlay)
        let next = MonitoringPolicyTests.talking("next")
        #expect(try dialogue.answer(.targets(.channels([next])), to: \.isFindTargets).contains(.stopPlayback(playback)))
    }

    @Test func `an announcement that is missing is not replaced: the call follows`() throws {
        var dialogue = Dialogue()
        try dialogue.makeLink(Dialogue.settings(params: "Sb"))
        try dialogue.answer(to: \.isPlay)
        #expect(dialogue.on(.playbackFinished("earshot-test-1-3-pb", wasHeard: false)).contains { $0.isJoin })
    }
}

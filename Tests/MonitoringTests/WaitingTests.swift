import Monitoring
import Testing

/// Waiting for an extension's next call, and following from one to the next.
@Suite struct WaitingTests {
    static let agent = [EndpointName(technology: "PJSIP", resource: "101")]
    static let watch = SessionRequest.watch([EndpointName(technology: "PJSIP", resource: "101")])

    /// A session that waits, and has looked once.
    static func waiting(_ params: String = "qbd") throws -> Dialogue {
        var dialogue = Dialogue()
        try dialogue.prepare(Dialogue.settings(params: params), .channels([]))
        try dialogue.answer(to: \.isWatch)
        try dialogue.answer(.targets(.channels([])), to: \.isFindTargets)
        #expect(dialogue.session.isWaiting)
        return dialogue
    }

    @Test func `without S an idle extension is waited for, and the supervisor is told`() throws {
        var dialogue = Dialogue()
        let requests = try dialogue.prepare(Dialogue.settings(params: "b"), .channels([]))
        #expect(requests == [.play("earshot-test-1-1-pb", .waiting), Self.watch])
        #expect(dialogue.reports == [.waiting("101")])
        #expect(dialogue.timer != nil)
    }

    @Test func `who waits before they are answered is told when they are`() throws {
        var dialogue = Dialogue()
        dialogue.on(.supervisorArrived(refusal: nil))
        try dialogue.answer(Dialogue.settings(params: "b"), to: { $0 == .readSettings })
        #expect(try dialogue.answer(.targets(.channels([])), to: \.isFindTargets) == [Self.watch])
        #expect(
            try dialogue.answer(to: { $0 == .answerSupervisor }) == [.play("earshot-test-1-1-pb", .waiting)]
        )
    }

    @Test func `only nobody talking is worth waiting for`() throws {
        var unknown = Dialogue()
        try unknown.prepare(Dialogue.settings(params: "b"), .unknownExtension)
        #expect(unknown.reports == [.refused(.unknownExtension)])
        var protected = Dialogue()
        let boss = MonitoringPolicyTests.channel("boss", protected: true)
        try protected.prepare(Dialogue.settings(params: "b"), .channels([boss]))
        #expect(protected.reports == [.refused(.targetProtected)])
    }

    @Test func `Asterisk is asked only when something changed, and again if it changed meanwhile`() throws {
        var dialogue = try Self.waiting()
        #expect(dialogue.on(.targetsChanged) == [.findTargets(Self.agent)])
        #expect(dialogue.on(.targetsChanged).isEmpty)
        #expect(dialogue.on(.targetsChanged).isEmpty)
        #expect(try dialogue.answer(.targets(.channels([])), to: \.isFindTargets) == [.findTargets(Self.agent)])
        #expect(try dialogue.answer(.targets(.channels([])), to: \.isFindTargets).isEmpty)
    }

    @Test func `what changes while Asterisk is asked to tell is not missed`() throws {
        var dialogue = Dialogue()
        try dialogue.prepare(Dialogue.settings(params: "qb"), .channels([]))
        #expect(try dialogue.answer(to: \.isWatch) == [.findTargets(Self.agent)])
    }

    @Test func `the call that is found is attached to, and monitored instead of the extension`() throws {
        var dialogue = try Self.waiting()
        dialogue.on(.targetsChanged)
        let requests = try dialogue.answer(.targets(.channels([Dialogue.target])), to: \.isFindTargets)
        #expect(requests.contains { $0.isCreateSnoop })
        #expect(dialogue.monitored == Dialogue.target)
        #expect(dialogue.unwatched == 1)
    }

    @Test func `a followed call's end is told by a beep, and the next one is waited for`() throws {
        var dialogue = Dialogue()
        try dialogue.prepare(Dialogue.settings(params: "sb"))
        dialogue.on(.snoopStarted(Dialogue.snoop))
        try dialogue.answer(to: \.isCreateBridge)
        dialogue.on(.playbackFinished("earshot-test-1-3-pb", wasHeard: true))
        dialogue.on(.enteredBridge(Dialogue.snoop, Dialogue.bridge))
        dialogue.on(.enteredBridge(Dialogue.supervisor, Dialogue.bridge))
        let requests = dialogue.on(.snoopEnded(Dialogue.snoop))
        #expect(requests == [.play("earshot-test-1-4-pb", .callEnded), Self.watch])
        #expect(dialogue.reports.last == .waiting("101"))
    }

    /// A session that ends while Asterisk has been asked for the beep which says that the call has ended.
    ///
    /// - Returns: the session, and its requests when it ended.
    private static func endingWithBeep() throws -> (Dialogue, [SessionRequest]) {
        var dialogue = Dialogue()
        try dialogue.monitor(Dialogue.settings(params: "Sb"))
        #expect(dialogue.on(.snoopEnded(Dialogue.snoop)).contains { $0.isPlay })
        let requests = try dialogue.answer(.targets(.channels([])), to: \.isFindTargets)
        return (dialogue, requests)
    }

    @Test func `who is released while a prompt begins is not thrown out of their bridge before it is over`() throws {
        var (dialogue, end) = try Self.endingWithBeep()
        #expect(end.contains(.setVariable(.result, "no_call_left")))
        #expect(!end.contains { $0.isRemoveBridge })
        #expect(try dialogue.answer(to: \.isPlay).contains { $0.isStopPlayback })
        let playback = try #require(
            dialogue.requests.compactMap { if case .stopPlayback(let id) = $0.request { id } else { nil } }.first
        )
        #expect(dialogue.on(.playbackFinished(playback, wasHeard: true)).contains(.removeBridge(Dialogue.bridge)))
    }

    @Test func `a bridge is removed when the end of the prompt got lost, or the supervisor has hung up`() throws {
        var (lost, _) = try Self.endingWithBeep()
        #expect(try lost.expireTimer().contains(.removeBridge(Dialogue.bridge)))
        var (left, _) = try Self.endingWithBeep()
        #expect(left.on(.supervisorLeft).contains(.removeBridge(Dialogue.bridge)))
    }

    @Test func `an extension that cannot be watched is not waited for`() throws {
        var dialogue = Dialogue()
        try dialogue.prepare(Dialogue.settings(params: "qb"), .channels([]))
        for _ in 1...2 { #expect(try dialogue.answer(.failed(.refused), to: \.isWatch) == [Self.watch]) }
        try dialogue.answer(.failed(.refused), to: \.isWatch)
        #expect(dialogue.reports.last == .refused(.asteriskRefused))
        #expect(dialogue.unwatched == 1)
    }

    @Test func `waiting ends at its limit, with a prompt`() throws {
        var dialogue = try Self.waiting()
        #expect(try dialogue.expireTimer().contains { if case .play(_, .waitingLimit) = $0 { true } else { false } })
        #expect(dialogue.unwatched == 1)
        let prompt = try #require(dialogue.requests.last { $0.request.isPlay })
        guard case .play(let playback, _) = prompt.request else { return }
        #expect(
            dialogue.on(.playbackFinished(playback, wasHeard: true)) == [.setVariable(.result, "waiting_limit")]
        )
    }

    @Test func `a call that is not for them, and a search that fails, leave them waiting for the next one`() throws {
        var dialogue = try Self.waiting("qbdg(sales)")
        let boss = MonitoringPolicyTests.channel("boss", protected: true)
        for answer in [
            SessionAnswer.targets(.channels([boss])), .targets(.channels([Dialogue.target])), .failed(.unknown),
        ] {
            dialogue.on(.targetsChanged)
            #expect(try dialogue.answer(answer, to: \.isFindTargets).isEmpty)
            #expect(dialogue.session.isWaiting)
        }
        #expect(dialogue.reports == [.waiting("101"), .passedOver(.targetProtected), .passedOver(.notInGroup)])
    }

    @Test func `what could not be found out is asked again after a while, and once`() throws {
        var dialogue = try Self.waiting()
        let limit = try #require(dialogue.timer)
        for _ in 1...2 {
            dialogue.on(.targetsChanged)
            try dialogue.answer(.failed(.unknown), to: \.isFindTargets)
        }
        let retry = try #require(dialogue.timer)
        #expect(retry != limit)
        #expect(dialogue.on(.timerExpired(retry)) == [.findTargets(Self.agent)])
        try dialogue.answer(.targets(.channels([])), to: \.isFindTargets)
        #expect(dialogue.on(.timerExpired(retry)).isEmpty)
        #expect(dialogue.session.isWaiting)
        dialogue.on(.timerExpired(limit))
        #expect(dialogue.session.stateName == "explaining")
    }

    @Test func `an extension that could not be looked for is told, and the first one is waited for`() throws {
        var dialogue = try Self.waiting("qb")
        for digit: Character in ["1", "0", "2", "#"] { try dialogue.on(KeyTests.key(digit)) }
        let requests = try dialogue.answer(.failed(.unknown), to: \.isFindTargets)
        #expect(requests.contains { if case .play(_, .refusal(.asteriskRefused)) = $0 { true } else { false } })
        #expect(dialogue.reports.last == .keyRefused(.asteriskRefused))
        #expect(dialogue.session.isWaiting)
    }

    @Test func `a call that is passed over is told once`() throws {
        var dialogue = try Self.waiting("qbdg(sales)")
        let call = SessionAnswer.targets(.channels([Dialogue.target]))
        for answer in [call, call, .targets(.channels([])), call] {
            dialogue.on(.targetsChanged)
            try dialogue.answer(answer, to: \.isFindTargets)
        }
        #expect(dialogue.reports.count { $0 == .passedOver(.notInGroup) } == 2)
    }

    @Test func `an end that Asterisk still lists is not followed`() throws {
        var dialogue = Dialogue()
        try dialogue.monitor(Dialogue.settings(params: "qb"))
        dialogue.on(.snoopEnded(Dialogue.snoop))
        try dialogue.answer(to: \.isWatch)
        try dialogue.answer(.targets(.channels([Dialogue.target])), to: \.isFindTargets)
        #expect(dialogue.session.isWaiting)
    }

    // MARK: - Keys

    @Test func `keys while waiting choose the mode, the extension, the volume, and the end`() throws {
        var mode = try Self.waiting()
        // There is nobody yet to whom they could choose to be heard.
        #expect(try mode.on(KeyTests.key("6")).contains { if case .play(_, .keyRefused) = $0 { true } else { false } })
        mode.on(.targetsChanged)
        let requests = try mode.answer(.targets(.channels([Dialogue.target])), to: \.isFindTargets)
        let audio = SnoopAudio(hears: .both, speaks: .none)
        #expect(requests.contains { if case .createSnoop(_, _, audio) = $0 { true } else { false } })

        var other = try Self.waiting("qb")
        for digit: Character in ["1", "0", "2"] { try other.on(KeyTests.key(digit)) }
        let colleague = [EndpointName(technology: "PJSIP", resource: "102")]
        #expect(try other.on(KeyTests.key("#")) == [.findTargets(colleague)])
        // Idle too: then they wait there.
        #expect(
            try other.answer(.targets(.channels([])), to: \.isFindTargets).contains(
                .watch(colleague)
            )
        )
        #expect(other.reports.last == .waiting("102"))
        #expect(other.unwatched == 0, "the new watch takes the old one's place")

        var volume = try Self.waiting("qb")
        #expect(try volume.on(KeyTests.key("#")) == [.setVariable(.volume, "1")])
        var leaving = try Self.waiting("qbx(0)")
        #expect(try leaving.on(KeyTests.key("0")).contains(.setVariable(.result, "supervisor_left")))
        var next = try Self.waiting("qb")
        #expect(try next.on(KeyTests.key("*")).contains { if case .play(_, .keyRefused) = $0 { true } else { false } })
        var nextWithE = try Self.waiting("qEb")
        #expect(try nextWithE.on(KeyTests.key("*")).contains(.setVariable(.result, "supervisor_left")))
    }

    @Test func `the answer for an extension that is waited for no longer counts no more`() throws {
        var dialogue = Dialogue()
        try dialogue.prepare(Dialogue.settings(params: "qb"), .channels([]))
        let first = try #require(dialogue.requests.last { $0.request.isWatch }?.id)
        try dialogue.answer(to: \.isWatch)
        try dialogue.answer(.targets(.channels([])), to: \.isFindTargets)
        for digit: Character in ["1", "0", "2", "#"] { try dialogue.on(KeyTests.key(digit)) }
        try dialogue.answer(.targets(.channels([])), to: \.isFindTargets)
        #expect(dialogue.on(.answered(first, .failed(.refused))).isEmpty)
        #expect(dialogue.session.isWaiting)
    }
}

import Monitoring
import Testing

/// What a supervisor's channel says about its session, and what a later run of the service makes of it.
@Suite struct SessionMarkTests {
    private static func mark(
        _ mode: MonitoringMode,
        target: ChannelID? = "agent"
    ) -> SessionMark {
        SessionMark(supervisor: Dialogue.supervisor, mode: mode, extension: "101", target: target)
    }

    /// With everything that a mark can say.
    private static var whole: SessionMark {
        var mark = mark(.barge)
        mark.session = SessionID(instance: "5f3a91c2", number: 17)
        mark.takeOvers = 3
        mark.startedAt = .milliseconds(-4_711)
        mark.volume = ListeningVolume(-4) ?? .unchanged
        mark.link = SessionMark.Link(
            snoop: "earshot-5f3a91c2-17-1-sn",
            bridge: "earshot-5f3a91c2-17-2-br",
            mode: .barge,
            hears: .both,
            heard: "PJSIP/201-00000001"
        )
        mark.recording = SessionMark.Recorded(snoop: "x-sn", name: RecordingName("chanspy-x-rc"), hears: .in)
        mark.prompts = ["earshot-5f3a91c2-17-3-pb", "earshot-5f3a91c2-17-4-pb"]
        return mark
    }

    private static var waiting: SessionMark {
        var mark = mark(.whisper, target: nil)
        mark.session = SessionID(instance: "a", number: 1)
        mark.waitingSince = .seconds(-12)
        return mark
    }

    @Test(arguments: [mark(.listen), mark(.barge), mark(.whisper, target: nil), whole, waiting])
    func `what is written is read again`(mark: SessionMark) {
        #expect(SessionMark(mark.text(start: 1_795_694_400_000), start: 1_795_694_400_000) == mark)
    }

    @Test func `what the release before has written is read too`() throws {
        let text = "2 sup a 1 barge 101 agent 0 - - 0 s b barge both p - - -"
        let mark = try #require(SessionMark(text, start: 0))
        #expect(mark.link?.bridge == "b" && mark.prompts == [])
    }

    @Test func `moments are the same for the next run`() throws {
        let next = try #require(SessionMark(Self.whole.text(start: 1_795_694_400_000), start: 1_795_694_460_000))
        #expect(next.startedAt == .milliseconds(-64_711))
    }

    @Test func `what could not be read again is left out`() throws {
        var mark = Self.whole
        mark.recording = SessionMark.Recorded(snoop: "x-sn", name: RecordingName("my calls-x-rc"), hears: .in)
        let read = try #require(SessionMark(mark.text(start: 0), start: 0))
        #expect(read.recording == nil && read.link == mark.link)
    }

    @Test(arguments: [
        "", "1", "1 sup barge 101 agent", "2 sup barge 101 agent",
        "4 sup a 1 barge 101 agent 0 - - 0 - - - - - - - - -", "3 sup a 1 barge 101 agent 0 - - 0 - - - - - - - -",
        "2 sup a 1 shout 101 agent 0 - - 0 - - - - - - - -",
        "2 sup a 1 barge 1/1 agent 0 - - 0 - - - - - - - -", "2 sup a 1 barge 101 agent -1 - - 0 - - - - - - - -",
        "2 sup a 1 barge 101 agent 0 - - 9 - - - - - - - -", "2 sup a 1 barge 101 agent 0 - - 0 - - - - - - - - -",
        "2  a 1 barge 101 agent 0 - - 0 - - - - - - - -",
    ])
    func `what is not understood is no mark`(text: String) {
        #expect(SessionMark(text, start: 0) == nil)
    }

    @Test(arguments: ["99999999999999999999", "-5", "x", "9223372036854775807"])
    func `a moment that is none is left out`(moment: String) throws {
        let text = "2 sup a 1 barge 101 agent 0 \(moment) - 0 - - - - - - - -"
        #expect(try #require(SessionMark(text, start: 0)).startedAt == nil)
    }

    /// What it says of whom and how.
    @Test func `nothing began later than now, also when somebody has set the clock back`() throws {
        let text = Self.whole.text(start: 1_795_694_400_000)
        #expect(try #require(SessionMark(text, start: 1_700_000_000_000)).startedAt == .zero)
    }

    private static func outline(_ mark: SessionMark) -> SessionMark {
        SessionMark(supervisor: mark.supervisor, mode: mark.mode, extension: mark.`extension`, target: mark.target)
    }

    // MARK: - Writing

    @Test func `the channel says whom the supervisor is about to hear, and in which mode`() throws {
        var dialogue = Dialogue(dialled: "*93101")
        try dialogue.monitor()
        // Before they hear it, and when they do.
        #expect(dialogue.marks.map(Self.outline) == [Self.mark(.barge), Self.mark(.barge)])
        #expect(dialogue.marks.map { $0.startedAt == nil } == [true, false])
    }

    @Test func `who chooses to be heard by fewer is moved only when the channel says so`() throws {
        var dialogue = Dialogue(dialled: "*93101")
        try dialogue.monitor(Dialogue.settings(params: "qESsbd"))
        try dialogue.askForSpares(in: .barge)
        dialogue.makeSpares()
        dialogue.answersMarks = false
        let requests = dialogue.on(.keyPressed(try #require(TelephoneKey("4"))))
        guard case .mark(let mark)? = requests.first else {
            Issue.record("\(requests)")
            return
        }
        #expect(requests.count == 1 && Self.outline(mark) == Self.mark(.listen))
        #expect(try dialogue.answer(to: \.isMark).contains { $0.isJoin })
    }

    @Test func `who cannot be marked as heard by fewer does not stay where more hear them`() throws {
        var dialogue = Dialogue(dialled: "*93101")
        try dialogue.monitor(Dialogue.settings(params: "qESsbd"))
        try dialogue.askForSpares(in: .barge)
        dialogue.makeSpares()
        dialogue.answersMarks = false
        dialogue.on(.keyPressed(try #require(TelephoneKey("4"))))
        // It is tried again, a few times.
        for isLast in [false, false, true] {
            let requests = try dialogue.answer(.failed(.unknown), to: \.isMark)
            #expect(requests.contains { $0.isMark } != isLast)
        }
        try dialogue.expireTimer()
        #expect(dialogue.reports.last == .refused(.asteriskRefused))
    }

    @Test func `who is heard by more is so before the channel says it`() throws {
        var dialogue = Dialogue()
        try dialogue.monitor(Dialogue.settings(params: "qESsbd"))
        try dialogue.askForSpares()
        dialogue.makeSpares()
        #expect(dialogue.on(.keyPressed(try #require(TelephoneKey("6")))).contains { $0.isJoin })
        #expect(dialogue.marks.allSatisfy { $0.mode == .listen })
    }

    // MARK: - Taken over

    private static let snoop: ChannelID = "earshot-old-7-1-sn"
    private static let bridge: BridgeID = "earshot-old-7-2-br"
    private static let heard: ChannelName = "PJSIP/201-00000001"

    /// Of a session that another run has served.
    private static func served(_ mode: MonitoringMode, since start: Duration = .seconds(-60)) -> SessionMark {
        var mark = mark(mode)
        mark.session = SessionID(instance: "old", number: 7)
        mark.startedAt = start
        mark.link = SessionMark.Link(snoop: snoop, bridge: bridge, mode: mode, hears: .both, heard: heard)
        return mark
    }

    private static var target: TargetChannel {
        var target = Dialogue.target
        target.parties = [heard: []]
        return target
    }

    @Test(arguments: MonitoringMode.allCases)
    func `who hears the call goes on hearing it, and nothing is asked of Asterisk but what must be known`(
        mode: MonitoringMode
    ) throws {
        var dialogue = Dialogue(dialled: "*91102")
        #expect(dialogue.on(.supervisorFound(Self.served(mode))) == [.readSettings])
        let asked = try dialogue.answer(Dialogue.settings(params: "ESsbv(2)"), to: { $0 == .readSettings })
        #expect(asked.map(\.isFindTargets) == [true])
        let requests = try dialogue.answer(.targets(.channels([Self.target])), to: \.isFindTargets)
        #expect(requests == [])
        #expect(dialogue.session.stateName == "monitoring" && dialogue.session.target == "agent")
        #expect(dialogue.reports == [.resumed(mode, target: Self.target)])
        #expect(dialogue.monitored == Self.target)
        // The tap is theirs to the end.
        let end = dialogue.on(.supervisorLeft)
        #expect(end == [.removeSnoop(Self.snoop), .removeBridge(Self.bridge)])
    }

    @Test func `a session that is taken over follows E and keys as before`() throws {
        var dialogue = Dialogue()
        dialogue.on(.supervisorFound(Self.served(.listen)))
        try dialogue.answer(Dialogue.settings(params: "qESsbd"), to: { $0 == .readSettings })
        try dialogue.answer(.targets(.channels([Self.target])), to: \.isFindTargets)
        try dialogue.askForSpares()
        dialogue.makeSpares()
        #expect(try dialogue.on(KeyTests.key("6")).contains { $0.isJoin })
        var ended = Dialogue()
        ended.on(.supervisorFound(Self.served(.listen)))
        try ended.answer(Dialogue.settings(params: "qESsb"), to: { $0 == .readSettings })
        try ended.answer(.targets(.channels([Self.target])), to: \.isFindTargets)
        #expect(ended.on(.snoopEnded(Self.snoop)).contains(.setVariable(.result, "target_hung_up")))
    }

    /// What keeps a tap from being taken over: the target is attached anew, with another one.
    @Test(arguments: ["partner", "right", "letter", "ended", "mode"])
    func `in doubt the old tap goes`(what: String) throws {
        var (mark, target) = (Self.served(.whisper), Self.target)
        var settings = Dialogue.settings(params: "qESsb")
        switch what {
        case "partner": target.parties = ["PJSIP/202-00000009": []]
        case "right": settings = Dialogue.settings(.upTo(.listen), params: "qESsb")
        case "letter": settings = Dialogue.settings(params: "qESsbo")
        case "mode": mark.mode = .listen  // It was on its way into a lower one.
        default: break
        }
        var dialogue = Dialogue()
        dialogue.on(.supervisorFound(mark))
        try dialogue.answer(settings, to: { $0 == .readSettings })
        if what == "ended" { dialogue.on(.snoopEnded(Self.snoop)) }
        let requests = try dialogue.answer(.targets(.channels([target])), to: \.isFindTargets)
        #expect(requests.contains(.removeSnoop(Self.snoop)) == (what != "ended"))
        #expect(speaks(dialogue) == [["right", "mode"].contains(what) ? .none : .out])
    }

    @Test func `whoever may not hear the target any more is told, and hears it no more`() throws {
        var dialogue = Dialogue()
        dialogue.on(.supervisorFound(Self.served(.listen)))
        try dialogue.answer(Dialogue.settings(params: "ESsb"), to: { $0 == .readSettings })
        var target = Self.target
        target.isProtected = true
        let requests = try dialogue.answer(.targets(.channels([target])), to: \.isFindTargets)
        #expect(requests == [.removeSnoop(Self.snoop), .leave(Self.bridge)])
        #expect(dialogue.reports.last == .refused(.targetProtected))
    }

    @Test func `a recording goes on`() throws {
        var mark = Self.served(.listen)
        mark.recording = .init(snoop: "earshot-old-7-3-sn", name: RecordingName("x-rc"), hears: .both)
        var dialogue = Dialogue()
        dialogue.on(.supervisorFound(mark))
        try dialogue.answer(Dialogue.settings(params: "qESsbr"), to: { $0 == .readSettings })
        #expect(try dialogue.answer(.targets(.channels([Self.target])), to: \.isFindTargets) == [])
        #expect(dialogue.on(.supervisorLeft).contains(.removeSnoop("earshot-old-7-3-sn")))
    }

    @Test func `who waits goes on waiting, in the same mode and for the time that is left`() throws {
        var mark = Self.mark(.barge, target: nil)
        mark.session = SessionID(instance: "old", number: 7)
        mark.waitingSince = .seconds(-100)
        var dialogue = Dialogue()
        dialogue.on(.supervisorFound(mark))
        try dialogue.answer(Dialogue.settings(params: "b"), to: { $0 == .readSettings })
        #expect(dialogue.session.isWaiting)
        #expect(!dialogue.requests.contains { $0.request.playback != nil })
        try dialogue.answer(to: \.isWatch)
        try dialogue.answer(.targets(.channels([Self.target])), to: \.isFindTargets)
        #expect(speaks(dialogue) == [.both])
    }

    // MARK: - A prompt of the earlier run

    private static let prompt: PlaybackID = "earshot-test-1-900-pb"

    /// Of a session that waits, and whose supervisor was being told so.
    private static var told: SessionMark {
        var mark = mark(.listen, target: nil)
        mark.session = SessionID(instance: "old", number: 7)
        mark.waitingSince = .seconds(-1)
        mark.prompts = [prompt]
        return mark
    }

    /// The session of ``told``, whose extension has a call.
    private static func foundTold() throws -> Dialogue {
        var dialogue = Dialogue()
        #expect(dialogue.on(.supervisorFound(told)) == [.findPlayback(prompt), .readSettings])
        // They are answered: Asterisk would not answer them again before the prompt has ended.
        let asked = try dialogue.answer(Dialogue.settings(params: "qb"), to: { $0 == .readSettings })
        #expect(!asked.contains(.answerSupervisor))
        try dialogue.answer(to: \.isWatch)
        return dialogue
    }

    /// Whether the supervisor was brought into the call's bridge.
    private static func makeTap(_ dialogue: inout Dialogue) throws -> Bool {
        let snoop = try #require(dialogue.requests.last { $0.request.isCreateSnoop }?.request.resource)
        dialogue.on(.snoopStarted(ChannelID(snoop)))
        return try dialogue.answer(to: \.isCreateBridge).contains { $0.isJoin }
    }

    @Test func `the channel says what the supervisor is being played, and not when it has ended`() throws {
        var dialogue = try WaitingTests.waiting()
        #expect(dialogue.marks.last?.prompts == ["earshot-test-1-1-pb"])
        let count = dialogue.marks.count
        dialogue.on(.playbackFinished("earshot-test-1-1-pb", wasHeard: true))
        #expect(dialogue.marks.count == count)
    }

    @Test func `the channel says so also when it was answered late`() throws {
        var dialogue = Dialogue()
        dialogue.on(.supervisorArrived(refusal: nil))
        try dialogue.answer(Dialogue.settings(params: "b"), to: { $0 == .readSettings })
        try dialogue.answer(.targets(.channels([])), to: \.isFindTargets)
        #expect(dialogue.marks.last?.prompts == [])
        try dialogue.answer(to: { $0 == .answerSupervisor })
        #expect(dialogue.marks.last?.prompts == ["earshot-test-1-1-pb"])
    }

    @Test func `a prompt of the earlier run is stopped for a call, and only then the supervisor is moved`() throws {
        var dialogue = try Self.foundTold()
        let requests = try dialogue.answer(.targets(.channels([Self.target])), to: \.isFindTargets)
        #expect(requests.contains(.stopPlayback(Self.prompt)))
        #expect(try !Self.makeTap(&dialogue))
        #expect(dialogue.on(.playbackFinished(Self.prompt, wasHeard: true)).contains { $0.isJoin })
    }

    @Test func `a prompt of the earlier run that is over keeps nobody waiting`() throws {
        var dialogue = try Self.foundTold()
        try dialogue.answer(.failed(.gone), to: { $0 == .findPlayback(Self.prompt) })
        let requests = try dialogue.answer(.targets(.channels([Self.target])), to: \.isFindTargets)
        #expect(!requests.contains(.stopPlayback(Self.prompt)))
        #expect(try Self.makeTap(&dialogue))
    }

    @Test func `what an earlier run has begun to play without saying so ends before the supervisor is moved`() throws {
        var mark = Self.told
        mark.prompts = []
        var dialogue = Dialogue(isAnswered: true)
        dialogue.on(.supervisorFound(mark))
        let asked = try dialogue.answer(Dialogue.settings(params: "qb"), to: { $0 == .readSettings })
        #expect(!asked.contains(.answerSupervisor))
        try dialogue.answer(to: \.isWatch)
        try dialogue.answer(.targets(.channels([Self.target])), to: \.isFindTargets)
        #expect(try Self.makeTap(&dialogue))
        // Asterisk does not answer as long as it plays.
        try dialogue.answer(.failed(.unknown), to: \.isJoin)
        #expect(dialogue.session.stateName == "attaching")
        let (snoop, bridge) = (Dialogue.snoop, Dialogue.bridge)
        dialogue.on(.enteredBridge(snoop, bridge))
        dialogue.on(.enteredBridge(Dialogue.supervisor, bridge))
        #expect(dialogue.session.stateName == "monitoring")
    }

    @Test func `but not for ever`() throws {
        var dialogue = Dialogue(isAnswered: true)
        dialogue.on(.supervisorFound(Self.mark(.listen)))
        try dialogue.answer(Dialogue.settings(params: "qb"), to: { $0 == .readSettings })
        try dialogue.answer(.targets(.channels([Dialogue.target])), to: \.isFindTargets)
        #expect(try Self.makeTap(&dialogue))
        try dialogue.answer(.failed(.unknown), to: \.isJoin)
        try dialogue.expireTimer()
        #expect(dialogue.reports.last == .refused(.asteriskRefused))
    }

    @Test func `prompts of another session are nobody's business`() throws {
        var mark = Self.told
        mark.prompts = ["earshot-old-7-1-pb"]
        var dialogue = Dialogue()
        #expect(dialogue.on(.supervisorFound(mark)) == [.readSettings])
    }

    @Test func `whoever may not monitor any more is told so behind nothing of the earlier run`() throws {
        var dialogue = Dialogue()
        dialogue.on(.supervisorFound(Self.told))
        let requests = try dialogue.answer(Dialogue.settings(.none), to: { $0 == .readSettings })
        #expect(requests.contains(.stopPlayback(Self.prompt)))
    }

    @Test func `a tone of the earlier run, which has no end, is stopped after a time`() throws {
        var dialogue = try Self.foundTold()
        #expect(try dialogue.expireTimer() == [.stopPlayback(Self.prompt)])
    }

    // MARK: - After a restart

    private func found(
        _ mark: SessionMark,
        _ lookup: TargetLookup,
        params: String = "qESsb"
    ) throws -> Dialogue {
        var dialogue = Dialogue(dialled: "*93101")
        dialogue.on(.supervisorFound(mark))
        try dialogue.answer(Dialogue.settings(params: params), to: { $0 == .readSettings })
        try dialogue.answer(to: { $0 == .answerSupervisor })
        try dialogue.answer(.targets(lookup), to: \.isFindTargets)
        return dialogue
    }

    private func speaks(_ dialogue: Dialogue) -> [WhisperDirection] {
        dialogue.requests.compactMap {
            if case .createSnoop(_, _, let audio) = $0.request { audio.speaks } else { nil }
        }
    }

    @Test(arguments: MonitoringMode.allCases)
    func `the session goes on in the mode and the call that the channel says, whatever was dialled`(
        mode: MonitoringMode
    ) throws {
        let other = MonitoringPolicyTests.talking("newer")
        let dialogue = try found(Self.mark(mode), .channels([other, Dialogue.target]))
        #expect(dialogue.session.target == Dialogue.target.id)
        #expect(speaks(dialogue) == [mode.whisperDirection])
    }

    @Test func `a barge ends with its call, also while nobody serves it`() throws {
        let next = MonitoringPolicyTests.talking("next")
        let dialogue = try found(Self.mark(.barge), .channels([next]), params: "qb")
        #expect(speaks(dialogue).isEmpty)
        #expect(dialogue.requests.contains { $0.request == .setVariable(.result, "target_hung_up") })
    }

    @Test func `with E the session ends with its call, without E it goes on to the next one`() throws {
        let next = MonitoringPolicyTests.talking("next")
        let ended = try found(Self.mark(.listen), .channels([next]))
        #expect(speaks(ended).isEmpty)
        let following = try found(Self.mark(.listen), .channels([next]), params: "qSb")
        #expect(following.session.target == "next")
    }

    @Test func `a key to barge, pressed before the session goes on, does not count in another call`() throws {
        var dialogue = Dialogue()
        dialogue.on(.supervisorFound(Self.mark(.listen)))
        try dialogue.on(KeyTests.key("6"))
        try dialogue.answer(Dialogue.settings(params: "qSbd"), to: { $0 == .readSettings })
        try dialogue.answer(to: { $0 == .answerSupervisor })
        let next = MonitoringPolicyTests.talking("next")
        try dialogue.answer(.targets(.channels([next])), to: \.isFindTargets)
        let snoop = try #require(dialogue.requests.last { $0.request.isCreateSnoop }?.request.resource)
        let bridge = try #require(dialogue.requests.last { $0.request.isCreateBridge }?.request.resource)
        dialogue.on(.snoopStarted(ChannelID(snoop)))
        try dialogue.answer(to: \.isCreateBridge)
        dialogue.on(.enteredBridge(ChannelID(snoop), BridgeID(bridge)))
        dialogue.on(.enteredBridge(Dialogue.supervisor, BridgeID(bridge)))
        #expect(dialogue.session.stateName == "monitoring")
        dialogue.makeSpares()
        #expect(!dialogue.requests.contains { $0.request.isJoin && $0.request.resource != bridge })
    }

    @Test func `who waited to barge into a call hears the next one without being heard`() throws {
        let next = MonitoringPolicyTests.talking("next")
        let dialogue = try found(Self.mark(.barge, target: nil), .channels([next]), params: "qb")
        #expect(speaks(dialogue) == [.none])
    }
}

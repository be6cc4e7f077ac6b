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

    @Test(arguments: [mark(.listen), mark(.barge), mark(.whisper, target: nil)])
    func `what is written is read again`(mark: SessionMark) {
        #expect(SessionMark(mark.text) == mark)
    }

    @Test(arguments: [
        "", "1", "2 sup barge 101 agent", "1 sup shout 101 agent", "1 sup barge 1/1 agent",
        "1 sup barge 101 agent x",
    ])
    func `what is not understood is no mark`(text: String) {
        #expect(SessionMark(text) == nil)
    }

    // MARK: - Writing

    @Test func `the channel says whom the supervisor is about to hear, and in which mode`() throws {
        var dialogue = Dialogue(dialled: "*93101")
        try dialogue.monitor()
        #expect(dialogue.marks == [Self.mark(.barge)])
    }

    @Test func `who chooses to be heard by fewer is moved only when the channel says so`() throws {
        var dialogue = Dialogue(dialled: "*93101")
        try dialogue.monitor(Dialogue.settings(params: "qESsbd"))
        dialogue.makeSpares()
        dialogue.answersMarks = false
        let requests = dialogue.on(.keyPressed(try #require(TelephoneKey("4"))))
        #expect(requests == [.mark(Self.mark(.listen))])
        #expect(try dialogue.answer(to: \.isMark).contains { $0.isJoin })
    }

    @Test func `who cannot be marked as heard by fewer does not stay where more hear them`() throws {
        var dialogue = Dialogue(dialled: "*93101")
        try dialogue.monitor(Dialogue.settings(params: "qESsbd"))
        dialogue.makeSpares()
        dialogue.answersMarks = false
        dialogue.on(.keyPressed(try #require(TelephoneKey("4"))))
        #expect(try dialogue.answer(.failed(.unknown), to: \.isMark).isEmpty)
        try dialogue.expireTimer()
        #expect(dialogue.reports.last == .refused(.asteriskRefused))
    }

    @Test func `who is heard by more is so before the channel says it`() throws {
        var dialogue = Dialogue()
        try dialogue.monitor(Dialogue.settings(params: "qESsbd"))
        dialogue.makeSpares()
        #expect(dialogue.on(.keyPressed(try #require(TelephoneKey("6")))).contains { $0.isJoin })
        #expect(dialogue.marks == [Self.mark(.listen)])
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

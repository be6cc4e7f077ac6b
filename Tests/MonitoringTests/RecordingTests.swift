import Monitoring
import Testing

/// `r()`: what the supervisor hears is recorded by a snoop of its own.
@Suite struct RecordingTests {
    static let snoop = ChannelID("earshot-test-1-3-sn")
    static let name = RecordingName("calls/a-earshot-test-1-4-rc")

    static func recording(_ params: String = "qSr(calls/a)", dialled: String = "*91101") throws -> Dialogue {
        var dialogue = Dialogue(dialled: dialled)
        try dialogue.monitor(Dialogue.settings(params: params))
        try dialogue.answer(to: { if case .createSnoop(snoop, _, _) = $0 { true } else { false } })
        dialogue.on(.snoopStarted(snoop))
        if params.contains("d") { try dialogue.askForSpares() }
        return dialogue
    }

    @Test func `recording begins with the call, on a snoop that says nothing and joins no bridge`() throws {
        var dialogue = Dialogue(dialled: "*93101")
        try dialogue.monitor(Dialogue.settings(params: "qSr(calls/a)"))
        let audio = SnoopAudio(hears: .both, speaks: .none)
        #expect(dialogue.requests.contains { $0.request == .createSnoop(Self.snoop, target: "agent", audio) })
        try dialogue.answer(to: { if case .createSnoop(Self.snoop, _, _) = $0 { true } else { false } })
        #expect(dialogue.on(.snoopStarted(Self.snoop)) == [.record(Self.snoop, Self.name)])
        try dialogue.answer(to: \.isRecord)
        #expect(dialogue.reports.last == .recordingStarted(Self.name))
    }

    @Test func `every end of the session ends the recording`() throws {
        let ends: [SessionEvent] = [
            .supervisorLeft, .stop, .snoopEnded(Dialogue.snoop), .supervisorReplaced,
        ]
        for end in ends {
            var dialogue = try Self.recording()
            #expect(dialogue.on(end).contains(.removeSnoop(Self.snoop)), "\(end)")
        }
    }

    @Test func `with o only the target is recorded, and with W nothing during a whisper`() throws {
        var target = Dialogue()
        try target.monitor(Dialogue.settings(params: "qSor"))
        #expect(
            target.requests.contains {
                if case .createSnoop(Self.snoop, _, let audio) = $0.request { audio.hears == .in } else { false }
            }
        )
        var whisper = Dialogue(dialled: "*92101")
        try whisper.monitor(Dialogue.settings(params: "qSWr"))
        #expect(!whisper.requests.contains { $0.request.isCreateSnoop })
    }

    @Test func `a mode switch goes on with the recording`() throws {
        var dialogue = try Self.recording("qSdr(calls/a)")
        let (snoop, bridge) = (ChannelID("earshot-test-1-7-sn"), BridgeID("earshot-test-1-8-br"))
        dialogue.on(.snoopStarted(snoop))
        try dialogue.answer(to: { $0 == .createBridge(bridge) })
        #expect(try dialogue.on(KeyTests.key("6")).contains { $0.isJoin })
        dialogue.on(.enteredBridge(snoop, bridge))
        #expect(dialogue.on(.enteredBridge(Dialogue.supervisor, bridge)).isEmpty)
        #expect(dialogue.reports.last == .modeChanged(.barge))
    }

    @Test func `another target is another recording`() throws {
        var dialogue = try Self.recording()
        try dialogue.on(KeyTests.key("*"))
        let second = MonitoringPolicyTests.channel("second", created: 1)
        let requests = try dialogue.answer(.targets(.channels([second, Dialogue.target])), to: \.isFindTargets)
        #expect(requests.contains(.removeSnoop(Self.snoop)))
    }

    @Test func `a recording that fails is reported, and the session goes on`() throws {
        for answer in [SessionAnswer.failed(.refused), .failed(.unknown)] {
            var dialogue = try Self.recording()
            #expect(try dialogue.answer(answer, to: \.isRecord).contains(.removeSnoop(Self.snoop)))
            #expect(dialogue.reports.last == .recordingFailed(Self.name))
            #expect(dialogue.session.stateName == "monitoring")
        }
        var late = try Self.recording()
        try late.answer(to: \.isRecord)
        late.on(.recordingFailed(Self.name))
        #expect(late.reports.last == .recordingFailed(Self.name))
        var snoopless = Dialogue()
        try snoopless.monitor(Dialogue.settings(params: "qSr(calls/a)"))
        try snoopless.answer(
            .failed(.refused),
            to: { if case .createSnoop(Self.snoop, _, _) = $0 { true } else { false } }
        )
        #expect(snoopless.reports.last == .recordingFailed(Self.name))
    }

    @Test func `a recording that is finished while its target goes on has failed, with its target it has not`() throws {
        var dialogue = try Self.recording("qESdr(calls/a)")
        try dialogue.answer(to: \.isRecord)
        #expect(dialogue.on(.recordingFinished(RecordingName("calls/a-earshot-test-1-9-rc"))).isEmpty)
        #expect(dialogue.timer == nil)
        #expect(dialogue.on(.recordingFinished(Self.name)).isEmpty)
        var ending = dialogue
        #expect(try dialogue.expireTimer() == [.removeSnoop(Self.snoop)])
        #expect(dialogue.reports.last == .recordingFailed(Self.name))
        #expect(dialogue.session.stateName == "monitoring")
        // As a rule its target ends, in either order of the two snoops.
        ending.on(.snoopEnded(Self.snoop))
        #expect(ending.timer == nil)
        ending.on(.snoopEnded(Dialogue.snoop))
        #expect(!ending.reports.contains(.recordingFailed(Self.name)))
        #expect(ending.session.stateName == "releasing")
    }

    @Test func `a mode switch does not lose sight of a recording that has failed`() throws {
        var dialogue = try Self.recording("qESdr(calls/a)")
        try dialogue.on(KeyTests.key("6"))
        let switching = dialogue.timer
        dialogue.on(.recordingFinished(Self.name))
        #expect(dialogue.timer == switching)
        let (snoop, bridge) = (ChannelID("earshot-test-1-7-sn"), BridgeID("earshot-test-1-8-br"))
        dialogue.on(.snoopStarted(snoop))
        try dialogue.answer(to: { $0 == .createBridge(bridge) })
        dialogue.on(.enteredBridge(snoop, bridge))
        dialogue.on(.enteredBridge(Dialogue.supervisor, bridge))
        try dialogue.expireTimer()
        #expect(dialogue.reports.last == .recordingFailed(Self.name))
    }

    @Test func `a recording's name tells its session`() {
        #expect(Self.name.session == Dialogue.id)
        #expect(RecordingName("somebody-else").session == nil)
        #expect(RecordingName(Dialogue.snoop.rawValue).session == nil)
    }
}

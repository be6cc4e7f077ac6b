import Monitoring
import Testing

@Suite struct SessionDialogueTests {
    @Test func `arrival reads settings, answers by them, and looks for the target only if they allow it`() throws {
        var dialogue = Dialogue()
        #expect(dialogue.on(.supervisorArrived(refusal: nil)) == [.readSettings])
        #expect(
            try dialogue.answer(Dialogue.settings(), to: { $0 == .readSettings }) == [
                .answerSupervisor, .findTargets([EndpointName(technology: "PJSIP", resource: "101")]),
            ]
        )
        for (settings, code) in [(Dialogue.settings(.none), "*91101"), (Dialogue.settings(.upTo(.listen)), "*92101")] {
            var refused = Dialogue(dialled: code)
            refused.on(.supervisorArrived(refusal: nil))
            #expect(try refused.answer(settings, to: { $0 == .readSettings }) == [.answerSupervisor])
        }
    }

    @Test func `with N the supervisor hears without being answered`() throws {
        var dialogue = Dialogue()
        dialogue.on(.supervisorArrived(refusal: nil))
        let settings = Dialogue.settings(params: "ESsbN")
        #expect(try dialogue.answer(settings, to: { $0 == .readSettings }).first == .startEarlyMedia)
        try dialogue.answer(.targets(.channels([Dialogue.target])), to: \.isFindTargets)
        // Releases that cannot do it do it with the first prompt.
        #expect(try dialogue.answer(.failed(.refused), to: { $0 == .startEarlyMedia }).contains { $0.isPlay })
        #expect(!dialogue.requests.contains { $0.request == .answerSupervisor })
    }

    @Test(arguments: [
        ("*91101", WhisperDirection.none), ("*92101", .out), ("*93101", .both),
    ])
    func `snoop and bridge are made at once, in the direction of the mode`(
        dialled: String,
        whisper: WhisperDirection
    ) throws {
        var dialogue = Dialogue(dialled: dialled)
        let requests = try dialogue.prepare()
        #expect(
            requests == [
                .createSnoop(Dialogue.snoop, target: "agent", SnoopAudio(hears: .both, speaks: whisper)),
                .createBridge(Dialogue.bridge),
            ]
        )
    }

    @Test func `the supervisor joins when there is something to hear, and monitoring begins when they are in`() throws {
        var dialogue = Dialogue()
        dialogue.letsSnoopsIn = false
        try dialogue.prepare()
        #expect(dialogue.on(.snoopStarted(Dialogue.snoop)).isEmpty, "its StasisStart overtook the answer")
        #expect(try dialogue.answer(to: \.isCreateSnoop).isEmpty)
        #expect(
            try dialogue.answer(to: \.isCreateBridge) == [.join(Dialogue.bridge, Dialogue.snoop, isMuted: false)]
        )
        let entering = SessionRequest.join(Dialogue.bridge, Dialogue.snoop, isMuted: false)
        #expect(try dialogue.answer(to: { $0 == entering }).isEmpty, "the answer is no proof")
        #expect(
            dialogue.on(.enteredBridge(Dialogue.snoop, Dialogue.bridge)) == [
                .join(Dialogue.bridge, Dialogue.supervisor, isMuted: true)
            ]
        )
        #expect(dialogue.reports.isEmpty)
        dialogue.on(.enteredBridge(Dialogue.supervisor, Dialogue.bridge))
        #expect(dialogue.reports == [.started(.listen, target: Dialogue.target)])
        #expect(dialogue.timer == nil)
    }

    @Test func `without q the announcement plays while the snoop is made, and the audio follows`() throws {
        var dialogue = Dialogue()
        let requests = try dialogue.prepare(Dialogue.settings(params: "ESb"))
        let announcement = Prompt.announcement("101", technology: "PJSIP")
        #expect(requests.contains(.play("earshot-test-1-3-pb", announcement)))
        dialogue.on(.snoopStarted(Dialogue.snoop))
        try dialogue.answer(to: \.isCreateBridge)
        #expect(
            dialogue.on(.playbackFinished("earshot-test-1-3-pb", wasHeard: true)).contains { $0[keyPath: \.isJoin] }
        )
    }

    @Test func `s leaves the channel type out of the announcement`() throws {
        var dialogue = Dialogue()
        let requests = try dialogue.prepare(Dialogue.settings(params: "ESsb"))
        #expect(requests.contains(.play("earshot-test-1-3-pb", .announcement("101", technology: nil))))
    }

    @Test func `a missing announcement does not keep the supervisor from the call`() throws {
        var dialogue = Dialogue()
        try dialogue.prepare(Dialogue.settings(params: "ESsb"))
        dialogue.on(.snoopStarted(Dialogue.snoop))
        try dialogue.answer(to: \.isCreateBridge)
        #expect(try dialogue.answer(.failed(.refused), to: \.isPlay).contains { $0[keyPath: \.isJoin] })
    }

    @Test func `an announcement whose end gets lost is given up after its time`() throws {
        var dialogue = Dialogue()
        try dialogue.prepare(Dialogue.settings(params: "ESsb"))
        dialogue.on(.snoopStarted(Dialogue.snoop))
        try dialogue.answer(to: \.isCreateBridge)
        #expect(try dialogue.expireTimer().isEmpty, "a long extension takes long to say")
        #expect(try dialogue.expireTimer().contains { $0[keyPath: \.isJoin] })
    }

    // MARK: - Refusals

    @Test func `a refused supervisor is answered, hears why, and is released with the reason`() throws {
        var dialogue = Dialogue()
        #expect(try dialogue.refuse() == [.play("earshot-test-1-1-pb", .refusal(.noPermission))])
        #expect(
            dialogue.on(.playbackFinished("earshot-test-1-1-pb", wasHeard: true)) == [
                .setVariable(.result, "no_permission")
            ]
        )
        #expect(try dialogue.answer(to: \.isSetResult) == [.releaseSupervisor(to: nil)])
        try dialogue.answer(to: { $0 == .releaseSupervisor(to: nil) })
        dialogue.on(.supervisorLeft)
        #expect(dialogue.session.end == (.refused(.noPermission)))
        #expect(dialogue.reports == [.refused(.noPermission), .ended(.refused(.noPermission))])
    }

    @Test func `a refused supervisor has no prompt before being answered`() throws {
        var dialogue = Dialogue(dialled: "*91")
        #expect(dialogue.on(.supervisorArrived(refusal: nil)) == [.answerSupervisor])
        #expect(
            try dialogue.answer(to: { $0 == .answerSupervisor }) == [.play("earshot-test-1-1-pb", .refusal(.badCode))]
        )
    }

    @Test func `without capacity the call is refused before anything is read`() throws {
        var dialogue = Dialogue()
        #expect(dialogue.on(.supervisorArrived(refusal: .noCapacity)) == [.answerSupervisor])
        #expect(dialogue.reports == [.refused(.noCapacity)])
    }

    @Test func `what cannot be read is refused`() throws {
        var dialogue = Dialogue()
        dialogue.on(.supervisorArrived(refusal: nil))
        #expect(try dialogue.answer(.failed(.unknown), to: { $0 == .readSettings }) == [.answerSupervisor])
        let refusal = SessionRequest.play("earshot-test-1-1-pb", .refusal(.asteriskRefused))
        #expect(try dialogue.answer(to: { $0 == .answerSupervisor }) == [refusal])
        var unfound = Dialogue()
        unfound.on(.supervisorArrived(refusal: nil))
        try unfound.answer(Dialogue.settings(), to: { $0 == .readSettings })
        try unfound.answer(to: { $0 == .answerSupervisor })
        #expect(try unfound.answer(.failed(.unknown), to: \.isFindTargets) == [refusal])
    }

    @Test func `a supervisor who cannot be answered is released with the reason`() throws {
        var dialogue = Dialogue()
        dialogue.on(.supervisorArrived(refusal: nil))
        try dialogue.answer(Dialogue.settings(), to: { $0 == .readSettings })
        #expect(
            try dialogue.answer(.failed(.refused), to: { $0 == .answerSupervisor }) == [
                .setVariable(.result, "asterisk_refused")
            ]
        )
    }

    @Test func `a bridge that Asterisk refuses ends the attempt and removes everything`() throws {
        var dialogue = Dialogue()
        try dialogue.prepare()
        try dialogue.answer(to: \.isCreateSnoop)
        #expect(
            try dialogue.answer(.failed(.refused), to: \.isCreateBridge) == [
                .setVariable(.result, "asterisk_refused"), .removeSnoop(Dialogue.snoop), .removeBridge(Dialogue.bridge),
                .play("earshot-test-1-3-pb", .refusal(.asteriskRefused)),
            ]
        )
    }

    @Test func `a snoop of which nobody knows whether it was made is removed`() throws {
        var dialogue = Dialogue()
        try dialogue.prepare()
        #expect(try dialogue.answer(.failed(.unknown), to: \.isCreateSnoop).contains(.removeSnoop(Dialogue.snoop)))
    }

    @Test func `a snoop that never arrives is given up and removed`() throws {
        var dialogue = Dialogue()
        try dialogue.prepare()
        try dialogue.answer(to: \.isCreateSnoop)
        try dialogue.answer(to: \.isCreateBridge)
        let requests = try dialogue.expireTimer()
        #expect(requests.contains(.removeSnoop(Dialogue.snoop)))
        #expect(requests.contains(.removeBridge(Dialogue.bridge)))
        #expect(dialogue.reports == [.refused(.asteriskRefused)])
    }

    @Test func `whoever was found in a bridge is taken out of it before they are told why not`() throws {
        var dialogue = Dialogue(isAnswered: true)
        let bridge = BridgeID("earshot-earlier-7-2-br")
        let requests = dialogue.on(.supervisorArrived(refusal: .noCapacity, in: bridge))
        #expect(requests.contains(.leave(bridge)) && !requests.contains { $0.playback != nil })
        let told = try dialogue.answer(to: { $0 == .leave(bridge) })
        #expect(told.contains { $0.playback != nil } && told.contains(.removeBridge(bridge)))
    }

    @Test func `a snoop that does not come into its bridge waits for the event that explains it`() throws {
        for answer in [SessionAnswer.failed(.refused), .failed(.unknown)] {
            var dialogue = Dialogue()
            dialogue.letsSnoopsIn = false
            try dialogue.makeLink(Dialogue.settings(params: "qESsb"))
            let entering = SessionRequest.join(Dialogue.bridge, Dialogue.snoop, isMuted: false)
            #expect(try dialogue.answer(answer, to: { $0 == entering }).isEmpty)
            var late = dialogue
            #expect(late.on(.enteredBridge(Dialogue.snoop, Dialogue.bridge)).contains { $0.isJoin })
            #expect(try dialogue.expireTimer().contains(.removeSnoop(Dialogue.snoop)))
            #expect(dialogue.reports == [.refused(.asteriskRefused)])
        }
    }

    @Test func `no answer about a snoop that is in its bridge counts`() throws {
        var dialogue = Dialogue()
        dialogue.letsSnoopsIn = false
        try dialogue.makeLink(Dialogue.settings(params: "qESsb"))
        #expect(dialogue.on(.enteredBridge(Dialogue.snoop, Dialogue.bridge)).contains { $0.isJoin })
        let entering = SessionRequest.join(Dialogue.bridge, Dialogue.snoop, isMuted: false)
        #expect(try dialogue.answer(.failed(.unknown), to: { $0 == entering }).isEmpty)
        dialogue.on(.enteredBridge(Dialogue.supervisor, Dialogue.bridge))
        #expect(dialogue.session.stateName == "monitoring")
    }

    @Test func `a join that fails waits for the event that explains it`() throws {
        var dialogue = Dialogue()
        try dialogue.makeLink()
        #expect(try dialogue.answer(.failed(.refused), to: \.isJoin).isEmpty)
        dialogue.on(.snoopEnded(Dialogue.snoop))
        #expect(dialogue.reports == [.refused(.nobodyTalking)])
    }

    @Test func `a join that fails without explanation is refused`() throws {
        var dialogue = Dialogue()
        try dialogue.prepare()
        dialogue.on(.snoopStarted(Dialogue.snoop))
        try dialogue.answer(to: \.isCreateBridge)
        try dialogue.answer(.failed(.refused), to: \.isJoin)
        try dialogue.expireTimer()
        #expect(dialogue.reports == [.refused(.asteriskRefused)])
    }

    // MARK: - The target's end

    @Test func `with E the target's end releases the supervisor`() throws {
        var dialogue = Dialogue()
        try dialogue.monitor()
        #expect(
            dialogue.on(.snoopEnded(Dialogue.snoop)) == [
                .setVariable(.result, "target_hung_up"), .removeBridge(Dialogue.bridge),
            ]
        )
    }

    @Test func `a barged call ends with its target whatever the parameters say`() throws {
        var dialogue = Dialogue(dialled: "*93101")
        try dialogue.monitor(Dialogue.settings(params: "q"))
        #expect(dialogue.on(.snoopEnded(Dialogue.snoop)).contains(.setVariable(.result, "target_hung_up")))
    }

    @Test func `without E the session goes on to another call of the extension`() throws {
        var dialogue = Dialogue()
        try dialogue.monitor(Dialogue.settings(params: "qSb"))
        #expect(dialogue.on(.snoopEnded(Dialogue.snoop)).contains { $0[keyPath: \.isFindTargets] })
        let channels = [Dialogue.target, MonitoringPolicyTests.talking("second")]
        #expect(
            try dialogue.answer(.targets(.channels(channels)), to: \.isFindTargets) == [
                .createSnoop("earshot-test-1-3-sn", target: "second", SnoopAudio(hears: .both, speaks: .none)),
                .createBridge("earshot-test-1-4-br"),
            ]
        )
        #expect(dialogue.on(.snoopStarted("earshot-test-1-3-sn")).isEmpty)
        #expect(
            try dialogue.answer(to: \.isCreateBridge) == [
                .join("earshot-test-1-4-br", Dialogue.supervisor, isMuted: true)
            ]
        )
        dialogue.on(.enteredBridge("earshot-test-1-3-sn", "earshot-test-1-4-br"))
        // The bridge that they were in is removed when they are in the next one.
        #expect(
            dialogue.on(.enteredBridge(Dialogue.supervisor, "earshot-test-1-4-br")) == [.removeBridge(Dialogue.bridge)]
        )
        #expect(dialogue.reports.last == .targetChanged(.listen, target: MonitoringPolicyTests.talking("second")))
    }

    @Test func `without E and without another call the supervisor is released`() throws {
        var dialogue = Dialogue()
        try dialogue.monitor(Dialogue.settings(params: "qSb"))
        dialogue.on(.snoopEnded(Dialogue.snoop))
        #expect(
            try dialogue.answer(.targets(.channels([Dialogue.target])), to: \.isFindTargets).contains(
                .setVariable(.result, "no_call_left")
            )
        )
    }

    @Test func `rights hold for the next call too`() throws {
        var dialogue = Dialogue()
        try dialogue.monitor(Dialogue.settings(params: "qSb"))
        dialogue.on(.snoopEnded(Dialogue.snoop))
        let next = MonitoringPolicyTests.channel("second", protected: true)
        try dialogue.answer(.targets(.channels([next])), to: \.isFindTargets)
        #expect(dialogue.reports.last == .refused(.targetProtected))
    }

    @Test func `a target that ends before the snoop is made is nobody talking`() throws {
        var dialogue = Dialogue()
        try dialogue.prepare()
        try dialogue.answer(.failed(.gone), to: \.isCreateSnoop)
        #expect(dialogue.reports == [.refused(.nobodyTalking)])
    }

    // MARK: - The supervisor's end

    @Test func `a supervisor who hangs up leaves nothing behind`() throws {
        var dialogue = Dialogue()
        try dialogue.monitor()
        #expect(
            dialogue.on(.supervisorLeft) == [.removeSnoop(Dialogue.snoop), .removeBridge(Dialogue.bridge)]
        )
        try dialogue.answer(to: \.isRemoveSnoop)
        try dialogue.answer(.failed(.gone), to: \.isRemoveBridge)
        #expect(dialogue.session.end == (.supervisorHungUp))
        #expect(dialogue.timer == nil)
    }

    @Test func `a snoop whose creation is not answered yet is removed after the answer`() throws {
        var dialogue = Dialogue()
        try dialogue.prepare()
        #expect(dialogue.on(.supervisorLeft).isEmpty)
        #expect(try dialogue.answer(to: \.isCreateSnoop) == [.removeSnoop(Dialogue.snoop)])
        #expect(try dialogue.answer(to: \.isCreateBridge) == [.removeBridge(Dialogue.bridge)])
    }

    @Test func `a removal that fails is asked for again, then reported`() throws {
        var dialogue = Dialogue()
        try dialogue.monitor()
        dialogue.on(.supervisorLeft)
        try dialogue.answer(to: \.isRemoveBridge)
        for _ in 1...2 {
            try dialogue.answer(.failed(.unknown), to: \.isRemoveSnoop)
            #expect(try dialogue.expireTimer() == [.removeSnoop(Dialogue.snoop)])
        }
        try dialogue.expireTimer()
        #expect(dialogue.reports.contains(.leftBehind([Dialogue.snoop.rawValue])))
        #expect(dialogue.session.isEnded)
    }

    @Test func `a supervisor who cannot be released is hung up`() throws {
        var dialogue = Dialogue()
        try dialogue.monitor()
        dialogue.on(.snoopEnded(Dialogue.snoop))
        try dialogue.answer(.failed(.refused), to: \.isSetResult)
        #expect(
            try dialogue.answer(.failed(.refused), to: { $0 == .releaseSupervisor(to: nil) }) == [.hangUpSupervisor]
        )
    }

    @Test func `stop releases the supervisor and removes what is ours`() throws {
        var dialogue = Dialogue()
        try dialogue.monitor()
        #expect(
            dialogue.on(.stop) == [
                .setVariable(.result, "service_stopping"), .removeSnoop(Dialogue.snoop), .removeBridge(Dialogue.bridge),
            ]
        )
    }

    // MARK: - Repetition

    @Test func `an answer that comes twice counts once`() throws {
        var dialogue = Dialogue()
        dialogue.on(.supervisorArrived(refusal: nil))
        let id = try #require(dialogue.requests.first { $0.request == .readSettings }?.id)
        dialogue.on(.answered(id, Dialogue.settings()))
        let before = dialogue.session
        #expect(dialogue.on(.answered(id, .failed(.gone))).isEmpty)
        #expect(dialogue.session == before)
    }

    @Test func `an old timer means nothing`() throws {
        var dialogue = Dialogue()
        try dialogue.prepare()
        let old = try #require(dialogue.timer)
        try dialogue.answer(to: \.isCreateBridge)
        dialogue.on(.snoopStarted(Dialogue.snoop))
        let before = dialogue.session
        #expect(dialogue.on(.timerExpired(old)).isEmpty)
        #expect(dialogue.session == before)
    }
}

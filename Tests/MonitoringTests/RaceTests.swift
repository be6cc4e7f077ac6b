import Monitoring
import Testing

/// Races that were found by thinking, each with the promise that it once broke.
@Suite struct RaceTests {
    @Test func `a stranger in the session's bridge ends the session at once`() throws {
        // An attended transfer by the supervisor's phone puts a Local channel into their place (REFER with Replaces).
        var dialogue = Dialogue(dialled: "*93101")
        try dialogue.monitor()
        let requests = dialogue.on(.enteredBridge("stranger", Dialogue.bridge))
        #expect(requests.contains(.removeSnoop(Dialogue.snoop)))
    }

    @Test func `a snoop that has started is used, and removed, although its creation was answered with a refusal`()
        throws
    {
        // The connection died before the answer, the request was sent again, and the ID was in use: 500.
        var dialogue = Dialogue()
        try dialogue.prepare()
        dialogue.on(.snoopStarted(Dialogue.snoop))
        #expect(try dialogue.answer(.failed(.refused), to: \.isCreateSnoop).isEmpty)
        #expect(try dialogue.answer(to: \.isCreateBridge).contains { $0.isJoin })
        #expect(dialogue.on(.supervisorLeft).contains(.removeSnoop(Dialogue.snoop)))
    }

    @Test func `a snoop of which only a refusal is known is removed`() throws {
        var dialogue = Dialogue()
        try dialogue.prepare()
        #expect(try dialogue.answer(.failed(.refused), to: \.isCreateSnoop).isEmpty)
        #expect(try dialogue.expireTimer().contains(.removeSnoop(Dialogue.snoop)))
    }

    @Test func `a refusal because the channel is just ending ends no session that may wait`() throws {
        var dialogue = Dialogue()
        try dialogue.prepare(Dialogue.settings(params: "q"))
        try dialogue.answer(.failed(.refused), to: \.isCreateSnoop)
        dialogue.on(.leg(.gone))
        #expect(dialogue.session.isWaiting)
        #expect(dialogue.reports == [.waiting("101")])
    }

    @Test func `a supervisor whose place another channel takes is released, and hears nothing more`() throws {
        var dialogue = Dialogue(dialled: "*93101")
        try dialogue.monitor()
        let requests = dialogue.on(.supervisorReplaced)
        #expect(requests.contains(.removeSnoop(Dialogue.snoop)))
        #expect(requests.contains(.setVariable(.result, "supervisor_transferred")))
    }

    /// Asterisk loses a prompt that it is asked for while the channel is leaving a bridge.
    @Test(arguments: [.done, .failed(.gone), .failed(.refused), .failed(.unknown)] as [SessionAnswer])
    func `the last prompt comes when the supervisor has left the call, and the bridge goes`(
        answer: SessionAnswer
    ) throws {
        var refused = Dialogue()
        try refused.monitor()
        #expect(
            refused.on(.leg(.hasProtectedPartner)) == [
                .setVariable(.result, "target_protected"), .removeSnoop(Dialogue.snoop), .leave(Dialogue.bridge),
            ]
        )
        #expect(
            try refused.answer(answer, to: { $0 == .leave(Dialogue.bridge) })
                == [.play("earshot-test-1-3-pb", .refusal(.targetProtected)), .removeBridge(Dialogue.bridge)]
        )
    }

    @Test func `the last prompt waits for a join that is under way`() throws {
        var dialogue = Dialogue()
        try dialogue.makeLink()
        let requests = dialogue.on(.leg(.hasProtectedPartner))
        #expect(requests == [.setVariable(.result, "target_protected"), .removeSnoop(Dialogue.snoop)])
        // The event that they are in it may come later than the answer.
        #expect(try dialogue.answer(to: \.isJoin) == [.leave(Dialogue.bridge)])
    }

    @Test func `a bridge whose creation was refused because it is there already is removed`() throws {
        // The same: Asterisk answers 409 to the second attempt, and never removes a bridge by itself.
        var dialogue = Dialogue()
        try dialogue.prepare()
        let requests = try dialogue.answer(.failed(.refused), to: \.isCreateBridge)
        #expect(requests.contains(.removeBridge(Dialogue.bridge)))
    }

    @Test func `a snoop that has started is removed without waiting for the answer to its creation`() throws {
        var dialogue = Dialogue()
        try dialogue.prepare()
        dialogue.on(.snoopStarted(Dialogue.snoop))
        #expect(dialogue.on(.supervisorLeft).contains(.removeSnoop(Dialogue.snoop)))
    }

    @Test func `a supervisor is never given up without having been released or hung up`() throws {
        // Asterisk is slow to set the variable: the session's three attempts are over before the answer is here.
        var dialogue = Dialogue()
        try dialogue.refuse()
        try dialogue.answer(to: \.isPlay)
        try dialogue.expireTimer()
        while !dialogue.session.isEnded { try dialogue.expireTimer() }
        let asked = dialogue.requests.map(\.request)
        #expect(asked.contains(.releaseSupervisor(to: nil)) || asked.contains(.hangUpSupervisor))
    }

    @Test func `an answer that fails while the next target is looked for releases the supervisor`() throws {
        var dialogue = Dialogue()
        dialogue.on(.supervisorArrived(refusal: nil))
        try dialogue.answer(Dialogue.settings(params: "qSsb"), to: { $0 == .readSettings })
        try dialogue.answer(.targets(.channels([Dialogue.target])), to: \.isFindTargets)
        dialogue.on(.snoopStarted(Dialogue.snoop))
        dialogue.on(.snoopEnded(Dialogue.snoop))
        #expect(dialogue.session.stateName == "seeking")
        try dialogue.answer(.failed(.refused), to: { $0 == .answerSupervisor })
        #expect(dialogue.session.stateName == "releasing")
    }

    @Test func `whoever may have been answered, or not, is told why there is nothing to hear`() throws {
        var dialogue = Dialogue()
        dialogue.on(.supervisorArrived(refusal: nil))
        try dialogue.answer(Dialogue.settings(params: "qSsb"), to: { $0 == .readSettings })
        try dialogue.answer(.failed(.unknown), to: { $0 == .answerSupervisor })
        #expect(dialogue.session.stateName == "explaining")
        #expect(dialogue.requests.contains { $0.request.isPlay })
        #expect(dialogue.reports.last == .refused(.asteriskRefused))
    }

    @Test func `a prompt whose end was lost with the connection is looked for after the next one`() throws {
        var dialogue = Dialogue()
        try dialogue.refuse()
        try dialogue.answer(to: \.isPlay)
        #expect(dialogue.on(.eventsMissed) == [.findPlayback("earshot-test-1-1-pb")])
        #expect(
            try dialogue.answer(.failed(.gone), to: { if case .findPlayback = $0 { true } else { false } }) == [
                .setVariable(.result, "no_permission")
            ]
        )
        var playing = Dialogue()
        try playing.refuse()
        try playing.answer(to: \.isPlay)
        playing.on(.eventsMissed)
        #expect(try playing.answer(to: { if case .findPlayback = $0 { true } else { false } }).isEmpty)
    }
}

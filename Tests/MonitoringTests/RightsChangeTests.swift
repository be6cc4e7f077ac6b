import Monitoring
import Testing

/// What becomes of a session when somebody's rights are changed in the directory.
@Suite struct RightsChangeTests {
    static let ofSupervisor = RightsChange(
        endpoints: EndpointBook(),
        changed: [EndpointName(technology: "PJSIP", resource: "305")]
    )
    static let ofTarget = RightsChange(endpoints: EndpointBook(), changed: [Dialogue.target.endpoint])

    /// Directory and Asterisk say this now.
    private static func change(_ dialogue: inout Dialogue, to settings: SessionAnswer) throws -> [SessionRequest] {
        #expect(dialogue.on(.rightsChanged(ofSupervisor)).contains(.readSettings))
        return try dialogue.answer(settings, to: { $0 == .readSettings })
    }

    @Test func `a right that is taken away ends the session, and the supervisor hears why`() throws {
        var dialogue = Dialogue(dialled: "*93101")
        try dialogue.monitor()
        let requests = try Self.change(&dialogue, to: Dialogue.settings(.none))
        #expect(dialogue.reports.last == .refused(.noPermission))
        #expect(requests.contains(.removeSnoop(Dialogue.snoop)))
        try dialogue.answer(to: { $0 == .removeSnoop(Dialogue.snoop) })
        let prompt = try dialogue.answer(to: { $0 == .leave(Dialogue.bridge) })
        #expect(prompt.contains { if case .play(_, .refusal(.noPermission)) = $0 { true } else { false } })
    }

    @Test func `DISABLE_SPY of the supervisor ends the session`() throws {
        var dialogue = Dialogue()
        try dialogue.monitor()
        _ = try Self.change(
            &dialogue,
            to: .settings(SupervisorSettings(permission: .upTo(.barge), isDisabled: true, params: .standard))
        )
        #expect(dialogue.reports.last == .refused(.monitoringDisabled))
    }

    @Test func `a directory that cannot be read ends the session`() throws {
        var dialogue = Dialogue()
        try dialogue.monitor()
        var settings = SupervisorSettings(permission: .upTo(.barge), isDisabled: false, params: .standard)
        settings.isKnown = false
        _ = try Self.change(&dialogue, to: .settings(settings))
        #expect(dialogue.reports.last == .refused(.storageUnavailable))
    }

    @Test func `a barge that is lowered to whisper goes on by a new snoop, and the old one is removed`() throws {
        var dialogue = Dialogue(dialled: "*93101")
        try dialogue.monitor()
        _ = try Self.change(&dialogue, to: Dialogue.settings(.upTo(.whisper)))
        #expect(dialogue.reports.last == .rightsLowered(to: .whisper))
        let (snoop, bridge) = (ChannelID("earshot-test-1-3-sn"), BridgeID("earshot-test-1-4-br"))
        let made = try #require(dialogue.requests.first { $0.request.isCreateSnoop })
        #expect(made.request == .createSnoop(snoop, target: "agent", SnoopAudio(hears: .both, speaks: .out)))
        #expect(dialogue.marks.last?.mode == .whisper)
        // Whom they hear is asked too, and is no matter of the mode.
        #expect(try dialogue.answer(.targets(.channels([Dialogue.target])), to: \.isFindTargets).isEmpty)
        #expect(dialogue.session.stateName == "monitoring")
        try dialogue.answer(to: \.isCreateSnoop)
        try dialogue.answer(to: \.isCreateBridge)
        #expect(dialogue.on(.snoopStarted(snoop)) == [.join(bridge, Dialogue.supervisor, isMuted: false)])
        let requests = dialogue.on(.enteredBridge(Dialogue.supervisor, bridge))
        #expect(requests.contains(.removeSnoop(Dialogue.snoop)))
        #expect(requests.contains { if case .play(_, .rightsLowered) = $0 { true } else { false } })
        // The other modes' keys would have to be permitted too.
        #expect(try dialogue.on(KeyTests.key("6")).isEmpty)
    }

    @Test func `with d the spare snoop takes its place at once, and those above the right go`() throws {
        var dialogue = try KeyTests.monitoring("qSd", dialled: "*93101")
        let listen = try KeyTests.Spare(.listen, from: .barge)
        let whisper = try KeyTests.Spare(.whisper, from: .barge)
        try whisper.arrive(in: &dialogue)
        try listen.arrive(in: &dialogue)
        let requests = try Self.change(&dialogue, to: Dialogue.settings(.upTo(.listen), params: "qSd"))
        let move = SessionRequest.join(listen.bridge, Dialogue.supervisor, isMuted: true)
        #expect(requests.contains(move))
        #expect(requests.contains(.removeSnoop(whisper.snoop)))
        let after = listen.enter(&dialogue)
        #expect(after.contains(.removeSnoop(Dialogue.snoop)))
        // And no key leads back up.
        #expect(try dialogue.on(KeyTests.key("5")).contains { $0.isPlay })
        #expect(dialogue.reports.last == .keyRefused(.modeAbovePermission))
    }

    @Test func `when the lower mode cannot be made, the session ends`() throws {
        var dialogue = Dialogue(dialled: "*93101")
        try dialogue.monitor()
        _ = try Self.change(&dialogue, to: Dialogue.settings(.upTo(.listen)))
        try dialogue.answer(.failed(.refused), to: \.isCreateBridge)
        #expect(dialogue.reports.last == .refused(.asteriskRefused))
        #expect(dialogue.requests.contains { $0.request == .removeSnoop(Dialogue.snoop) })
    }

    @Test func `a key that asked for more than is permitted now leads nowhere`() throws {
        var dialogue = try KeyTests.monitoring("qSd")
        #expect(try dialogue.on(KeyTests.key("6")).isEmpty)  // Its spare is still being made.
        let barge = try KeyTests.Spare(.barge)
        let requests = try Self.change(&dialogue, to: Dialogue.settings(.upTo(.whisper), params: "qSd"))
        #expect(dialogue.reports.last == .keyRefused(.modeAbovePermission))
        #expect(!requests.contains { $0.isJoin })
        #expect(try !dialogue.answer(to: { $0 == .createBridge(barge.bridge) }).contains { $0.isJoin })
        #expect(!dialogue.on(.snoopStarted(barge.snoop)).contains { $0.isJoin })
        #expect(dialogue.session.stateName == "monitoring")
    }

    @Test func `a right that is lowered while the call is being prepared counts for it`() throws {
        var dialogue = Dialogue(dialled: "*93101")
        try dialogue.makeLink()
        let requests = try Self.change(&dialogue, to: Dialogue.settings(.upTo(.listen)))
        #expect(requests.contains(.removeSnoop(Dialogue.snoop)))
        #expect(
            requests.contains { request in
                if case .createSnoop(_, "agent", SnoopAudio(hears: .both, speaks: .none)) = request {
                    true
                } else {
                    false
                }
            }
        )
    }

    @Test func `settings that were asked for before the change do not count`() throws {
        var dialogue = Dialogue()
        dialogue.on(.supervisorArrived(refusal: nil))
        let before = try #require(dialogue.requests.last)
        #expect(dialogue.on(.rightsChanged(Self.ofSupervisor)) == [.readSettings])
        #expect(dialogue.on(.answered(before.id, Dialogue.settings())).isEmpty)
        #expect(dialogue.session.stateName == "preparing")
        try dialogue.answer(Dialogue.settings(.none), to: { $0 == .readSettings })
        #expect(dialogue.reports == [.refused(.noPermission)])
    }

    @Test func `a target that is protected now is heard no longer`() throws {
        var dialogue = Dialogue()
        try dialogue.monitor()
        #expect(dialogue.on(.rightsChanged(Self.ofTarget)).map(\.isFindTargets) == [true])
        var target = Dialogue.target
        target.isProtected = true
        try dialogue.answer(.targets(.channels([target])), to: \.isFindTargets)
        #expect(dialogue.reports.last == .refused(.targetProtected))
    }

    @Test func `whom a supervisor may not monitor any more they hear no longer`() throws {
        var dialogue = Dialogue()
        try dialogue.monitor()
        var settings = SupervisorSettings(permission: .upTo(.barge), isDisabled: false, params: .standard)
        settings.scope = MonitoringScope(extensions: ["102"], groups: [])
        _ = try Self.change(&dialogue, to: .settings(settings))
        #expect(dialogue.reports.last == .refused(.notInGroup))
    }

    @Test func `who has left the group is heard no longer by those who may monitor the group`() throws {
        var settings = SupervisorSettings(permission: .upTo(.barge), isDisabled: false, params: .standard)
        settings.params.isQuiet = true
        settings.scope = MonitoringScope(extensions: [], groups: [try #require(GroupName("sales"))])
        var target = Dialogue.target
        target.groups = ["sales"]
        var dialogue = Dialogue()
        try dialogue.prepare(.settings(settings), .channels([target]))
        #expect(dialogue.session.stateName == "attaching")
        dialogue.on(.rightsChanged(Self.ofTarget))
        try dialogue.answer(.targets(.channels([Dialogue.target])), to: \.isFindTargets)
        #expect(dialogue.reports.last == .refused(.notInGroup))
    }

    @Test func `a phone that has become somebody else's is heard no longer`() throws {
        var dialogue = Dialogue()
        try dialogue.monitor(Dialogue.settings(params: "qESsb"))
        let other = EndpointName(technology: "PJSIP", resource: "alice")
        let change = RightsChange(
            endpoints: EndpointBook(named: ["101": [other]]),
            changed: [Dialogue.target.endpoint, other]
        )
        #expect(dialogue.on(.rightsChanged(change)).contains(.removeSnoop(Dialogue.snoop)))
        #expect(dialogue.session.stateName == "releasing")
    }

    @Test func `somebody else's rights are nothing to a session`() throws {
        var dialogue = Dialogue()
        try dialogue.monitor()
        let change = RightsChange(
            endpoints: EndpointBook(),
            changed: [EndpointName(technology: "PJSIP", resource: "777")]
        )
        #expect(dialogue.on(.rightsChanged(change)).isEmpty)
    }

    @Test func `a question that is not answered is put again, and not for ever`() throws {
        var dialogue = Dialogue()
        try dialogue.monitor()
        dialogue.on(.rightsChanged(Self.ofSupervisor))
        for _ in 1...2 {
            #expect(try dialogue.answer(.failed(.unknown), to: { $0 == .readSettings }) == [.readSettings])
        }
        try dialogue.answer(.failed(.unknown), to: { $0 == .readSettings })
        #expect(dialogue.reports.last == .refused(.asteriskRefused))
    }

    @Test func `who waits for a call waits for it by the endpoints that the extension has now`() throws {
        var dialogue = Dialogue()
        try dialogue.prepare(Dialogue.settings(params: "qbd"), .channels([]))
        #expect(dialogue.session.stateName == "waiting")
        try dialogue.answer(to: \.isWatch)
        let phone = EndpointName(technology: "PJSIP", resource: "alice")
        let change = RightsChange(endpoints: EndpointBook(named: ["101": [phone]]), changed: [phone])
        let requests = dialogue.on(.rightsChanged(change))
        #expect(requests.contains(.watch([phone])))
        try dialogue.answer(to: \.isWatch)
        #expect(dialogue.requests.contains { $0.request == .findTargets([phone]) })
    }

    @Test func `a right that is given counts for the next key`() throws {
        var dialogue = try KeyTests.monitoring("qSd", permission: .upTo(.listen))
        #expect(try dialogue.on(KeyTests.key("6")).contains { $0.isPlay })
        let requests = try Self.change(&dialogue, to: Dialogue.settings(.upTo(.barge), params: "qSd"))
        #expect(requests.count { $0.isCreateSnoop } == 2)
    }
}

import Monitoring
import Testing

/// Nobody hears anybody before it stands in the record.
@Suite struct RecordLineTests {
    private static let supervisor = Dialogue.supervisor

    /// Up to a link that is ready but for the record.
    private static func prepared(_ dialled: String = "*91101", params: String = "qSd") throws -> Dialogue {
        var dialogue = Dialogue(dialled: dialled, keepsRecord: true)
        try dialogue.makeLink(Dialogue.settings(params: params))
        return dialogue
    }

    @Test func `the line is asked for together with the snoop, and the join waits for it`() throws {
        var dialogue = Dialogue(keepsRecord: true)
        let requests = try dialogue.prepare()
        let line = RecordLine(
            occasion: .started,
            mode: .listen,
            extension: "101",
            target: Dialogue.target,
            supervisor: "305"
        )
        #expect(requests.contains(.writeRecord(Dialogue.bridge, line)))
        #expect(requests.contains { $0.isCreateSnoop })
        try dialogue.answer(to: \.isCreateSnoop)
        try dialogue.answer(to: \.isCreateBridge)
        #expect(dialogue.on(.snoopStarted(Dialogue.snoop)).isEmpty)
        #expect(try dialogue.answer(to: \.isWriteRecord).contains { $0.isJoin })
    }

    @Test func `what cannot be written is not heard, and the supervisor is told`() throws {
        var dialogue = try Self.prepared()
        let requests = try dialogue.answer(.failed(.refused), to: \.isWriteRecord)
        #expect(dialogue.reports.last == .refused(.storageUnavailable))
        #expect(requests.contains(.removeSnoop(Dialogue.snoop)))
        #expect(!requests.contains { $0.isJoin })
    }

    /// In a call, with all that is asked for arrived.
    private static func monitoring() throws -> Dialogue {
        var dialogue = try prepared()
        try dialogue.answer(to: \.isWriteRecord)
        try dialogue.answer(to: \.isJoin)
        dialogue.on(.enteredBridge(supervisor, Dialogue.bridge))
        dialogue.on(.enteredBridge(Dialogue.snoop, Dialogue.bridge))
        #expect(dialogue.session.stateName == "monitoring")
        try dialogue.askForSpares()
        dialogue.makeSpares()
        return dialogue
    }

    @Test func `a key leads into another mode when that is written`() throws {
        var dialogue = try Self.monitoring()
        let barge = try KeyTests.Spare(.barge)
        // There is no line for a snoop by which nobody is heard yet.
        #expect(!dialogue.requests.contains { $0.request.isWriteRecord })
        let requests = try dialogue.on(KeyTests.key("6"))
        guard case .writeRecord(barge.bridge, let line)? = requests.first else {
            Issue.record("\(requests)")
            return
        }
        #expect(line.occasion == .modeChanged && line.mode == .barge)
        #expect(!requests.contains { $0.isJoin })
        #expect(
            try dialogue.answer(to: \.isWriteRecord) == [
                .join(barge.bridge, Self.supervisor, isMuted: false)
            ]
        )
        barge.enter(&dialogue)
        // Back: that is a line of its own.
        #expect(try dialogue.on(KeyTests.key("4")).map(\.isWriteRecord) == [true])
        #expect(try dialogue.answer(to: \.isWriteRecord).contains { $0.isJoin })
    }

    @Test func `a mode that cannot be written ends the session`() throws {
        var dialogue = try Self.monitoring()
        try dialogue.on(KeyTests.key("6"))
        try dialogue.answer(.failed(.refused), to: \.isWriteRecord)
        #expect(dialogue.reports.last == .refused(.storageUnavailable))
    }

    private static let client = CallParty(
        channel: "PJSIP/201-1",
        endpoint: EndpointName("PJSIP/201"),
        number: "0721000000"
    )
    private static let colleague = CallParty(
        channel: "PJSIP/102-2",
        endpoint: EndpointName("PJSIP/102"),
        number: "102"
    )
    private static let ofClient = NamedParty(name: "201", number: "0721000000")

    private static func line(_ requests: [SessionRequest]) -> RecordLine? {
        requests.compactMap { if case .writeRecord(_, let line) = $0 { line } else { nil } }.first
    }

    /// The target's call, with a client and somebody behind a channel that is nobody's phone.
    private static var target: TargetChannel {
        var target = Dialogue.target
        target.parties = [
            "PJSIP/201-1": [client],
            "DAHDI/i1/0721-2": [
                CallParty(channel: "DAHDI/i1/0721-2", endpoint: EndpointName("DAHDI/i1/0721"), number: "+40")
            ],
        ]
        return target
    }

    @Test func `who is heard beside the target stands in the line`() throws {
        var dialogue = Dialogue(keepsRecord: true)
        let requests = try dialogue.prepare(Dialogue.settings(), .channels([Self.target]))
        // The name of a channel that is no endpoint's can have an outside number in it.
        #expect(Self.line(requests)?.partners == [Self.ofClient, NamedParty(name: nil, number: "+40")])
    }

    @Test(arguments: [("*91101", "qESsbo"), ("*92101", "qESsbW")])
    func `who is not heard does not stand in the line`(dialled: String, params: String) throws {
        var dialogue = Dialogue(dialled: dialled, keepsRecord: true)
        let requests = try dialogue.prepare(Dialogue.settings(params: params), .channels([Self.target]))
        #expect(Self.line(requests)?.partners == [])
    }

    @Test func `whoever joins is told once, and stands in the next line`() throws {
        var dialogue = try Self.monitoring()
        dialogue.on(.leg(.talksTo([Self.client])))
        #expect(dialogue.reports.last == .partnersJoined([Self.ofClient]))
        dialogue.on(.leg(.talksTo([Self.client, Self.colleague])))
        // Their number says no more than their extension.
        #expect(dialogue.reports.last == .partnersJoined([NamedParty(name: "102")]))
        let count = dialogue.reports.count
        dialogue.on(.leg(.talksTo([Self.client, Self.colleague])))
        dialogue.on(.leg(.talksTo([Self.colleague])))
        #expect(dialogue.reports.count == count)
        #expect(Self.line(try dialogue.on(KeyTests.key("6")))?.partners == [NamedParty(name: "102")])
        // Whoever comes back is told again, and so is a second caller of the same trunk.
        let second = CallParty(channel: "PJSIP/201-9", endpoint: EndpointName("PJSIP/201"), number: "0721000000")
        dialogue.on(.leg(.talksTo([Self.colleague, Self.client])))
        dialogue.on(.leg(.talksTo([Self.colleague, Self.client, second])))
        #expect(dialogue.reports.suffix(2) == [.partnersJoined([Self.ofClient]), .partnersJoined([Self.ofClient])])
    }

    @Test func `a new snoop for those who are heard already has a line too, and no report`() throws {
        var dialogue = try Self.monitoring()
        dialogue.on(.leg(.unhooks))
        for snoop in dialogue.session.snoops(on: "agent") { dialogue.on(.snoopEnded(snoop)) }
        dialogue.on(.leg(.hooksGone))
        let requests = try dialogue.answer(.targets(.channels([Dialogue.target])), to: \.isFindTargets)
        #expect(Self.line(requests)?.occasion == .partnerChanged)
        let reports = dialogue.reports.count
        try dialogue.answer(to: \.isCreateSnoop)
        try dialogue.answer(to: \.isCreateBridge)
        let snoop = try #require(dialogue.session.snoops(on: "agent").first)
        #expect(!dialogue.on(.snoopStarted(snoop)).contains { $0.isJoin })
        let join = try #require(try dialogue.answer(to: \.isWriteRecord).first { $0.isJoin })
        guard case .join(let bridge, _, _) = join else { return }
        dialogue.on(.enteredBridge(snoop, bridge))
        dialogue.on(.enteredBridge(Self.supervisor, bridge))
        #expect(dialogue.session.stateName == "monitoring")
        #expect(dialogue.reports.count == reports)
    }

    @Test func `whoever joins before the supervisor hears anybody is told when they do`() throws {
        var dialogue = try Self.prepared()
        dialogue.on(.leg(.talksTo([Self.client])))
        #expect(!dialogue.reports.contains(.partnersJoined([Self.ofClient])))
        try dialogue.answer(to: \.isWriteRecord)
        try dialogue.answer(to: \.isJoin)
        dialogue.on(.enteredBridge(Self.supervisor, Dialogue.bridge))
        dialogue.on(.enteredBridge(Dialogue.snoop, Dialogue.bridge))
        #expect(dialogue.reports.last == .partnersJoined([Self.ofClient]))
        guard case .started = dialogue.reports.dropLast().last else {
            Issue.record("\(dialogue.reports)")
            return
        }
    }

    @Test func `without a record nothing waits for it`() throws {
        var dialogue = Dialogue()
        try dialogue.monitor(Dialogue.settings(), Self.target)
        #expect(!dialogue.requests.contains { $0.request.isWriteRecord })
        // Nor has anybody joined who was there.
        #expect(!dialogue.reports.contains { if case .partnersJoined = $0 { true } else { false } })
        dialogue.on(.leg(.talksTo([Self.colleague])))
        #expect(dialogue.reports.last == .partnersJoined([NamedParty(name: "102")]))
    }
}

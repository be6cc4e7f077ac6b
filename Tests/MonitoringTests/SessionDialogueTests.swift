import Monitoring
import Testing

/// A session and its partner, who answers as Asterisk would: tests read as a dialogue.
struct Dialogue {
    var machine: SessionStateMachine
    private(set) var requests: [(id: CommandID, request: SessionRequest)] = []
    private(set) var reports: [SessionReport] = []
    private(set) var timer: TimerID?

    static let supervisor = ChannelID("sup")
    static let session = SessionID(instance: "test", number: 1)

    init(dialled: String = "*91101", endpoint: String = "305") {
        machine = SessionStateMachine(
            id: Self.session,
            application: "earshot",
            supervisor: Supervisor(
                channel: Self.supervisor,
                endpoint: EndpointName(technology: "PJSIP", resource: endpoint),
                dialled: dialled
            ),
            configuration: SessionConfiguration()
        )
    }

    /// Hands in an event and returns the new requests.
    @discardableResult
    mutating func on(_ event: SessionEvent) -> [SessionRequest] {
        var new: [SessionRequest] = []
        for command in machine.handle(event) {
            switch command {
            case .request(let id, let request):
                requests.append((id, request))
                new.append(request)
            case .startTimer(let id, after: _): timer = id
            case .cancelTimer(let id): if timer == id { timer = nil }
            case .report(let report): reports.append(report)
            }
        }
        return new
    }

    /// Answers the newest request that `matches`.
    @discardableResult
    mutating func answer(
        _ answer: SessionAnswer = .done,
        to matches: (SessionRequest) -> Bool,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> [SessionRequest] {
        let index = try #require(requests.lastIndex { matches($0.request) }, sourceLocation: sourceLocation)
        return on(.answered(requests.remove(at: index).id, answer))
    }

    @discardableResult
    mutating func expireTimer(sourceLocation: SourceLocation = #_sourceLocation) throws -> [SessionRequest] {
        on(.timerExpired(try #require(timer, sourceLocation: sourceLocation)))
    }

    static func settings(
        _ permission: SpyPermission = .upTo(.barge),
        params: String = "qESsb"
    ) -> SessionAnswer {
        .settings(
            SupervisorSettings(permission: permission, isDisabled: false, params: SpyParams.read(params).params)
        )
    }

    static let target = MonitoringPolicyTests.talking("agent")
    static let snoop = ChannelID("earshot-test-1-1-sn")
    static let bridge = BridgeID("earshot-test-1-2-br")

    /// Up to the decision, with the supervisor answered.
    @discardableResult
    mutating func prepare(
        _ settings: SessionAnswer = settings(),
        _ lookup: TargetLookup = .channels([target])
    ) throws -> [SessionRequest] {
        on(.supervisorArrived(refusal: nil))
        try answer(to: { $0 == .answerSupervisor })
        try answer(settings, to: { $0 == .readSettings })
        return try answer(.targets(lookup), to: \.isFindTargets)
    }

    /// Until the supervisor is in the call.
    mutating func monitor(_ settings: SessionAnswer = settings()) throws {
        try prepare(settings)
        try answer(to: \.isCreateSnoop)
        try answer(to: \.isCreateBridge)
        on(.snoopStarted(Self.snoop))
        try answer(to: \.isJoin)
        on(.enteredBridge(Self.supervisor, Self.bridge))
        on(.enteredBridge(Self.snoop, Self.bridge))
        #expect(machine.state.name == "monitoring")
    }
}

extension SessionRequest {
    var isFindTargets: Bool { if case .findTargets = self { true } else { false } }
    var isCreateSnoop: Bool { if case .createSnoop = self { true } else { false } }
    var isCreateBridge: Bool { if case .createBridge = self { true } else { false } }
    var isJoin: Bool { if case .join = self { true } else { false } }
    var isPlay: Bool { if case .play = self { true } else { false } }
    var isRemoveSnoop: Bool { if case .removeSnoop = self { true } else { false } }
    var isRemoveBridge: Bool { if case .removeBridge = self { true } else { false } }
    var isSetResult: Bool { if case .setResult = self { true } else { false } }
}

@Suite struct SessionDialogueTests {
    @Test func `arrival answers, reads settings and looks for the target at the same time`() {
        var dialogue = Dialogue()
        #expect(
            dialogue.on(.supervisorArrived(refusal: nil)) == [
                .answerSupervisor, .readSettings,
                .findTargets([EndpointName(technology: "PJSIP", resource: "101")]),
            ]
        )
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
                .createSnoop(Dialogue.snoop, target: "agent", whisper: whisper), .createBridge(Dialogue.bridge),
            ]
        )
    }

    @Test func `the two join only when everything is there, and monitoring begins when both are in`() throws {
        var dialogue = Dialogue()
        try dialogue.prepare()
        #expect(dialogue.on(.snoopStarted(Dialogue.snoop)).isEmpty, "its StasisStart overtook the answer")
        #expect(try dialogue.answer(to: \.isCreateSnoop).isEmpty)
        #expect(
            try dialogue.answer(to: \.isCreateBridge) == [
                .join(Dialogue.bridge, [Dialogue.supervisor, Dialogue.snoop])
            ]
        )
        dialogue.on(.enteredBridge(Dialogue.snoop, Dialogue.bridge))
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
        #expect(dialogue.on(.playbackFinished("earshot-test-1-3-pb")).contains { $0[keyPath: \.isJoin] })
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
        let requests = try dialogue.prepare(Dialogue.settings(.none))
        #expect(requests == [.play("earshot-test-1-1-pb", .refusal(.noPermission))])
        #expect(dialogue.on(.playbackFinished("earshot-test-1-1-pb")) == [.setResult("no_permission")])
        #expect(try dialogue.answer(to: \.isSetResult) == [.releaseSupervisor])
        try dialogue.answer(to: { $0 == .releaseSupervisor })
        dialogue.on(.supervisorLeft)
        #expect(dialogue.machine.state == .ended(.refused(.noPermission)))
        #expect(dialogue.reports == [.refused(.noPermission), .ended(.refused(.noPermission))])
    }

    @Test func `a refused supervisor has no prompt before he is answered`() throws {
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
        try dialogue.answer(to: { $0 == .answerSupervisor })
        #expect(
            try dialogue.answer(.failed(.unknown), to: \.isFindTargets).contains(
                .play("earshot-test-1-1-pb", .refusal(.asteriskRefused))
            )
        )
        #expect(try dialogue.answer(Dialogue.settings(), to: { $0 == .readSettings }).isEmpty)
    }

    @Test func `a supervisor who cannot be answered is released with the reason`() throws {
        var dialogue = Dialogue()
        dialogue.on(.supervisorArrived(refusal: nil))
        #expect(
            try dialogue.answer(.failed(.refused), to: { $0 == .answerSupervisor }) == [.setResult("asterisk_refused")]
        )
    }

    @Test func `a bridge that Asterisk refuses ends the attempt and removes everything`() throws {
        var dialogue = Dialogue()
        try dialogue.prepare()
        try dialogue.answer(to: \.isCreateSnoop)
        #expect(
            try dialogue.answer(.failed(.refused), to: \.isCreateBridge) == [
                .removeSnoop(Dialogue.snoop), .removeBridge(Dialogue.bridge),
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

    @Test func `a join that fails waits for the event that explains it`() throws {
        var dialogue = Dialogue()
        try dialogue.prepare()
        try dialogue.answer(to: \.isCreateSnoop)
        try dialogue.answer(to: \.isCreateBridge)
        dialogue.on(.snoopStarted(Dialogue.snoop))
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
                .setResult("target_hung_up"), .removeBridge(Dialogue.bridge),
            ]
        )
    }

    @Test func `a barged call ends with its target whatever the parameters say`() throws {
        var dialogue = Dialogue(dialled: "*93101")
        try dialogue.monitor(Dialogue.settings(params: "q"))
        #expect(dialogue.on(.snoopEnded(Dialogue.snoop)).contains(.setResult("target_hung_up")))
    }

    @Test func `without E the session goes on to another call of the extension`() throws {
        var dialogue = Dialogue()
        try dialogue.monitor(Dialogue.settings(params: "qSb"))
        #expect(dialogue.on(.snoopEnded(Dialogue.snoop)).contains { $0[keyPath: \.isFindTargets] })
        let channels = [Dialogue.target, MonitoringPolicyTests.talking("second")]
        #expect(
            try dialogue.answer(.targets(.channels(channels)), to: \.isFindTargets) == [
                .createSnoop("earshot-test-1-3-sn", target: "second", whisper: .none)
            ]
        )
        #expect(dialogue.on(.snoopStarted("earshot-test-1-3-sn")) == [.join(Dialogue.bridge, ["earshot-test-1-3-sn"])])
    }

    @Test func `without E and without another call the supervisor is released`() throws {
        var dialogue = Dialogue()
        try dialogue.monitor(Dialogue.settings(params: "qSb"))
        dialogue.on(.snoopEnded(Dialogue.snoop))
        #expect(
            try dialogue.answer(.targets(.channels([Dialogue.target])), to: \.isFindTargets).contains(
                .setResult("no_call_left")
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
        #expect(dialogue.machine.state == .ended(.supervisorHungUp))
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
        #expect(dialogue.machine.isEnded)
    }

    @Test func `a supervisor who cannot be released is hung up`() throws {
        var dialogue = Dialogue()
        try dialogue.monitor()
        dialogue.on(.snoopEnded(Dialogue.snoop))
        try dialogue.answer(.failed(.refused), to: \.isSetResult)
        #expect(
            try dialogue.answer(.failed(.refused), to: { $0 == .releaseSupervisor }) == [.hangUpSupervisor]
        )
    }

    @Test func `stop releases the supervisor and removes what is ours`() throws {
        var dialogue = Dialogue()
        try dialogue.monitor()
        #expect(
            dialogue.on(.stop) == [
                .setResult("service_stopping"), .removeSnoop(Dialogue.snoop), .removeBridge(Dialogue.bridge),
            ]
        )
    }

    // MARK: - Repetition

    @Test func `an answer that comes twice counts once`() throws {
        var dialogue = Dialogue()
        dialogue.on(.supervisorArrived(refusal: nil))
        let id = try #require(dialogue.requests.first { $0.request == .answerSupervisor }?.id)
        dialogue.on(.answered(id, .done))
        let before = dialogue.machine
        #expect(dialogue.on(.answered(id, .failed(.gone))).isEmpty)
        #expect(dialogue.machine == before)
    }

    @Test func `an old timer means nothing`() throws {
        var dialogue = Dialogue()
        try dialogue.prepare()
        let old = try #require(dialogue.timer)
        try dialogue.answer(to: \.isCreateBridge)
        dialogue.on(.snoopStarted(Dialogue.snoop))
        let before = dialogue.machine
        #expect(dialogue.on(.timerExpired(old)).isEmpty)
        #expect(dialogue.machine == before)
    }
}

import Monitoring
import Testing

/// A session and its partner, who answers as Asterisk would: tests read as a dialogue.
struct Dialogue {
    private(set) var session: Session
    fileprivate(set) var requests: [(id: CommandID, request: SessionRequest)] = []
    private(set) var reports: [SessionReport] = []
    private(set) var timer: TimerID?
    /// The one after which spare links go.
    private(set) var spareTimer: TimerID?
    /// After what time the others were to expire, in the order in which they were started.
    private(set) var timers: [Duration] = []
    private(set) var unwatched = 0
    /// The channel whose news the session needs.
    private(set) var monitored: TargetChannel?
    /// What the supervisor's channel was asked to say about the session. It is answered at once, unless a test answers.
    private(set) var marks: [SessionMark] = []
    var answersMarks = true
    /// A snoop that is asked into a bridge is in it at once, unless a test tells of it.
    var letsSnoopsIn = true
    /// Since the start of the service.
    var now = Duration.zero

    static let supervisor = ChannelID("sup")
    static let id = SessionID(instance: "test", number: 1)
    static let node = NodeID("pbx")

    init(
        dialled: String = "*91101",
        endpoint: String = "305",
        keepsRecord: Bool = false,
        isAnswered: Bool = false
    ) {
        var configuration = SessionConfiguration()
        configuration.keepsRecord = keepsRecord
        session = Session(
            id: Self.id,
            application: "earshot",
            supervisor: Supervisor(
                leg: LegID(node: Self.node, channel: Self.supervisor),
                endpoint: EndpointName(technology: "PJSIP", resource: endpoint),
                dialled: dialled,
                isAnswered: isAnswered
            ),
            configuration: configuration
        )
    }

    /// Hands in an event and returns the new requests.
    @discardableResult
    mutating func on(_ event: SessionEvent) -> [SessionRequest] {
        var new: [SessionRequest] = []
        if case .timerExpired(spareTimer) = event { spareTimer = nil }
        for command in session.handle(event, at: now) {
            switch command {
            case .request(let id, .mark(let mark)):
                marks.append(mark)
                if answersMarks {
                    new += on(.answered(id, .done))
                } else {
                    requests.append((id, .mark(mark)))
                    new.append(.mark(mark))
                }
            case .request(let id, .join(let bridge, let snoop, _)) where letsSnoopsIn && snoop != Self.supervisor:
                new += on(.answered(id, .done)) + on(.enteredBridge(snoop, bridge))
            case .request(let id, let request):
                requests.append((id, request))
                new.append(request)
            case .startTimer(let id, after: SessionConfiguration.spareTime): spareTimer = id
            case .startTimer(let id, after: let duration):
                timer = id
                timers.append(duration)
            case .cancelTimer(let id):
                if timer == id { timer = nil }
                if spareTimer == id { spareTimer = nil }
            case .unwatch: unwatched += 1
            case .monitor(let target, _): monitored = target
            case .unmonitor: monitored = nil
            case .report(.modeChanged(let mode, _)): reports.append(.modeChanged(mode))
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
    static let client = Partner(name: "PJSIP/201-00000001")
    static let snoop = ChannelID("earshot-test-1-1-sn")
    static let bridge = BridgeID("earshot-test-1-2-br")

    /// Up to the decision, with the supervisor answered.
    @discardableResult
    mutating func prepare(
        _ settings: SessionAnswer = settings(),
        _ lookup: TargetLookup = .channels([target])
    ) throws -> [SessionRequest] {
        on(.supervisorArrived(refusal: nil))
        try answer(settings, to: { $0 == .readSettings })
        try answer(to: { $0 == .answerSupervisor })
        return try answer(.targets(lookup), to: \.isFindTargets)
    }

    /// Up to the refusal of a supervisor who has no permission.
    @discardableResult
    mutating func refuse() throws -> [SessionRequest] {
        on(.supervisorArrived(refusal: nil))
        try answer(Self.settings(.none), to: { $0 == .readSettings })
        return try answer(to: { $0 == .answerSupervisor })
    }

    /// Presses the key of the mode that they are in, which with `d` asks for links in the others.
    mutating func askForSpares(in mode: MonitoringMode = .listen) throws {
        let key: Character = mode == .listen ? "4" : mode == .whisper ? "5" : "6"
        on(.keyPressed(try #require(TelephoneKey(key))))
        if requests.contains(where: { $0.request.isFindExit }) { try answer(.exit(nil), to: \.isFindExit) }
    }

    /// Lets the links for the other modes come about.
    mutating func makeSpares() {
        while let index = requests.firstIndex(where: { $0.request.isCreateSnoop || $0.request.isCreateBridge }) {
            let (id, request) = requests.remove(at: index)
            if case .createSnoop(let snoop, _, _) = request { on(.snoopStarted(snoop)) }
            on(.answered(id, .done))
        }
    }

    /// Up to a link that is ready: without an announcement the join has been asked for.
    mutating func makeLink(_ settings: SessionAnswer = settings(), _ target: TargetChannel = target) throws {
        try prepare(settings, .channels([target]))
        try answer(to: \.isCreateSnoop)
        try answer(to: \.isCreateBridge)
        on(.snoopStarted(Self.snoop))
    }

    /// Until the supervisor is in the call.
    mutating func monitor(_ settings: SessionAnswer = settings(), _ target: TargetChannel = target) throws {
        try makeLink(settings, target)
        // The announcement, if there is one.
        on(.playbackFinished("earshot-test-1-3-pb", wasHeard: true))
        try answer(to: \.isJoin)
        on(.enteredBridge(Self.supervisor, Self.bridge))
        #expect(session.stateName == "monitoring")
    }
}

extension SessionRequest {
    var playback: PlaybackID? { if case .play(let playback, _) = self { playback } else { nil } }
    var isFindTargets: Bool { if case .findTargets = self { true } else { false } }
    var isCreateSnoop: Bool { if case .createSnoop = self { true } else { false } }
    var isCreateBridge: Bool { if case .createBridge = self { true } else { false } }
    /// The supervisor is asked into a bridge.
    var isJoin: Bool { if case .join(_, Dialogue.supervisor, _) = self { true } else { false } }
    var isStopPlayback: Bool { if case .stopPlayback = self { true } else { false } }
    var isPlay: Bool { if case .play = self { true } else { false } }
    var isFindExit: Bool { if case .findExit = self { true } else { false } }
    var isWatch: Bool { if case .watch = self { true } else { false } }
    var isWriteRecord: Bool { if case .writeRecord = self { true } else { false } }
    var isRecord: Bool { if case .record = self { true } else { false } }
    var isMark: Bool { if case .mark = self { true } else { false } }
    var isRemoveSnoop: Bool { if case .removeSnoop = self { true } else { false } }
    var isRemoveBridge: Bool { if case .removeBridge = self { true } else { false } }
    var isSetResult: Bool { if case .setVariable(.result, _) = self { true } else { false } }
}

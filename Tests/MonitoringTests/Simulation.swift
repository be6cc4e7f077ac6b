import ARI
import ARITestSupport
import Monitoring

/// One session and the small Asterisk world, with a scheduler that chance moves: which request is carried out next, when
/// its answer arrives, when events arrive, who hangs up. The same seed gives the same story.
struct Simulation {
    /// What a run may do besides reordering.
    struct Chances {
        /// Requests may get lost before or after Asterisk has carried them out.
        var losesRequests = false
        /// Events may be delivered a second time.
        var repeatsEvents = false
    }

    private enum Delivery {
        case answer(CommandID, SessionAnswer)
        case event(SessionEvent)
    }

    private(set) var world: AsteriskWorld
    private(set) var machine: SessionStateMachine
    private(set) var reports: [SessionReport] = []
    /// What happened, for the reader of a failure.
    private(set) var story: [String] = []
    /// Things of which nobody can know whether Asterisk has made or removed them.
    private(set) var doubtful: Set<String> = []
    private var requests: [(id: CommandID, request: SessionRequest)] = []
    private var answers: [(id: CommandID, answer: SessionAnswer)] = []
    private var events: [SessionEvent] = []
    private var timers: [TimerID] = []
    private var random: SplitMix64
    private let chances: Chances
    private let call: AsteriskWorld.Call
    private let settings: SupervisorSettings
    private let supervisor: Channel.ID

    let code: FeatureCode
    private(set) var commandsAfterEnd = 0

    init(seed: UInt64, chances: Chances) {
        var random = SplitMix64(seed: seed)
        var world = AsteriskWorld(extensions: ["101", "201", "305"])
        world.entersStasisAtOnce = false
        world.playbacksEndAtOnce = false
        world.connect("earshot")
        call = world.placeCall(from: "201", to: "101")
        if random.chance(1, in: 4) { _ = world.placeCall(from: "202", to: "101") }
        let mode = MonitoringMode.allCases[random.below(3)]
        let permissions: [SpyPermission] = [.none] + MonitoringMode.allCases.map { .upTo($0) }
        let params = ["ESsb", "qESsb", "qSb", "Sb", "q", "", "ESs"][random.below(7)]
        settings = SupervisorSettings(
            permission: random.chance(2, in: 3) ? .upTo(.barge) : permissions[random.below(4)],
            isDisabled: random.chance(1, in: 12),
            params: SpyParams.read(params).params
        )
        code = FeatureCode(mode: mode, target: "101")
        supervisor = world.dial(from: "305", "*9\(MonitoringMode.allCases.firstIndex(of: mode).map { $0 + 1 } ?? 1)101")
        world.settle()
        _ = world.takeEvents()
        machine = SessionStateMachine(
            id: SessionID(instance: "sim", number: 1),
            application: "earshot",
            supervisor: Supervisor(
                channel: ChannelID(supervisor.rawValue),
                endpoint: EndpointName(technology: "PJSIP", resource: "305"),
                dialled: world.leg(supervisor)?.channel.dialplan.exten ?? ""
            ),
            configuration: SessionConfiguration()
        )
        self.world = world
        self.random = random
        self.chances = chances
        hand(.supervisorArrived(refusal: nil))
    }

    // MARK: - Chance

    /// One step of the world or of the session. False when nothing is left to happen.
    mutating func step() -> Bool {
        collectEvents()
        var choices: [(weight: Int, act: (inout Simulation) -> Void)] = []
        if !requests.isEmpty { choices.append((8, { $0.carryOut() })) }
        if !answers.isEmpty { choices.append((8, { $0.deliverAnswer() })) }
        if !events.isEmpty { choices.append((8, { $0.deliverEvent() })) }
        if world.livingLegs.contains(where: \.isEntering) { choices.append((4, { $0.world.settle() })) }
        if !world.currentPlaybacks.isEmpty { choices.append((2, { $0.endPlayback() })) }
        if world.leg(call.callee) != nil { choices.append((1, { $0.hangUp($0.call.callee) })) }
        if world.leg(supervisor) != nil { choices.append((1, { $0.hangUp($0.supervisor) })) }
        if !machine.isEnded { choices.append((1, { $0.stopSometimes() })) }
        if !timers.isEmpty { choices.append((1, { $0.expireTimer() })) }
        guard !machine.isEnded || !requests.isEmpty || !answers.isEmpty || !events.isEmpty else { return false }
        var ticket = random.below(choices.reduce(0) { $0 + $1.weight })
        for choice in choices {
            ticket -= choice.weight
            if ticket < 0 {
                choice.act(&self)
                break
            }
        }
        return true
    }

    private mutating func hand(_ event: SessionEvent) {
        let hadEnded = machine.isEnded
        let commands = machine.handle(event)
        story.append("\(event) -> \(machine.state.name)")
        if hadEnded { commandsAfterEnd += commands.count }
        for command in commands {
            switch command {
            case .request(let id, let request): requests.append((id, request))
            case .startTimer(let id, after: _): timers.append(id)
            case .cancelTimer(let id): if random.chance(3, in: 4) { timers.removeAll { $0 == id } }
            case .report(let report): reports.append(report)
            }
        }
    }

    private mutating func carryOut() {
        let (id, request) = requests.remove(at: random.below(requests.count))
        story.append("carried out: \(request)")
        guard chances.losesRequests, random.chance(1, in: 8) else {
            answers.append((id, ask(request)))
            return
        }
        // The answer is lost, or the request never arrived: nobody can know which.
        if let name = request.resource { doubtful.insert(name) }
        if random.chance(1, in: 2) { _ = ask(request) }
        answers.append((id, .failed(.unknown)))
    }

    private mutating func deliverAnswer() {
        let (id, answer) = answers.remove(at: random.below(answers.count))
        hand(.answered(id, answer))
        if chances.repeatsEvents, random.chance(1, in: 8) { hand(.answered(id, answer)) }
    }

    private mutating func deliverEvent() {
        let event = events.removeFirst()
        hand(event)
        if chances.repeatsEvents, random.chance(1, in: 8) { hand(event) }
    }

    private mutating func expireTimer() {
        // Seconds have passed: a request that has still not reached Asterisk may come after what is done now.
        doubtful.formUnion(requests.compactMap(\.request.resource))
        hand(.timerExpired(timers.remove(at: random.below(timers.count))))
    }

    private mutating func endPlayback() {
        let playbacks = world.currentPlaybacks
        world.finishPlayback(playbacks[random.below(playbacks.count)].id)
    }

    private mutating func hangUp(_ channel: Channel.ID) {
        guard random.chance(1, in: 4) else { return }
        story.append("hangs up: \(channel)")
        world.hangUp(channel)
    }

    private mutating func stopSometimes() {
        if random.chance(1, in: 16) { hand(.stop) }
    }

    // MARK: - Between session and world

    private mutating func collectEvents() {
        for message in world.takeEvents() {
            switch ARIEvent(message: message.bytes) {
            case .stasisStart(let start) where start.channel.id != supervisor:
                events.append(.snoopStarted(ChannelID(start.channel.id.rawValue)))
            case .stasisEnd(let end) where end.channel.id == supervisor:
                events.append(.supervisorLeft)
            case .stasisEnd(let end):
                events.append(.snoopEnded(ChannelID(end.channel.id.rawValue)))
            case .channelEnteredBridge(let entered):
                guard let channel = entered.channel else { continue }
                events.append(
                    .enteredBridge(ChannelID(channel.id.rawValue), BridgeID(entered.bridge.id.rawValue))
                )
            case .playbackFinished(let finished):
                events.append(.playbackFinished(PlaybackID(finished.playback.id.rawValue)))
            default:
                break
            }
        }
    }

    private mutating func ask(_ request: SessionRequest) -> SessionAnswer {
        switch request {
        case .readSettings:
            return world.leg(supervisor) == nil ? .failed(.gone) : .settings(settings)
        case .findTargets:
            return .targets(.channels(targets))
        default:
            guard let http = request.http(supervisor: supervisor.rawValue) else { return .done }
            let status = world.handle(http).status
            switch status {
            case 200..<300: return .done
            case 404: return .failed(.gone)
            default: return .failed(.refused)
            }
        }
    }

    private var targets: [TargetChannel] {
        let agent = EndpointName(technology: "PJSIP", resource: "101")
        return world.livingLegs.filter { EndpointName(channelName: $0.channel.name) == agent }.map { leg in
            TargetChannel(
                id: ChannelID(leg.channel.id.rawValue),
                endpoint: agent,
                isUp: leg.channel.state == .up,
                isBridged: leg.bridge != nil,
                isProtected: false,
                createdAt: leg.channel.creationTime.millisecondsSince1970 ?? 0
            )
        }
    }

    // MARK: - What must always hold

    /// Everything that is wrong now; empty at every moment of every story.
    var faults: [String] {
        var faults = world.violations.map(\.description).filter { text in
            // Of a thing that nobody can know of, a second removal is right.
            !doubtful.contains { text.contains($0) }
        }
        faults += world.doubledSnoops.map { "two snoops of one call in one bridge: \($0)" }
        if commandsAfterEnd > 0 { faults.append("commands after the end") }
        // Without a snoop nobody hears anybody new, and who hears whom takes long to compute.
        guard !world.snoops.isEmpty else { return faults }
        let mayMonitor = settings.permission.allows(code.mode) && !settings.isDisabled
        if !mayMonitor { faults.append("a snoop was made for a supervisor without the right") }
        if world.hears(supervisor, call.callee) && !mayMonitor { faults.append("hears without the right") }
        if world.hears(call.callee, supervisor) && code.mode < .whisper { faults.append("the agent hears a listener") }
        if world.hears(call.caller, supervisor) && code.mode < .barge { faults.append("the client hears him") }
        if world.hears(supervisor, supervisor) { faults.append("the supervisor hears himself") }
        return faults
    }

    /// Everything that is wrong at the end.
    var remains: [String] {
        let reported = reports.flatMap(\.namesLeftBehind)
        var remains = world.leftovers.filter { left in !reported.contains { left.contains($0) } }
        if !machine.isEnded { remains.append("the session has not ended: \(machine.state)") }
        let place = world.leg(supervisor)?.place
        if place == .stasis(application: "earshot"), !reported.contains(supervisor.rawValue) {
            remains.append("the supervisor waits for ever")
        }
        let ends = reports.count { if case .ended = $0 { true } else { false } }
        if ends != 1 { remains.append("\(ends) reports of the end") }
        return remains
    }
}

extension AsteriskWorld.Leg {
    fileprivate var isEntering: Bool {
        if case .enteringStasis = place { true } else { false }
    }
}

extension SessionRequest {
    /// The snoop or bridge that is made or removed.
    fileprivate var resource: String? {
        switch self {
        case .createSnoop(let snoop, _, _), .removeSnoop(let snoop): snoop.rawValue
        case .createBridge(let bridge), .removeBridge(let bridge), .join(let bridge, _): bridge.rawValue
        default: nil
        }
    }

    /// The request to Asterisk, as `RequestRunner` of the service makes it; nil for what the simulation answers itself.
    fileprivate func http(supervisor: String) -> ARIHTTPRequest? {
        let own = ["channels", supervisor]
        return switch self {
        case .answerSupervisor: Self.post("channels.answer", own + ["answer"])
        case .createBridge(let bridge): Self.post("bridges.createWithId", ["bridges", bridge.rawValue])
        case .createSnoop(let snoop, let target, let whisper):
            Self.post(
                "channels.snoopChannelWithId",
                ["channels", target.rawValue, "snoop", snoop.rawValue],
                [("spy", "both"), ("whisper", whisper.rawValue), ("app", "earshot")]
            )
        case .join(let bridge, let channels):
            Self.post(
                "bridges.addChannel",
                ["bridges", bridge.rawValue, "addChannel"],
                [("channel", channels.map(\.rawValue).joined(separator: ","))]
            )
        case .play(let playback, _):
            Self.post("channels.playWithId", own + ["play", playback.rawValue], [("media", "sound:beep")])
        case .stopPlayback(let playback): Self.delete("playbacks.stop", ["playbacks", playback.rawValue])
        case .setResult(let word):
            Self.post("channels.setChannelVar", own + ["variable"], [("variable", "EARSHOT_RESULT"), ("value", word)])
        case .releaseSupervisor: Self.post("channels.continueInDialplan", own + ["continue"])
        case .hangUpSupervisor: Self.delete("channels.hangup", own)
        case .removeSnoop(let snoop): Self.delete("channels.hangup", ["channels", snoop.rawValue])
        case .removeBridge(let bridge): Self.delete("bridges.destroy", ["bridges", bridge.rawValue])
        case .readSettings, .findTargets: nil
        }
    }

    private static func post(
        _ name: String,
        _ path: [String],
        _ query: [(name: String, value: String)] = []
    ) -> ARIHTTPRequest {
        ARIHTTPRequest(operation: name, method: .post, path: path, query: query)
    }

    private static func delete(_ name: String, _ path: [String]) -> ARIHTTPRequest {
        ARIHTTPRequest(operation: name, method: .delete, path: path)
    }
}

/// A small random number generator with a seed (Steele, Lea and Flood, OOPSLA 2014).
struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func below(_ limit: Int) -> Int { Int.random(in: 0..<limit, using: &self) }
    mutating func chance(_ part: Int, in whole: Int) -> Bool { below(whole) < part }
}

extension SessionReport {
    fileprivate var namesLeftBehind: [String] {
        if case .leftBehind(let names) = self { names } else { [] }
    }
}

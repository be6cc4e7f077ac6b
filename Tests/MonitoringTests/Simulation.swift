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
    private(set) var machine: Session
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
    private var others: [AsteriskWorld.Call] = []
    private var calls = 0
    private var watched: [WatchedSource] = []
    /// The request of the session for what is to be watched now.
    private var lastWatch: CommandID?
    private var parked: [Channel.ID] = []
    /// Whom the session has reported to monitor.
    private var target: Channel.ID?
    private let settings: SupervisorSettings
    private let supervisor: Channel.ID

    /// In every other story nobody hangs up at first: long calls have keys and partners that short ones do not come to.
    private let isLong: Bool
    private var steps = 0
    private var isLate: Bool { !isLong || steps > 150 }

    let code: FeatureCode
    /// The mode that the session has reported.
    private(set) var mode: MonitoringMode
    private(set) var commandsAfterEnd = 0
    /// What was asked for, by its ID.
    private var asked: [CommandID: SessionRequest] = [:]
    /// The higher modes that the supervisor has chosen for the call that they are in.
    private var chosenModes: [MonitoringMode] = []
    /// Questions in a row that Asterisk has not answered about the target's partners.
    private var unanswered = 0
    private var wrongSteps: [String] = []
    private var wrongReports = 0

    init(seed: UInt64, chances: Chances) {
        isLong = seed.isMultiple(of: 2)
        var random = SplitMix64(seed: seed)
        var world = AsteriskWorld(extensions: ["101", "102", "201", "202", "305"])
        world.entersStasisAtOnce = false
        world.playbacksEndAtOnce = false
        world.hooksGoAtOnce = false
        world.numbersNewPartnersLower = true
        world.connect("earshot")
        call = world.placeCall(from: "201", to: "101")
        if random.chance(1, in: 4) { others.append(world.placeCall(from: "202", to: "101")) }
        let mode = MonitoringMode.allCases[random.below(3)]
        let permissions: [SpyPermission] = [.none] + MonitoringMode.allCases.map { .upTo($0) }
        let params = [
            "ESsb", "qESsb", "qSb", "Sb", "q", "", "ESs", "qSbd", "bd", "qbdX", "qSbdr", "bdrWx(7)", "qbv(2)c(0)",
            "Sbdon", "qdX", "qSdX", "qbdX",
        ][random.below(17)]
        let keyParams = ["qSd", "qbd", "qd", "qdX", "qSdX"][random.below(5)]
        settings = SupervisorSettings(
            permission: isLong ? .upTo(.barge) : random.chance(2, in: 3) ? .upTo(.barge) : permissions[random.below(4)],
            isDisabled: !isLong && random.chance(1, in: 12),
            params: SpyParams.read(isLong ? keyParams : params).params
        )
        code = FeatureCode(mode: mode, target: "101")
        self.mode = mode
        supervisor = world.dial(from: "305", "*9\(MonitoringMode.allCases.firstIndex(of: mode).map { $0 + 1 } ?? 1)101")
        world.settle()
        _ = world.takeEvents()
        machine = Session(
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
        steps += 1
        var choices: [(weight: Int, act: (inout Simulation) -> Void)] = []
        if !requests.isEmpty { choices.append((8, { $0.carryOut() })) }
        if !answers.isEmpty { choices.append((8, { $0.deliverAnswer() })) }
        if !events.isEmpty { choices.append((8, { $0.deliverEvent() })) }
        if world.livingLegs.contains(where: \.isEntering) { choices.append((4, { $0.world.settle() })) }
        if !world.currentPlaybacks.isEmpty { choices.append((2, { $0.endPlayback() })) }
        if let ending { choices.append((4, { $0.world.hangUp(ending) })) }
        for agent in ([call] + others).map(\.callee) where world.leg(agent) != nil {
            choices.append((1, { $0.hangUp(agent) }))
        }
        if world.leg(supervisor) != nil { choices.append((1, { $0.hangUp($0.supervisor) })) }
        if !machine.isEnded { choices.append((1, { $0.stopSometimes() })) }
        if !machine.isEnded { choices.append((isLong ? 6 : 2, { $0.pressKey() })) }
        if chances.losesRequests { choices.append((1, { $0.loseEvents() })) }
        if calls < 4 { choices.append((1, { $0.callAgain() })) }
        // Most of what can go wrong with it goes wrong while somebody is monitored.
        if calls < 6 { choices.append((machine.stateName == "monitoring" ? 6 : 1, { $0.changePartner() })) }
        if !parked.isEmpty { choices.append((2, { $0.pickUp() })) }
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
        collectEvents()
        return true
    }

    private mutating func hand(_ event: SessionEvent) {
        let hadEnded = machine.isEnded
        let commands = machine.handle(event)
        story.append("\(event) -> \(machine.stateName)")
        if hadEnded { commandsAfterEnd += commands.count }
        noteChoice(event)
        noteRefusal(event, commands)
        for command in commands {
            switch command {
            case .request(let id, let request):
                requests.append((id, request))
                asked[id] = request
                if case .watch = request { lastWatch = id }
            case .startTimer(let id, after: _): timers.append(id)
            case .unwatch:
                lastWatch = nil
                watch([])
            case .cancelTimer(let id): if random.chance(3, in: 4) { timers.removeAll { $0 == id } }
            case .report(let report):
                reports.append(report)
                switch report {
                case .started(let mode, let target), .targetChanged(let mode, let target):
                    self.mode = mode
                    self.target = Channel.ID(target.id.rawValue)
                case .modeChanged(let mode):
                    let chosen = chosenModes.firstIndex(of: mode)
                    if let chosen { chosenModes.remove(at: chosen) }
                    if mode > self.mode, chosen == nil { wrongSteps.append("\(mode) was not chosen in this call") }
                    self.mode = mode
                case .partnerChanged(_, let target) where self.target?.rawValue != target.id.rawValue:
                    story.append("WRONG: another target is reported as the same one")
                    wrongReports += 1
                default: break
                }
            }
        }
    }

    private mutating func carryOut() {
        let (id, request) = requests.remove(at: random.below(requests.count))
        story.append("carried out: \(request)")
        guard chances.losesRequests, random.chance(1, in: 8) else {
            let answer = ask(request, id)
            if answer == .failed(.refused), let name = request.resource { doubtful.insert(name) }
            answers.append((id, answer))
            return
        }
        // The answer is lost, or the request never arrived: nobody can know which.
        if let name = request.resource { doubtful.insert(name) }
        if random.chance(1, in: 2) { _ = ask(request, id) }
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
        world.passPackets()
        hand(.timerExpired(timers.remove(at: random.below(timers.count))))
    }

    private mutating func endPlayback() {
        let playbacks = world.currentPlaybacks
        world.finishPlayback(playbacks[random.below(playbacks.count)].id)
    }

    /// Notes what the supervisor's keys allow: a higher mode, in the call that they hear.
    private mutating func noteChoice(_ event: SessionEvent) {
        switch event {
        case .keyPressed(let key):
            guard let mode = key.mode, machine.stateName != "reattaching" else { break }
            if !settings.params.exitsToExtension { chosenModes.append(mode) }
        case .answered(let id, .exit(nil)):
            if case .findExit(let key, _) = asked[id], let mode = key.mode { chosenModes.append(mode) }
        default: break
        }
        if ["reattaching", "waiting"].contains(machine.stateName) { chosenModes = [] }
    }

    /// A session does not end because a channel was just ending, or for one question without an answer.
    private mutating func noteRefusal(_ event: SessionEvent, _ commands: [SessionCommand]) {
        guard case .answered(let id, let answer) = event, let request = asked[id] else { return }
        let isQuestion = request.isFindPartners || request.isWatch
        if isQuestion || request.isFindTargets { unanswered = answer.failure == nil ? 0 : unanswered + 1 }
        guard commands.contains(.report(.refused(.asteriskRefused))), answer.failure != .gone else { return }
        if !chances.losesRequests { wrongSteps.append("\(request) ended the session") }
        if isQuestion, unanswered < 2 { wrongSteps.append("one question without an answer ended the session") }
    }

    /// A channel that is hanging up.
    private var ending: Channel.ID? { world.livingLegs.first { world.isHangingUp($0.channel.id) }?.channel.id }

    private mutating func hangUp(_ channel: Channel.ID) {
        guard isLate, random.chance(1, in: channel == supervisor ? 16 : 8) else { return }
        if channel != supervisor, random.chance(1, in: 3) {
            story.append("begins to hang up: \(channel)")
            return world.beginHangingUp(channel)
        }
        story.append("hangs up: \(channel)")
        world.hangUp(channel)
    }

    /// The connection breaks and is made again: prompts have ended unnoticed.
    private mutating func loseEvents() {
        guard random.chance(1, in: 8) else { return }
        collectEvents()
        events.removeAll { event in
            switch event {
            case .playbackFinished, .partnersChanged, .targetsChanged: true
            default: false
            }
        }
        events.append(.eventsMissed)
    }

    private mutating func pressKey() {
        guard random.chance(1, in: 3), world.leg(supervisor) != nil else { return }
        let keys: [Character] = ["4", "5", "6", "4", "5", "6", "*", "#", "1", "0", "2", "9", "9", "7"]
        guard let key = TelephoneKey(keys[random.below(keys.count)]) else { return }
        events.append(.keyPressed(key))
    }

    /// Another call of the agent, or of a colleague whose extension keys can name.
    private mutating func callAgain() {
        guard random.chance(1, in: 4) else { return }
        calls += 1
        others.append(world.placeCall(from: "202", to: random.chance(2, in: 3) ? "101" : "102"))
        story.append("calls: \(others.last.map { "\($0)" } ?? "")")
    }

    /// The client hands the agent on, or parks him.
    private mutating func changePartner() {
        guard random.chance(1, in: 4) else { return }
        calls += 1
        // Often just after a key that was meant for whoever is heard now.
        if random.chance(1, in: 2), let key = TelephoneKey(random.chance(1, in: 2) ? "5" : "6") {
            events.append(.keyPressed(key))
        }
        let all = [call] + others
        let changed = all.first { $0.callee == target && random.chance(1, in: 2) } ?? all[random.below(all.count)]
        if random.chance(1, in: 3) {
            guard let agent = world.park(changed.caller) else { return }
            story.append("parks: \(agent)")
            parked.append(agent)
        } else if let new = world.transfer(changed.caller, to: "202") {
            world.answer(new)
            story.append("hands on: \(new)")
            others.append(AsteriskWorld.Call(caller: new.callee, callee: new.caller))
        }
    }

    private mutating func pickUp() {
        let agent = parked.remove(at: random.below(parked.count))
        guard world.leg(agent) != nil else { return }
        let new = world.pickUp(agent, from: "202")
        story.append("picks up: \(new)")
        others.append(AsteriskWorld.Call(caller: new.callee, callee: agent))
    }

    private mutating func stopSometimes() {
        if isLate, random.chance(1, in: 32) { hand(.stop) }
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
            case .channelDestroyed(let destroyed):
                let id = ChannelID(destroyed.channel.id.rawValue)
                if watched.contains(.channel(id)) { events.append(.targetGone(id)) }
            case .channelEnteredBridge(let entered):
                guard let channel = entered.channel else { continue }
                events.append(
                    .enteredBridge(ChannelID(channel.id.rawValue), BridgeID(entered.bridge.id.rawValue))
                )
            case .channelCreated(let created): tell(of: created.channel)
            case .channelStateChange(let change): tell(of: change.channel)
            case .channelVarset(let varset) where varset.variable == "BRIDGEPEER" && !varset.value.isEmpty:
                guard let channel = varset.channel else { continue }
                tell(of: channel)
                let id = ChannelID(channel.id.rawValue)
                guard watched.contains(.channel(id)) else { continue }
                let names = varset.value.split(separator: ",").map { ChannelName(String($0)) }
                events.append(.partnersChanged(id, Set(names)))
            case .playbackContinuing(let continuing):
                events.append(.playbackContinued(PlaybackID(continuing.playback.id.rawValue)))
            case .playbackFinished(let finished):
                let wasHeard = finished.playback.state != .failed
                events.append(
                    .playbackFinished(PlaybackID(finished.playback.id.rawValue), wasHeard: wasHeard)
                )
            default:
                break
            }
        }
    }

    private mutating func tell(of channel: Channel) {
        guard let endpoint = EndpointName(channelName: channel.name), watched.contains(.endpoint(endpoint)) else {
            return
        }
        events.append(.targetsChanged)
    }

    /// Subscribes to these, and to nothing else.
    ///
    /// - Returns: whether they exist.
    @discardableResult
    private mutating func watch(_ sources: [WatchedSource]) -> Bool {
        for source in watched { _ = world.handle(source.http(.delete)) }
        watched = sources.filter { world.handle($0.http(.post)).status == 200 }
        return watched.count == sources.count
    }

    private mutating func ask(_ request: SessionRequest, _ id: CommandID) -> SessionAnswer {
        switch request {
        case .readSettings:
            return world.leg(supervisor) == nil ? .failed(.gone) : .settings(settings)
        case .findTargets(let endpoints):
            return .targets(.channels(targets(of: endpoints)))
        case .findPartners(let channel):
            guard world.leg(Channel.ID(channel.rawValue)) != nil else { return .failed(.gone) }
            return .partners(partners(of: Channel.ID(channel.rawValue)))
        case .watch(let sources):
            guard id == lastWatch else { return .failed(.gone) }
            return watch(sources) ? .done : .failed(.gone)
        case .findExit(let key, _):
            guard world.leg(supervisor) != nil else { return .failed(.gone) }
            return .exit(key.character == "9" ? DialplanPlace(context: "lab", extension: "9") : nil)
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

    private func targets(of endpoints: [EndpointName]) -> [TargetChannel] {
        world.livingLegs.filter { leg in EndpointName(channelName: leg.channel.name).map(endpoints.contains) ?? false }
            .map { leg in
                TargetChannel(
                    id: ChannelID(leg.channel.id.rawValue),
                    name: leg.channel.name,
                    endpoint: endpoints[0],
                    isUp: leg.channel.state == .up,
                    isBridged: leg.bridge != nil,
                    partners: Set(partners(of: leg.channel.id).map(\.name)),
                    isProtected: false,
                    createdAt: leg.channel.creationTime.millisecondsSince1970 ?? 0
                )
            }
    }

    private func partners(of channel: Channel.ID) -> [Partner] {
        (world.variable("BRIDGEPEER", of: channel) ?? "").split(separator: ",").map(String.init).map { name in
            Partner(name: ChannelName(name), hasLeft: world.leg(Channel.ID(name)) == nil)
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
        if !chances.losesRequests, machine.stateName == "explaining", !world.lostPlaybacks.isEmpty {
            faults.append("Asterisk has lost prompts: \(world.lostPlaybacks)")
        }
        faults += wrongSteps
        if wrongReports > 0 { faults.append("another target is reported as the same one") }
        if machine.stateName == "monitoring", let mark, mark.mode > mode {
            faults.append("a restart would bring the supervisor from \(mode) into \(mark.mode)")
        }
        if commandsAfterEnd > 0 { faults.append("commands after the end") }
        // Without a snoop nobody hears anybody new, and who hears whom takes long to compute.
        guard !world.snoops.isEmpty else { return faults }
        let permission = settings.isDisabled ? .none : settings.permission
        if permission == .none { faults.append("a snoop was made for a supervisor without the right") }
        // While something is under way the mode may be the old one or the new one; never one that is not permitted.
        let isQuiet = requests.isEmpty && answers.isEmpty && events.isEmpty
        for call in [call] + others {
            let heard: MonitoringMode? =
                world.hears(call.caller, supervisor)
                ? .barge : world.hears(call.callee, supervisor) ? .whisper : nil
            guard let heard else { continue }
            if !permission.allows(heard) { faults.append("he is heard by \(heard), which he may not") }
            if isQuiet, heard > mode { faults.append("he is heard by \(heard) in mode \(mode)") }
        }
        if isQuiet, let deaf = unheardPartner { faults.append("he does not hear \(deaf)") }
        if world.hears(supervisor, supervisor) { faults.append("the supervisor hears himself") }
        return faults
    }

    /// What the supervisor's channel says about the session.
    private var mark: SessionMark? { world.variable(SessionMark.variable, of: supervisor).flatMap { SessionMark($0) } }

    /// Whom the target talks to and the supervisor should hear, and does not.
    private var unheardPartner: Channel.ID? {
        guard machine.stateName == "monitoring", settings.params.hearing(in: mode) == .both, let target,
            let bridge = world.leg(target)?.bridge.flatMap({ world.bridge($0) }), bridge.kind != .holding
        else { return nil }
        return bridge.channels.first { $0 != target && !world.hears(supervisor, $0) }
    }

    /// Everything that is wrong at the end.
    var remains: [String] {
        let reported = reports.flatMap(\.namesLeftBehind)
        var remains = world.leftovers.filter { left in !reported.contains { left.contains($0) } }
        if !machine.isEnded { remains.append("the session has not ended: \(machine.stateName)") }
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

extension SessionReport {
    fileprivate var namesLeftBehind: [String] {
        if case .leftBehind(let names) = self { names } else { [] }
    }
}

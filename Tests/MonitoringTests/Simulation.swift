import ARI
import ARITestSupport
import EarshotService

@testable import Monitoring

/// The registry with several supervisors and the small Asterisk world, with a scheduler that chance moves: which request is
/// carried out next, when its answer arrives, when events arrive, who hangs up. The same seed gives the same story.
struct Simulation {
    /// What a run may do besides reordering.
    struct Chances {
        /// Requests may get lost before or after Asterisk has carried them out, and connections break.
        var losesRequests = false
        /// Events and answers may be delivered a second time.
        var repeatsEvents = false
    }

    /// Something that is to be done in Asterisk.
    enum Job {
        case request(SessionID, CommandID, SessionRequest, Supervisor)
        case findPartners(ChannelID, CommandID, known: Set<ChannelName>)
        case findHooks(ChannelID, CommandID, snoops: Set<ChannelID>)
        case subscribe(WatchedSource)
        case unsubscribe(WatchedSource)
        case remove(LeftOver)
        case lookAt(ChannelID)
        case compare(ComparisonExpectation)

        /// The snoop or bridge that is made or removed.
        var resource: String? {
            switch self {
            case .request(_, _, let request, _): request.resource
            case .remove(let leftOver): leftOver.name
            case .findPartners, .findHooks, .subscribe, .unsubscribe, .lookAt, .compare: nil
            }
        }
    }

    /// One supervisor, and what is known of their session by what it publishes.
    struct Person {
        let channel: Channel.ID
        var settings: SupervisorSettings
        /// What they were permitted before their rights were changed, as long as the change is being carried out.
        var earlierPermissions: [SpyPermission] = []
        /// The mode that the session has published.
        var mode: MonitoringMode
        var session: SessionID?
        /// Whom the session has published to monitor.
        var target: Channel.ID?
        /// The higher modes that they have chosen for the call that they are in.
        var chosenModes: [MonitoringMode] = []
        /// Who stands in the record as somebody whom they hear.
        var recordedParties: Set<String> = []
        /// The sessions that have ended.
        var ends = 0
        var sessions = 0
    }

    private(set) var world: AsteriskWorld
    private(set) var registry: SessionRegistry
    private(set) var facts: [SessionFact] = []
    /// The names of the states that sessions have been in.
    private(set) var states: Set<String> = []
    /// What happened, for the reader of a failure.
    private(set) var story: [String] = []
    /// Things of which nobody can know whether Asterisk has made or removed them.
    private var doubtful: Set<String> = []
    private var jobs: [Job] = []
    private var answers: [RegistryInput] = []
    private var events: [RegistryInput] = []
    private var timers: [RegistryTimer] = []
    private var random: SplitMix64
    private let chances: Chances
    private var calls: [AsteriskWorld.Call]
    private var extraCalls = 0
    private var parked: [Channel.ID] = []
    private var people: [Person] = []
    private let supervisors: Int
    private var comparisons = 0
    private var isDisconnected = false

    /// In every other story nobody hangs up at first: long calls have keys and partners that short ones do not come to.
    private let isLong: Bool
    /// In every third story supervisors are given other rights while they monitor.
    private let changesRights: Bool
    /// In every fifth story nobody may be heard before it stands in the record, which cannot always be written.
    private let keepsRecord: Bool
    private let killsService: Bool
    private var runs = 1
    /// The bridges by which it stands in the record that somebody hears.
    private var recorded: Set<BridgeID> = []
    private var steps = 0
    private var isLate: Bool { !isLong || steps > 150 }
    private var isStopped = false

    /// Questions in a row about one channel that Asterisk has not answered.
    private var unanswered: [ChannelID: Int] = [:]
    private var wrongSteps: [String] = []

    static let node = NodeID("sim")

    init(seed: UInt64, chances: Chances) {
        isLong = seed.isMultiple(of: 2)
        changesRights = seed.isMultiple(of: 3)
        keepsRecord = seed.isMultiple(of: 5)
        killsService = seed.isMultiple(of: 7)
        self.chances = chances
        var random = SplitMix64(seed: seed)
        var world = AsteriskWorld(extensions: ["101", "102", "201", "202", "305", "306", "307"])
        world.entersStasisAtOnce = false
        world.playbacksEndAtOnce = false
        world.hooksGoAtOnce = false
        world.numbersNewPartnersLower = true
        world.connect("earshot")
        calls = [world.placeCall(from: "201", to: "101")]
        if random.chance(1, in: 4) { calls.append(world.placeCall(from: "202", to: "101")) }
        _ = world.takeEvents()
        supervisors = 1 + random.below(3)
        var configuration = RegistryConfiguration(maximumSessions: random.chance(1, in: 6) ? 1 : 9)
        configuration.session.keepsRecord = keepsRecord
        registry = SessionRegistry(configuration, instance: "sim1")
        self.world = world
        self.random = random
        execute(registry.handle(.connected, from: Self.node, at: .zero))
        jobs.append(.compare(registry.expectation(of: Self.node)))
        dial()
    }

    // MARK: - Chance

    /// One step of the world or of the service. False when nothing is left to happen.
    mutating func step() -> Bool {
        steps += 1
        var choices: [(weight: Int, act: (inout Simulation) -> Void)] = []
        func offer(_ weight: Int, if condition: Bool = true, _ act: @escaping (inout Simulation) -> Void) {
            if condition { choices.append((weight, act)) }
        }
        let isIdle = registry.sessions.isEmpty
        offer(8, if: !jobs.isEmpty) { $0.carryOut() }
        offer(8, if: !answers.isEmpty) { $0.deliverAnswer() }
        offer(8, if: !events.isEmpty) { $0.deliverEvent() }
        offer(4, if: world.livingLegs.contains(where: \.isEntering)) { $0.world.settle() }
        offer(2, if: !world.currentPlaybacks.isEmpty) { $0.endPlayback() }
        if let ending { offer(4) { $0.world.hangUp(ending) } }
        for agent in calls.map(\.callee) where world.leg(agent) != nil { offer(1) { $0.hangUp(agent) } }
        for person in people where world.leg(person.channel) != nil { offer(1) { $0.hangUp(person.channel) } }
        offer(1, if: !isIdle) { $0.stopSometimes() }
        offer(isLong ? 6 : 2, if: !isIdle) { $0.pressKey() }
        offer(1, if: chances.losesRequests && !isIdle) { $0.breakConnection() }
        offer(4, if: isDisconnected) { $0.reconnect() }
        offer(1, if: extraCalls < 4) { $0.callAgain() }
        // Most of what can go wrong with it goes wrong while somebody is monitored.
        let isMonitoring = registry.sessions.values.contains { $0.session.stateName == "monitoring" }
        offer(isMonitoring ? 6 : 1, if: extraCalls < 6) { $0.changePartner() }
        offer(2, if: !parked.isEmpty) { $0.pickUp() }
        offer(1, if: !timers.isEmpty) { $0.expireTimer() }
        offer(1, if: changesRights && !isIdle) { $0.changeRights() }
        offer(isMonitoring ? 2 : 1, if: killsService && runs < 4 && !isIdle && !isStopped) { $0.killService() }
        offer(3, if: people.count < supervisors) { $0.dial() }
        guard
            !isIdle || !registry.legs.isEmpty || isDisconnected || !jobs.isEmpty || !answers.isEmpty || !events.isEmpty
                || people.count < supervisors
                || world.livingLegs.contains(where: \.isEntering)
        else { return false }
        var ticket = random.below(choices.reduce(0) { $0 + $1.weight })
        for choice in choices {
            ticket -= choice.weight
            if ticket < 0 {
                choice.act(&self)
                break
            }
        }
        collectEvents()
        for index in people.indices where isSettled(people[index]) { people[index].earlierPermissions = [] }
        return true
    }

    /// An administrator gives a supervisor other rights.
    private mutating func changeRights() {
        guard random.chance(1, in: isLong ? 24 : 10) else { return }
        let index = random.below(people.count)
        let endpoint = EndpointName(technology: "PJSIP", resource: "\(305 + index)")
        people[index].earlierPermissions.append(people[index].permission)
        people[index].settings.permission = SpyPermission.all[random.below(4)]
        people[index].settings.isDisabled = random.chance(1, in: 12)
        story.append("\(people[index].channel) has other rights: \(people[index].permission)")
        execute(
            registry.rightsChanged(RightsChange(endpoints: EndpointBook(), changed: [endpoint]), at: .zero)
        )
    }

    /// A supervisor dials a code.
    private mutating func dial() {
        let mode = MonitoringMode.allCases[random.below(3)]
        let permissions: [SpyPermission] = [.none] + MonitoringMode.allCases.map { .upTo($0) }
        let params = [
            "ESsb", "qESsb", "qSb", "Sb", "q", "", "ESs", "qSbd", "bd", "qbdX", "qSbdr", "bdrWx(7)", "qbv(2)c(0)",
            "Sbdon", "qdX", "qSdX", "qbdX",
        ][random.below(17)]
        let keyParams = ["qSd", "qbd", "qd", "qdX", "qSdX", "qbdr"][random.below(6)]
        let settings = SupervisorSettings(
            permission: isLong ? .upTo(.barge) : random.chance(2, in: 3) ? .upTo(.barge) : permissions[random.below(4)],
            isDisabled: !isLong && random.chance(1, in: 12),
            params: SpyParams.read(isLong ? keyParams : params).params
        )
        let code = "*9\((MonitoringMode.allCases.firstIndex(of: mode) ?? 0) + 1)101"
        let channel = world.dial(from: "\(305 + people.count)", code)
        people.append(Person(channel: channel, settings: settings, mode: mode))
        story.append("dials \(code): \(channel), \(settings)")
    }

    private mutating func execute(_ commands: [RegistryCommand]) {
        for command in commands {
            switch command {
            case .request(let session, let id, let request, let supervisor):
                noteJoin(request, supervisor)
                jobs.append(.request(session, id, request, supervisor))
            case .findPartners(let leg, let id, let known):
                jobs.append(.findPartners(leg.channel, id, known: known))
            case .findHooks(let leg, let id, let snoops): jobs.append(.findHooks(leg.channel, id, snoops: snoops))
            case .subscribe(let source, _): jobs.append(.subscribe(source))
            case .unsubscribe(let source, _): jobs.append(.unsubscribe(source))
            case .remove(let leftOver, _): jobs.append(.remove(leftOver))
            case .lookAt(let leg): jobs.append(.lookAt(leg.channel))
            case .compareSoon:
                // Every five minutes it is done in any case.
                comparisons += 1
                if comparisons < 20 { jobs.append(.compare(registry.expectation(of: Self.node))) }
            case .startTimer(let timer, after: _): timers.append(timer)
            case .cancelTimer(let timer): if random.chance(3, in: 4) { timers.removeAll { $0 == timer } }
            case .publish(let fact): note(fact)
            case .trace(let trace):
                states.formUnion([trace.before, trace.after])
                story.append("\(trace.session): \(trace.event) -> \(trace.after)")
            }
        }
    }

    private mutating func noteJoin(_ request: SessionRequest, _ supervisor: Supervisor) {
        guard keepsRecord, case .join(let bridge, supervisor.channel, _) = request,
            !recorded.contains(bridge)
        else { return }
        wrongSteps.append("\(supervisor.channel) is to hear by \(bridge), which is in no record")
    }

    private mutating func hand(_ input: RegistryInput) {
        noteChoice(input)
        let commands = registry.handle(input, from: Self.node, at: .zero)
        noteRefusal(input, commands)
        execute(commands)
        forgetChoices()
    }

    private mutating func carryOut() {
        let job = jobs.remove(at: random.below(jobs.count))
        story.append("carried out: \(job)")
        guard chances.losesRequests, !job.isReliable, random.chance(1, in: job.isAboutKey ? 2 : 8) else {
            let answer = ask(job)
            if case .answered(_, _, let request, .failed(.refused)) = answer, let name = request.resource {
                doubtful.insert(name)
            }
            if let answer { answers.append(answer) }
            return
        }
        // The answer is lost, or the request never arrived: nobody can know which.
        if let name = job.resource { doubtful.insert(name) }
        if random.chance(1, in: 2) { _ = ask(job) }
        if let answer = job.unanswered { answers.append(answer) }
    }

    private mutating func deliverAnswer() {
        let answer = answers.remove(at: random.below(answers.count))
        hand(answer)
        // A comparison and a subscription are answered once by the shell, whatever Asterisk does.
        guard chances.repeatsEvents, random.chance(1, in: 8) else { return }
        if case .answered = answer { hand(answer) }
    }

    private mutating func deliverEvent() {
        let event = events.removeFirst()
        hand(event)
        if chances.repeatsEvents, random.chance(1, in: 8) { hand(event) }
    }

    private mutating func expireTimer() {
        // Seconds have passed: a request that has still not reached Asterisk may come after what is done now.
        doubtful.formUnion(jobs.compactMap(\.resource))
        world.passPackets()
        let timer = timers.remove(at: random.below(timers.count))
        execute(registry.expired(timer, at: .zero))
        forgetChoices()
    }

    private mutating func endPlayback() {
        let playbacks = world.currentPlaybacks
        world.finishPlayback(playbacks[random.below(playbacks.count)].id)
    }

    // MARK: - What was published, and what it must not be

    private func index(of session: SessionID) -> Int? { people.firstIndex { $0.session == session } }

    private mutating func note(_ fact: SessionFact) {
        facts.append(fact)
        guard let index = people.firstIndex(where: { $0.channel.rawValue == fact.supervisor.channel.rawValue }) else {
            return
        }
        if fact.startedAt != nil, fact.change == .refused(.modeAbovePermission) {
            wrongSteps.append("a session ended that could go on in a lower mode")
        }
        switch fact.change {
        case .arrived:
            people[index].session = fact.session
            people[index].sessions += 1
            people[index].target = nil
        case .started(let mode, let target), .targetChanged(let mode, let target):
            people[index].mode = mode
            people[index].target = Channel.ID(target.id.rawValue)
        case .resumed(let mode, let target):
            if mode > people[index].mode {
                wrongSteps.append("\(mode) after a restart, and \(people[index].mode) before")
            }
            people[index].mode = mode
            people[index].target = Channel.ID(target.id.rawValue)
        case .modeChanged(let mode, _):
            let chosen = people[index].chosenModes.firstIndex(of: mode)
            if let chosen { people[index].chosenModes.remove(at: chosen) }
            if mode > people[index].mode, chosen == nil { wrongSteps.append("\(mode) was not chosen in this call") }
            people[index].mode = mode
        case .rightsLowered(let highest):
            people[index].earlierPermissions.append(.upTo(people[index].mode))
            people[index].mode = min(people[index].mode, highest)
        case .partnerChanged(_, let target):
            if people[index].target?.rawValue != target.id.rawValue {
                wrongSteps.append("another target is reported as the same one")
            }
        case .partnersJoined(let parties): people[index].note(parties)
        case .ended: people[index].ends += 1
        case .warning, .refused, .keyRefused, .keysForgotten, .waiting, .passedOver, .recordingStarted,
            .recordingFailed, .promptMissing, .leftBehind:
            break
        }
    }

    /// Notes what a supervisor's keys allow: a higher mode, in the call that they hear.
    private mutating func noteChoice(_ input: RegistryInput) {
        switch input {
        case .keyPressed(let channel, let key, _):
            guard let mode = key.mode,
                let index = people.firstIndex(where: { $0.channel.rawValue == channel.rawValue }),
                hasCall(people[index])
            else { return }
            if !people[index].settings.params.exitsToExtension { people[index].chosenModes.append(mode) }
        case .answered(let session, _, .findExit(let key, _), .exit(nil)):
            if let mode = key.mode, let index = index(of: session) { people[index].chosenModes.append(mode) }
        default: return
        }
    }

    private mutating func forgetChoices() {
        for index in people.indices where !hasCall(people[index]) {
            people[index].chosenModes = []
        }
    }

    /// The supervisor is in a call, or on the way into one that they know of.
    private func hasCall(_ person: Person) -> Bool {
        switch state(of: person) {
        case "preparing", "attaching", "monitoring": true
        case "seeking": person.target == nil
        default: false
        }
    }

    private func state(of person: Person) -> String? {
        person.session.flatMap { registry.sessions[$0]?.session.stateName }
    }

    /// A session does not end because a channel was just ending, or for one question without an answer.
    private mutating func noteRefusal(_ input: RegistryInput, _ commands: [RegistryCommand]) {
        let refused = commands.contains { command in
            if case .publish(let fact) = command { fact.change == .refused(.asteriskRefused) } else { false }
        }
        switch input {
        case .answered(_, _, let request, let answer):
            guard refused, answer.failure != nil, answer.failure != .gone else { return }
            if !chances.losesRequests { wrongSteps.append("\(request) ended the session") }
        case .partnersAnswered(let channel, _, .failed(let failure)):
            unanswered[channel, default: 0] += 1
            guard refused, failure != .gone else { return }
            noteUnanswered(channel)
        case .partnersAnswered(let channel, _, .found), .partnersAnswered(let channel, _, .foundKnown):
            unanswered[channel] = 0
        case .subscribed(.channel(let channel), .unclear):
            unanswered[channel, default: 0] += 1
            if refused { noteUnanswered(channel) }
        default: return
        }
    }

    private mutating func noteUnanswered(_ channel: ChannelID) {
        if !chances.losesRequests || unanswered[channel, default: 0] < 2 {
            wrongSteps.append("one question without an answer ended the session")
        }
    }

    // MARK: - People

    /// A channel that is hanging up.
    private var ending: Channel.ID? { world.livingLegs.first { world.isHangingUp($0.channel.id) }?.channel.id }

    private mutating func hangUp(_ channel: Channel.ID) {
        let isSupervisor = people.contains { $0.channel == channel }
        guard isLate, random.chance(1, in: isSupervisor ? 16 : 8) else { return }
        if !isSupervisor, random.chance(1, in: 3) {
            story.append("begins to hang up: \(channel)")
            return world.beginHangingUp(channel)
        }
        story.append("hangs up: \(channel)")
        world.hangUp(channel)
    }

    /// The connection breaks and is made again: what has happened meanwhile is not told.
    private mutating func breakConnection() {
        guard random.chance(1, in: 8) else { return }
        collectEvents()
        let lost = events.count { _ in true }
        events.removeAll { event in
            switch event {
            case .session(_, .playbackFinished), .partnersChanged, .endpointChanged: true
            default: false
            }
        }
        story.append("the connection breaks; \(lost - events.count) events are lost")
        if random.chance(1, in: 2) {
            hand(.disconnected)
            isDisconnected = true
        } else {
            reconnect()
        }
    }

    private mutating func reconnect() {
        isDisconnected = false
        hand(.connected)
        jobs.append(.compare(registry.expectation(of: Self.node)))
    }

    /// The service ends without a word, and another run of it begins.
    private mutating func killService() {
        guard random.chance(1, in: 10) else { return }
        runs += 1
        story.append("the service is killed")
        // What was asked for a moment ago may have been sent or not.
        while !jobs.isEmpty, random.chance(1, in: 2) { carryOut() }
        collectEvents()
        (jobs, answers, events, timers) = ([], [], [], [])
        isDisconnected = false
        unanswered = [:]
        // They go on, or are begun again.
        for index in people.indices where people[index].ends < people[index].sessions { people[index].sessions -= 1 }
        registry = SessionRegistry(registry.configuration, instance: "sim\(runs)")
        execute(registry.handle(.connected, from: Self.node, at: .zero))
        jobs.append(.compare(registry.expectation(of: Self.node)))
    }

    private mutating func pressKey() {
        let person = people[random.below(people.count)]
        guard random.chance(1, in: 3), world.leg(person.channel)?.place == .stasis(application: "earshot") else {
            return
        }
        let keys: [Character] = ["4", "5", "6", "4", "5", "6", "*", "*", "*", "#", "1", "0", "2", "9", "9", "7"]
        press(keys[random.below(keys.count)], person)
    }

    private mutating func press(_ key: Character, _ person: Person) {
        guard let key = TelephoneKey(key) else { return }
        events.append(.keyPressed(ChannelID(person.channel.rawValue), key, at: nil))
    }

    /// Another call of the agent, or of a colleague whose extension keys can name.
    private mutating func callAgain() {
        guard random.chance(1, in: 4) else { return }
        extraCalls += 1
        calls.append(world.placeCall(from: "202", to: random.chance(2, in: 3) ? "101" : "102"))
        story.append("calls: \(calls.last.map { "\($0)" } ?? "")")
    }

    /// The client hands the agent on, or parks them.
    private mutating func changePartner() {
        guard random.chance(1, in: 4) else { return }
        extraCalls += 1
        let targets = people.compactMap(\.target)
        // Often just after a key that was meant for whoever is heard now.
        if random.chance(1, in: 2), let person = people.first(where: { $0.target != nil }) {
            press(random.chance(1, in: 2) ? "5" : "6", person)
        }
        let changed =
            calls.first { targets.contains($0.callee) && random.chance(1, in: 2) } ?? calls[random.below(calls.count)]
        if random.chance(1, in: 4), let bridge = world.leg(changed.callee)?.bridge {
            let third = world.joinConference(bridge, from: "203")
            story.append("joins the call: \(third)")
            calls.append(AsteriskWorld.Call(caller: third, callee: changed.callee))
        } else if random.chance(1, in: 3) {
            guard let agent = world.park(changed.caller) else { return }
            story.append("parks: \(agent)")
            parked.append(agent)
        } else if let new = world.transfer(changed.caller, to: "202") {
            world.answer(new)
            story.append("hands on: \(new)")
            calls.append(AsteriskWorld.Call(caller: new.callee, callee: new.caller))
        }
    }

    private mutating func pickUp() {
        let agent = parked.remove(at: random.below(parked.count))
        guard world.leg(agent) != nil else { return }
        let new = world.pickUp(agent, from: "202")
        story.append("picks up: \(new)")
        calls.append(AsteriskWorld.Call(caller: new.callee, callee: agent))
    }

    private mutating func stopSometimes() {
        guard isLate, !isStopped, random.chance(1, in: 32) else { return }
        isStopped = true
        story.append("the service stops")
        execute(registry.stop(at: .zero))
    }

    // MARK: - Between registry and world

    private mutating func collectEvents() {
        for message in world.takeEvents() {
            events += RegistryInput.inputs(for: ARIEvent(message: message.bytes), "earshot", on: Self.node)
        }
    }

    private mutating func ask(_ job: Job) -> RegistryInput? {
        switch job {
        case .request(let session, let id, let request, let supervisor):
            .answered(session, id, request, ask(request, supervisor))
        case .findPartners(let channel, let id, let known):
            .partnersAnswered(channel, id, partners(of: Channel.ID(channel.rawValue), known: known))
        case .findHooks(let channel, let id, let snoops):
            .hooksAnswered(channel, id, areGone: areHooksGone(snoops))
        case .subscribe(let source):
            .subscribed(source, world.handle(source.http(.post)).status == 200 ? .done : .unknownSource)
        case .unsubscribe(let source): unsubscribe(source)
        case .remove(let leftOver): remove(leftOver)
        case .lookAt(let channel): look(at: channel)
        case .compare(let expectation): .compared(expectation, findings)
        }
    }

    /// Packets may have come meanwhile, or not.
    private mutating func areHooksGone(_ snoops: Set<ChannelID>) -> Bool {
        if random.chance(1, in: 2) { world.passPackets() }
        return !snoops.contains { world.isListed(Channel.ID($0.rawValue)) }
    }

    private mutating func unsubscribe(_ source: WatchedSource) -> RegistryInput {
        while case .endpoint = source, world.handle(source.http(.delete)).status == 200 {}
        if case .channel = source { _ = world.handle(source.http(.delete)) }
        return .unsubscribed(source, isCertain: true)
    }

    private mutating func remove(_ leftOver: LeftOver) -> RegistryInput {
        doubtful.insert(leftOver.name)
        let supervisor = leftOver.name
        let request: SessionRequest =
            switch leftOver {
            case .stranger: .hangUpSupervisor
            case .snoop(let snoop): .removeSnoop(snoop)
            case .bridge(let bridge): .removeBridge(bridge)
            }
        if let http = request.http(supervisor: supervisor) { _ = world.handle(http) }
        return .removed(leftOver)
    }

    private func look(at channel: ChannelID) -> RegistryInput {
        .looked(channel, arrival(of: channel).map { .supervisor($0) } ?? .gone)
    }

    private func arrival(of channel: ChannelID) -> Arrival? {
        guard let leg = world.leg(Channel.ID(channel.rawValue)), leg.place == .stasis(application: "earshot") else {
            return nil
        }
        let found = FoundMark(
            mark: world.variable(SessionMark.variable, of: leg.channel.id),
            result: world.variable(SupervisorVariable.result.rawValue, of: leg.channel.id),
            start: 0
        )
        return Arrival(
            Supervisor(
                leg: LegID(node: Self.node, channel: channel),
                endpoint: EndpointName(channelName: leg.channel.name),
                dialled: leg.channel.dialplan.exten,
                isAnswered: leg.channel.state == .up
            ),
            found: found
        )
    }

    private var findings: ComparisonFindings {
        let ours = world.livingLegs.filter { $0.place == .stasis(application: "earshot") }.map(\.channel.id.rawValue)
        return ComparisonFindings(
            channels: Set(ours.map { ChannelID($0) }),
            bridges: Dictionary(
                world.allBridges.map { bridge in
                    (BridgeID(bridge.id.rawValue), bridge.channels.map { ChannelID($0.rawValue) })
                },
                uniquingKeysWith: { first, _ in first }
            ),
            endpoints: Set(["101", "102"].map { EndpointName(technology: "PJSIP", resource: $0) }.filter(isSubscribed))
        )
    }

    private func isSubscribed(_ endpoint: EndpointName) -> Bool {
        world.leftovers.contains { $0.hasPrefix("subscription") && $0.hasSuffix(endpoint.description) }
    }

    private mutating func ask(_ request: SessionRequest, _ supervisor: Supervisor) -> SessionAnswer {
        let channel = Channel.ID(supervisor.channel.rawValue)
        switch request {
        case .readSettings:
            guard world.leg(channel) != nil, let person = people.first(where: { $0.channel == channel }) else {
                return .failed(.gone)
            }
            return .settings(person.settings)
        case .writeRecord(let bridge, let line):
            guard !random.chance(1, in: 10) else { return .failed(.refused) }
            recorded.insert(bridge)
            if let index = people.firstIndex(where: { $0.channel.rawValue == channel.rawValue }) {
                people[index].note(line.partners)
            }
            return .done
        case .findTargets(let endpoints):
            return .targets(.channels(targets(of: endpoints)))
        case .findExit(let key, _):
            guard world.leg(channel) != nil else { return .failed(.gone) }
            return .exit(key.character == "9" ? DialplanPlace(context: "lab", extension: "9") : nil)
        default:
            guard let http = request.http(supervisor: channel.rawValue) else { return .done }
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
                    parties: partners(of: leg.channel.id).parties,
                    isProtected: false,
                    createdAt: leg.channel.creationTime.millisecondsSince1970 ?? 0
                )
            }
    }

    private func partners(of channel: Channel.ID, known: Set<ChannelName>) -> PartnersAnswer {
        guard world.leg(channel) != nil else { return .failed(.gone) }
        let found = partners(of: channel)
        let names = Set(found.map(\.name))
        return !names.isEmpty && names.isSubset(of: known) ? .foundKnown(names) : .found(found)
    }

    private func partners(of channel: Channel.ID) -> [Partner] {
        (world.variable(PartnerFinder.partnersVariable, of: channel) ?? "").split(separator: ",").map(String.init)
            .map { name in
                guard world.leg(Channel.ID(name)) != nil else { return Partner(name: ChannelName(name), hasLeft: true) }
                let party = CallParty(channel: ChannelName(name), endpoint: EndpointName(channelName: name))
                return Partner(name: ChannelName(name), parties: [party])
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
        let explaining = people.filter { state(of: $0) == "explaining" }.compactMap(\.session)
        let lost = world.lostPlaybacks.filter { playback in
            explaining.contains { $0 == ResourceName("\(playback)")?.session }
        }
        if !chances.losesRequests, !lost.isEmpty { faults.append("Asterisk has lost prompts: \(lost)") }
        faults += wrongSteps
        if registry.sessions.values.count(where: { $0.session.countsAsSession })
            > registry.configuration.maximumSessions
        {
            faults.append("more sessions than there may be")
        }
        let monitoring = registry.sessions.values.count { $0.session.stateName == "monitoring" }
        if registry.counts.inCall.values.reduce(0, +) < monitoring {
            faults.append("a session in a call is not counted")
        }
        let taken = registry.sessions.values.count { $0.session.countsAsSession }
        if registry.places.taken != taken { faults.append("\(registry.places.taken) places are taken, not \(taken)") }
        // Without a snoop nobody hears anybody new, and who hears whom takes long to compute.
        let heard = world.snoops.isEmpty ? nil : world.heard
        for person in people { faults += self.faults(of: person, heard) }
        return faults
    }

    /// Nothing is under way, and everything has been told. Otherwise the mode may be the old one or the new one; never one that
    /// is not permitted.
    private var isQuiet: Bool { jobs.isEmpty && answers.isEmpty && events.isEmpty && !isDisconnected }

    /// Nothing is under way, and the session waits for nothing any more.
    private func isSettled(_ person: Person) -> Bool {
        isQuiet
            && !timers.contains { timer in
                if case .session(let session, _) = timer { session == person.session } else { false }
            }
    }

    /// Whether they may still be in this mode, because the change of their rights is being carried out.
    private func isEarlier(_ mode: MonitoringMode, of person: Person) -> Bool {
        !isSettled(person) && person.earlierPermissions.contains { $0.allows(mode) }
    }

    /// - Parameter heard: whom each channel hears; nil when nobody hears anybody new.
    private func faults(of person: Person, _ heard: [Channel.ID: Set<Channel.ID>]?) -> [String] {
        var faults: [String] = []
        let permission = person.permission
        if state(of: person) == "monitoring", let mark = mark(of: person), mark.mode > person.mode,
            !isEarlier(mark.mode, of: person)
        {
            faults.append("a restart would bring the supervisor from \(person.mode) into \(mark.mode)")
        }
        guard let heard else { return faults }
        func hears(_ listener: Channel.ID, _ speaker: Channel.ID) -> Bool {
            heard[listener, default: []].contains(speaker)
        }
        if permission == .none, !isEarlier(.listen, of: person), let session = person.session,
            world.snoops.contains(where: { ResourceName($0.channel.id.rawValue)?.session == session })
        {
            faults.append("a snoop was made for a supervisor without the right")
        }
        for call in calls {
            let mode: MonitoringMode? =
                hears(call.caller, person.channel) ? .barge : hears(call.callee, person.channel) ? .whisper : nil
            guard let mode, !isEarlier(mode, of: person) else { continue }
            if !permission.allows(mode) { faults.append("\(person.channel) is heard by \(mode), without the right") }
            if isQuiet, mode > person.mode {
                faults.append("\(person.channel) is heard by \(mode) in mode \(person.mode)")
            }
        }
        if isQuiet, let deaf = unheardPartner(of: person, hears) {
            faults.append("\(person.channel) does not hear \(deaf)")
        }
        if isQuiet, let unknown = unrecordedParty(of: person, hears) {
            faults.append("\(person.channel) hears \(unknown), and the record does not say so")
        }
        if hears(person.channel, person.channel) { faults.append("\(person.channel) hears themselves") }
        return faults
    }

    /// Whom they hear beside the target, without its standing in the record.
    private func unrecordedParty(
        of person: Person,
        _ hears: (Channel.ID, Channel.ID) -> Bool
    ) -> String? {
        guard registry.configuration.session.keepsRecord, state(of: person) == "monitoring", let target = person.target,
            let bridge = world.leg(target)?.bridge.flatMap({ world.bridge($0) })
        else { return nil }
        return bridge.channels.filter { $0 != target && hears(person.channel, $0) }
            .compactMap { world.leg($0).flatMap { EndpointName(channelName: $0.channel.name) } }
            .compactMap { registry.configuration.session.endpoints.owner(of: $0)?.digits }
            .first { !person.recordedParties.contains($0) }
    }

    /// What the supervisor's channel says about the session.
    private func mark(of person: Person) -> SessionMark? {
        world.variable(SessionMark.variable, of: person.channel).flatMap { SessionMark($0, start: 0) }
    }

    /// Whom the target talks to and the supervisor should hear, and does not.
    private func unheardPartner(
        of person: Person,
        _ hears: (Channel.ID, Channel.ID) -> Bool
    ) -> Channel.ID? {
        guard state(of: person) == "monitoring", person.settings.params.hearing(in: person.mode) == .both,
            let target = person.target,
            let bridge = world.leg(target)?.bridge.flatMap({ world.bridge($0) }), bridge.kind != .holding
        else { return nil }
        return bridge.channels.first { $0 != target && !hears(person.channel, $0) }
    }

    /// Everything that is wrong at the end.
    var remains: [String] {
        let reported = facts.flatMap(\.change.namesLeftBehind)
        var remains = world.leftovers.filter { left in !reported.contains { left.contains($0) } }
        remains += registry.sessions.keys.map { "session \($0) has not ended" }
        remains += registry.legs.keys.map { "leg \($0) is still monitored" }
        for person in people {
            if world.leg(person.channel)?.place == .stasis(application: "earshot"),
                !reported.contains(person.channel.rawValue)
            {
                remains.append("\(person.channel) waits for ever")
            }
            if person.ends != person.sessions { remains.append("\(person.ends) ends of \(person.sessions) sessions") }
        }
        return remains
    }
}

extension Simulation.Person {
    /// What they may do.
    var permission: SpyPermission { settings.isDisabled ? .none : settings.permission }
}

extension Simulation.Job {
    /// It is tried again until Asterisk has answered, or nothing depends on the answer.
    fileprivate var isReliable: Bool {
        switch self {
        case .remove, .lookAt, .compare, .unsubscribe: true
        case .request, .findPartners, .findHooks, .subscribe: false
        }
    }

    /// The session waits for it before a key has its effect.
    fileprivate var isAboutKey: Bool {
        if case .request(_, _, .findExit, _) = self { true } else { false }
    }

    /// What the registry is told when Asterisk does not answer.
    fileprivate var unanswered: RegistryInput? {
        switch self {
        case .request(let session, let id, let request, _): .answered(session, id, request, .failed(.unknown))
        case .findPartners(let channel, let id, _): .partnersAnswered(channel, id, .failed(.unknown))
        case .findHooks(let channel, let id, _): .hooksAnswered(channel, id, areGone: false)
        case .subscribe(let source): .subscribed(source, .unclear)
        case .unsubscribe, .remove, .lookAt, .compare: nil
        }
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

extension Simulation.Person {
    fileprivate mutating func note(_ parties: Set<NamedParty>) {
        recordedParties.formUnion(parties.compactMap(\.name))
    }
}

/// Every session and every monitored channel, on every Asterisk: who is a supervisor, how many there may be, which session
/// must wait for which, and what becomes of what no session has.
///
/// A value without clock, network or randomness: ``handle(_:from:at:)`` takes what happened and returns what to do. It accepts
/// every input at every time.
///
/// | Part | Owns |
/// |---|---|
/// | ``SessionRegistry`` | the sessions and legs, capacity, who is a supervisor, snoops that must wait, what is left over |
/// | ``MonitoredLeg`` | of one channel: whom it talks to (``KnownPartners``), who may be heard, whether hooks are on it |
/// | ``Session`` | one supervisor's session, in parts of its own |
/// | ``WatchList`` | which subscriptions Asterisk has been asked for |
///
/// | Input | goes to |
/// |---|---|
/// | a channel has come, gone, been replaced; a key | the session whose supervisor it is, by ``LegID`` |
/// | something that we have named: snoop, bridge, playback, recording | the session in its ``ResourceName`` |
/// | news of a channel that is monitored | its ``MonitoredLeg``, which tells its sessions by ``LegNews`` |
/// | news of an endpoint | the sessions that wait for its extension |
/// | an answer, a timer | who asked |
/// | what Asterisk has, by comparison | all of these |
package struct SessionRegistry: Sendable {
    private(set) var configuration: RegistryConfiguration
    let instance: String
    var sessions: [SessionID: Entry] = [:]
    var sessionsBySupervisor: [LegID: SessionID] = [:]
    var legs: [LegID: MonitoredLeg] = [:]
    /// Of each channel behind which somebody stands who talks to a leg's channel, or may: the legs. See ``MonitoredLeg/relays``.
    var legsByRelay: [LegID: Set<LegID>] = [:]
    /// The legs whose sessions are taking their snoops off.
    var leavingLegs: Set<LegID> = []
    /// Of each of them: the snoops that have gone since.
    var endedSnoops: [LegID: Set<ChannelID>] = [:]
    /// Of each channel with snoops on it: whose they are. After every input it would be slow to look at all sessions.
    private var snoopingSessions: [LegID: Set<SessionID>] = [:]
    var places = Places()
    /// How many requests Asterisks have not answered.
    private(set) var unansweredCount = 0
    /// With so many requests unanswered nobody new is let in: all would wait for each other, and be given up together.
    static let mostUnanswered = 500
    var nodes: [NodeID: Node] = [:]
    var heldSnoops = HeldSnoops()
    /// See ``MonitoredLeg/lastNumber``.
    var lastLegNumber = 0
    var sessionCount = 0
    private(set) var isStopping = false
    private var commands: [RegistryCommand] = []
    /// What sessions are to be told when the present one is done.
    var events: [(session: SessionID, event: SessionEvent)] = []
    /// News of channels for their sessions, in the same way.
    var news: [(session: SessionID, leg: LegID, news: LegNews)] = []
    private(set) var now = Duration.zero

    /// - Parameter instance: names this run of the service in the names of what it makes; different from every earlier run's.
    package init(_ configuration: RegistryConfiguration, instance: String) {
        self.configuration = configuration
        self.instance = instance
    }

    /// - Parameters:
    ///   - node: the Asterisk in which it happened.
    ///   - time: since the start of the service.
    package mutating func handle(
        _ input: RegistryInput,
        from node: NodeID,
        at time: Duration
    ) -> [RegistryCommand] {
        now = time
        if nodes[node] == nil { nodes[node] = Node() }
        take(input, node)
        settle()
        return takeCommands()
    }

    package mutating func expired(_ timer: RegistryTimer, at time: Duration) -> [RegistryCommand] {
        now = time
        switch timer {
        case .session(let session, let timer):
            sessions[session]?.timers.remove(timer)
            hand(.timerExpired(timer), to: session)
        case .leg(let leg, let timer):
            let isTold = nodes[leg.node].map { $0.isConnected && !$0.missesEvents } ?? false
            change(leg) { $0.expired(timer, isTold: isTold) }
        case .outage(let node): connectionLost(node)
        }
        settle()
        return takeCommands()
    }

    /// Admits nobody from now on, and ends every session.
    package mutating func stop(at time: Duration) -> [RegistryCommand] {
        now = time
        isStopping = true
        for session in sessionsByAge { hand(.stop, to: session) }
        settle()
        return takeCommands()
    }

    /// An administrator ends a session.
    package mutating func end(_ session: SessionID, at time: Duration) -> [RegistryCommand] {
        now = time
        hand(.mustEnd(.endedByAdministrator), to: session)
        settle()
        return takeCommands()
    }

    /// Somebody's rights have changed in the directory: whoever is concerned is decided about again.
    package mutating func rightsChanged(_ change: RightsChange, at time: Duration) -> [RegistryCommand] {
        now = time
        configuration.session.endpoints = change.endpoints
        for session in sessionsByAge { hand(.rightsChanged(change), to: session) }
        // Anybody in these calls may be protected now, also behind a Local channel, whom no name tells.
        for leg in legsInOrder { self.change(leg) { $0.ask() } }
        settle()
        return takeCommands()
    }

    package var sessionCountNow: Int { sessions.count }

    /// The service has been stopped, and the last session has ended.
    package var isIdle: Bool { isStopping && sessions.isEmpty }

    private mutating func take(_ input: RegistryInput, _ node: NodeID) {
        func leg(_ channel: ChannelID) -> LegID { LegID(node: node, channel: channel) }
        if input.isAnswer { unansweredCount = max(0, unansweredCount - 1) }
        switch input {
        case .supervisorArrived(let arrival): admit(arrival)
        case .channelReplaced(let channel, let newcomer): replaced(leg(channel), by: leg(newcomer))
        case .snoopStarted(let snoop, let name):
            // Its session gave it up before it was there.
            if isOwned(name) { hand(.snoopStarted(snoop), to: name.session) } else { remove(.snoop(snoop), node) }
        case .channelLeft(let channel): left(leg(channel))
        case .channelGone(let channel):
            left(leg(channel))
            lost(leg(channel))
        case .channelEntered(let channel, let bridge, let name): hand(.enteredBridge(channel, bridge), to: name.session)
        case .keyPressed(let channel, let key, let time): pressed(key, at: time, by: leg(channel))
        case .endpointChanged(let endpoint):
            for watcher in nodes[node]?.watchList.watchers(of: .endpoint(endpoint)) ?? [] {
                if case .session(let session) = watcher { hand(.targetsChanged, to: session) }
            }
        case .partnersChanged(let channel, let names, let isComplete):
            for watcher in nodes[node]?.watchList.watchers(of: .channel(channel)) ?? [] {
                guard case .leg(let monitored) = watcher else { continue }
                change(leg(monitored)) {
                    if monitored == channel {
                        $0.partnersChanged(names, isComplete: isComplete)
                    } else {
                        $0.relayChanged(channel)
                    }
                }
            }
        case .session(let session, let event): hand(event, to: session)
        case .answered(let session, let command, let request, let answer):
            answered(session, command, request, answer, node)
        case .partnersAnswered(let channel, let command, let answer):
            change(leg(channel)) { $0.partnersAnswered(command, answer) }
        case .hooksAnswered(let channel, let command, let areGone):
            change(leg(channel)) { $0.hooksAnswered(command, areGone: areGone) }
        case .subscribed(let source, let outcome): update(node) { $0.subscribed(to: source, outcome) }
        case .unsubscribed(let source, let isCertain):
            update(node) { $0.unsubscribed(from: source) }
            if !isCertain { emit(.compareSoon(node)) }
        case .removed(let leftOver): nodes[node]?.removals.remove(leftOver)
        case .connected: connected(node)
        case .disconnected: disconnected(node)
        case .compared(let expectation, let findings): compare(expectation, with: findings, node)
        case .looked(let channel, let look): looked(at: channel, look, node)
        }
    }

    // MARK: - Commands

    mutating func emit(_ command: RegistryCommand) {
        if command.isAnswered { unansweredCount += 1 }
        commands.append(command)
    }

    private mutating func takeCommands() -> [RegistryCommand] {
        defer { commands = [] }
        return commands
    }

    // MARK: - What is ours

    func ourName(_ text: String) -> ResourceName? {
        ResourceName(text, of: configuration.application)
    }

    /// Whether a session of now has the snoop or bridge of this name.
    func isOwned(_ name: ResourceName) -> Bool { sessions[name.session]?.session.owns(name.description) ?? false }

    /// Has it removed, unless that is under way.
    mutating func remove(_ leftOver: LeftOver, _ node: NodeID) {
        guard nodes[node]?.removals.insert(leftOver).inserted == true else { return }
        emit(.remove(leftOver, node))
    }

    // MARK: - Sessions

    /// In an order that is always the same.
    var legsInOrder: [LegID] { legs.keys.sorted() }

    var sessionsByAge: [SessionID] { sessions.keys.sorted() }

    /// Hands an event to a session and takes what it wants done.
    mutating func hand(_ event: SessionEvent, to id: SessionID) {
        // The session has ended; whatever this was, nobody waits for it.
        guard let step = sessions[id]?.handle(event, at: now) else { return }
        if step.snoops.after != step.snoops.before { noteSnoops(step, id) }
        if step.place.after != step.place.before { places.replace(step.place.before, with: step.place.after) }
        let (before, after) = (step.stateName.before, step.stateName.after)
        emit(.trace(SessionTrace(session: id, event: event, before: before, after: after)))
        for command in step.commands { execute(command, id, step.supervisor) }
        if step.isEnd { forget(id) }
    }

    private mutating func execute(_ command: SessionCommand, _ id: SessionID, _ supervisor: Supervisor) {
        let node = supervisor.node
        switch command {
        case .request(let command, .watch(let endpoints)):
            update(node) { $0.watch(endpoints.map { .endpoint($0) }, for: .session(id), command) }
        case .unwatch: update(node) { $0.unwatch(.session(id)) }
        case .request(let command, let request):
            if !hold(request, id, command, node) { emit(.request(id, command, request, supervisor)) }
        case .monitor(let target, let isHooked):
            monitor(target, isHooked: isHooked, LegID(node: node, channel: target.id), id)
        case .unmonitor: unmonitor(id)
        case .startTimer(let timer, let duration):
            sessions[id]?.timers.insert(timer)
            emit(.startTimer(.session(id, timer), after: duration))
        case .cancelTimer(let timer):
            sessions[id]?.timers.remove(timer)
            emit(.cancelTimer(.session(id, timer)))
        case .report(let report): publish(report, id)
        }
    }

    mutating func publish(_ report: SessionReport, _ id: SessionID) {
        guard var entry = sessions[id] else { return }
        let modeBefore = entry.mode
        switch report {
        case .started(let mode, let target), .targetChanged(let mode, let target),
            .partnerChanged(let mode, let target), .resumed(let mode, let target):
            if entry.startedAt == nil { entry.startedAt = now }
            (entry.mode, entry.target) = (mode, target)
        case .modeChanged(let mode, _): entry.mode = mode
        case .waiting: (entry.target, entry.hasWaited) = (nil, true)
        case .leftBehind(let names):
            let supervisor = entry.session.supervisor
            if names.contains(supervisor.channel.rawValue) { remove(.stranger(supervisor.channel), supervisor.node) }
            emit(.compareSoon(supervisor.node))
        case .rightsLowered(let highest): entry.mode = entry.mode.map { min($0, highest) }
        case .arrived, .warning, .refused, .partnersJoined, .keyRefused, .keysForgotten, .passedOver, .promptMissing,
            .recordingStarted, .recordingFailed, .ended:
            break
        }
        entry.targetExtension = entry.session.targetExtension ?? entry.targetExtension
        sessions[id] = entry
        emit(
            .publish(
                SessionFact(
                    session: id,
                    supervisor: entry.session.supervisor,
                    supervisorExtension: entry.session.supervisor.endpoint.flatMap {
                        configuration.session.endpoints.owner(of: $0)
                    },
                    targetExtension: entry.targetExtension,
                    target: entry.target,
                    mode: entry.mode,
                    modeBefore: modeBefore,
                    hasWaited: entry.hasWaited,
                    change: report,
                    time: now,
                    arrivedAt: entry.arrivedAt,
                    startedAt: entry.startedAt
                )
            )
        )
    }

    /// Hands in the answer to a request. What was made for a session that has been given up meanwhile is removed.
    private mutating func answered(
        _ id: SessionID,
        _ command: CommandID,
        _ request: SessionRequest,
        _ answer: SessionAnswer,
        _ node: NodeID
    ) {
        // It may come into being after its removal has found nothing. And a supervisor who seems to have gone may be in our
        // application all the same.
        if request.creation != nil && answer == .failed(.unknown)
            || request.isAboutSupervisor && answer == .failed(.gone)
        {
            emit(.compareSoon(node))
        }
        if nodes[node]?.unansweredCreations.remove(request) != nil, let creation = request.creation {
            remove(LeftOver(creation), node)
        }
        hand(.answered(command, withSupervisors(answer, node)), to: id)
    }

    /// Marks the channels that are in monitoring sessions of their own, as of now: some may have come since Asterisk was
    /// asked.
    private func withSupervisors(_ answer: SessionAnswer, _ node: NodeID) -> SessionAnswer {
        guard case .targets(.channels(var channels)) = answer else { return answer }
        for index in channels.indices
        where sessionsBySupervisor[LegID(node: node, channel: channels[index].id)] != nil {
            channels[index].isSupervising = true
        }
        return .targets(.channels(channels))
    }

    private mutating func forget(_ id: SessionID) {
        guard let entry = sessions.removeValue(forKey: id) else { return }
        let supervisor = entry.session.supervisor
        forgetSnoops(entry.snoops, supervisor.node, id)
        places.replace(entry.place, with: nil)
        for timer in entry.timers.sorted(by: { $0.number < $1.number }) { emit(.cancelTimer(.session(id, timer))) }
        nodes[supervisor.node]?.unansweredCreations.formUnion(entry.session.unansweredCreations)
        if sessionsBySupervisor[supervisor.leg] == id { sessionsBySupervisor[supervisor.leg] = nil }
    }

    // MARK: - Settling

    /// Does what follows from the state of all, after every input: tells sessions the news, and lets legs and held snoops go on
    /// when nothing is in their way any more.
    private mutating func settle() {
        repeat {
            while !events.isEmpty || !news.isEmpty {
                if !events.isEmpty {
                    let next = events.removeFirst()
                    hand(next.event, to: next.session)
                } else {
                    let next = news.removeFirst()
                    // It may have gone on to another channel meanwhile.
                    if sessions[next.session]?.leg == next.leg { hand(.leg(next.news), to: next.session) }
                }
            }
            for id in leavingLegs.sorted() where !hasSnoops(id) {
                let snoops = endedSnoops[id, default: []]
                change(id) { $0.snoopsGone(snoops) }
            }
            releaseHeldSnoops()
        } while !events.isEmpty || !news.isEmpty
    }

    /// Whether there is a snoop on the channel, or may be.
    private func hasSnoops(_ leg: LegID) -> Bool {
        snoopingSessions[leg]?.contains { id in
            guard let session = sessions[id]?.session else { return false }
            return !session.snoops(on: leg.channel).allSatisfy(heldSnoops.contains)
        } ?? false
    }

    private mutating func noteSnoops(_ step: Entry.Step, _ id: SessionID) {
        let node = step.supervisor.node
        forgetSnoops(step.snoops.before, node, id)
        for (snoop, channel) in step.snoops.before where step.snoops.after[snoop] == nil {
            let leg = LegID(node: node, channel: channel)
            if leavingLegs.contains(leg) { endedSnoops[leg, default: []].insert(snoop) }
        }
        for channel in step.snoops.after.values {
            snoopingSessions[LegID(node: node, channel: channel), default: []].insert(id)
        }
    }

    private mutating func forgetSnoops(_ snoops: [ChannelID: ChannelID], _ node: NodeID, _ id: SessionID) {
        for channel in snoops.values {
            let leg = LegID(node: node, channel: channel)
            snoopingSessions[leg]?.remove(id)
            if snoopingSessions[leg]?.isEmpty == true { snoopingSessions[leg] = nil }
        }
    }
}

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
    struct Entry: Sendable {
        var session: Session
        let arrivedAt: Duration
        var startedAt: Duration?
        var mode: MonitoringMode?
        var target: TargetChannel?
        /// The key that was told last.
        var lastKey: Key?
        /// The channel whose news the session needs.
        var leg: LegID?
        /// The timers that run.
        var timers: Set<TimerID> = []

        struct Key: Equatable, Sendable {
            let key: TelephoneKey
            let time: Int64
        }
    }

    /// What belongs to one Asterisk.
    struct Node: Sendable {
        var watchList = WatchList()
        /// What is being removed. A channel among it is admitted to nothing.
        var removals: Set<LeftOver> = []
        /// Of sessions that were given up: what may still come into being. Each is answered, and then removed.
        var unansweredCreations: Set<SessionRequest> = []
        /// Sessions have not been asked to look for what they missed since the connection was made.
        var missesEvents = false
        /// Channels in our application of which no event had told when it was compared last.
        var unknownChannels: Set<ChannelID> = []
    }

    /// A snoop that must not be made yet, because others are being taken off the same channel.
    struct HeldSnoop: Sendable {
        let session: SessionID
        let command: CommandID
        let request: SessionRequest
        let snoop: ChannelID
        let leg: LegID
    }

    let configuration: RegistryConfiguration
    private let instance: String
    private(set) var sessions: [SessionID: Entry] = [:]
    private(set) var sessionsBySupervisor: [LegID: SessionID] = [:]
    private(set) var legs: [LegID: MonitoredLeg] = [:]
    var nodes: [NodeID: Node] = [:]
    private var heldSnoops: [HeldSnoop] = []
    private var sessionCount = 0
    private var isStopping = false
    private var commands: [RegistryCommand] = []
    /// What sessions are to be told when the present one is done.
    private var events: [(session: SessionID, event: SessionEvent)] = []
    /// News of channels for their sessions, in the same way.
    private var news: [(session: SessionID, leg: LegID, news: LegNews)] = []
    private var now = Duration.zero

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
        case .leg(let leg, let timer): change(leg) { $0.expired(timer) }
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

    package var sessionCountNow: Int { sessions.count }

    /// The service has been stopped, and the last session has ended.
    package var isIdle: Bool { isStopping && sessions.isEmpty }

    private mutating func take(_ input: RegistryInput, _ node: NodeID) {
        func leg(_ channel: ChannelID) -> LegID { LegID(node: node, channel: channel) }
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
        case .subscribed(let source, let outcome): update(node) { $0.subscribed(to: source, outcome) }
        case .unsubscribed(let source, let isCertain):
            update(node) { $0.unsubscribed(from: source) }
            if !isCertain { emit(.compareSoon(node)) }
        case .removed(let leftOver): nodes[node]?.removals.remove(leftOver)
        case .connected: nodes[node]?.missesEvents = true
        case .compared(let expectation, let findings): compare(expectation, with: findings, node)
        }
    }

    // MARK: - Commands

    mutating func emit(_ command: RegistryCommand) { commands.append(command) }

    private mutating func takeCommands() -> [RegistryCommand] {
        defer { commands = [] }
        return commands
    }

    // MARK: - Supervisors

    /// Begins a session for a channel that dialled a feature code.
    private mutating func admit(_ arrival: Arrival) {
        let supervisor = arrival.supervisor
        // Known already, by a comparison or by its event. But who has left, and comes again before the last of their session is
        // removed, begins anew.
        if session(of: supervisor.leg) != nil { return }
        if arrival.found == .over { remove(.stranger(supervisor.channel), supervisor.node) }
        // Somebody whom nobody could release is let into nothing.
        if nodes[supervisor.node]?.removals.contains(.stranger(supervisor.channel)) == true { return }
        let refusal = refusal(for: supervisor)
        sessionCount += 1
        let id = SessionID(instance: instance, number: sessionCount)
        let session = Session(
            id: id,
            application: configuration.application,
            supervisor: supervisor,
            configuration: configuration.session
        )
        sessions[id] = Entry(session: session, arrivedAt: now)
        sessionsBySupervisor[supervisor.leg] = id
        publish(.arrived, id)
        // Through a supervisor one would come into a call for which one has not asked.
        lost(supervisor.leg)
        hand(isStopping ? .stop : beginning(of: arrival, refusal), to: id)
    }

    private func beginning(of arrival: Arrival, _ refusal: Refusal?) -> SessionEvent {
        if let refusal { return .supervisorArrived(refusal: refusal) }
        let supervisor = arrival.supervisor
        switch arrival.found {
        case .session(let mark)?:
            // Somebody has been put into the place of the supervisor who was in the session.
            if mark.supervisor != supervisor.channel { return .supervisorArrived(refusal: .transferred) }
            return .supervisorFound(mark)
        case .nothing?:
            // They came while nobody was told. Nothing proves what they know of it: they are heard by nobody.
            guard let code = try? configuration.session.prefixes.parse(supervisor.dialled) else { break }
            return .supervisorFound(
                SessionMark(supervisor: supervisor.channel, mode: .listen, extension: code.target, target: nil)
            )
        case nil, .over?: break
        }
        return .supervisorArrived(refusal: nil)
    }

    /// Whether there is a place for one more session, and one more of this supervisor. Those who are refused count too: they
    /// cost as much.
    private func refusal(for supervisor: Supervisor) -> Refusal? {
        let own = sessions.values.count { entry in
            let other = entry.session.supervisor
            return entry.session.expectsSupervisor && other.endpoint == supervisor.endpoint
                && other.node == supervisor.node
        }
        if own >= configuration.maximumSessionsOfSupervisor { return .tooManySessions }
        let places = sessions.values.count { $0.session.countsAsSession }
        return places >= configuration.maximumSessions ? .noCapacity : nil
    }

    /// A transfer put somebody whose rights nobody has checked into the place of somebody who may be a supervisor.
    private mutating func replaced(_ leg: LegID, by newcomer: LegID) {
        if let session = sessionsBySupervisor[leg] { hand(.supervisorReplaced, to: session) }
        remove(.stranger(newcomer.channel), newcomer.node)
    }

    private mutating func left(_ leg: LegID) {
        if let session = sessionsBySupervisor[leg] {
            hand(.supervisorLeft, to: session)
        } else if let name = ourName(leg.channel.rawValue), name.kind == .snoop {
            hand(.snoopEnded(leg.channel), to: name.session)
        }
    }

    private mutating func pressed(_ key: TelephoneKey, at time: Int64?, by leg: LegID) {
        guard let session = sessionsBySupervisor[leg] else { return }
        // Asterisk tells it twice while somebody waits for a call of the supervisor's own extension: once because the channel is
        // ours, once because the endpoint is watched.
        if let time {
            let pressed = Entry.Key(key: key, time: time)
            if sessions[session]?.lastKey == pressed { return }
            sessions[session]?.lastKey = pressed
        }
        hand(.keyPressed(key), to: session)
    }

    /// The session whose supervisor is still on this channel.
    func session(of leg: LegID) -> SessionID? {
        guard let session = sessionsBySupervisor[leg], sessions[session]?.session.expectsSupervisor == true else {
            return nil
        }
        return session
    }

    // MARK: - What is ours

    func ourName(_ text: String) -> ResourceName? {
        guard let name = ResourceName(text), name.application == configuration.application else { return nil }
        return name
    }

    /// Whether a session of now has the snoop or bridge of this name.
    func isOwned(_ name: ResourceName) -> Bool { sessions[name.session]?.session.owns(name.description) ?? false }

    /// Has it removed, unless that is under way.
    mutating func remove(_ leftOver: LeftOver, _ node: NodeID) {
        guard nodes[node]?.removals.insert(leftOver).inserted == true else { return }
        emit(.remove(leftOver, node))
    }

    // MARK: - Sessions

    var sessionsByAge: [SessionID] { sessions.keys.sorted { $0.number < $1.number } }

    /// Hands an event to a session and takes what it wants done.
    mutating func hand(_ event: SessionEvent, to id: SessionID) {
        // The session has ended; whatever this was, nobody waits for it.
        guard var entry = sessions[id] else { return }
        let before = entry.session.stateName
        let wanted = entry.session.handle(event, at: now)
        sessions[id] = entry
        emit(.trace(SessionTrace(session: id, event: event, before: before, after: entry.session.stateName)))
        for command in wanted { execute(command, id, entry.session.supervisor) }
        if entry.session.isEnded { forget(id) }
    }

    private mutating func execute(_ command: SessionCommand, _ id: SessionID, _ supervisor: Supervisor) {
        let node = supervisor.node
        switch command {
        case .request(let command, .watch(let endpoints)):
            update(node) { $0.watch(endpoints.map { .endpoint($0) }, for: .session(id), command) }
        case .unwatch: update(node) { $0.unwatch(.session(id)) }
        case .request(let command, let request):
            if !hold(request, id, command, node) { emit(.request(id, command, request, supervisor)) }
        case .monitor(let target): monitor(target, LegID(node: node, channel: target.id), id)
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

    private mutating func publish(_ report: SessionReport, _ id: SessionID) {
        guard var entry = sessions[id] else { return }
        switch report {
        case .started(let mode, let target), .targetChanged(let mode, let target),
            .partnerChanged(let mode, let target):
            if entry.startedAt == nil { entry.startedAt = now }
            (entry.mode, entry.target) = (mode, target)
        case .modeChanged(let mode, _): entry.mode = mode
        case .waiting: entry.target = nil
        case .leftBehind(let names):
            let supervisor = entry.session.supervisor
            if names.contains(supervisor.channel.rawValue) { remove(.stranger(supervisor.channel), supervisor.node) }
            emit(.compareSoon(supervisor.node))
        case .arrived, .warning, .refused, .keyRefused, .passedOver, .promptMissing, .recordingStarted,
            .recordingFailed, .ended:
            break
        }
        sessions[id] = entry
        emit(
            .publish(
                SessionFact(
                    session: id,
                    supervisor: entry.session.supervisor,
                    target: entry.target,
                    mode: entry.mode,
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
        for timer in entry.timers.sorted(by: { $0.number < $1.number }) { emit(.cancelTimer(.session(id, timer))) }
        nodes[supervisor.node]?.unansweredCreations.formUnion(entry.session.unansweredCreations)
        if sessionsBySupervisor[supervisor.leg] == id { sessionsBySupervisor[supervisor.leg] = nil }
    }

    // MARK: - Being told

    mutating func update(_ node: NodeID, _ change: (inout WatchList) -> [WatchList.Effect]) {
        guard var watchList = nodes[node]?.watchList else { return }
        let effects = change(&watchList)
        nodes[node]?.watchList = watchList
        for effect in effects {
            switch effect {
            case .subscribe(let source): emit(.subscribe(source, node))
            case .unsubscribe(let source): emit(.unsubscribe(source, node))
            case .answer(.session(let session), let command, let answer):
                // Not at once: the session may just be giving out commands.
                events.append((session, .answered(command, answer)))
            case .answer(.leg(let channel), let command, let answer):
                self.change(LegID(node: node, channel: channel)) { $0.watched(command, answer) }
            case .renewed(.session(let session)): events.append((session, .eventsMissed))
            case .renewed(.leg(let channel)): self.change(LegID(node: node, channel: channel)) { $0.ask() }
            }
        }
    }

    // MARK: - Legs

    private mutating func monitor(_ target: TargetChannel, _ leg: LegID, _ id: SessionID) {
        if sessions[id]?.leg != leg { unmonitor(id) }
        sessions[id]?.leg = leg
        if legs[leg] == nil { legs[leg] = MonitoredLeg(leg.channel, configuration.session) }
        change(leg) { $0.attached(id, target) }
    }

    private mutating func unmonitor(_ id: SessionID) {
        guard let leg = sessions[id]?.leg else { return }
        sessions[id]?.leg = nil
        change(leg) { $0.left(id) }
        guard let left = legs[leg], left.sessions.isEmpty else { return }
        legs[leg] = nil
        for timer in left.timers { emit(.cancelTimer(.leg(leg, timer))) }
        update(leg.node) { $0.unwatch(.leg(leg.channel)) }
    }

    /// Lets a leg, if it is monitored, take something in, and does what it wants done.
    mutating func change(_ id: LegID, _ act: (inout MonitoredLeg) -> Void) {
        guard var leg = legs[id] else { return }
        act(&leg)
        let effects = leg.takeEffects()
        legs[id] = leg
        for effect in effects {
            switch effect {
            case .findPartners(let command): emit(.findPartners(id, command))
            case .watch(let sources, let command): update(id.node) { $0.watch(sources, for: .leg(id.channel), command) }
            case .tell(let news):
                tell(leg, id, news)
            case .startTimer(let timer, let duration): emit(.startTimer(.leg(id, timer), after: duration))
            case .cancelTimer(let timer): emit(.cancelTimer(.leg(id, timer)))
            }
        }
    }

    private mutating func tell(_ leg: MonitoredLeg, _ id: LegID, _ news: LegNews) {
        for session in leg.sessions.sorted(by: { $0.number < $1.number }) { self.news.append((session, id, news)) }
    }

    /// A channel is no more, or a supervisor's. It may be one that is monitored, or by which somebody is heard.
    private mutating func lost(_ leg: LegID) {
        if let monitored = legs[leg] { tell(monitored, leg, .gone) }
        for other in legs.keys.filter({ $0.node == leg.node && $0 != leg })
            .sorted(by: { $0.channel.rawValue < $1.channel.rawValue })
        {
            change(other) { $0.relayChanged(leg.channel) }
        }
    }

    // MARK: - Snoops that must wait

    /// Holds a new snoop back while others are being taken off the same channel, because their effect on the channel goes only
    /// with the last one.
    ///
    /// - Returns: whether it is held back; if not, it can be made at once.
    private mutating func hold(_ request: SessionRequest, _ id: SessionID, _ command: CommandID, _ node: NodeID) -> Bool
    {
        guard case .createSnoop(let snoop, let target, _) = request else { return false }
        let leg = LegID(node: node, channel: target)
        guard legs[leg]?.isBeingUnhooked == true else { return false }
        heldSnoops.append(HeldSnoop(session: id, command: command, request: request, snoop: snoop, leg: leg))
        return true
    }

    /// Makes the snoops that need not be held back any longer, and forgets those that are of no use any more.
    private mutating func releaseHeldSnoops() {
        let all = heldSnoops
        heldSnoops = []
        for held in all {
            guard let session = sessions[held.session]?.session else {
                nodes[held.leg.node]?.unansweredCreations.remove(held.request)
                continue
            }
            if !session.wants(held.snoop) {
                events.append((held.session, .answered(held.command, .failed(.gone))))
            } else if legs[held.leg]?.isBeingUnhooked == true {
                heldSnoops.append(held)
            } else {
                emit(.request(held.session, held.command, held.request, session.supervisor))
            }
        }
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
            for id in legs.keys.sorted(by: { $0.description < $1.description })
            where legs[id]?.isBeingUnhooked == true && !hasSnoops(id) {
                change(id) { $0.snoopsGone() }
            }
            releaseHeldSnoops()
        } while !events.isEmpty || !news.isEmpty
    }

    /// Whether there is a snoop on the channel, or may be.
    private func hasSnoops(_ leg: LegID) -> Bool {
        let held = Set(heldSnoops.map(\.snoop))
        return sessions.values.contains { entry in
            entry.session.supervisor.node == leg.node
                && !entry.session.snoops(on: leg.channel).subtracting(held).isEmpty
        }
    }
}

/// What an administrator can choose about all sessions together.
package struct RegistryConfiguration: Hashable, Sendable {
    /// The Stasis application, whose name begins the names of what is ours.
    package var application: String
    package var session: SessionConfiguration
    /// How many sessions may run at the same time.
    package var maximumSessions: Int
    /// How many of them may be one supervisor's, those included who are being told why not.
    package var maximumSessionsOfSupervisor: Int

    package init(
        application: String = "earshot",
        session: SessionConfiguration = SessionConfiguration(),
        maximumSessions: Int = 200,
        maximumSessionsOfSupervisor: Int = 4
    ) {
        self.application = application
        self.session = session
        self.maximumSessions = maximumSessions
        self.maximumSessionsOfSupervisor = maximumSessionsOfSupervisor
    }
}

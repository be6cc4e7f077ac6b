/// Who comes, who goes, and who presses a key.
extension SessionRegistry {
    /// Begins a session for a channel that dialled a feature code.
    ///
    /// - Parameter looking: in which it was found; nil for one that an event told of.
    mutating func admit(_ arrival: Arrival, _ looking: Looking? = nil) {
        let supervisor = arrival.supervisor
        // Known already, by a comparison or by its event. But who has left, and comes again before the last of their session is
        // removed, begins anew.
        if session(of: supervisor.leg) != nil { return }
        if arrival.found == .over { remove(.stranger(supervisor.channel), supervisor.node) }
        // Somebody whom nobody could release is let into nothing.
        if nodes[supervisor.node]?.removals.contains(.stranger(supervisor.channel)) == true { return }
        let refusal = refusal(for: supervisor, isNew: arrival.found == nil)
        var mark = mark(of: arrival)
        var remains = remains(of: mark?.session, looking)
        mark = mark?.intact(remains)
        let ownID = mark?.session.flatMap { isOfAnEarlierRun($0) ? $0 : nil }
        if ownID == nil {
            // What is there is another session's, or not what the mark says.
            mark?.link = nil
            mark?.recording = nil
            remains.snoops = []
        }
        let id = ownID ?? newSessionID()
        let session = Session(
            id: id,
            application: configuration.application,
            supervisor: supervisor,
            configuration: configuration.session,
            takeOvers: mark?.takeOvers(remains) ?? 0
        )
        sessions[id] = Entry(
            session: session,
            arrivedAt: now,
            startedAt: mark?.startedAt,
            targetExtension: try? configuration.session.prefixes.parse(supervisor.dialled).target
        )
        sessionsBySupervisor[supervisor.leg] = id
        publish(.arrived, id)
        // Through a supervisor one would come into a call for which one has not asked.
        lost(supervisor.leg)
        let bridge = bridge(of: supervisor.channel, looking)
        hand(isStopping ? .stop : beginning(of: arrival, mark, bridge, remains.snoops, refusal), to: id)
    }

    /// Whether the session can go on under its own name, which no answer or timer of this run is on the way to.
    private func isOfAnEarlierRun(_ session: SessionID) -> Bool {
        session.instance != instance && session.number > 0 && sessions[session] == nil
    }

    private mutating func newSessionID() -> SessionID {
        sessionCount += 1
        return SessionID(instance: instance, number: sessionCount)
    }

    /// The mark of the supervisor who has arrived; nil for none, and for somebody who has been put into their place.
    private func mark(of arrival: Arrival) -> SessionMark? {
        guard case .session(let mark)? = arrival.found, mark.supervisor == arrival.supervisor.channel else {
            return nil
        }
        return mark
    }

    private func beginning(
        of arrival: Arrival,
        _ mark: SessionMark?,
        _ bridge: BridgeID?,
        _ snoops: Set<ChannelID>,
        _ refusal: Refusal?
    ) -> SessionEvent {
        if let refusal { return .supervisorArrived(refusal: refusal, in: bridge) }
        let supervisor = arrival.supervisor
        switch arrival.found {
        case .session?:
            return mark.map { .supervisorFound($0, in: bridge, snoops: snoops) }
                ?? .supervisorArrived(refusal: .transferred, in: bridge)
        case .nothing?:
            // They came while nobody was told. Nothing proves what they know of it: they are heard by nobody.
            guard let code = try? configuration.session.prefixes.parse(supervisor.dialled) else { break }
            return .supervisorFound(
                SessionMark(supervisor: supervisor.channel, mode: .listen, extension: code.target, target: nil),
                in: bridge
            )
        case nil, .over?: break
        }
        return .supervisorArrived(refusal: nil, in: bridge)
    }

    /// Whether there is a place for one more session, and one more of this supervisor. Those who are refused count too: they
    /// cost as much.
    ///
    /// - Parameter isNew: the supervisor has just dialled. Whoever was in a session before goes on, however many they are.
    private func refusal(for supervisor: Supervisor, isNew: Bool) -> Refusal? {
        if places.count(of: .init(supervisor)) >= configuration.maximumSessionsOfSupervisor { return .tooManySessions }
        if isNew, unansweredCount >= Self.mostUnanswered { return .asteriskOverloaded }
        return places.taken >= configuration.maximumSessions ? .noCapacity : nil
    }

    /// A transfer put somebody whose rights nobody has checked into the place of somebody who may be a supervisor.
    mutating func replaced(_ leg: LegID, by newcomer: LegID) {
        if let session = sessionsBySupervisor[leg] { hand(.supervisorReplaced, to: session) }
        remove(.stranger(newcomer.channel), newcomer.node)
    }

    mutating func left(_ leg: LegID) {
        if let session = sessionsBySupervisor[leg] {
            hand(.supervisorLeft, to: session)
        } else if let name = ourName(leg.channel.rawValue), name.kind == .snoop {
            hand(.snoopEnded(leg.channel), to: name.session)
            nodes[leg.node]?.looking?.ended.insert(leg.channel)
        }
    }

    mutating func pressed(_ key: TelephoneKey, at time: Int64?, by leg: LegID) {
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
}

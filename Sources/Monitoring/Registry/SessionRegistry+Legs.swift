/// What concerns monitored channels, and the extensions for whose calls sessions wait.
extension SessionRegistry {
    mutating func update(_ node: NodeID, _ change: (inout WatchList) -> [WatchList.Effect]) {
        guard let index = nodes.index(forKey: node) else { return }
        let effects = change(&nodes.values[index].watchList)
        for effect in effects {
            switch effect {
            case .subscribe(let source):
                if nodes[node]?.isConnected == true {
                    emit(.subscribe(source, node))
                } else {
                    nodes[node]?.postponedSubscriptions.append(source)
                }
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

    mutating func monitor(_ target: TargetChannel, isHooked: Bool, _ leg: LegID, _ id: SessionID) {
        if sessions[id]?.leg != leg { unmonitor(id) }
        sessions[id]?.leg = leg
        if legs[leg] == nil { legs[leg] = MonitoredLeg(leg.channel, configuration.session) }
        change(leg) { $0.attached(id, target, isHooked: isHooked) }
    }

    mutating func unmonitor(_ id: SessionID) {
        guard let leg = sessions[id]?.leg else { return }
        sessions[id]?.leg = nil
        change(leg) { $0.left(id) }
        if legs[leg]?.sessions.isEmpty != false { update(leg.node) { $0.unwatch(.leg(leg.channel)) } }
    }

    /// Lets a leg, if it is monitored, take something in, and does what it wants done.
    mutating func change(_ id: LegID, _ act: (inout MonitoredLeg) -> Void) {
        // Taken out, so that it is changed in place.
        guard var leg = legs.removeValue(forKey: id) else { return }
        leg.lastNumber = lastLegNumber
        let relays = leg.relays
        act(&leg)
        lastLegNumber = leg.lastNumber
        let effects = leg.takeEffects()
        noteRelays(leg.isUnused ? [] : leg.relays, before: relays, id)
        if !leg.isUnused { legs[id] = leg }
        noteLeaving(leg.isLeaving, id)
        for effect in effects {
            switch effect {
            case .findPartners(let command, let known): emit(.findPartners(id, command, known: known))
            case .findHooks(let command, let snoops): emit(.findHooks(id, command, snoops: snoops))
            case .watch(let sources, let command): update(id.node) { $0.watch(sources, for: .leg(id.channel), command) }
            case .tell(let news):
                tell(leg, id, news)
            case .startTimer(let timer, let duration): emit(.startTimer(.leg(id, timer), after: duration))
            case .cancelTimer(let timer): emit(.cancelTimer(.leg(id, timer)))
            }
        }
    }

    mutating func tell(_ leg: MonitoredLeg, _ id: LegID, _ news: LegNews) {
        for session in leg.sessions.sorted() { self.news.append((session, id, news)) }
    }

    /// A channel is no more, or a supervisor's. It may be one that is monitored, or by which somebody is heard.
    mutating func lost(_ leg: LegID) {
        if let monitored = legs[leg] { tell(monitored, leg, .gone) }
        // Most channels of a PBX are nobody's relay.
        for other in legsByRelay[leg, default: []].sorted() where other != leg {
            change(other) { $0.relayChanged(leg.channel) }
        }
    }

    private mutating func noteLeaving(_ isLeaving: Bool, _ id: LegID) {
        if isLeaving {
            leavingLegs.insert(id)
        } else {
            leavingLegs.remove(id)
            endedSnoops[id] = nil
        }
    }

    private mutating func noteRelays(_ relays: Set<ChannelID>, before: Set<ChannelID>, _ id: LegID) {
        guard relays != before else { return }
        for relay in before.subtracting(relays) {
            let relay = LegID(node: id.node, channel: relay)
            legsByRelay[relay]?.remove(id)
            if legsByRelay[relay]?.isEmpty == true { legsByRelay[relay] = nil }
        }
        for relay in relays.subtracting(before) {
            legsByRelay[LegID(node: id.node, channel: relay), default: []].insert(id)
        }
    }

    // MARK: - Snoops that must wait

    /// - Returns: whether the request is held back; if not, it can be carried out at once.
    mutating func hold(_ request: SessionRequest, _ id: SessionID, _ command: CommandID, _ node: NodeID) -> Bool {
        guard case .createSnoop(let snoop, let target, _) = request else { return false }
        let leg = LegID(node: node, channel: target)
        guard legs[leg]?.isBeingUnhooked == true else { return false }
        heldSnoops.hold(.init(session: id, command: command, request: request, snoop: snoop, leg: leg))
        return true
    }

    /// Makes the snoops that need not be held back any longer, and forgets those that are of no use any more.
    mutating func releaseHeldSnoops() {
        guard !heldSnoops.isEmpty else { return }
        let (sessions, legs) = (sessions, legs)
        let released = heldSnoops.take { held in
            let isWanted = sessions[held.session]?.session.wants(held.snoop) ?? false
            return !isWanted || legs[held.leg]?.isBeingUnhooked != true
        }
        for held in released {
            guard let session = sessions[held.session]?.session else {
                nodes[held.leg.node]?.unansweredCreations.remove(held.request)
                continue
            }
            if session.wants(held.snoop) {
                emit(.request(held.session, held.command, held.request, session.supervisor))
            } else {
                events.append((held.session, .answered(held.command, .failed(.gone))))
            }
        }
    }
}

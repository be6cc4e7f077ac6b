/// What must exist in one Asterisk, as far as the sessions know. Noted before Asterisk is asked what does exist, so that what
/// begins in between is not taken for missing.
package struct ComparisonExpectation: Hashable, Sendable {
    var supervisors: [SessionID: ChannelID] = [:]
    var snoops: [SessionID: [ChannelID]] = [:]
    var subscriptions: Set<WatchedSource> = []
}

/// What does exist: the answer of Asterisk.
package struct ComparisonFindings: Hashable, Sendable {
    /// The channels in our Stasis application, and those that it has asked to be told of.
    package var channels: Set<ChannelID>
    /// All bridges of this Asterisk, with their channels.
    package var bridges: [BridgeID: [ChannelID]]
    /// The endpoints of which it has asked to be told.
    package var endpoints: Set<EndpointName>

    package init(channels: Set<ChannelID>, bridges: [BridgeID: [ChannelID]], endpoints: Set<EndpointName>) {
        self.channels = channels
        self.bridges = bridges
        self.endpoints = endpoints
    }
}

/// Bringing sessions and one Asterisk back into agreement.
extension SessionRegistry {
    package func expectation(of node: NodeID) -> ComparisonExpectation {
        var expectation = ComparisonExpectation(subscriptions: nodes[node]?.watchList.subscriptions ?? [])
        for (id, entry) in sessions where entry.session.supervisor.node == node {
            if entry.session.expectsSupervisor { expectation.supervisors[id] = entry.session.supervisor.channel }
            expectation.snoops[id] = entry.session.expectedSnoops
        }
        return expectation
    }

    mutating func compare(_ expectation: ComparisonExpectation, with findings: ComparisonFindings, _ node: NodeID) {
        let missesEvents = nodes[node]?.missesEvents ?? false
        let targets = findings.channels.filter { legs[LegID(node: node, channel: $0)] != nil }
        // Otherwise events tell it, and what was asked for a moment ago may not be so any more.
        if missesEvents { tellWhatIsThere(findings) }
        tellWhatIsMissing(expectation, findings)
        let leftOvers = whatNobodyHas(findings)
        admitWhoWaits(findings, targets, missesEvents, node)
        if nodes[node]?.looks.isEmpty == false {
            // Whoever is being looked at may be the one who hears by it.
            nodes[node]?.findings = findings
            nodes[node]?.leftOvers = leftOvers
        } else {
            for leftOver in leftOvers { remove(leftOver, node) }
        }
        let told = Set(findings.endpoints.map { WatchedSource.endpoint($0) })
            .union(findings.channels.map { .channel($0) })
        update(node) { $0.compare(expecting: expectation.subscriptions, with: told) }
        guard missesEvents else { return }
        nodes[node]?.missesEvents = false
        if nodes[node]?.hasOutageTimer == true {
            nodes[node]?.hasOutageTimer = false
            emit(.cancelTimer(.outage(node)))
        }
        for session in sessionsByAge where sessions[session]?.session.supervisor.node == node {
            hand(.eventsMissed, to: session)
        }
        for leg in legsInOrder where leg.node == node { change(leg) { $0.ask() } }
    }

    mutating func connected(_ node: NodeID) {
        nodes[node]?.missesEvents = true
        nodes[node]?.isConnected = true
        let postponed = nodes[node]?.postponedSubscriptions ?? []
        nodes[node]?.postponedSubscriptions = []
        for source in postponed { emit(.subscribe(source, node)) }
    }

    mutating func disconnected(_ node: NodeID) {
        // It is told again with each attempt to connect that fails.
        guard nodes[node]?.isConnected == true else { return }
        nodes[node]?.isConnected = false
        startOutageTimer(node)
    }

    /// It runs until Asterisk has been compared with: a connection alone does not tell what was missed.
    private mutating func startOutageTimer(_ node: NodeID) {
        guard nodes[node]?.hasOutageTimer == false else { return }
        nodes[node]?.hasOutageTimer = true
        emit(.startTimer(.outage(node), after: configuration.outageLimit))
    }

    /// The sessions cannot know any more whom their supervisors hear, and who hears them.
    mutating func connectionLost(_ node: NodeID) {
        guard nodes[node]?.hasOutageTimer == true else { return }  // It expired while it was being cancelled.
        nodes[node]?.hasOutageTimer = false
        startOutageTimer(node)
        for session in sessionsByAge where sessions[session]?.session.supervisor.node == node {
            hand(.mustEnd(.asteriskRefused), to: session)
        }
    }

    /// A channel that was found has been looked at.
    mutating func looked(at channel: ChannelID, _ look: ChannelLook, _ node: NodeID) {
        let findings = nodes[node]?.findings
        switch look {
        case .supervisor(let arrival): admit(arrival, findings)
        case .notOurs: update(node) { $0.abandon(.channel(channel)) }
        case .gone: break
        case .unclear:
            // It is looked at again with the next comparison, in any case.
            nodes[node]?.isUnclear = true
            nodes[node]?.unknownChannels.insert(channel)
        }
        // After a reconnect it may be looked at twice at once.
        let open = (nodes[node]?.looks[channel] ?? 1) - 1
        nodes[node]?.looks[channel] = open > 0 ? open : nil
        guard nodes[node]?.looks.isEmpty != false else { return }
        nodes[node]?.endedWhileLooking = []
        nodes[node]?.findings = nil
        let leftOvers = nodes[node]?.leftOvers ?? []
        nodes[node]?.leftOvers = []
        guard !isWaitingForClarity(node) else { return }
        for leftOver in leftOvers where !isOwned(leftOver) { remove(leftOver, node) }
    }

    /// Whether nothing is to be removed yet, because Asterisk did not tell of somebody who may be hearing by it. They are looked at
    /// again soon; what they hear by is not left for ever.
    private mutating func isWaitingForClarity(_ node: NodeID) -> Bool {
        guard nodes[node]?.isUnclear == true else {
            nodes[node]?.unclearLooks = 0
            return false
        }
        nodes[node]?.isUnclear = false
        nodes[node]?.unclearLooks += 1
        emit(.compareSoon(node))
        return (nodes[node]?.unclearLooks ?? 0) < SessionConfiguration.questionAttempts
    }

    /// How often the session has been taken over, with this time. The run before may have ended before it could write that down.
    func takeOvers(_ mark: SessionMark, _ findings: ComparisonFindings?) -> Int {
        let names = (findings?.channels.map(\.rawValue) ?? []) + (findings?.bridges.keys.map(\.rawValue) ?? [])
        let serials = names.compactMap { ourName($0) }.filter { $0.session == mark.session }
            .map(\.serial).filter { (0..<Outbox.namesOfAllRuns).contains($0) }
        return min(max(mark.takeOvers, (serials.max() ?? 0) / Outbox.namesOfOneRun) + 1, SessionMark.mostTakeOvers)
    }

    /// What the session has on somebody's channel.
    func snoops(of mark: SessionMark, _ findings: ComparisonFindings?) -> Set<ChannelID> {
        findings?.channels.filter { channel in
            let name = ourName(channel.rawValue)
            return name?.kind == .snoop && name?.session == mark.session
        } ?? []
    }

    /// The session's bridge that the supervisor is in.
    func bridge(of mark: SessionMark, _ findings: ComparisonFindings?) -> BridgeID? {
        findings?.bridges.filter { bridge, members in
            members.contains(mark.supervisor) && ourName(bridge.rawValue)?.session == mark.session
        }.keys.min { $0.rawValue < $1.rawValue }
    }

    /// What of a mark is there still, as it was when the session was served last.
    func intact(_ mark: SessionMark, _ findings: ComparisonFindings?, _ node: NodeID) -> SessionMark {
        var intact = mark
        func isThere(_ snoop: ChannelID) -> Bool {
            findings?.channels.contains(snoop) == true && nodes[node]?.endedWhileLooking.contains(snoop) != true
                && ourName(snoop.rawValue)?.session == mark.session
        }
        if let link = mark.link {
            let members = findings?.bridges[link.bridge].map(Set.init) ?? []
            let isWhole = isThere(link.snoop) && members == [link.snoop, mark.supervisor]
            if !isWhole || ourName(link.bridge.rawValue)?.session != mark.session { intact.link = nil }
        }
        if let recording = mark.recording, !isThere(recording.snoop) || intact.link == nil { intact.recording = nil }
        return intact
    }

    /// Tells sessions that are still attaching what came about while no events did. Sessions that know it drop it.
    private mutating func tellWhatIsThere(_ findings: ComparisonFindings) {
        for channel in findings.channels.sorted(by: { $0.rawValue < $1.rawValue }) {
            guard let name = ourName(channel.rawValue), name.kind == .snoop else { continue }
            hand(.snoopStarted(channel), to: name.session)
        }
        for (bridge, members) in findings.bridges.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            guard let name = ourName(bridge.rawValue), name.kind == .bridge else { continue }
            for member in members { hand(.enteredBridge(member, bridge), to: name.session) }
        }
    }

    private mutating func tellWhatIsMissing(_ expectation: ComparisonExpectation, _ findings: ComparisonFindings) {
        for (session, supervisor) in expectation.supervisors.sorted(by: { $0.key < $1.key })
        where !findings.channels.contains(supervisor) {
            hand(.supervisorLeft, to: session)
        }
        for (session, snoops) in expectation.snoops.sorted(by: { $0.key < $1.key }) {
            for snoop in snoops where !findings.channels.contains(snoop) { hand(.snoopEnded(snoop), to: session) }
        }
    }

    /// Of an earlier run, or of a request that seemed to fail.
    private func whatNobodyHas(_ findings: ComparisonFindings) -> [LeftOver] {
        let channels = findings.channels.filter { ourName($0.rawValue)?.kind == .snoop }.map { LeftOver.snoop($0) }
        let bridges = findings.bridges.keys.filter { ourName($0.rawValue)?.kind == .bridge }.map { LeftOver.bridge($0) }
        // Snoops first.
        return [channels, bridges].flatMap { $0.sorted { $0.name < $1.name } }.filter { !isOwned($0) }
    }

    private func isOwned(_ leftOver: LeftOver) -> Bool { ourName(leftOver.name).map { isOwned($0) } ?? false }

    /// A channel without a session: if it is in our application it is a supervisor of an earlier run, who waits for somebody.
    /// They get a new session, with all its checks.
    private mutating func admitWhoWaits(
        _ findings: ComparisonFindings,
        _ targets: Set<ChannelID>,
        _ missesEvents: Bool,
        _ node: NodeID
    ) {
        var unknown: Set<ChannelID> = []
        for channel in findings.channels.sorted(by: { $0.rawValue < $1.rawValue }) {
            let leg = LegID(node: node, channel: channel)
            if ourName(channel.rawValue)?.kind == .snoop || session(of: leg) != nil { continue }
            // Whoever is dialling at this moment is told of by an event, which may be on its way.
            if missesEvents || nodes[node]?.unknownChannels.contains(channel) == true {
                nodes[node]?.looks[channel, default: 0] += 1
                emit(.lookAt(leg))
            } else if !targets.contains(channel) {
                unknown.insert(channel)
            }
        }
        nodes[node]?.unknownChannels = unknown
        if !unknown.isEmpty { emit(.compareSoon(node)) }
    }
}

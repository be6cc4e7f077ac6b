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
        let strangers = strangers(findings, targets, missesEvents, node)
        look(at: strangers, Looking(findings: findings, leftOvers: leftOvers), node)
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

    /// Whether a session has it. The bridge that somebody was found in may be another one's, of an earlier run.
    func isOwned(_ leftOver: LeftOver) -> Bool {
        if ourName(leftOver.name).map({ isOwned($0) }) == true { return true }
        guard case .bridge = leftOver else { return false }
        return sessions.values.contains { $0.session.owns(leftOver.name) }
    }

    /// The channels without a session that are to be looked at: one that is in our application is a supervisor of an earlier run, who
    /// waits for somebody.
    private mutating func strangers(
        _ findings: ComparisonFindings,
        _ targets: Set<ChannelID>,
        _ missesEvents: Bool,
        _ node: NodeID
    ) -> [ChannelID] {
        var strangers: [ChannelID] = []
        var unknown: Set<ChannelID> = []
        for channel in findings.channels.sorted(by: { $0.rawValue < $1.rawValue }) {
            let leg = LegID(node: node, channel: channel)
            if ourName(channel.rawValue)?.kind == .snoop || session(of: leg) != nil { continue }
            // Whoever is dialling at this moment is told of by an event, which may be on its way.
            if missesEvents || nodes[node]?.unknownChannels.contains(channel) == true {
                strangers.append(channel)
            } else if !targets.contains(channel) {
                unknown.insert(channel)
            }
        }
        nodes[node]?.unknownChannels = unknown
        if !unknown.isEmpty { emit(.compareSoon(node)) }
        return strangers
    }
}

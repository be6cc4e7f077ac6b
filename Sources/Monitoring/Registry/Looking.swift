/// Looking at the channels that no session knew when Asterisk was compared with.
struct Looking: Sendable {
    /// The channels, with the number of answers to come: after a reconnect one may be looked at twice at once.
    var open: [ChannelID: Int] = [:]
    /// What there was when they were found.
    let findings: ComparisonFindings
    /// What of it nobody had.
    let leftOvers: [LeftOver]
    /// Snoops of nobody's that have ended since.
    var ended: Set<ChannelID> = []
    /// Whether Asterisk did not tell of one of the channels.
    var isUnclear = false

    init(findings: ComparisonFindings, leftOvers: [LeftOver]) {
        self.findings = findings
        self.leftOvers = leftOvers
    }
}

/// What an earlier run has left of a session.
struct Remains {
    var snoops: Set<ChannelID> = []
    /// With the channels that are in them.
    var bridges: [BridgeID: Set<ChannelID>] = [:]
    /// The highest serial number among their names, of those that a run could give.
    var lastSerial = 0
}

extension SessionRegistry {
    /// Has channels looked at. Nothing that nobody has is removed before each of them is known: it may be what one of them hears by.
    mutating func look(at channels: [ChannelID], _ new: Looking, _ node: NodeID) {
        let current = nodes[node]?.looking
        guard !channels.isEmpty || current != nil else {
            for leftOver in new.leftOvers { remove(leftOver, node) }
            return
        }
        var looking = new
        looking.open = current?.open ?? [:]
        looking.ended = current?.ended ?? []
        looking.isUnclear = current?.isUnclear ?? false
        for channel in channels {
            looking.open[channel, default: 0] += 1
            emit(.lookAt(LegID(node: node, channel: channel)))
        }
        nodes[node]?.looking = looking
    }

    /// A channel that was found has been looked at.
    mutating func looked(at channel: ChannelID, _ look: ChannelLook, _ node: NodeID) {
        switch look {
        case .supervisor(let arrival): admit(arrival, nodes[node]?.looking)
        case .notOurs: update(node) { $0.abandon(.channel(channel)) }
        case .gone: break
        case .unclear:
            // It is looked at again with the next comparison, in any case.
            nodes[node]?.looking?.isUnclear = true
            nodes[node]?.unknownChannels.insert(channel)
        }
        guard var looking = nodes[node]?.looking else { return }
        let open = (looking.open[channel] ?? 1) - 1
        looking.open[channel] = open > 0 ? open : nil
        nodes[node]?.looking = looking.open.isEmpty ? nil : looking
        guard looking.open.isEmpty, !isWaitingForClarity(looking, node) else { return }
        for leftOver in looking.leftOvers where !isOwned(leftOver) { remove(leftOver, node) }
    }

    /// Whether nothing is to be removed yet, because Asterisk did not tell of somebody who may be hearing by it. They are looked at
    /// again soon; what they hear by is not left for ever.
    private mutating func isWaitingForClarity(_ looking: Looking, _ node: NodeID) -> Bool {
        let rounds = looking.isUnclear ? (nodes[node]?.unclearRounds ?? 0) + 1 : 0
        nodes[node]?.unclearRounds = rounds
        if looking.isUnclear { emit(.compareSoon(node)) }
        return looking.isUnclear && rounds < SessionConfiguration.questionAttempts
    }

    // MARK: - What an earlier run has left

    /// The bridge that a supervisor was found in, whosever it is.
    func bridge(of supervisor: ChannelID, _ looking: Looking?) -> BridgeID? {
        let bridges = looking?.findings.bridges.filter { $0.value.contains(supervisor) } ?? [:]
        return bridges.keys.filter { ourName($0.rawValue)?.kind == .bridge }.min { $0.rawValue < $1.rawValue }
    }

    func remains(of session: SessionID?, _ looking: Looking?) -> Remains {
        guard let session, let looking else { return Remains() }
        func name(_ text: String) -> ResourceName? { ourName(text).flatMap { $0.session == session ? $0 : nil } }
        let channels = looking.findings.channels
        let bridges = looking.findings.bridges.filter { name($0.key.rawValue) != nil }
        let names = (channels.map(\.rawValue) + bridges.keys.map(\.rawValue)).compactMap { name($0) }
        return Remains(
            snoops: channels.filter { name($0.rawValue)?.kind == .snoop && !looking.ended.contains($0) },
            bridges: bridges.mapValues { Set($0) },
            lastSerial: names.map(\.serial).filter { (0..<Outbox.namesOfAllRuns).contains($0) }.max() ?? 0
        )
    }
}

extension SessionMark {
    /// What of the mark is there still, as it was when the session was served last.
    func intact(_ remains: Remains) -> SessionMark {
        var intact = self
        if let link, !remains.snoops.contains(link.snoop) || remains.bridges[link.bridge] != [link.snoop, supervisor] {
            intact.link = nil
        }
        if let recording, intact.link == nil || !remains.snoops.contains(recording.snoop) { intact.recording = nil }
        return intact
    }

    /// How often the session has been taken over, with this time. The run before may have ended before it could write that down.
    func takeOvers(_ remains: Remains) -> Int {
        min(max(takeOvers, remains.lastSerial / Outbox.namesOfOneRun) + 1, Self.mostTakeOvers)
    }
}

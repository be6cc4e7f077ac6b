/// What a session made in Asterisk and has not yet seen go: it is removed exactly once, whatever happens in between.
struct ResourceLedger: Hashable, Sendable {
    enum Progress: Hashable, Sendable {
        /// Asked for; Asterisk has not answered.
        case requested
        case present
        /// To be removed; asked for, not confirmed.
        case removing
        /// A removal was asked for and failed.
        case stuck
    }

    private(set) var snoops: [ChannelID: Progress] = [:]
    private(set) var bridges: [BridgeID: Progress] = [:]

    var isEmpty: Bool { snoops.isEmpty && bridges.isEmpty }

    /// What is in Asterisk, or may be, as text for a report.
    var names: [String] { (snoops.keys.map(\.rawValue) + bridges.keys.map(\.rawValue)).sorted() }

    mutating func set(_ progress: Progress, snoop: ChannelID) { snoops[snoop] = progress }
    mutating func set(_ progress: Progress, bridge: BridgeID) { bridges[bridge] = progress }
    mutating func forget(snoop: ChannelID) { snoops[snoop] = nil }
    mutating func forget(bridge: BridgeID) { bridges[bridge] = nil }

    /// Marks everything that can be removed now, and returns the requests for it.
    ///
    /// What is only requested is left until its answer is here: a removal could overtake the creation. So is what is wanted.
    mutating func removeAll(
        exceptSnoops wantedSnoops: Set<ChannelID>,
        exceptBridges wantedBridges: Set<BridgeID>
    ) -> [SessionRequest] {
        var requests: [SessionRequest] = []
        for (snoop, progress) in snoops.sorted(by: { $0.key.rawValue < $1.key.rawValue })
        where progress.isRemovable && !wantedSnoops.contains(snoop) {
            snoops[snoop] = .removing
            requests.append(.removeSnoop(snoop))
        }
        return requests + removeBridges(except: wantedBridges)
    }

    /// The same for bridges alone.
    mutating func removeBridges(except wantedBridges: Set<BridgeID>) -> [SessionRequest] {
        var requests: [SessionRequest] = []
        for (bridge, progress) in bridges.sorted(by: { $0.key.rawValue < $1.key.rawValue })
        where progress.isRemovable && !wantedBridges.contains(bridge) {
            bridges[bridge] = .removing
            requests.append(.removeBridge(bridge))
        }
        return requests
    }

    /// Whether a snoop that is to go cannot be removed.
    var hasStuckSnoop: Bool { snoops.values.contains(.stuck) }
}

extension ResourceLedger.Progress {
    var isRemovable: Bool {
        switch self {
        case .present, .stuck: true
        case .requested, .removing: false
        }
    }
}

/// What a session made in Asterisk and has not yet seen go: it is removed exactly once, whatever happens in between.
///
/// It follows from the session's requests, their answers, and what is told of snoops.
struct ResourceLedger: Hashable, Sendable {
    enum Progress: Hashable, Sendable {
        /// Asked for; Asterisk has not answered. It is not removed yet: a removal could overtake the creation.
        /// Can transition to: `present`; forgotten, if there is no such target.
        case requested
        /// Can transition to: `removing`; forgotten, if it ends by itself.
        case present
        /// To be removed; asked for, not confirmed. Can transition to: `stuck`; forgotten.
        case removing
        /// A removal was asked for and failed. Can transition to: `present`, to be asked again; forgotten.
        case stuck
    }

    private struct Snoop: Hashable {
        /// The channel that it is on.
        let target: ChannelID
        var progress: Progress
    }

    private var snoops: [ChannelID: Snoop] = [:]
    private var bridges: [BridgeID: Progress] = [:]

    var isEmpty: Bool { snoops.isEmpty && bridges.isEmpty }
    /// Whether there is anything of which a removal would not overtake another request.
    var mayBeRemoved: Bool {
        snoops.values.contains { $0.progress == .present } || bridges.values.contains { $0 == .present }
    }
    /// Whether a snoop that is to go cannot be removed.
    var hasStuckSnoop: Bool { snoops.values.contains { $0.progress == .stuck } }

    /// What is in Asterisk, or may be, as text for a report.
    var names: [String] { (snoops.keys.map(\.rawValue) + bridges.keys.map(\.rawValue)).sorted() }

    subscript(snoop: ChannelID) -> Progress? { snoops[snoop]?.progress }
    subscript(bridge: BridgeID) -> Progress? { bridges[bridge] }

    func snoops(on channel: ChannelID) -> Set<ChannelID> {
        Set(snoops.filter { $0.value.target == channel }.keys)
    }

    /// Of each snoop that there is, or may be: the channel that it is on.
    var snoopTargets: [ChannelID: ChannelID] { snoops.mapValues(\.target) }

    func contains(_ resource: SessionRequest.Resource) -> Bool {
        switch resource {
        case .snoop(let snoop): snoops[snoop] != nil
        case .bridge(let bridge): bridges[bridge] != nil
        }
    }

    // MARK: - What happened

    mutating func requested(_ request: SessionRequest) {
        if case .createSnoop(let snoop, let target, _) = request {
            snoops[snoop] = Snoop(target: target, progress: .requested)
        } else if case .createBridge(let bridge) = request {
            bridges[bridge] = .requested
        }
    }

    mutating func answered(_ request: SessionRequest, _ answer: SessionAnswer) {
        if let creation = request.creation { created(creation, answer) }
        switch request.removal {
        case .snoop(let snoop):
            // Its StasisEnd may have been here before the answer.
            if answer.isRemoval { snoops[snoop] = nil } else { snoops[snoop]?.progress = .stuck }
        case .bridge(let bridge):
            guard bridges[bridge] != nil else { break }
            bridges[bridge] = answer.isRemoval ? nil : .stuck
        case nil: break
        }
    }

    private mutating func created(_ resource: SessionRequest.Resource, _ answer: SessionAnswer) {
        switch resource {
        case .snoop(let snoop):
            // Its StasisStart has proved that it is there, whatever the answer says. Or it lived and ended before.
            guard snoops[snoop]?.progress == .requested else { return }
            // A refusal leaves doubt: a request that was sent twice is refused the second time.
            if answer.failure == .gone { snoops[snoop] = nil } else { snoops[snoop]?.progress = .present }
        case .bridge(let bridge):
            bridges[bridge] = .present
        }
    }

    /// It was made by an earlier run, and is there.
    mutating func adopt(_ snoop: ChannelID, on target: ChannelID) {
        snoops[snoop] = Snoop(target: target, progress: .present)
    }

    mutating func adopt(_ bridge: BridgeID) { bridges[bridge] = .present }

    mutating func started(_ snoop: ChannelID) {
        if snoops[snoop]?.progress == .requested { snoops[snoop]?.progress = .present }
    }

    mutating func ended(_ snoop: ChannelID) { snoops[snoop] = nil }

    // MARK: - Removing

    /// Marks everything that can be removed now and is not wanted, and returns the requests for it.
    mutating func removals(
        exceptSnoops wantedSnoops: Set<ChannelID>,
        exceptBridges wantedBridges: Set<BridgeID>
    ) -> [SessionRequest] {
        var requests: [SessionRequest] = []
        let unwantedSnoops = snoops.filter { $0.value.progress == .present && !wantedSnoops.contains($0.key) }.keys
        for snoop in unwantedSnoops.sorted(by: { $0.rawValue < $1.rawValue }) {
            snoops[snoop]?.progress = .removing
            requests.append(.removeSnoop(snoop))
        }
        let unwantedBridges = bridges.filter { $0.value == .present && !wantedBridges.contains($0.key) }.keys
        for bridge in unwantedBridges.sorted(by: { $0.rawValue < $1.rawValue }) {
            bridges[bridge] = .removing
            requests.append(.removeBridge(bridge))
        }
        return requests
    }

    mutating func forgetFailures() {
        for (id, snoop) in snoops where snoop.progress == .stuck { snoops[id]?.progress = .present }
        for (bridge, progress) in bridges where progress == .stuck { bridges[bridge] = .present }
    }
}

extension SessionAnswer {
    /// Whether what was to be removed is gone: already gone is success.
    fileprivate var isRemoval: Bool { failure == nil || failure == .gone }
}

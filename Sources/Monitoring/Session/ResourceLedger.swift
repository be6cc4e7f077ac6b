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

    private var snoops: [ChannelID: Progress] = [:]
    /// Of each snoop, the channel that it is on.
    private var targets: [ChannelID: ChannelID] = [:]
    private var bridges: [BridgeID: Progress] = [:]

    var isEmpty: Bool { snoops.isEmpty && bridges.isEmpty }
    /// Whether a snoop that is to go cannot be removed.
    var hasStuckSnoop: Bool { snoops.values.contains(.stuck) }

    /// What is in Asterisk, or may be, as text for a report.
    var names: [String] { (snoops.keys.map(\.rawValue) + bridges.keys.map(\.rawValue)).sorted() }

    subscript(snoop: ChannelID) -> Progress? { snoops[snoop] }
    subscript(bridge: BridgeID) -> Progress? { bridges[bridge] }

    func snoops(on channel: ChannelID) -> Set<ChannelID> {
        Set(snoops.keys.filter { targets[$0] == channel })
    }

    func contains(_ resource: SessionRequest.Resource) -> Bool {
        switch resource {
        case .snoop(let snoop): snoops[snoop] != nil
        case .bridge(let bridge): bridges[bridge] != nil
        }
    }

    // MARK: - What happened

    mutating func requested(_ request: SessionRequest) {
        if case .createSnoop(let snoop, let target, _) = request { targets[snoop] = target }
        switch request.creation {
        case .snoop(let snoop): snoops[snoop] = .requested
        case .bridge(let bridge): bridges[bridge] = .requested
        case nil: break
        }
    }

    mutating func answered(_ request: SessionRequest, _ answer: SessionAnswer) {
        if let creation = request.creation { created(creation, answer) }
        switch request.removal {
        case .snoop(let snoop):
            // Its StasisEnd was here before the answer.
            guard snoops[snoop] != nil else { break }
            snoops[snoop] = answer.isRemoval ? nil : .stuck
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
            guard snoops[snoop] == .requested else { return }
            // A refusal leaves doubt: a request that was sent twice is refused the second time.
            snoops[snoop] = answer.failure == .gone ? nil : .present
        case .bridge(let bridge):
            bridges[bridge] = .present
        }
    }

    mutating func started(_ snoop: ChannelID) {
        if snoops[snoop] == .requested { snoops[snoop] = .present }
    }

    mutating func ended(_ snoop: ChannelID) { snoops[snoop] = nil }

    // MARK: - Removing

    /// Marks everything that can be removed now and is not wanted, and returns the requests for it.
    mutating func removals(
        exceptSnoops wantedSnoops: Set<ChannelID>,
        exceptBridges wantedBridges: Set<BridgeID>
    ) -> [SessionRequest] {
        var requests: [SessionRequest] = []
        for (snoop, progress) in snoops.sorted(by: { $0.key.rawValue < $1.key.rawValue })
        where progress == .present && !wantedSnoops.contains(snoop) {
            snoops[snoop] = .removing
            requests.append(.removeSnoop(snoop))
        }
        for (bridge, progress) in bridges.sorted(by: { $0.key.rawValue < $1.key.rawValue })
        where progress == .present && !wantedBridges.contains(bridge) {
            bridges[bridge] = .removing
            requests.append(.removeBridge(bridge))
        }
        return requests
    }

    mutating func forgetFailures() {
        for (snoop, progress) in snoops where progress == .stuck { snoops[snoop] = .present }
        for (bridge, progress) in bridges where progress == .stuck { bridges[bridge] = .present }
    }
}

extension SessionAnswer {
    /// Whether what was to be removed is gone: already gone is success.
    fileprivate var isRemoval: Bool { failure == nil || failure == .gone }
}

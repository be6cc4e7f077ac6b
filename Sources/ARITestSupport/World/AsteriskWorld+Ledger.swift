import ARI

extension AsteriskWorld {
    /// A request that no correct client makes, whatever the order of events.
    package struct Violation: Sendable, Hashable, CustomStringConvertible {
        /// The operation, such as `channels.snoopChannelWithId`.
        package var operation: String
        /// What was wrong.
        package var reason: String

        package var description: String { "\(operation): \(reason)" }
    }

    /// What was made over ARI and what became of it.
    struct Ledger: Sendable, Equatable {
        /// Every channel that ever lived.
        var channels: Set<Channel.ID> = []
        /// Every channel that ever was in Stasis.
        var inStasis: Set<Channel.ID> = []
        /// Every snoop that was ever made.
        var snoops: Set<Channel.ID> = []
        /// Every bridge that ever existed.
        var bridges: Set<Bridge.ID> = []
        /// Every bridge that was made over ARI.
        var ownBridges: Set<Bridge.ID> = []
        /// Every playback that was ever begun.
        var playbacks: Set<Playback.ID> = []
        /// How often each snoop was hung up by a request that was carried out.
        var snoopRemovals: [Channel.ID: Int] = [:]
        /// How often each bridge was destroyed by a request that was carried out.
        var bridgeRemovals: [Bridge.ID: Int] = [:]
    }

    /// What was made over ARI and still exists: a client that has ended its sessions leaves nothing.
    package var leftovers: [String] {
        let snoops = snoops.map { "snoop \($0.channel.id)" }
        let bridges = bridges.filter { ledger.ownBridges.contains($0.id) }.map { "bridge \($0.id)" }
        let recordings = currentRecordings.map { "recording \($0.name)" }
        return snoops + bridges + recordings + subscribedEndpoints.map { "subscription \($0)" }
    }

    /// The endpoints that applications are subscribed to: Asterisk remembers them without any connection.
    private var subscribedEndpoints: [String] {
        let sources = Set(applications.values.flatMap(\.subscriptions.keys))
        return sources.compactMap { source in
            if case .endpoint = source { source.description } else { nil }
        }.sorted()
    }

    /// The number of snoops that were ever made.
    package var snoopsMade: Int { ledger.snoops.count }

    /// The number of bridges that were ever made over ARI.
    package var bridgesMade: Int { ledger.ownBridges.count }

    mutating func violate(_ operation: String, _ reason: String) {
        violations.append(Violation(operation: operation, reason: reason))
    }

    /// Notes a request about a channel that does not live: too late is no violation, never is one.
    mutating func noteMissing(_ id: Channel.ID, _ operation: String) {
        if !ledger.channels.contains(id) {
            violate(operation, "channel \(id) never existed")
        }
    }

    /// Notes a request about a bridge that does not exist.
    mutating func noteMissing(_ id: Bridge.ID, _ operation: String) {
        if !ledger.bridges.contains(id) {
            violate(operation, "bridge \(id) never existed")
        } else if ledger.bridgeRemovals[id, default: 0] > 0 {
            violate(operation, "bridge \(id) was destroyed by the same client before")
        }
    }
}

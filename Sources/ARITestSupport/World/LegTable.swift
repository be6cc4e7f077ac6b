import ARI

/// The channels that live, oldest first. Found without a look at the others: a channel by its ID or name, a channel's
/// snoops, and an application's channels and the bridges that they are in.
struct LegTable: Sendable, Equatable {
    typealias Leg = AsteriskWorld.Leg

    /// What a channel is found by besides its ID and its name, which never change.
    private struct Marks: Equatable {
        /// What it snoops on.
        var target: Channel.ID?
        /// In which application it is.
        var application: String?
        var bridge: Bridge.ID?
        var hasHooks: Bool

        init(_ leg: Leg) {
            target = leg.snoop?.target
            if case .stasis(let application) = leg.place {
                self.application = application
                bridge = leg.bridge
            }
            hasHooks = leg.hooks != nil
        }
    }

    private var legs = OrderedTable<Channel.ID, Leg>()
    private var names: [String: Channel.ID] = [:]
    private var snoops: [Channel.ID: Set<Channel.ID>] = [:]
    private var members: [String: Set<Channel.ID>] = [:]
    /// How many of an application's channels are in a bridge.
    private var bridges: [String: [Bridge.ID: Int]] = [:]
    /// The channels that have audio hooks and no snoop.
    private(set) var hooksWithoutSnoop: Set<Channel.ID> = []

    /// A channel by its ID.
    subscript(id: Channel.ID) -> Leg? { legs[id] }

    /// A channel by its ID or its exact name.
    func called(_ reference: String) -> Leg? {
        legs[Channel.ID(reference)] ?? names[reference].flatMap { legs[$0] }
    }

    /// The snoops of a channel, oldest first.
    func snoops(of id: Channel.ID) -> [Leg] { legs.ordered(snoops[id, default: []]) }

    /// The channels in an application, in any order.
    func members(of application: String) -> Set<Channel.ID> { members[application, default: []] }

    /// The bridges that an application's channels are in, in any order.
    func bridges(of application: String) -> Dictionary<Bridge.ID, Int>.Keys { bridges[application, default: [:]].keys }

    /// Those of these channels that live, oldest first.
    func ordered(_ ids: [Channel.ID]) -> [Leg] { legs.ordered(ids) }

    mutating func append(_ leg: Leg) {
        let id = leg.channel.id
        legs.append(leg, as: id)
        names[leg.channel.name] = id
        mark(id, Marks(leg))
    }

    /// Changes anything of a channel but its ID and its name.
    mutating func change(_ id: Channel.ID, _ body: (inout Leg) -> Void) {
        guard let before = legs[id].map(Marks.init) else { return }
        legs.change(id, body)
        guard let after = legs[id].map(Marks.init), after != before else { return }
        unmark(id, before)
        mark(id, after)
    }

    mutating func remove(_ id: Channel.ID) {
        guard let leg = legs[id] else { return }
        legs.remove(id)
        if names[leg.channel.name] == id { names[leg.channel.name] = nil }
        unmark(id, Marks(leg))
    }

    // MARK: - Marks

    private mutating func mark(_ id: Channel.ID, _ marks: Marks) {
        if let target = marks.target {
            snoops[target, default: []].insert(id)
            lookAtHooks(of: target)
        }
        if let application = marks.application {
            members[application, default: []].insert(id)
            if let bridge = marks.bridge { bridges[application, default: [:]][bridge, default: 0] += 1 }
        }
        lookAtHooks(of: id)
    }

    private mutating func unmark(_ id: Channel.ID, _ marks: Marks) {
        if let target = marks.target {
            snoops[target]?.remove(id)
            if snoops[target]?.isEmpty == true { snoops[target] = nil }
            lookAtHooks(of: target)
        }
        if let application = marks.application {
            members[application]?.remove(id)
            if members[application]?.isEmpty == true { members[application] = nil }
            if let bridge = marks.bridge, let count = bridges[application]?[bridge] {
                bridges[application]?[bridge] = count > 1 ? count - 1 : nil
                if bridges[application]?.isEmpty == true { bridges[application] = nil }
            }
        }
        lookAtHooks(of: id)
    }

    private mutating func lookAtHooks(of id: Channel.ID) {
        if legs[id]?.hooks != nil, snoops[id] == nil {
            hooksWithoutSnoop.insert(id)
        } else {
            hooksWithoutSnoop.remove(id)
        }
    }
}

extension LegTable: Sequence {
    func makeIterator() -> OrderedTable<Channel.ID, Leg>.Iterator { legs.makeIterator() }
}

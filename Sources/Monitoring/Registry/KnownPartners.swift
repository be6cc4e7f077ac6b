/// What is known of those whom a monitored channel talks to.
struct KnownPartners: Hashable, Sendable {
    /// By which Local channels the target talks to somebody; see ``Partner/relays``.
    private(set) var relays: Set<ChannelID> = []
    /// Whose packets the target's audio hooks have seen, as far as known: one name, or none.
    private var heard: Set<ChannelName> = []
    /// Nobody can have been the target's partner since the hooks are there and not be known: Asterisk was asked after it was
    /// asked to tell.
    private var isCertain = false
    /// The channels that the target talks to now, as far as known, and who is heard by each; supervisors may hear them with this
    /// target. Whoever comes back is looked at again: behind a Local channel there may be somebody else.
    private var parties: [ChannelName: Set<CallParty>] = [:]

    /// Who is heard beside the target now.
    var heardParties: Set<CallParty> { parties.values.everybody }

    /// What follows from news.
    enum Consequence: Hashable, Sendable {
        case goOn
        /// Asterisk is to be asked whom the target talks to.
        case ask
        /// Somebody has come in the place of the only partner whose packets the audio hooks have seen: they are to go.
        case unhook
        /// Somebody is among them who is not to be heard.
        case protected
    }

    init() {}

    /// - Parameter target: when no hooks are on its channel.
    init(_ target: TargetChannel) {
        relays = target.relays
        heard = target.partners.count == 1 ? target.partners : []
        parties = target.parties
    }

    /// Those with whom the target may be heard, by what was decided last. Nobody if it talks through a Local channel:
    /// who stands behind one changes without its name.
    var decided: Set<ChannelName> { relays.isEmpty ? Set(parties.keys) : [] }

    mutating func add(relays more: Set<ChannelID>) { relays.formUnion(more) }

    /// Somebody else's packets come first than those that earlier hooks have seen.
    func replaces(_ earlier: Self) -> Bool {
        !heard.isEmpty && !earlier.heard.isEmpty && heard.isDisjoint(with: earlier.heard)
    }

    /// The target talks to nobody.
    mutating func nobody() { parties = [:] }

    mutating func changed(to names: Set<ChannelName>, isComplete: Bool) -> Consequence {
        if isReplacement(names) { return .unhook }
        if names.count == 1 { heard = names }
        guard isComplete, names.isSubset(of: parties.keys) else { return .ask }
        parties = parties.filter { names.contains($0.key) }
        return .goOn
    }

    mutating func found(_ partners: [Partner]) -> Consequence {
        relays = partners.reduce(into: []) { $0.formUnion($1.relays) }
        if partners.contains(where: \.isProtected) { return .protected }
        let names = Set(partners.map(\.name))
        if isReplacement(names) { return .unhook }
        if names.count == 1 { heard = names }
        parties = partners.filter { !$0.hasLeft }.parties
        isCertain = true
        return .goOn
    }

    /// - Parameter names: of all whom the target talks to, who were known when Asterisk was asked.
    mutating func foundKnown(_ names: Set<ChannelName>) -> Consequence {
        let consequence = changed(to: names, isComplete: true)
        if consequence == .goOn { isCertain = true }
        return consequence
    }

    /// Among several partners Asterisk mixes, and no packet's number counts; nor do those of the first partner. Until Asterisk
    /// has been asked over a subscription, somebody may have come and gone who is not known.
    private func isReplacement(_ names: Set<ChannelName>) -> Bool {
        names.count == 1 && names.isDisjoint(with: heard) && !(heard.isEmpty && isCertain)
    }
}

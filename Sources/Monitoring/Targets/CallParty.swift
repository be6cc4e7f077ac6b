/// Somebody whom a target talks to, through whatever Local channels stand between: who is heard beside the target.
package struct CallParty: Hashable, Sendable {
    /// Their own channel: two callers of one trunk differ by it.
    package let channel: ChannelName
    /// Whose phone it is, or which trunk; nil for a channel of no endpoint.
    package let endpoint: EndpointName?
    /// The number that Asterisk has for them, unless they withhold it: digits and `+*#`, 32 at most. Empty if there is none. For the
    /// record, never for a log: it can be an outside one.
    package let number: String

    package init(channel: ChannelName, endpoint: EndpointName?, number: String = "") {
        self.channel = channel
        self.endpoint = endpoint
        self.number = number
    }
}

extension Sequence<Partner> {
    /// Who is heard by each of them.
    package var parties: [ChannelName: Set<CallParty>] {
        Dictionary(map { ($0.name, $0.parties) }) { $0.union($1) }
    }
}

extension Sequence<Set<CallParty>> {
    /// All of them together.
    package var everybody: Set<CallParty> { reduce(into: []) { $0.formUnion($1) } }
}

/// A party as the record names them.
package struct NamedParty: Hashable, Sendable {
    /// Their extension, or else the name of their endpoint, such as a trunk's. Nil for what is neither: beside PJSIP, the name of a
    /// channel can have an outside number in it.
    package let name: String?
    /// See ``CallParty/number``; empty if it says no more than the name.
    package let number: String

    package init(_ party: CallParty, in endpoints: EndpointBook) {
        let owner = party.endpoint.flatMap { endpoints.owner(of: $0)?.digits }
        let endpoint = party.endpoint.flatMap { $0.normalized.technology == "PJSIP" ? $0.resource : nil }
        self.init(name: owner ?? endpoint, number: party.number)
    }

    package init(name: String?, number: String = "") {
        self.name = name
        self.number = number == name ? "" : number
    }
}

/// Somebody whom a target talks to, through whatever Local channels stand between: who is heard beside the target.
package struct CallParty: Hashable, Sendable {
    /// Whose phone it is, or which trunk; nil for a channel of no endpoint.
    package let endpoint: EndpointName?
    /// The number that Asterisk has for them (`CALLERID(num)`), digits and `+*#` alone. Empty if it has none. For the record,
    /// never for a log: it can be an outside one.
    package let number: String

    package init(endpoint: EndpointName?, number: String = "") {
        self.endpoint = endpoint
        self.number = number
    }
}

/// A party as the record names them.
package struct NamedParty: Hashable, Sendable {
    /// Nil if nobody knows one for their endpoint.
    package let `extension`: Extension?
    /// See ``CallParty/number``; empty if it says no more than the extension.
    package let number: String

    package init(_ party: CallParty, in endpoints: EndpointBook) {
        `extension` = party.endpoint.flatMap { endpoints.owner(of: $0) }
        number = party.number == `extension`?.digits ? "" : party.number
    }

    package init(extension: Extension?, number: String = "") {
        self.`extension` = `extension`
        self.number = number
    }
}

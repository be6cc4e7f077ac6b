/// What Asterisk said about an extension's channels.
package enum TargetLookup: Hashable, Sendable {
    /// None of the endpoints that the extension could have exists.
    case unknownExtension
    /// The extension has more channels than somebody who talks can have: it is a trunk, or a conference phone.
    case tooManyChannels
    /// The channels of the extension's endpoints; empty when it is idle.
    case channels([TargetChannel])
}

/// One channel of the extension that a supervisor wants to monitor: the agent's own leg of a call.
package struct TargetChannel: Hashable, Sendable {
    package var id: ChannelID
    /// The channel's name in Asterisk, such as `PJSIP/101-0000001a`.
    package var name: String
    package var endpoint: EndpointName
    /// Which of the configured endpoint templates found it, counted from 0: the first one with a call wins.
    package var templateIndex: Int
    /// The channel is answered.
    package var isUp: Bool
    /// The channel talks to somebody: it is in a bridge with at least one other channel.
    package var isBridged: Bool
    /// The channels that it talks to, or talked to last, and who is heard by each of them.
    package var parties: [ChannelName: Set<CallParty>]
    /// Between the channel and those whom it talks to: see ``Partner/relays``.
    package var relays: Set<ChannelID>
    /// `DISABLE_SPY` of the user whose channel it is, or of a partner.
    package var isProtected: Bool
    /// The groups in the `SPYGROUP` of the channel.
    package var groups: Set<String>
    /// The channel is a supervisor's, in a monitoring session of their own.
    package var isSupervising: Bool
    /// Asterisk's linked ID: all channels of one call have the same. Empty if it is not known.
    package var linkedID: String
    /// When Asterisk made the channel, in milliseconds since 1970 by Asterisk's clock.
    package var createdAt: Int64

    package init(
        id: ChannelID,
        name: String,
        endpoint: EndpointName,
        templateIndex: Int = 0,
        isUp: Bool,
        isBridged: Bool,
        parties: [ChannelName: Set<CallParty>] = [:],
        relays: Set<ChannelID> = [],
        isProtected: Bool,
        groups: Set<String> = [],
        isSupervising: Bool = false,
        linkedID: String = "",
        createdAt: Int64
    ) {
        self.id = id
        self.name = name
        self.endpoint = endpoint
        self.templateIndex = templateIndex
        self.isUp = isUp
        self.isBridged = isBridged
        self.parties = parties
        self.relays = relays
        self.isProtected = isProtected
        self.groups = groups
        self.isSupervising = isSupervising
        self.linkedID = linkedID
        self.createdAt = createdAt
    }

    /// The names of the channels that it talks to, or talked to last.
    package var partners: Set<ChannelName> { Set(parties.keys) }

    /// Whether this channel is a better choice than another one: in a call before any other, answered before ringing, the
    /// first template's before the next one's, the newest first.
    func isBetter(than other: TargetChannel) -> Bool {
        if isBridged != other.isBridged { return isBridged }
        if isUp != other.isUp { return isUp }
        if templateIndex != other.templateIndex { return templateIndex < other.templateIndex }
        return createdAt > other.createdAt
    }

    /// A strict order of an extension's channels by the time of their creation.
    func isOlder(than other: TargetChannel) -> Bool {
        (createdAt, id.rawValue) < (other.createdAt, other.id.rawValue)
    }
}

/// A channel that a target talks to, or talked to last.
package struct Partner: Hashable, Sendable {
    package var name: ChannelName
    /// It exists no longer: the target is alone, or about to be told who comes next.
    package var hasLeft: Bool
    /// `DISABLE_SPY` of the user whose channel it is, or of somebody who is heard through it.
    package var isProtected: Bool
    /// The far halves of Local channels by which the target talks to somebody: whoever these talk to, it talks to.
    package var relays: Set<ChannelID>
    /// Who is heard by the channel: its own party, or those behind a Local channel. Empty if they have left.
    package var parties: Set<CallParty>

    package init(
        name: ChannelName,
        hasLeft: Bool = false,
        isProtected: Bool = false,
        relays: Set<ChannelID> = [],
        parties: Set<CallParty> = []
    ) {
        self.name = name
        self.parties = parties
        self.hasLeft = hasLeft
        self.isProtected = isProtected
        self.relays = relays
    }
}

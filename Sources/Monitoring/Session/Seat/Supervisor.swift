/// The channel that dialled a feature code.
package struct Supervisor: Hashable, Sendable {
    package let leg: LegID
    /// Whose channel it is; nil when the channel's name does not tell. Never the caller ID, which a phone can choose.
    package let endpoint: EndpointName?
    /// What was dialled, such as `*91101`.
    package let dialled: String

    package init(leg: LegID, endpoint: EndpointName?, dialled: String) {
        self.leg = leg
        self.endpoint = endpoint
        self.dialled = dialled
    }

    package var channel: ChannelID { leg.channel }
    package var node: NodeID { leg.node }
}

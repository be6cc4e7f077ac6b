/// The channel that dialled a feature code.
package struct Supervisor: Hashable, Sendable {
    package let leg: LegID
    /// Whose channel it is; nil when the channel's name does not tell. Never the caller ID, which a phone can choose.
    package let endpoint: EndpointName?
    /// What was dialled, such as `*91101`.
    package let dialled: String
    /// It was answered before it came: by the dialplan, or by an earlier run of the service.
    package let isAnswered: Bool

    package init(leg: LegID, endpoint: EndpointName?, dialled: String, isAnswered: Bool = false) {
        self.leg = leg
        self.endpoint = endpoint
        self.dialled = dialled
        self.isAnswered = isAnswered
    }

    package var channel: ChannelID { leg.channel }
    package var node: NodeID { leg.node }
}

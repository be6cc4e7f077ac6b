/// Something in Asterisk that no session has, and nobody else removes.
package enum LeftOver: Hashable, Sendable {
    /// The channel of somebody who has come into a supervisor's place, or of a supervisor who could not be released.
    case stranger(ChannelID)
    case snoop(ChannelID)
    case bridge(BridgeID)

    package var name: String {
        switch self {
        case .stranger(let channel), .snoop(let channel): channel.rawValue
        case .bridge(let bridge): bridge.rawValue
        }
    }

    init(_ resource: SessionRequest.Resource) {
        switch resource {
        case .snoop(let snoop): self = .snoop(snoop)
        case .bridge(let bridge): self = .bridge(bridge)
        }
    }
}

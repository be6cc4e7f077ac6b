/// A Stasis application as Asterisk knows it: its name and what it is subscribed to.
package struct StasisApplication: Sendable, Hashable {
    /// The name, which is also the argument of `Stasis()` in the dialplan.
    package var name: String
    /// The channels whose events it gets; among them all channels that are in it.
    package var channels: [Channel.ID]
    /// The bridges whose events it gets.
    package var bridges: [Bridge.ID]
    /// The endpoints whose events it gets, as `PJSIP/203`.
    package var endpoints: [String]

    /// Creates an application as Asterisk would describe it.
    package init(name: String, channels: [Channel.ID] = [], bridges: [Bridge.ID] = [], endpoints: [String] = []) {
        self.name = name
        self.channels = channels
        self.bridges = bridges
        self.endpoints = endpoints
    }
}

extension StasisApplication: JSONReadable {
    init(json: JSONNode) throws(JSONProblem) {
        name = try json.read("name")
        channels = try json.read("channel_ids")
        bridges = try json.read("bridge_ids")
        endpoints = try json.read("endpoint_ids")
    }
}

/// Something whose events an application can subscribe to.
package enum EventSource: Sendable, Hashable, CustomStringConvertible {
    /// One channel.
    case channel(Channel.ID)
    /// One bridge, which must have been made over ARI: Asterisk answers 422 for the bridge of an ordinary call.
    case bridge(Bridge.ID)
    /// One endpoint with all its channels. The subscription survives the process until it is taken back.
    case endpoint(technology: String, resource: String)

    /// The text that ARI uses. Sources are separated by commas there, so an ID that holds one cannot be named.
    package var description: String {
        switch self {
        case .channel(let id): "channel:\(id)"
        case .bridge(let id): "bridge:\(id)"
        case .endpoint(let technology, let resource): "endpoint:\(technology)/\(resource)"
        }
    }
}

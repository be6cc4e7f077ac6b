/// An endpoint: a phone or trunk that Asterisk knows, and its channels.
package struct Endpoint: Sendable, Hashable {
    /// The technology, such as `PJSIP`.
    package var technology: String
    /// The name in that technology, such as `203`. Case matters.
    package var resource: String
    /// `online`, `offline`, `unknown`, or something that we do not know; nil if Asterisk does not say.
    package var state: String?
    /// All its channels, from creation to destruction, in any state.
    package var channels: [Channel.ID]

    /// Creates an endpoint as Asterisk would describe it.
    package init(technology: String, resource: String, state: String?, channels: [Channel.ID] = []) {
        self.technology = technology
        self.resource = resource
        self.state = state
        self.channels = channels
    }
}

extension Endpoint: JSONReadable {
    init(json: JSONNode) throws(JSONProblem) {
        technology = try json.read("technology")
        resource = try json.read("resource")
        state = try json.readIfPresent("state")
        channels = try json.read("channel_ids")
    }
}

/// A bridge: what connects the audio of its channels.
package struct Bridge: Sendable, Hashable, Identifiable {
    /// The bridge's unique ID.
    package struct ID: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
        /// The text that Asterisk uses.
        package var rawValue: String

        package init(rawValue: String) {
            self.rawValue = rawValue
        }

        /// Wraps the text that Asterisk uses.
        package init(_ rawValue: String) {
            self.rawValue = rawValue
        }

        package var description: String { rawValue }
    }

    /// What a bridge does with audio. Types that we do not name are texts, too.
    package struct Kind: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
        /// The text that Asterisk uses.
        package var rawValue: String

        package init(rawValue: String) {
            self.rawValue = rawValue
        }

        /// Everybody hears everybody.
        package static let mixing = Self(rawValue: "mixing")
        /// Participants hear only the announcer.
        package static let holding = Self(rawValue: "holding")

        package var description: String { rawValue }
    }

    /// The unique ID.
    package var id: ID
    /// The technology that mixes at this moment: `simple_bridge`, `softmix`, `native_rtp`, `holding_bridge`.
    package var technology: String
    /// What it does with audio.
    package var kind: Kind
    /// Its name; empty if it has none.
    package var name: String
    /// Who made it: `Stasis` for bridges made over ARI, which are the only ones that ARI may change.
    package var creator: String
    /// The channels in it.
    package var channels: [Channel.ID]
    /// When it was created; nil from an Asterisk that does not say.
    package var creationTime: ARITimestamp?

    /// Creates a bridge as Asterisk would describe it.
    package init(
        id: ID,
        technology: String,
        kind: Kind,
        name: String = "",
        creator: String = "",
        channels: [Channel.ID] = [],
        creationTime: ARITimestamp? = nil
    ) {
        self.id = id
        self.technology = technology
        self.kind = kind
        self.name = name
        self.creator = creator
        self.channels = channels
        self.creationTime = creationTime
    }
}

extension Bridge.ID: JSONReadable {}

extension Bridge.Kind: JSONReadable {}

extension Bridge: JSONReadable {
    init(json: JSONNode) throws(JSONProblem) {
        id = try json.read("id")
        technology = try json.read("technology")
        kind = try json.read("bridge_type")
        name = try json.readIfPresent("name") ?? ""
        creator = try json.readIfPresent("creator") ?? ""
        channels = try json.read("channels")
        creationTime = try json.readIfPresent("creationtime")
    }
}

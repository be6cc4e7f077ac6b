/// A prompt, or several in a row, that a channel or a bridge is played.
package struct Playback: Sendable, Hashable, Identifiable {
    /// The playback's unique ID.
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

    /// How far it is. Texts that we do not know survive.
    package struct State: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
        /// The text that Asterisk uses.
        package var rawValue: String

        package init(rawValue: String) {
            self.rawValue = rawValue
        }

        /// Waits for an earlier playback of the same channel.
        package static let queued = Self(rawValue: "queued")
        /// Is heard.
        package static let playing = Self(rawValue: "playing")
        /// Is between two media.
        package static let continuing = Self(rawValue: "continuing")
        /// Was heard to its end, or was stopped.
        package static let done = Self(rawValue: "done")
        /// Could not be played: the file is missing, or the channel is gone.
        package static let failed = Self(rawValue: "failed")

        package var description: String { rawValue }
    }

    /// The unique ID.
    package var id: ID
    /// The state.
    package var state: State
    /// The medium that is played now, such as `sound:beep`.
    package var mediaURI: String
    /// Where it is played, such as `channel:1700000000.1`.
    package var targetURI: String

    /// Creates a playback as Asterisk would describe it.
    package init(id: ID, state: State, mediaURI: String, targetURI: String) {
        self.id = id
        self.state = state
        self.mediaURI = mediaURI
        self.targetURI = targetURI
    }
}

extension Playback.ID: JSONReadable {}

extension Playback.State: JSONReadable {}

extension Playback: JSONReadable {
    init(json: JSONNode) throws(JSONProblem) {
        id = try json.read("id")
        state = try json.read("state")
        mediaURI = try json.read("media_uri")
        targetURI = try json.read("target_uri")
    }
}

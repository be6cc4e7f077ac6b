/// A recording that Asterisk makes, or has just ended.
package struct LiveRecording: Sendable, Hashable {
    /// How far it is. Texts that we do not know survive.
    package struct State: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
        /// The text that Asterisk uses.
        package var rawValue: String

        package init(rawValue: String) {
            self.rawValue = rawValue
        }

        /// Is about to begin: what the answer to the request says.
        package static let queued = Self(rawValue: "queued")
        /// Records.
        package static let recording = Self(rawValue: "recording")
        /// Is over, and its file closed.
        package static let done = Self(rawValue: "done")
        /// Could not begin.
        package static let failed = Self(rawValue: "failed")
        /// Was stopped, and its file removed.
        package static let canceled = Self(rawValue: "canceled")

        package var description: String { rawValue }
    }

    /// The name: the file's path below Asterisk's folder of recordings, without the ending.
    package var name: String
    /// The format, which is also the file's ending, such as `wav`.
    package var format: String
    /// The state.
    package var state: State
    /// What is recorded, such as `channel:1700000000.1`.
    package var targetURI: String
    /// Why it failed; nil if it did not.
    package var cause: String?
    /// Its length in seconds; nil while it records, and if it failed.
    package var durationSeconds: Int?

    /// Creates a recording as Asterisk would describe it.
    package init(
        name: String,
        format: String,
        state: State,
        targetURI: String,
        cause: String? = nil,
        durationSeconds: Int? = nil
    ) {
        self.name = name
        self.format = format
        self.state = state
        self.targetURI = targetURI
        self.cause = cause
        self.durationSeconds = durationSeconds
    }
}

extension LiveRecording.State: JSONReadable {}

extension LiveRecording: JSONReadable {
    init(json: JSONNode) throws(JSONProblem) {
        name = try json.read("name")
        format = try json.read("format")
        state = try json.read("state")
        targetURI = try json.read("target_uri")
        cause = try json.readIfPresent("cause")
        durationSeconds = try json.readIfPresent("duration")
    }
}

/// A playback has played a medium, and goes on with the next one.
package struct PlaybackContinuing: Sendable, Hashable {
    /// The playback.
    package var playback: Playback
    /// When Asterisk sent it.
    package var timestamp: ARITimestamp?

    package init(playback: Playback, timestamp: ARITimestamp? = nil) {
        self.playback = playback
        self.timestamp = timestamp
    }
}

extension PlaybackContinuing: JSONReadable {
    init(json: JSONNode) throws(JSONProblem) {
        playback = try json.read("playback")
        timestamp = try json.readIfPresent("timestamp")
    }
}

/// A playback is over.
package struct PlaybackFinished: Sendable, Hashable {
    /// The playback: its state says whether it failed.
    package var playback: Playback
    /// When Asterisk sent it.
    package var timestamp: ARITimestamp?

    package init(playback: Playback, timestamp: ARITimestamp? = nil) {
        self.playback = playback
        self.timestamp = timestamp
    }
}

extension PlaybackFinished: JSONReadable {
    init(json: JSONNode) throws(JSONProblem) {
        playback = try json.read("playback")
        timestamp = try json.readIfPresent("timestamp")
    }
}

/// A recording is over.
package struct RecordingFinished: Sendable, Hashable {
    /// The recording: its file is closed.
    package var recording: LiveRecording
    /// When Asterisk sent it.
    package var timestamp: ARITimestamp?

    package init(recording: LiveRecording, timestamp: ARITimestamp? = nil) {
        self.recording = recording
        self.timestamp = timestamp
    }
}

extension RecordingFinished: JSONReadable {
    init(json: JSONNode) throws(JSONProblem) {
        recording = try json.read("recording")
        timestamp = try json.readIfPresent("timestamp")
    }
}

/// A recording could not begin.
package struct RecordingFailed: Sendable, Hashable {
    /// The recording: its cause says why, in Asterisk's words.
    package var recording: LiveRecording
    /// When Asterisk sent it.
    package var timestamp: ARITimestamp?

    package init(recording: LiveRecording, timestamp: ARITimestamp? = nil) {
        self.recording = recording
        self.timestamp = timestamp
    }
}

extension RecordingFailed: JSONReadable {
    init(json: JSONNode) throws(JSONProblem) {
        recording = try json.read("recording")
        timestamp = try json.readIfPresent("timestamp")
    }
}

/// An event that somebody asked ARI to send.
package struct ChannelUserevent: Sendable, Hashable {
    /// Its name.
    package var name: String
    /// A channel it is about, if it is about one.
    package var channel: Channel?
    /// When Asterisk sent it.
    package var timestamp: ARITimestamp?

    package init(name: String, channel: Channel? = nil, timestamp: ARITimestamp? = nil) {
        self.name = name
        self.channel = channel
        self.timestamp = timestamp
    }
}

extension ChannelUserevent: JSONReadable {
    init(json: JSONNode) throws(JSONProblem) {
        name = try json.read("eventname")
        channel = try json.readIfPresent("channel")
        timestamp = try json.readIfPresent("timestamp")
    }
}

/// Another connection took the application's name.
package struct ApplicationReplaced: Sendable, Hashable {
    /// The name that was taken.
    package var application: String
    /// When Asterisk sent it.
    package var timestamp: ARITimestamp?

    package init(application: String, timestamp: ARITimestamp? = nil) {
        self.application = application
        self.timestamp = timestamp
    }
}

extension ApplicationReplaced: JSONReadable {
    init(json: JSONNode) throws(JSONProblem) {
        application = try json.read("application")
        timestamp = try json.readIfPresent("timestamp")
    }
}

/// A channel entered the application.
package struct StasisStart: Sendable, Hashable {
    /// The channel.
    package var channel: Channel
    /// The arguments of `Stasis()` in the dialplan, or of the snoop.
    package var arguments: [String]
    /// The channel whose place it takes, after a transfer.
    package var replacedChannel: Channel?
    /// When Asterisk sent it.
    package var timestamp: ARITimestamp?

    package init(
        channel: Channel,
        arguments: [String] = [],
        replacedChannel: Channel? = nil,
        timestamp: ARITimestamp? = nil
    ) {
        self.channel = channel
        self.arguments = arguments
        self.replacedChannel = replacedChannel
        self.timestamp = timestamp
    }
}

extension StasisStart: JSONReadable {
    init(json: JSONNode) throws(JSONProblem) {
        channel = try json.read("channel")
        arguments = try json.readIfPresent("args") ?? []
        replacedChannel = try json.readIfPresent("replace_channel")
        timestamp = try json.readIfPresent("timestamp")
    }
}

/// A channel left the application: it was hung up, or goes on in the dialplan.
package struct StasisEnd: Sendable, Hashable {
    /// The channel.
    package var channel: Channel
    /// When Asterisk sent it.
    package var timestamp: ARITimestamp?

    package init(channel: Channel, timestamp: ARITimestamp? = nil) {
        self.channel = channel
        self.timestamp = timestamp
    }
}

extension StasisEnd: JSONReadable {
    init(json: JSONNode) throws(JSONProblem) {
        channel = try json.read("channel")
        timestamp = try json.readIfPresent("timestamp")
    }
}

/// A channel was created.
package struct ChannelCreated: Sendable, Hashable {
    /// The channel.
    package var channel: Channel
    /// When Asterisk sent it.
    package var timestamp: ARITimestamp?

    package init(channel: Channel, timestamp: ARITimestamp? = nil) {
        self.channel = channel
        self.timestamp = timestamp
    }
}

extension ChannelCreated: JSONReadable {
    init(json: JSONNode) throws(JSONProblem) {
        channel = try json.read("channel")
        timestamp = try json.readIfPresent("timestamp")
    }
}

/// A channel's state changed.
package struct ChannelStateChange: Sendable, Hashable {
    /// The channel in its new state.
    package var channel: Channel
    /// When Asterisk sent it.
    package var timestamp: ARITimestamp?

    package init(channel: Channel, timestamp: ARITimestamp? = nil) {
        self.channel = channel
        self.timestamp = timestamp
    }
}

extension ChannelStateChange: JSONReadable {
    init(json: JSONNode) throws(JSONProblem) {
        channel = try json.read("channel")
        timestamp = try json.readIfPresent("timestamp")
    }
}

/// A channel is gone.
package struct ChannelDestroyed: Sendable, Hashable {
    /// The channel as it was last.
    package var channel: Channel
    /// Why, as a Q.850 cause: 16 is an ordinary end.
    package var cause: Int?
    /// Why, in words.
    package var causeText: String
    /// When Asterisk sent it.
    package var timestamp: ARITimestamp?

    package init(channel: Channel, cause: Int? = nil, causeText: String = "", timestamp: ARITimestamp? = nil) {
        self.channel = channel
        self.cause = cause
        self.causeText = causeText
        self.timestamp = timestamp
    }
}

extension ChannelDestroyed: JSONReadable {
    init(json: JSONNode) throws(JSONProblem) {
        channel = try json.read("channel")
        cause = try json.readIfPresent("cause")
        causeText = try json.readIfPresent("cause_txt") ?? ""
        timestamp = try json.readIfPresent("timestamp")
    }
}

/// A channel entered a bridge.
package struct ChannelEnteredBridge: Sendable, Hashable {
    /// The bridge with the channel in it.
    package var bridge: Bridge
    /// The channel; ARI describes it as optional.
    package var channel: Channel?
    /// When Asterisk sent it.
    package var timestamp: ARITimestamp?

    package init(bridge: Bridge, channel: Channel? = nil, timestamp: ARITimestamp? = nil) {
        self.bridge = bridge
        self.channel = channel
        self.timestamp = timestamp
    }
}

extension ChannelEnteredBridge: JSONReadable {
    init(json: JSONNode) throws(JSONProblem) {
        bridge = try json.read("bridge")
        channel = try json.readIfPresent("channel")
        timestamp = try json.readIfPresent("timestamp")
    }
}

/// A variable was set.
package struct ChannelVarset: Sendable, Hashable {
    /// Its name.
    package var variable: String
    /// Its new value; empty if it was removed.
    package var value: String
    /// Whose variable it is; nil for a global one.
    package var channel: Channel?
    /// When Asterisk sent it.
    package var timestamp: ARITimestamp?

    package init(variable: String, value: String, channel: Channel? = nil, timestamp: ARITimestamp? = nil) {
        self.variable = variable
        self.value = value
        self.channel = channel
        self.timestamp = timestamp
    }
}

extension ChannelVarset: JSONReadable {
    init(json: JSONNode) throws(JSONProblem) {
        variable = try json.read("variable")
        value = try json.read("value")
        channel = try json.readIfPresent("channel")
        timestamp = try json.readIfPresent("timestamp")
    }
}

/// A key was pressed.
package struct ChannelDtmfReceived: Sendable, Hashable {
    /// Whose phone.
    package var channel: Channel
    /// The key: one of `0-9A-D*#`.
    package var digit: String
    /// How long, in milliseconds.
    package var durationMilliseconds: Int
    /// When Asterisk sent it.
    package var timestamp: ARITimestamp?

    package init(channel: Channel, digit: String, durationMilliseconds: Int = 0, timestamp: ARITimestamp? = nil) {
        self.channel = channel
        self.digit = digit
        self.durationMilliseconds = durationMilliseconds
        self.timestamp = timestamp
    }
}

extension ChannelDtmfReceived: JSONReadable {
    init(json: JSONNode) throws(JSONProblem) {
        channel = try json.read("channel")
        digit = try json.read("digit")
        durationMilliseconds = try json.readIfPresent("duration_ms") ?? 0
        timestamp = try json.readIfPresent("timestamp")
    }
}

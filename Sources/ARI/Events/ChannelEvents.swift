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

extension StasisStart: Decodable {
    private enum CodingKeys: String, CodingKey {
        case channel
        case arguments = "args"
        case replacedChannel = "replace_channel"
        case timestamp
    }

    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        channel = try values.decode(Channel.self, forKey: .channel)
        arguments = try values.decodeIfPresent([String].self, forKey: .arguments) ?? []
        replacedChannel = try values.decodeIfPresent(Channel.self, forKey: .replacedChannel)
        timestamp = try values.decodeIfPresent(ARITimestamp.self, forKey: .timestamp)
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

extension StasisEnd: Decodable {}

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

extension ChannelCreated: Decodable {}

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

extension ChannelStateChange: Decodable {}

/// A channel is about to be hung up.
package struct ChannelHangupRequest: Sendable, Hashable {
    /// The channel.
    package var channel: Channel
    /// True if Asterisk itself asked for it, rather than the phone.
    package var isSoft: Bool
    /// When Asterisk sent it.
    package var timestamp: ARITimestamp?

    package init(channel: Channel, isSoft: Bool = false, timestamp: ARITimestamp? = nil) {
        self.channel = channel
        self.isSoft = isSoft
        self.timestamp = timestamp
    }
}

extension ChannelHangupRequest: Decodable {
    private enum CodingKeys: String, CodingKey {
        case channel
        case isSoft = "soft"
        case timestamp
    }

    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        channel = try values.decode(Channel.self, forKey: .channel)
        isSoft = try values.decodeIfPresent(Bool.self, forKey: .isSoft) ?? false
        timestamp = try values.decodeIfPresent(ARITimestamp.self, forKey: .timestamp)
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

extension ChannelDestroyed: Decodable {
    private enum CodingKeys: String, CodingKey {
        case channel
        case cause
        case causeText = "cause_txt"
        case timestamp
    }

    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        channel = try values.decode(Channel.self, forKey: .channel)
        cause = try values.decodeIfPresent(Int.self, forKey: .cause)
        causeText = try values.decodeIfPresent(String.self, forKey: .causeText) ?? ""
        timestamp = try values.decodeIfPresent(ARITimestamp.self, forKey: .timestamp)
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

extension ChannelEnteredBridge: Decodable {}

/// A channel left a bridge.
package struct ChannelLeftBridge: Sendable, Hashable {
    /// The bridge without the channel.
    package var bridge: Bridge
    /// The channel.
    package var channel: Channel
    /// When Asterisk sent it.
    package var timestamp: ARITimestamp?

    package init(bridge: Bridge, channel: Channel, timestamp: ARITimestamp? = nil) {
        self.bridge = bridge
        self.channel = channel
        self.timestamp = timestamp
    }
}

extension ChannelLeftBridge: Decodable {}

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

extension ChannelVarset: Decodable {}

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

extension ChannelDtmfReceived: Decodable {
    private enum CodingKeys: String, CodingKey {
        case channel
        case digit
        case durationMilliseconds = "duration_ms"
        case timestamp
    }

    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        channel = try values.decode(Channel.self, forKey: .channel)
        digit = try values.decode(String.self, forKey: .digit)
        durationMilliseconds = try values.decodeIfPresent(Int.self, forKey: .durationMilliseconds) ?? 0
        timestamp = try values.decodeIfPresent(ARITimestamp.self, forKey: .timestamp)
    }
}

/// A party put the call on hold.
package struct ChannelHold: Sendable, Hashable {
    /// That party's channel.
    package var channel: Channel
    /// When Asterisk sent it.
    package var timestamp: ARITimestamp?

    package init(channel: Channel, timestamp: ARITimestamp? = nil) {
        self.channel = channel
        self.timestamp = timestamp
    }
}

extension ChannelHold: Decodable {}

/// A party took the call back from hold.
package struct ChannelUnhold: Sendable, Hashable {
    /// That party's channel.
    package var channel: Channel
    /// When Asterisk sent it.
    package var timestamp: ARITimestamp?

    package init(channel: Channel, timestamp: ARITimestamp? = nil) {
        self.channel = channel
        self.timestamp = timestamp
    }
}

extension ChannelUnhold: Decodable {}

/// The unique ID of a channel in Asterisk.
package struct ChannelID: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    package let rawValue: String
    package init(rawValue: String) { self.rawValue = rawValue }
    package init(_ rawValue: String) { self.rawValue = rawValue }
    package var description: String { rawValue }
}

/// One Asterisk. Channel IDs are unique in one Asterisk alone.
package struct NodeID: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    package let rawValue: String
    package init(rawValue: String) { self.rawValue = rawValue }
    package init(_ rawValue: String) { self.rawValue = rawValue }
    package var description: String { rawValue }
}

/// One channel of one Asterisk: one leg of a call.
package struct LegID: Hashable, Sendable, Comparable, CustomStringConvertible {
    package let node: NodeID
    package let channel: ChannelID

    package init(node: NodeID, channel: ChannelID) {
        self.node = node
        self.channel = channel
    }

    package var description: String { "\(node)/\(channel)" }

    /// An order that is always the same.
    package static func < (lhs: Self, rhs: Self) -> Bool {
        (lhs.node.rawValue, lhs.channel.rawValue) < (rhs.node.rawValue, rhs.channel.rawValue)
    }
}

/// The name of a channel in Asterisk, such as `PJSIP/101-0000001a`.
package struct ChannelName: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    package let rawValue: String
    package init(rawValue: String) { self.rawValue = rawValue }
    package init(_ rawValue: String) { self.rawValue = rawValue }

    /// For logs: without what stands between technology and serial number, which can be an outside number.
    package var description: String {
        let technology = rawValue.prefix { $0 != "/" }
        return "\(technology)/…\(rawValue.split(separator: "-").last.map { "-\($0)" } ?? "")"
    }
}

extension ChannelName {
    /// The other half of a Local channel: `Local/101@queue-0000001a;2` of `…;1`; nil for any other channel.
    package var otherHalf: ChannelName? {
        guard rawValue.hasPrefix("Local/") else { return nil }
        if rawValue.hasSuffix(";1") { return ChannelName(rawValue.dropLast() + "2") }
        if rawValue.hasSuffix(";2") { return ChannelName(rawValue.dropLast() + "1") }
        return nil
    }
}

/// The ID of a bridge in Asterisk.
package struct BridgeID: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    package let rawValue: String
    package init(rawValue: String) { self.rawValue = rawValue }
    package init(_ rawValue: String) { self.rawValue = rawValue }
    package var description: String { rawValue }
}

/// The ID of a playback in Asterisk.
package struct PlaybackID: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    package let rawValue: String
    package init(rawValue: String) { self.rawValue = rawValue }
    package init(_ rawValue: String) { self.rawValue = rawValue }
    package var description: String { rawValue }
}

/// The name of a recording in Asterisk: a path below its recording folder, without the file's ending.
package struct RecordingName: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    package let rawValue: String
    package init(rawValue: String) { self.rawValue = rawValue }
    package init(_ rawValue: String) { self.rawValue = rawValue }
    package var description: String { rawValue }

    /// The session that made it; nil for somebody else's recording.
    package var session: SessionID? {
        guard let name = ResourceName(rawValue), name.kind == .recording else { return nil }
        return name.session
    }
}

/// One monitoring session: one call of one supervisor to a feature code.
///
/// It is the word that ties together all log lines of a session.
package struct SessionID: Hashable, Sendable, CustomStringConvertible {
    /// Which run of the service the session belongs to; see ``ResourceName``.
    package let instance: String
    /// Counts from 1 in each run of the service.
    package let number: Int

    package init(instance: String, number: Int) {
        self.instance = instance
        self.number = number
    }

    package var description: String { "\(instance)-\(number)" }
}

extension SessionID: Comparable {
    /// The order in which they began, in each run of the service.
    package static func < (one: SessionID, other: SessionID) -> Bool {
        (one.number, one.instance) < (other.number, other.instance)
    }
}

/// One request of a session to Asterisk; its answer carries the same ID. Counts from 1 in each session.
package struct CommandID: Hashable, Sendable, CustomStringConvertible {
    package let number: Int
    package init(_ number: Int) { self.number = number }
    package var description: String { "\(number)" }
}

/// One timer of a session. Never used twice, so that a timer that expired while it was cancelled is recognised.
package struct TimerID: Hashable, Sendable {
    package let number: Int
    package init(_ number: Int) { self.number = number }
}

/// The name of something that a session made in Asterisk: `<application>-<instance>-<session>-<serial>-<kind>`, for
/// example `earshot-5f3a91c2-17-1-sn`.
///
/// The name is chosen before the request is sent, because events may arrive before the answer; it is never reused, because
/// Asterisk accepts a snoop ID again while the old snoop is still ending (`reference/asterisk-ari.md` 1.1); and it tells
/// after a restart what is ours.
package struct ResourceName: Hashable, Sendable, CustomStringConvertible {
    package enum Kind: String, Sendable, Hashable {
        case snoop = "sn"
        case bridge = "br"
        case playback = "pb"
        case recording = "rc"
    }

    /// The name of the Stasis application, which one running Earshot has for itself. It may contain dashes.
    package let application: String
    package let session: SessionID
    package let serial: Int
    package let kind: Kind

    package init(application: String, session: SessionID, serial: Int, kind: Kind) {
        self.application = application
        self.session = session
        self.serial = serial
        self.kind = kind
    }

    /// Reads a name as ``description`` writes it; nil for anything else, such as a channel that is not ours.
    package init?(_ text: String) {
        var rest = Substring(text)
        /// What stands behind the last dash; it is taken away, and the dash too.
        func takeLast() -> Substring? {
            guard let dash = rest.utf8.lastIndex(of: UInt8(ascii: "-")) else { return nil }
            defer { rest = rest[..<dash] }
            return rest[rest.utf8.index(after: dash)...]
        }
        guard let kind = takeLast().flatMap({ Kind(rawValue: String($0)) }),
            let serial = takeLast().flatMap({ Int($0) }),
            let number = takeLast().flatMap({ Int($0) }), let instance = takeLast()
        else { return nil }
        self.application = String(rest)
        self.session = SessionID(instance: String(instance), number: number)
        self.serial = serial
        self.kind = kind
    }

    /// Reads a name of this application's; nil for anything else.
    package init?(_ text: String, of application: String) {
        self.init(text)
        guard self.application == application else { return nil }
    }

    package var description: String { "\(application)-\(session)-\(serial)-\(kind.rawValue)" }
}

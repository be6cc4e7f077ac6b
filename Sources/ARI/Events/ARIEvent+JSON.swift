extension ARIEvent {
    /// Reads one message of the WebSocket. Whatever the message is, the result is an event.
    ///
    /// Of an event that this module has no use for, as many of a busy PBX's are, nothing is looked at behind its type.
    package init(message: [UInt8]) {
        if let type = Self.leadingType(of: message), Name(rawValue: type) == nil {
            self = .unknown(type: type)
            return
        }
        var type: String?
        do throws(JSONProblem) {
            let json = try JSONText(message).root
            let name: String = try json.read("type")
            type = name
            self = try ARIEvent(type: name, json)
        } catch {
            // The message may still be JSON that names its type: then the reader learns which event is broken.
            self = .undecodable(type: type, reason: error.description)
        }
    }

    /// The type of a message that begins with it, as each of Asterisk's does (`main/stasis_channels.c` and others pack it
    /// first); nil for another one, and where white space or escapes would have to be understood.
    private static func leadingType(of message: [UInt8]) -> String? {
        let beginning = #"{"type":""#.utf8
        guard message.starts(with: beginning) else { return nil }
        let name = message[beginning.count...].prefix { letters.contains($0 | 0x20) }
        guard name.endIndex < message.endIndex, message[name.endIndex] == UInt8(ascii: "\"") else { return nil }
        return String(decoding: name, as: UTF8.self)
    }

    /// The small ones; bit 0x20 makes a large one small.
    private static let letters = UInt8(ascii: "a")...UInt8(ascii: "z")

    private init(type: String, _ json: JSONNode) throws(JSONProblem) {
        self =
            switch Name(rawValue: type) {
            case .stasisStart: .stasisStart(try StasisStart(json: json))
            case .stasisEnd: .stasisEnd(try StasisEnd(json: json))
            case .channelCreated: .channelCreated(try ChannelCreated(json: json))
            case .channelStateChange: .channelStateChange(try ChannelStateChange(json: json))
            case .channelDestroyed: .channelDestroyed(try ChannelDestroyed(json: json))
            case .channelEnteredBridge: .channelEnteredBridge(try ChannelEnteredBridge(json: json))
            case .channelVarset: .channelVarset(try ChannelVarset(json: json))
            case .channelDtmfReceived: .channelDtmfReceived(try ChannelDtmfReceived(json: json))
            case .playbackContinuing: .playbackContinuing(try PlaybackContinuing(json: json))
            case .playbackFinished: .playbackFinished(try PlaybackFinished(json: json))
            case .recordingFinished: .recordingFinished(try RecordingFinished(json: json))
            case .recordingFailed: .recordingFailed(try RecordingFailed(json: json))
            case .channelUserevent: .channelUserevent(try ChannelUserevent(json: json))
            case .applicationReplaced: .applicationReplaced(try ApplicationReplaced(json: json))
            case nil: .unknown(type: type)
            }
    }
}

extension ARIEvent {
    /// Reads one message of the WebSocket. Whatever the message is, the result is an event.
    package init(message: [UInt8]) {
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

    private init(type: String, _ json: JSONNode) throws(JSONProblem) {
        self =
            switch type {
            case "StasisStart": .stasisStart(try StasisStart(json: json))
            case "StasisEnd": .stasisEnd(try StasisEnd(json: json))
            case "ChannelCreated": .channelCreated(try ChannelCreated(json: json))
            case "ChannelStateChange": .channelStateChange(try ChannelStateChange(json: json))
            case "ChannelDestroyed": .channelDestroyed(try ChannelDestroyed(json: json))
            case "ChannelEnteredBridge": .channelEnteredBridge(try ChannelEnteredBridge(json: json))
            case "ChannelVarset": .channelVarset(try ChannelVarset(json: json))
            case "ChannelDtmfReceived": .channelDtmfReceived(try ChannelDtmfReceived(json: json))
            case "PlaybackContinuing": .playbackContinuing(try PlaybackContinuing(json: json))
            case "PlaybackFinished": .playbackFinished(try PlaybackFinished(json: json))
            case "RecordingFinished": .recordingFinished(try RecordingFinished(json: json))
            case "RecordingFailed": .recordingFailed(try RecordingFailed(json: json))
            case "ChannelUserevent": .channelUserevent(try ChannelUserevent(json: json))
            case "ApplicationReplaced": .applicationReplaced(try ApplicationReplaced(json: json))
            default: .unknown(type: type)
            }
    }
}

import FoundationEssentials

extension ARIEvent {
    /// Reads one message of the WebSocket. Whatever the message is, the result is an event.
    package init(message: [UInt8]) {
        let decoder = JSONDecoder()
        do {
            self = try decoder.decode(Message.self, from: Data(message)).event
        } catch {
            // The message may still be JSON that names its type: then the reader learns which event is broken.
            let type = try? decoder.decode(Head.self, from: Data(message)).type
            self = .undecodable(type: type, reason: String(describing: DecodingProblem(error)))
        }
    }

    private struct Head: Decodable {
        var type: String
    }

    private struct Message: Decodable {
        var event: ARIEvent

        init(from decoder: any Decoder) throws {
            event = try ARIEvent(type: Head(from: decoder).type, from: decoder)
        }
    }

    private init(type: String, from decoder: any Decoder) throws {
        self =
            switch type {
            case "StasisStart": .stasisStart(try StasisStart(from: decoder))
            case "StasisEnd": .stasisEnd(try StasisEnd(from: decoder))
            case "ChannelCreated": .channelCreated(try ChannelCreated(from: decoder))
            case "ChannelStateChange": .channelStateChange(try ChannelStateChange(from: decoder))
            case "ChannelHangupRequest": .channelHangupRequest(try ChannelHangupRequest(from: decoder))
            case "ChannelDestroyed": .channelDestroyed(try ChannelDestroyed(from: decoder))
            case "ChannelEnteredBridge": .channelEnteredBridge(try ChannelEnteredBridge(from: decoder))
            case "ChannelLeftBridge": .channelLeftBridge(try ChannelLeftBridge(from: decoder))
            case "ChannelVarset": .channelVarset(try ChannelVarset(from: decoder))
            case "ChannelDtmfReceived": .channelDtmfReceived(try ChannelDtmfReceived(from: decoder))
            case "ChannelHold": .channelHold(try ChannelHold(from: decoder))
            case "ChannelUnhold": .channelUnhold(try ChannelUnhold(from: decoder))
            case "BridgeDestroyed": .bridgeDestroyed(try BridgeDestroyed(from: decoder))
            case "PlaybackStarted": .playbackStarted(try PlaybackStarted(from: decoder))
            case "PlaybackContinuing": .playbackContinuing(try PlaybackContinuing(from: decoder))
            case "PlaybackFinished": .playbackFinished(try PlaybackFinished(from: decoder))
            case "RecordingStarted": .recordingStarted(try RecordingStarted(from: decoder))
            case "RecordingFinished": .recordingFinished(try RecordingFinished(from: decoder))
            case "RecordingFailed": .recordingFailed(try RecordingFailed(from: decoder))
            case "EndpointStateChange": .endpointStateChange(try EndpointStateChange(from: decoder))
            case "ChannelUserevent": .channelUserevent(try ChannelUserevent(from: decoder))
            case "ApplicationReplaced": .applicationReplaced(try ApplicationReplaced(from: decoder))
            default: .unknown(type: type)
            }
    }
}

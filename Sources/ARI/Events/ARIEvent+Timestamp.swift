extension ARIEvent {
    /// When Asterisk sent it; nil where the message does not tell, or is not understood.
    package var timestamp: ARITimestamp? {
        switch self {
        case .stasisStart(let event): event.timestamp
        case .stasisEnd(let event): event.timestamp
        case .channelCreated(let event): event.timestamp
        case .channelStateChange(let event): event.timestamp
        case .channelHangupRequest(let event): event.timestamp
        case .channelDestroyed(let event): event.timestamp
        case .channelEnteredBridge(let event): event.timestamp
        case .channelLeftBridge(let event): event.timestamp
        case .channelVarset(let event): event.timestamp
        case .channelDtmfReceived(let event): event.timestamp
        case .channelHold(let event): event.timestamp
        case .channelUnhold(let event): event.timestamp
        case .bridgeDestroyed(let event): event.timestamp
        case .playbackStarted(let event): event.timestamp
        case .playbackContinuing(let event): event.timestamp
        case .playbackFinished(let event): event.timestamp
        case .recordingStarted(let event): event.timestamp
        case .recordingFinished(let event): event.timestamp
        case .recordingFailed(let event): event.timestamp
        case .endpointStateChange(let event): event.timestamp
        case .channelUserevent(let event): event.timestamp
        case .applicationReplaced(let event): event.timestamp
        case .unknown, .undecodable: nil
        }
    }
}

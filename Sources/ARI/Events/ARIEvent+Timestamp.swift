extension ARIEvent {
    /// When Asterisk sent it; nil where the message does not tell, or is not understood.
    package var timestamp: ARITimestamp? {
        switch self {
        case .stasisStart(let event): event.timestamp
        case .stasisEnd(let event): event.timestamp
        case .channelCreated(let event): event.timestamp
        case .channelStateChange(let event): event.timestamp
        case .channelDestroyed(let event): event.timestamp
        case .channelEnteredBridge(let event): event.timestamp
        case .channelVarset(let event): event.timestamp
        case .channelDtmfReceived(let event): event.timestamp
        case .playbackContinuing(let event): event.timestamp
        case .playbackFinished(let event): event.timestamp
        case .recordingFinished(let event): event.timestamp
        case .recordingFailed(let event): event.timestamp
        case .channelUserevent(let event): event.timestamp
        case .applicationReplaced(let event): event.timestamp
        case .unknown, .undecodable: nil
        }
    }
}

/// What happened in Asterisk, as the WebSocket of events tells it.
///
/// A message that this module does not know or cannot read is an event as well: it never ends the stream.
package enum ARIEvent: Sendable, Hashable {
    /// A channel entered the application: a supervisor who dialled a code, or one of our snoops.
    case stasisStart(StasisStart)
    /// A channel left the application. For a snoop this is its end, and no `channelDestroyed` follows.
    case stasisEnd(StasisEnd)
    /// A channel was created at an endpoint that is subscribed to.
    case channelCreated(ChannelCreated)
    /// A channel rings, is answered, and so on.
    case channelStateChange(ChannelStateChange)
    /// A channel is gone.
    case channelDestroyed(ChannelDestroyed)
    /// A channel entered a bridge.
    case channelEnteredBridge(ChannelEnteredBridge)
    /// A variable of a channel was set.
    case channelVarset(ChannelVarset)
    /// A key was pressed, and is released now.
    case channelDtmfReceived(ChannelDtmfReceived)
    /// A playback goes on with its next medium.
    case playbackContinuing(PlaybackContinuing)
    /// A playback is over, or failed: see its state.
    case playbackFinished(PlaybackFinished)
    /// A recording is over.
    case recordingFinished(RecordingFinished)
    /// A recording could not begin.
    case recordingFailed(RecordingFailed)
    /// Somebody asked ARI to send this.
    case channelUserevent(ChannelUserevent)
    /// Another connection took the application's name; no more events come.
    case applicationReplaced(ApplicationReplaced)
    /// An event that this module has no use for. Whether the rest of the message is in order is not looked at.
    case unknown(type: String)
    /// A message that could not be read: broken JSON (`type` is nil then), or an event with a field missing.
    case undecodable(type: String?, reason: String)
}

extension ARIEvent {
    /// The events that this module has a use for, as ARI names them.
    enum Name: String, CaseIterable {
        case stasisStart = "StasisStart"
        case stasisEnd = "StasisEnd"
        case channelCreated = "ChannelCreated"
        case channelStateChange = "ChannelStateChange"
        case channelDestroyed = "ChannelDestroyed"
        case channelEnteredBridge = "ChannelEnteredBridge"
        case channelVarset = "ChannelVarset"
        case channelDtmfReceived = "ChannelDtmfReceived"
        case playbackContinuing = "PlaybackContinuing"
        case playbackFinished = "PlaybackFinished"
        case recordingFinished = "RecordingFinished"
        case recordingFailed = "RecordingFailed"
        case channelUserevent = "ChannelUserevent"
        case applicationReplaced = "ApplicationReplaced"
    }

    /// Nil for what this module does not know or cannot read.
    private var name: Name? {
        switch self {
        case .stasisStart: .stasisStart
        case .stasisEnd: .stasisEnd
        case .channelCreated: .channelCreated
        case .channelStateChange: .channelStateChange
        case .channelDestroyed: .channelDestroyed
        case .channelEnteredBridge: .channelEnteredBridge
        case .channelVarset: .channelVarset
        case .channelDtmfReceived: .channelDtmfReceived
        case .playbackContinuing: .playbackContinuing
        case .playbackFinished: .playbackFinished
        case .recordingFinished: .recordingFinished
        case .recordingFailed: .recordingFailed
        case .channelUserevent: .channelUserevent
        case .applicationReplaced: .applicationReplaced
        case .unknown, .undecodable: nil
        }
    }

    /// The event's name in ARI, as a bounded text: `unknown` and `undecodable` for what this module does not know.
    package var metricLabel: String {
        if let name { return name.rawValue }
        return if case .unknown = self { Self.unknownLabel } else { Self.undecodableLabel }
    }

    private static let unknownLabel = "unknown"
    private static let undecodableLabel = "undecodable"

    /// Every text that ``metricLabel`` can be.
    package static let metricLabels = Name.allCases.map(\.rawValue) + [unknownLabel, undecodableLabel]
}

/// What an engagement is told by its session.
enum EngagementEvent: Sendable {
    case keyPressed(TelephoneKey)
    /// News of the monitored channel.
    case leg(LegNews)
    /// Something has changed about the channels of the extension for whose call the session waits.
    case targetsChanged
    /// Somebody's rights have changed in the directory.
    case rightsChanged(RightsChange)
    /// The supervisor's settings, which were read again.
    case settingsAnswered(CommandID, SessionAnswer)
    case snoopStarted(ChannelID)
    /// A snoop has ended that nobody removed.
    case snoopEnded(ChannelID)
    /// A channel, the supervisor's or one of our snoops, is in one of our bridges.
    case entered(ChannelID, BridgeID)
    /// A prompt is over; whether the supervisor has heard it.
    case promptFinished(PlaybackID, wasHeard: Bool)
    case recordingFailed(RecordingName)
    case recordingFinished(RecordingName)
    case targetsAnswered(CommandID, SessionAnswer)
    case exitAnswered(CommandID, SessionAnswer)
    case watchAnswered(CommandID, SessionAnswer)
    case bridgeAnswered(BridgeID, SessionAnswer)
    case snoopAnswered(ChannelID, SessionAnswer)
    /// That the supervisor is to hear by this bridge stands in the record, or cannot be written there.
    case recordWritten(BridgeID, SessionAnswer)
    case joinFailed(ChannelID, BridgeID)
    case recordAnswered(RecordingName, SessionAnswer)
    case expired(Deadline)
}

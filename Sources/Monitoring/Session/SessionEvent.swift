/// What happened in the world of one session.
package enum SessionEvent: Hashable, Sendable {
    /// The supervisor's channel came to us. With a refusal: the service cannot take them, whatever they ask for.
    /// Somebody who was found may be in a bridge of ours.
    case supervisorArrived(refusal: Refusal?, in: BridgeID? = nil)
    /// A channel was found with the mark of a session that nobody serves any more: it is taken over, or served anew, within what
    /// the mark proves. `in` is the bridge of ours that the supervisor is in, `snoops` are the session's that are there.
    indirect case supervisorFound(SessionMark, in: BridgeID? = nil, snoops: Set<ChannelID> = [])
    /// The supervisor's channel left Stasis or ended.
    case supervisorLeft
    /// Another channel has taken the place of the supervisor's, by a transfer. Theirs is still with us.
    case supervisorReplaced
    /// The supervisor pressed a key.
    case keyPressed(TelephoneKey)
    /// The answer to a request; see ``SessionCommand/request(_:_:)``.
    case answered(CommandID, SessionAnswer)
    /// The snoop channel came to us: from now on it can join a bridge. May come before the answer to its creation.
    case snoopStarted(ChannelID)
    /// The snoop channel ended. If we did not remove it, the monitored channel has ended.
    case snoopEnded(ChannelID)
    case enteredBridge(ChannelID, BridgeID)
    /// The playback goes on with its next sound.
    case playbackContinued(PlaybackID)
    /// The playback is over: there is no more to hear. `wasHeard` is false when Asterisk could not play it.
    case playbackFinished(PlaybackID, wasHeard: Bool)
    /// Asterisk cannot go on with the recording.
    case recordingFailed(RecordingName)
    /// The recording is over and its file closed, if there is one: because the snoop ends that recorded, or because Asterisk
    /// could not write, which it does not tell in any other way.
    case recordingFinished(RecordingName)
    /// Something has changed about the channels of the endpoints that are watched.
    case targetsChanged
    /// Something has happened to the channel that the session monitors.
    case leg(LegNews)
    /// Somebody's rights have changed in the directory.
    case rightsChanged(RightsChange)
    case timerExpired(TimerID)
    /// There is a new connection: since the one before, events may have been lost.
    case eventsMissed
    /// The session must not go on: what it was allowed for does not hold any more, or nobody can know.
    case mustEnd(Refusal)
    /// The service stops.
    case stop
}

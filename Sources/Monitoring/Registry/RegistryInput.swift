/// What happened in one Asterisk, or to what was asked of it.
package enum RegistryInput: Hashable, Sendable {
    // MARK: Channels

    indirect case supervisorArrived(Arrival)
    /// A transfer has put a channel into the place of another one, which may be a supervisor's.
    case channelReplaced(ChannelID, by: ChannelID)
    /// A channel that has the name of a snoop of ours has come to us.
    case snoopStarted(ChannelID, ResourceName)
    /// A channel has left our application.
    case channelLeft(ChannelID)
    /// A channel is no more. Its audio hooks may go on: a call that is picked up takes them along to whoever picks it up.
    case channelGone(ChannelID)
    case channelEntered(ChannelID, BridgeID, ResourceName)
    /// A key, and when Asterisk noticed it, in milliseconds since 1970 by Asterisk's clock; nil when that is not known.
    case keyPressed(ChannelID, TelephoneKey, at: Int64?)
    /// Something may have begun for which sessions wait: the endpoint has a channel, or one of its channels has changed.
    case endpointChanged(EndpointName)
    /// A channel talks to the channels of these names; unless they are complete, to others too.
    case partnersChanged(ChannelID, Set<ChannelName>, isComplete: Bool)
    /// Something has happened to what a session has named: a playback or a recording.
    case session(SessionID, SessionEvent)

    // MARK: Answers

    case answered(SessionID, CommandID, SessionRequest, SessionAnswer)
    case partnersAnswered(ChannelID, CommandID, PartnersAnswer)
    /// - areGone: false also when Asterisk does not tell.
    case hooksAnswered(ChannelID, CommandID, areGone: Bool)
    case subscribed(WatchedSource, WatchList.Outcome)
    /// - isCertain: whether no subscription can be left.
    case unsubscribed(WatchedSource, isCertain: Bool)
    /// Something left over is gone.
    case removed(LeftOver)

    // MARK: The connection

    /// There is a new connection: since the one before, events may have been lost.
    case connected
    /// No events come until there is a new connection.
    case disconnected
    indirect case compared(ComparisonExpectation, ComparisonFindings)
    /// The answer to ``RegistryCommand/lookAt(_:)``.
    indirect case looked(ChannelID, ChannelLook)

    /// Whether it answers a ``RegistryCommand/isAnswered`` command.
    var isAnswer: Bool {
        switch self {
        case .answered, .partnersAnswered, .subscribed, .unsubscribed: true
        case .supervisorArrived, .channelReplaced, .snoopStarted, .channelLeft, .channelGone, .channelEntered,
            .keyPressed, .endpointChanged, .partnersChanged, .session, .hooksAnswered, .removed, .connected,
            .disconnected, .compared, .looked:
            false
        }
    }
}

/// A timer of a session or of a monitored channel.
package enum RegistryTimer: Hashable, Sendable {
    case session(SessionID, TimerID)
    case leg(LegID, TimerID)
    /// No events have come from this Asterisk for too long.
    case outage(NodeID)
}

/// What is to be done. All commands of one input may be carried out at the same time: what must wait for something is only
/// commanded after that has happened.
package enum RegistryCommand: Hashable, Sendable {
    /// Ask Asterisk for something. Exactly one ``RegistryInput/answered(_:_:_:_:)`` with the same values must follow, whatever
    /// happens.
    case request(SessionID, CommandID, SessionRequest, Supervisor)
    /// Find out whom a channel talks to. Exactly one ``RegistryInput/partnersAnswered(_:_:_:)`` must follow.
    ///
    /// Who is `known` was looked at a moment ago, talks to the channel through no Local channel, and may be heard: if
    /// it talks to nobody else, their names are answer enough (``PartnersAnswer/foundKnown(_:)``), which spares two
    /// requests for each of them.
    case findPartners(LegID, CommandID, known: Set<ChannelName>)
    /// Find out when the audio hooks of these snoops, which have been hung up, are off a channel. Exactly one
    /// ``RegistryInput/hooksAnswered(_:_:areGone:)`` must follow.
    case findHooks(LegID, CommandID, snoops: Set<ChannelID>)
    /// Followed by ``RegistryInput/subscribed(_:_:)``.
    case subscribe(WatchedSource, NodeID)
    /// Followed by ``RegistryInput/unsubscribed(_:isCertain:)``.
    case unsubscribe(WatchedSource, NodeID)
    /// Remove this, however often it takes; followed by ``RegistryInput/removed(_:)``.
    case remove(LeftOver, NodeID)
    /// Look at a channel of which Asterisk tells our application. Exactly one ``RegistryInput/looked(_:_:)`` must follow.
    case lookAt(LegID)
    /// Something may be left in Asterisk, or have gone, of which no event tells: compare soon.
    case compareSoon(NodeID)
    /// Call ``SessionRegistry/expired(_:at:)`` after this time, unless cancelled.
    case startTimer(RegistryTimer, after: Duration)
    case cancelTimer(RegistryTimer)
    /// Something that log, live view and record are made of.
    indirect case publish(SessionFact)
    /// What one event did to a session, for the log.
    indirect case trace(SessionTrace)

    /// Whether an input follows that answers it; see ``RegistryInput/isAnswer``.
    var isAnswered: Bool {
        switch self {
        case .request, .findPartners, .subscribe, .unsubscribe: true
        case .findHooks, .remove, .lookAt, .compareSoon, .startTimer, .cancelTimer, .publish, .trace: false
        }
    }
}

/// One event of a session, for the log.
package struct SessionTrace: Hashable, Sendable {
    package let session: SessionID
    package let event: SessionEvent
    /// The names of the session's states before and after.
    package let before: String
    package let after: String
}

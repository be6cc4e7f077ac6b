/// What may be asked about a session.
extension Session {
    package var supervisor: Supervisor { seat.supervisor }

    package var isEnded: Bool { end != nil }

    /// How the session has ended; nil while it goes on.
    package var end: SessionEnd? {
        if case .ended(let end) = state { end } else { nil }
    }

    /// The name of its state, for logs.
    package var stateName: String {
        switch state {
        case .created: "created"
        case .preparing: "preparing"
        case .engaged(let engagement): engagement.stateName
        case .explaining: "explaining"
        case .releasing: "releasing"
        case .ended: "ended"
        }
    }

    /// Whether the supervisor's channel is still with us, as far as events have told.
    package var expectsSupervisor: Bool { seat.isHere && !isEnded }

    /// Whether the session is one of those that the configuration limits: one whose supervisor is being refused or released
    /// is not.
    package var countsAsSession: Bool {
        switch state {
        case .created, .preparing, .engaged: true
        case .explaining, .releasing, .ended: false
        }
    }

    private var engagement: Engagement? {
        if case .engaged(let engagement) = state { engagement } else { nil }
    }

    /// The channel that is monitored, or about to be.
    package var target: ChannelID? { engagement?.target?.id }

    /// The snoops whose end we expect to be told.
    package var expectedSnoops: [ChannelID] { engagement?.expectedSnoops ?? [] }

    /// What was asked for, may come into being any moment, and is still to be removed then: of use when the session has
    /// given up waiting.
    package var unansweredCreations: [SessionRequest] { outbox.unansweredCreations }

    /// Whether a snoop or bridge of this name is the session's own.
    package func owns(_ name: String) -> Bool {
        outbox.resources[ChannelID(name)] != nil || outbox.resources[BridgeID(name)] != nil
    }

    /// The session's snoops on a channel, those included that are asked for or being removed.
    package func snoops(on channel: ChannelID) -> Set<ChannelID> { outbox.resources.snoops(on: channel) }

    /// Whether this snoop, which may not have been made yet, is still of use.
    package func wants(_ snoop: ChannelID) -> Bool { engagement?.wantedSnoops.contains(snoop) ?? false }

    /// Whether the session waits for an extension's next call.
    package var isWaiting: Bool { engagement?.isWaiting ?? false }
}

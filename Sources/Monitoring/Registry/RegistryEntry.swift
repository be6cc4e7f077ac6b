extension SessionRegistry {
    struct Entry: Sendable {
        @Indirect var session: Session
        let arrivedAt: Duration
        var startedAt: Duration?
        var mode: MonitoringMode?
        /// The session has waited for a call.
        var hasWaited = false
        var target: TargetChannel?
        /// Whose calls were asked for last.
        var targetExtension: Extension?
        /// The key that was told last.
        var lastKey: Key?
        /// The channel whose news the session needs.
        var leg: LegID?
        /// The session's ``Session/snoops``, as they stand in ``SessionRegistry/snoopingSessions``.
        private(set) var snoops: [ChannelID: ChannelID] = [:]
        /// What the session takes, as it stands in ``SessionRegistry/places``; nil before its first event.
        private(set) var place: Places.Place?
        /// The timers that run.
        var timers: Set<TimerID> = []

        /// What an event has done to the session.
        struct Step {
            let stateName: (before: String, after: String)
            let snoops: (before: [ChannelID: ChannelID], after: [ChannelID: ChannelID])
            let place: (before: Places.Place?, after: Places.Place?)
            let commands: [SessionCommand]
            let supervisor: Supervisor
            /// The session has ended.
            let isEnd: Bool
        }

        mutating func handle(_ event: SessionEvent, at time: Duration) -> Step {
            let before = (session.stateName, snoops, place)
            let commands = session.handle(event, at: time)
            snoops = session.snoops
            place = Places.Place(session)
            return Step(
                stateName: (before.0, session.stateName),
                snoops: (before.1, snoops),
                place: (before.2, place),
                commands: commands,
                supervisor: session.supervisor,
                isEnd: session.isEnded
            )
        }

        struct Key: Equatable, Sendable {
            let key: TelephoneKey
            let time: Int64
        }
    }

    /// What belongs to one Asterisk.
    struct Node: Sendable {
        var watchList = WatchList()
        /// What is being removed. A channel among it is admitted to nothing.
        var removals: Set<LeftOver> = []
        /// Of sessions that were given up: what may still come into being. Each is answered, and then removed.
        var unansweredCreations: Set<SessionRequest> = []
        /// Sessions have not been asked to look for what they missed since the connection was made.
        var missesEvents = false
        /// Events come. Until then Asterisk does not let us subscribe to anything.
        var isConnected = false
        /// The timer runs that ends sessions which go on without events.
        var hasOutageTimer = false
        /// What is to be subscribed to when events come again.
        var postponedSubscriptions: [WatchedSource] = []
        /// Channels in our application of which no event had told when it was compared last.
        var unknownChannels: Set<ChannelID> = []
        /// Nil while no channel is being looked at.
        var looking: Looking?
        /// How often in a row Asterisk did not tell of a channel, and nothing was removed for it.
        var unclearRounds = 0
    }
}

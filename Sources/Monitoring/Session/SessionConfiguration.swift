/// What an administrator can choose about sessions.
package struct SessionConfiguration: Hashable, Sendable {
    package var prefixes: FeatureCodePrefixes
    /// Which endpoints an extension has.
    package var endpoints: EndpointBook
    package var limits: TargetLimits
    /// Nobody hears anybody before it stands in the record.
    package var keepsRecord = false
    /// How long Asterisk may take to bring the supervisor into the call, before they are refused: longer than a request.
    package let attachTimeout: Duration
    /// How long Asterisk may take to bring the supervisor into another mode, before they stay in the old one or, if the
    /// new one is the lower one, have to go.
    package var switchTimeout: Duration
    /// How long a session may wait for an extension's next call.
    package var waitingLimit: Duration
    /// After what time a session that waits looks again, when Asterisk could not be asked.
    package var searchRetryTime: Duration
    /// The longest time that a prompt may play.
    package var promptTimeout: Duration
    /// How long a tone is played that stands for a missing prompt.
    package static let toneTime: Duration = .milliseconds(1500)
    /// How long after a key for a mode the next one is to take effect at once: from spare taps.
    package static let spareTime: Duration = .seconds(60)
    /// How long to wait for the event that explains why two channels did not get together.
    package var raceTimeout: Duration
    /// How long Asterisk's audio hooks are taken to stay on a channel after their snoops have gone, where it is not asked: until some of
    /// its packets have come.
    package var unhookTime: Duration
    /// How long they are waited for where it is asked. They stay while the channel neither sends nor gets a packet.
    static let longestUnhookTime: Duration = .seconds(1)
    /// How long after the audio hooks have come for somebody else they are renewed: until then Asterisk may play a file to the channel, such
    /// as the half second of `beeperr` when it fetches the agent back from a consultation, or `beep` when it completes one.
    static let renewalTime: Duration = .seconds(2)
    /// How long a removal may take before it is asked for again; after the last attempt it is reported instead.
    package let removalTimeout: Duration
    package static let removalAttempts = 3
    /// How often in a row Asterisk may fail to tell what must be known for a session to go on.
    static let questionAttempts = 3
    /// How long the sessions of a channel may take to remove their snoops: longer than each of them tries to.
    var unhookingLimit: Duration { removalTimeout * Self.removalAttempts + .milliseconds(100) }

    /// - Parameter requestTimeout: the longest time that one request to Asterisk may take.
    package init(
        prefixes: FeatureCodePrefixes = .standard,
        endpoints: EndpointBook = EndpointBook(),
        limits: TargetLimits = .standard,
        requestTimeout: Duration = .seconds(3),
        switchTimeout: Duration = .seconds(1),
        waitingLimit: Duration = .seconds(3600),
        searchRetryTime: Duration = .seconds(1),
        promptTimeout: Duration = .seconds(30),
        raceTimeout: Duration = .milliseconds(300),
        unhookTime: Duration = .milliseconds(100)
    ) {
        self.prefixes = prefixes
        self.endpoints = endpoints
        self.limits = limits
        attachTimeout = requestTimeout + .seconds(2)
        self.switchTimeout = switchTimeout
        self.waitingLimit = waitingLimit
        self.searchRetryTime = searchRetryTime
        self.promptTimeout = promptTimeout
        self.raceTimeout = raceTimeout
        self.unhookTime = unhookTime
        // All attempts together take longer than one request may.
        removalTimeout = requestTimeout / Self.removalAttempts + .milliseconds(100)
    }
}

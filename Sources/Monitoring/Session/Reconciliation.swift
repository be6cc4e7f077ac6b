/// What must exist in Asterisk, as far as the sessions know. Noted before Asterisk is asked what does exist, so that what
/// begins in between is not taken for missing.
package struct ReconciliationExpectation: Hashable, Sendable {
    package var supervisors: [SessionID: ChannelID]
    package var snoops: [SessionID: [ChannelID]]
    package var subscriptions: Set<WatchedSource>

    package init(
        supervisors: [SessionID: ChannelID] = [:],
        snoops: [SessionID: [ChannelID]] = [:],
        subscriptions: Set<WatchedSource> = []
    ) {
        self.supervisors = supervisors
        self.snoops = snoops
        self.subscriptions = subscriptions
    }
}

/// What does exist: the answer of Asterisk after a new connection, when events have been missed.
package struct ReconciliationFindings: Hashable, Sendable {
    /// The channels in our Stasis application, and those that it has asked to be told of.
    package var channels: Set<ChannelID>
    /// All bridges of this Asterisk.
    package var bridges: Set<BridgeID>

    package init(channels: Set<ChannelID>, bridges: Set<BridgeID>) {
        self.channels = channels
        self.bridges = bridges
    }
}

/// One thing that brings sessions and Asterisk back into agreement.
package enum ReconciliationStep: Hashable, Sendable {
    /// Tell the session what it missed.
    case tell(SessionID, SessionEvent)
    /// A snoop of ours that no session has: left over by an earlier run, or by a request that seemed to fail.
    case removeSnoop(ChannelID)
    case removeBridge(BridgeID)
    /// A channel without a session. If it is in our application it is a supervisor of an earlier run, who waits for
    /// somebody: he gets a new session, with all its checks.
    case admit(ChannelID)
}

/// Compares what the sessions expect with what Asterisk has.
package enum Reconciliation {
    /// - Parameters:
    ///   - application: the Stasis application, whose name begins the names of what is ours.
    ///   - isOwned: whether a session of now has the snoop or bridge of this name.
    ///   - isAdmitted: whether a session of now has this supervisor's channel.
    package static func steps(
        application: String,
        expectation: ReconciliationExpectation,
        findings: ReconciliationFindings,
        isOwned: (ResourceName) -> Bool,
        isAdmitted: (ChannelID) -> Bool
    ) -> [ReconciliationStep] {
        var steps: [ReconciliationStep] = []
        for (session, supervisor) in expectation.supervisors.sorted(by: { $0.key.number < $1.key.number })
        where !findings.channels.contains(supervisor) {
            steps.append(.tell(session, .supervisorLeft))
        }
        for (session, snoops) in expectation.snoops.sorted(by: { $0.key.number < $1.key.number }) {
            for snoop in snoops where !findings.channels.contains(snoop) {
                steps.append(.tell(session, .snoopEnded(snoop)))
            }
        }
        for channel in findings.channels.sorted(by: { $0.rawValue < $1.rawValue }) {
            if let name = ResourceName(channel.rawValue), name.application == application, name.kind == .snoop {
                if !isOwned(name) { steps.append(.removeSnoop(channel)) }
            } else if !isAdmitted(channel) {
                steps.append(.admit(channel))
            }
        }
        for bridge in findings.bridges.sorted(by: { $0.rawValue < $1.rawValue }) {
            guard let name = ResourceName(bridge.rawValue), name.application == application, name.kind == .bridge,
                !isOwned(name)
            else { continue }
            steps.append(.removeBridge(bridge))
        }
        return steps
    }
}

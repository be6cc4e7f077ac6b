/// What the service may ask a session.
extension SessionStateMachine {
    package var isEnded: Bool {
        if case .ended = state { true } else { false }
    }

    /// Whether the supervisor's channel is still with us, as far as events have told.
    package var expectsSupervisor: Bool { isSupervisorHere && !isEnded }

    /// Whether the session takes one of the places that the configuration limits: a refused supervisor takes none.
    package var takesPlace: Bool {
        switch state {
        case .created, .preparing, .attaching, .monitoring, .reattaching, .seeking, .waiting: true
        case .explaining, .releasing, .ended: false
        }
    }

    /// The snoops whose end we expect to be told.
    package var expectedSnoops: [ChannelID] {
        var snoops: [ChannelID] = []
        if case .monitoring(let monitoring) = state { snoops.append(monitoring.link.snoop) }
        if let newLink, newLink.isSnoopStarted { snoops.append(newLink.snoop) }
        snoops += spares.filter(\.isSnoopStarted).map(\.snoop)
        if let recording, recording.isSnoopStarted { snoops.append(recording.snoop) }
        return snoops
    }

    /// What was asked for, may come into being any moment, and is still to be removed then: of use when the session has
    /// given up waiting.
    package var unansweredCreations: [SessionRequest] {
        pending.values.filter { request in
            switch request {
            case .createSnoop(let snoop, _, _): ledger.snoops[snoop] != nil
            case .createBridge(let bridge): ledger.bridges[bridge] != nil
            default: false
            }
        }
    }

    /// Whether a snoop or bridge of this name is the session's own.
    package func owns(_ name: String) -> Bool {
        ledger.snoops[ChannelID(name)] != nil || ledger.bridges[BridgeID(name)] != nil
    }

    /// The channel off which the session is taking its snoops; it must get no new ones from anybody until that is done.
    package var channelBeingUnhooked: ChannelID? {
        guard case .reattaching(let reattaching) = state else { return nil }
        return switch reattaching.step {
        case .removing, .unhooking: reattaching.target
        case .looking, .lookingLater: nil
        }
    }

    /// Whether this snoop, which may not have been made yet, is still of use.
    package func wants(_ snoop: ChannelID) -> Bool { wantedSnoops.contains(snoop) }

    /// Whether the session waits for an extension's next call.
    package var isWaiting: Bool {
        if case .waiting = state { true } else { false }
    }
}

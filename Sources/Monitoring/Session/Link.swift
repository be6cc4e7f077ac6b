/// What connects a supervisor with a target: a snoop on the target's channel, and a bridge for the two of them.
///
/// Both are made, used and dropped together. A snoop never shares a bridge with another one, whose audio it would hear, and
/// say to its own target (`reference/asterisk-ari.md` 0.10); so whoever changes mode or target gets a new link.
package struct Link: Hashable, Sendable {
    let target: TargetChannel
    let mode: MonitoringMode
    let snoop: ChannelID
    let bridge: BridgeID
    var isBridgeReady = false
    var isSnoopStarted = false
    /// The two have been asked into the bridge.
    var isJoining = false
    /// Of supervisor and snoop, those that are in the bridge.
    var joined: Set<ChannelID> = []

    var isReady: Bool { isBridgeReady && isSnoopStarted }
}

extension SessionStateMachine {
    /// Begins to make a link. Only called with a target and a mode that the policy has just allowed.
    mutating func makeLink(to target: TargetChannel, _ permit: SessionState.Permit) -> (Link, [SessionCommand]) {
        let link = Link(
            target: target,
            mode: permit.mode,
            snoop: ChannelID(newName(.snoop)),
            bridge: BridgeID(newName(.bridge))
        )
        ledger.set(.requested, snoop: link.snoop)
        ledger.set(.requested, bridge: link.bridge)
        let audio = SnoopAudio(
            hears: permit.settings.params.hearing(in: permit.mode),
            speaks: permit.mode.whisperDirection
        )
        return (
            link,
            [
                request(.createSnoop(link.snoop, target: target.id, audio)),
                request(.createBridge(link.bridge)),
            ]
        )
    }

    /// Puts snoop and supervisor together as soon as they can be, and nothing is played to the supervisor any more: a
    /// channel that is playing moves into a bridge only after the prompt.
    mutating func joinIfReady(_ link: inout Link) -> [SessionCommand] {
        guard link.isReady, !link.isJoining, playing.isEmpty else { return [] }
        link.isJoining = true
        // The snoop first: the supervisor leaves his old bridge when the new one has something to hear.
        let channels = [link.snoop, supervisor.channel].filter { !link.joined.contains($0) }
        return [request(.join(link.bridge, channels))]
    }

    // MARK: - Answers and events of links

    mutating func bridgeCreated(_ bridge: BridgeID, _ answer: SessionAnswer) -> [SessionCommand] {
        // Also a refusal leaves doubt: a request that was sent twice is refused the second time.
        ledger.set(.present, bridge: bridge)
        if let spare = spares.firstIndex(where: { $0.bridge == bridge }) {
            guard case .failed = answer else { return changeSpare(spare) { $0.isBridgeReady = true } }
            return dropSpare(spare)
        }
        guard let link = newLink, link.bridge == bridge else { return removeUnwanted() }
        if case .failed = answer { return linkFailed() }
        changeNewLink { $0.isBridgeReady = true }
        return proceed()
    }

    /// The answer to the creation of a snoop. Its StasisStart may have come before, or will come.
    mutating func snoopCreated(_ snoop: ChannelID, _ answer: SessionAnswer) -> [SessionCommand] {
        // Its StasisStart has proved that it is there, whatever the answer says. Or it lived and ended before the answer was read.
        guard ledger.snoops[snoop] == .requested else { return [] }
        let isNew = newLink?.snoop == snoop
        let spare = spares.firstIndex { $0.snoop == snoop }
        switch answer.failure {
        case .gone:
            // The target hung up between the decision and the request.
            ledger.forget(snoop: snoop)
            if isNew || spare != nil { return targetEnded() }
            if recording?.snoop == snoop { return recordingEnded(isFailure: false) }
            return somethingIsGone()
        case .refused where isNew:
            // Asterisk also refuses for a channel that is just ending (500), whose end is told at this moment. If it is not, the
            // deadline decides.
            ledger.set(.present, snoop: snoop)
            return setDeadline(configuration.raceTimeout)
        case .refused, .unknown:
            // Also a refusal leaves doubt: a request that was sent twice is refused the second time.
            ledger.set(.present, snoop: snoop)
            if isNew { return linkFailed() }
            if let spare { return dropSpare(spare) }
            if recording?.snoop == snoop { return recordingEnded(isFailure: true) }
            return removeUnwanted()
        case nil:
            ledger.set(.present, snoop: snoop)
            return removeUnwanted()
        }
    }

    mutating func snoopStarted(_ snoop: ChannelID) -> [SessionCommand] {
        guard let progress = ledger.snoops[snoop] else { return [] }  // The engine removes what no session has.
        if progress == .requested { ledger.set(.present, snoop: snoop) }
        if newLink?.snoop == snoop {
            changeNewLink { $0.isSnoopStarted = true }
            return proceed()
        }
        if let spare = spares.firstIndex(where: { $0.snoop == snoop }) {
            return changeSpare(spare) { $0.isSnoopStarted = true }
        }
        if recording?.snoop == snoop { return recordingSnoopStarted() }
        // Of a link that was given up: now it can be removed.
        return removeUnwanted()
    }

    mutating func enteredBridge(_ channel: ChannelID, _ bridge: BridgeID) -> [SessionCommand] {
        guard ledger.bridges[bridge] != nil else { return [] }  // Removed already, or somebody else's.
        guard channel == supervisor.channel || ResourceName(channel.rawValue)?.session == id else {
            // The supervisor's phone has transferred its call to somebody whose rights nobody has checked.
            return supervisorReplaced()
        }
        if channel == supervisor.channel {
            if case .monitoring(let monitoring) = state, ![monitoring.link.bridge, newLink?.bridge].contains(bridge) {
                // A join of an earlier step was late. He belongs into the call.
                return [request(.join(monitoring.link.bridge, [channel]))]
            }
            seat = bridge
        }
        guard let link = newLink, link.bridge == bridge, [link.snoop, supervisor.channel].contains(channel) else {
            return []
        }
        changeNewLink { $0.joined.insert(channel) }
        guard let link = newLink, link.joined.count == 2 else { return [] }
        return linked(link)
    }

    mutating func joined(_ bridge: BridgeID, _ answer: SessionAnswer) -> [SessionCommand] {
        // Usually told by an event before. But that may be late, and a last prompt must know.
        if answer.failure == nil, bridge == (newLink?.bridge ?? monitoredBridge ?? bridge) { seat = bridge }
        guard let link = newLink, link.bridge == bridge else {
            return proceed() + removeUnwanted()  // The bridge has waited for this answer, and so may a last prompt.
        }
        // Who is in the bridge is told by events; Asterisk answers 204 even when a join fails later.
        guard case .failed = answer else { return [] }
        // One of the two ended at this moment, and its event is on the way: it tells the reason. If none comes, the
        // deadline decides.
        return setDeadline(configuration.raceTimeout)
    }

    /// The bridge in which the supervisor monitors.
    private var monitoredBridge: BridgeID? {
        if case .monitoring(let monitoring) = state { monitoring.link.bridge } else { nil }
    }

    /// The link that is being made.
    var newLink: Link? {
        switch state {
        case .attaching(let attaching): attaching.link
        case .monitoring(let monitoring):
            if case .switchingMode(let link) = monitoring.step { link } else { nil }
        case .created, .preparing, .reattaching, .seeking, .waiting, .explaining, .releasing, .ended: nil
        }
    }

    private mutating func changeNewLink(_ change: (inout Link) -> Void) {
        switch state {
        case .attaching(var attaching):
            change(&attaching.link)
            state = .attaching(attaching)
        case .monitoring(var monitoring):
            guard case .switchingMode(var link) = monitoring.step else { return }
            change(&link)
            monitoring.step = .switchingMode(link)
            state = .monitoring(monitoring)
        case .created, .preparing, .reattaching, .seeking, .waiting, .explaining, .releasing, .ended:
            return
        }
    }

    // MARK: - Spare links

    /// Links of the present target that are ready for a mode key.
    var spares: [Link] {
        if case .monitoring(let monitoring) = state { monitoring.spares } else { [] }
    }

    /// Makes a link for each mode that a key may choose.
    mutating func makeSpares() -> [SessionCommand] {
        guard case .monitoring(var monitoring) = state, monitoring.permit.settings.params.switchesModeByKey else {
            return []
        }
        var commands: [SessionCommand] = []
        let made = Set(([monitoring.link] + monitoring.spares).map(\.mode))
        for mode in MonitoringMode.allCases
        where !made.contains(mode) && monitoring.permit.settings.permission.allows(mode) {
            var permit = monitoring.permit
            permit.mode = mode
            let (link, creation) = makeLink(to: monitoring.link.target, permit)
            monitoring.spares.append(link)
            commands += creation
        }
        state = .monitoring(monitoring)
        return commands
    }

    private mutating func changeSpare(_ index: Int, _ change: (inout Link) -> Void) -> [SessionCommand] {
        guard case .monitoring(var monitoring) = state else { return [] }
        change(&monitoring.spares[index])
        state = .monitoring(monitoring)
        return []
    }

    /// Asterisk did not make a part of it. The key makes a new one, when it is pressed.
    private mutating func dropSpare(_ index: Int) -> [SessionCommand] {
        guard case .monitoring(var monitoring) = state else { return [] }
        monitoring.spares.remove(at: index)
        state = .monitoring(monitoring)
        return removeUnwanted()
    }

    /// Supervisor and snoop of the new link have found each other.
    private mutating func linked(_ link: Link) -> [SessionCommand] {
        switch state {
        case .attaching(let attaching): attached(link, attaching)
        case .monitoring(let monitoring): modeSwitched(link, monitoring)
        case .created, .preparing, .reattaching, .seeking, .waiting, .explaining, .releasing, .ended: []
        }
    }

    /// Asterisk did not make a part of the new link.
    private mutating func linkFailed() -> [SessionCommand] {
        switch state {
        case .attaching: refuse(.asteriskRefused)
        case .monitoring: modeSwitchFailed()
        case .created, .preparing, .reattaching, .seeking, .waiting, .explaining, .releasing, .ended: []
        }
    }
}

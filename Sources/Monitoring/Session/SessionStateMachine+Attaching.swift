extension SessionStateMachine {
    // MARK: - Attaching to a target

    /// Begins to bring the supervisor into the target's call. Only called with a target that the policy has just allowed.
    mutating func attach(
        to target: TargetChannel,
        _ permit: SessionState.Permit,
        bridge existing: BridgeID?
    ) -> [SessionCommand] {
        let snoop = ChannelID(newName(.snoop))
        let bridge = existing ?? BridgeID(newName(.bridge))
        state = .attaching(
            SessionState.Attaching(
                permit: permit,
                target: target,
                snoop: snoop,
                bridge: bridge,
                isBridgeReady: existing != nil,
                announcement: permit.settings.params.isQuiet ? .over : .waiting,
                joined: existing == nil ? [] : [supervisor.channel]
            )
        )
        ledger.set(.requested, snoop: snoop)
        var commands = [
            request(.createSnoop(snoop, target: target.id, whisper: permit.code.mode.whisperDirection))
        ]
        if existing == nil {
            ledger.set(.requested, bridge: bridge)
            commands.append(request(.createBridge(bridge)))
        }
        return commands + setDeadline(configuration.attachTimeout) + proceed()
    }

    /// Takes the next step of the state, if what it waits for is there.
    mutating func proceed() -> [SessionCommand] {
        switch state {
        case .attaching(let attaching): proceed(attaching)
        case .refusing(let refusing): proceed(refusing)
        case .created, .preparing, .monitoring, .seeking, .releasing, .ended: []
        }
    }

    private mutating func proceed(_ current: SessionState.Attaching) -> [SessionCommand] {
        // An unanswered channel would hear early media, and a bridge would not be heard at all.
        guard isAnswered else { return [] }
        var attaching = current
        if attaching.announcement == .waiting {
            let playback = PlaybackID(newName(.playback))
            attaching.announcement = .playing(playback)
            state = .attaching(attaching)
            let code = attaching.permit.code
            let technology =
                attaching.permit.settings.params.skipsChannelType ? nil : attaching.target.endpoint.technology
            return [request(.play(playback, .announcement(code.target, technology: technology)))]
        }
        guard attaching.announcement == .over, attaching.isBridgeReady, attaching.isSnoopStarted, !attaching.isJoining
        else { return [] }
        attaching.isJoining = true
        state = .attaching(attaching)
        let channels = [supervisor.channel, attaching.snoop].filter { !attaching.joined.contains($0) }
        return [request(.join(attaching.bridge, channels))] + setDeadline(configuration.attachTimeout)
    }

    mutating func bridgeCreated(_ bridge: BridgeID, _ answer: SessionAnswer) -> [SessionCommand] {
        guard record(creationOf: bridge, answer) else { return attachFailed(bridge: bridge) }
        guard case .attaching(var attaching) = state, attaching.bridge == bridge else { return removeUnwanted() }
        attaching.isBridgeReady = true
        state = .attaching(attaching)
        return proceed()
    }

    /// The answer to the creation of a snoop. Its StasisStart may have come before, or will come.
    mutating func snoopCreated(_ snoop: ChannelID, _ answer: SessionAnswer) -> [SessionCommand] {
        // Its StasisStart has proved that it is there, whatever the answer says. Or it lived and ended before the answer was read.
        guard ledger.snoops[snoop] == .requested else { return [] }
        switch answer {
        case .done, .settings, .targets:
            ledger.set(.present, snoop: snoop)
            return isAttaching(snoop) ? [] : removeUnwanted()
        case .failed(.gone):
            // The target hung up between the decision and the request.
            ledger.forget(snoop: snoop)
            return isAttaching(snoop) ? targetEnded() : endIfDone()
        case .failed(.refused), .failed(.unknown):
            // Also a refusal leaves doubt: a request that was sent twice is refused the second time.
            ledger.set(.present, snoop: snoop)
            return isAttaching(snoop) ? refuse(.asteriskRefused) : removeUnwanted()
        }
    }

    mutating func snoopStarted(_ snoop: ChannelID) -> [SessionCommand] {
        guard ledger.snoops[snoop] != nil else { return [] }  // The engine removes what no session has.
        if ledger.snoops[snoop] == .requested { ledger.set(.present, snoop: snoop) }
        // Of an attach that was given up: now it can be removed.
        guard case .attaching(var attaching) = state, attaching.snoop == snoop else { return removeUnwanted() }
        attaching.isSnoopStarted = true
        state = .attaching(attaching)
        return proceed()
    }

    mutating func enteredBridge(_ channel: ChannelID, _ bridge: BridgeID) -> [SessionCommand] {
        guard bridge == currentBridge else { return [] }  // Of an earlier step, or somebody else's.
        guard channel == supervisor.channel || ResourceName(channel.rawValue)?.session == id else {
            // The supervisor's phone has transferred its call to somebody whose rights nobody has checked.
            return release(.supervisorTransferred)
        }
        // Entered again, or a snoop of an earlier target that has ended since.
        guard case .attaching(var attaching) = state, channel == supervisor.channel || channel == attaching.snoop else {
            return []
        }
        attaching.joined.insert(channel)
        guard attaching.joined.isSuperset(of: [attaching.snoop, supervisor.channel]) else {
            state = .attaching(attaching)
            return []
        }
        var permit = attaching.permit
        permit.hasMonitored = true
        state = .monitoring(
            SessionState.Monitoring(
                permit: permit,
                target: attaching.target,
                snoop: attaching.snoop,
                bridge: bridge
            )
        )
        return setDeadline(nil) + [.report(.started(permit.code.mode, target: attaching.target))]
    }

    mutating func joined(_ bridge: BridgeID, _ answer: SessionAnswer) -> [SessionCommand] {
        guard case .attaching(let attaching) = state, attaching.bridge == bridge else {
            return removeUnwanted()  // The bridge has waited for this answer.
        }
        // Who is in the bridge is told by events; Asterisk answers 204 even when a join fails later.
        guard case .failed = answer else { return [] }
        // One of the two ended at this moment, and its event is on the way: it tells the reason. If none comes, the
        // deadline refuses.
        return setDeadline(configuration.raceTimeout)
    }

    mutating func attachDeadlineExpired() -> [SessionCommand] {
        guard case .attaching(var attaching) = state else { return [] }
        guard case .playing(let playback) = attaching.announcement, attaching.isBridgeReady, attaching.isSnoopStarted
        else { return refuse(.asteriskRefused) }
        if !attaching.hasWaitedForAnnouncement {
            // A long extension takes long to say.
            attaching.hasWaitedForAnnouncement = true
            state = .attaching(attaching)
            return setDeadline(configuration.promptTimeout)
        }
        // The end of the announcement got lost. The supervisor may hear the call, so he does.
        attaching.announcement = .over
        state = .attaching(attaching)
        return stop(playback) + proceed()
    }

    // MARK: - The target's end

    mutating func snoopEnded(_ snoop: ChannelID) -> [SessionCommand] {
        ledger.forget(snoop: snoop)
        guard isAttaching(snoop) || isMonitoring(snoop) else { return endIfDone() }
        return targetEnded()
    }

    /// The monitored channel ended: E, S and the rule for a barged call say how the session goes on.
    private mutating func targetEnded() -> [SessionCommand] {
        var permit: SessionState.Permit
        let bridge: BridgeID?
        switch state {
        case .attaching(let attaching):
            permit = attaching.permit
            permit.endedTargets.insert(attaching.target.id)
            bridge = attaching.joined.contains(supervisor.channel) ? attaching.bridge : nil
        case .monitoring(let monitoring):
            permit = monitoring.permit
            permit.endedTargets.insert(monitoring.target.id)
            bridge = monitoring.bridge
        case .created, .preparing, .seeking, .refusing, .releasing, .ended:
            return []  // Nobody was monitored.
        }
        if permit.endsWithTarget {
            return permit.hasMonitored ? release(.targetHungUp) : refuse(.nobodyTalking)
        }
        state = .seeking(SessionState.Seeking(permit: permit, bridge: bridge))
        // A bridge that the supervisor never reached is not worth waiting for; the next attach makes its own.
        let removals = bridge == nil ? removeUnwanted() : []
        return removals + setDeadline(nil) + [request(.findTargets(endpoints(of: permit.code.target)))]
    }

    mutating func decideNextTarget(_ lookup: TargetLookup, _ seeking: SessionState.Seeking) -> [SessionCommand] {
        switch decide(seeking.permit, lookup) {
        case .allowed(let target):
            return attach(to: target, seeking.permit, bridge: seeking.bridge)
        case .denied(.nobodyTalking) where seeking.permit.hasMonitored:
            return release(.noCallLeft)
        case .denied(let refusal):
            return refuse(refusal)
        }
    }

    // MARK: - Helpers

    /// The bridge in which the supervisor is, or is to be.
    private var currentBridge: BridgeID? {
        switch state {
        case .attaching(let attaching): attaching.bridge
        case .monitoring(let monitoring): monitoring.bridge
        case .seeking(let seeking): seeking.bridge
        case .created, .preparing, .refusing, .releasing, .ended: nil
        }
    }

    func isAttaching(_ snoop: ChannelID) -> Bool {
        if case .attaching(let attaching) = state { attaching.snoop == snoop } else { false }
    }

    private func isMonitoring(_ snoop: ChannelID) -> Bool {
        if case .monitoring(let monitoring) = state { monitoring.snoop == snoop } else { false }
    }

    private mutating func attachFailed(bridge: BridgeID) -> [SessionCommand] {
        guard case .attaching(let attaching) = state, attaching.bridge == bridge else { return removeUnwanted() }
        return refuse(.asteriskRefused)
    }

    /// - Returns: whether the bridge is there for certain.
    private mutating func record(creationOf bridge: BridgeID, _ answer: SessionAnswer) -> Bool {
        switch answer {
        case .done, .settings, .targets:
            ledger.set(.present, bridge: bridge)
            return true
        case .failed:
            // Also a refusal leaves doubt: a request that was sent twice is refused the second time.
            ledger.set(.present, bridge: bridge)
            return false
        }
    }
}

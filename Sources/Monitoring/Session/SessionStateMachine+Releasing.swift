extension SessionStateMachine {
    // MARK: - Explaining

    /// Tells the supervisor why not, and removes whatever was made for him.
    mutating func refuse(_ refusal: Refusal) -> [SessionCommand] {
        // One more of too many is not to cost more than that; the dialplan answers with a tone.
        if refusal == .tooManySessions { return [.report(.refused(refusal))] + release(.refused(refusal)) }
        return [.report(.refused(refusal))] + explain(.refused(refusal), .refusal(refusal))
    }

    /// Plays a last prompt, and ends the session after it.
    mutating func explain(_ end: SessionEnd, _ prompt: Prompt) -> [SessionCommand] {
        // A prompt that is playing goes on: the last one is played after it.
        state = .explaining(SessionState.Explaining(end: end, prompt: prompt))
        recording = nil
        lookup = nil
        return removeUnwanted() + setDeadline(configuration.promptTimeout) + proceed()
    }

    mutating func proceed(_ current: SessionState.Explaining) -> [SessionCommand] {
        guard isAudible, current.progress == .due, bridgesBeingJoined.isEmpty else { return [] }
        guard let seat, let progress = ledger.bridges[seat] else { return sayLast(current) }
        // A channel that is playing leaves its bridge only after the prompt; and out of one that is being removed it is
        // being thrown.
        guard playing.isEmpty, progress != .removing else { return [] }
        var explaining = current
        explaining.progress = .leaving
        state = .explaining(explaining)
        return [request(.leave(seat))]
    }

    mutating func left(_ bridge: BridgeID) -> [SessionCommand] {
        // Whatever the answer: the bridge is removed now.
        if seat == bridge { seat = nil }
        guard case .explaining(let explaining) = state, explaining.progress == .leaving else { return [] }
        return sayLast(explaining) + removeUnwanted()
    }

    private mutating func sayLast(_ current: SessionState.Explaining) -> [SessionCommand] {
        let playback = PlaybackID(newName(.playback))
        var explaining = current
        explaining.progress = .playing(playback)
        state = .explaining(explaining)
        return [play(explaining.prompt, as: playback)]
    }

    // MARK: - Releasing

    /// Sends the supervisor back to the dialplan and removes what is ours, at the same time.
    mutating func release(_ end: SessionEnd, to place: DialplanPlace? = nil) -> [SessionCommand] {
        var commands: [SessionCommand] = []
        if isSupervisorHere {
            // A channel that is playing leaves Stasis only after the prompt.
            commands += stopPrompts()
            commands.append(request(.setVariable(.result, end.word)))
            // What comes after the session is not to be louder for it.
            if volume != .unchanged {
                volume = .unchanged
                commands += setVolume()
            }
        }
        state = .releasing(SessionState.Releasing(end: end, place: place))
        recording = nil
        lookup = nil
        return commands + removeUnwanted() + setDeadline(configuration.removalTimeout) + endIfDone()
    }

    /// Sets the volume. One request at a time: a later one could overtake it.
    mutating func setVolume() -> [SessionCommand] {
        guard !pending.values.contains(where: { if case .setVariable(.volume, _) = $0 { true } else { false } }) else {
            return []
        }
        return [request(.setVariable(.volume, volume.text))]
    }

    mutating func variableSet(_ variable: SupervisorVariable, _ value: String) -> [SessionCommand] {
        if variable == .volume, value != volume.text, isSupervisorHere { return setVolume() }
        // The variables are for the dialplan's information; without them the supervisor is released all the same.
        guard case .releasing(let releasing) = state, isSupervisorHere,
            !pending.values.contains(where: { if case .setVariable = $0 { true } else { false } }),
            !pending.values.contains(where: { if case .releaseSupervisor = $0 { true } else { false } })
        else { return [] }
        return [request(.releaseSupervisor(to: releasing.place))]
    }

    mutating func supervisorReleased(_ answer: SessionAnswer) -> [SessionCommand] {
        guard case .releasing = state, isSupervisorHere else { return [] }
        switch answer.failure {
        case nil: return []  // StasisEnd follows.
        case .gone:
            isSupervisorHere = false
            return endIfDone()
        case .refused, .unknown: return [request(.hangUpSupervisor)]
        }
    }

    mutating func supervisorHungUpByUs(_ answer: SessionAnswer) -> [SessionCommand] {
        guard case .releasing = state, case .failed(.gone) = answer else { return [] }  // StasisEnd, or the deadline.
        isSupervisorHere = false
        return endIfDone()
    }

    // MARK: - Removing

    /// Asks for the removal of everything that the state has no use for.
    mutating func removeUnwanted() -> [SessionCommand] {
        ledger.removeAll(exceptSnoops: wantedSnoops, exceptBridges: wantedBridges.union(bridgesInUse))
            .map { request($0) }
    }

    var wantedSnoops: Set<ChannelID> {
        var snoops = Set([newLink?.snoop, recording?.snoop].compactMap { $0 } + spares.map(\.snoop))
        if case .monitoring(let monitoring) = state { snoops.insert(monitoring.link.snoop) }
        return snoops
    }

    private var wantedBridges: Set<BridgeID> {
        switch state {
        case .monitoring(let monitoring):
            Set([monitoring.link.bridge, newLink?.bridge].compactMap { $0 } + monitoring.spares.map(\.bridge))
        case .attaching, .reattaching, .seeking, .waiting:
            // The supervisor stays in his bridge until he is in the next one, unless somebody else stays in it too.
            Set([newLink?.bridge, ledger.hasStuckSnoop ? nil : seat].compactMap { $0 })
        case .explaining(let explaining):
            // Until they have left it for the last prompt, if there is nobody in it who cannot be removed.
            switch explaining.progress {
            case .due, .leaving: Set([ledger.hasStuckSnoop ? nil : seat].compactMap { $0 })
            case .playing: []
            }
        case .created, .preparing, .releasing, .ended: []
        }
    }

    /// The bridges that somebody was asked to join, without an answer yet. After the first attempt that counts no more.
    private var bridgesInUse: Set<BridgeID> {
        if case .releasing(let releasing) = state, releasing.attempt > 1 { return [] }
        return bridgesBeingJoined
    }

    private var bridgesBeingJoined: Set<BridgeID> {
        Set(pending.values.compactMap { if case .join(let bridge, _) = $0 { bridge } else { nil } })
    }

    mutating func snoopRemoved(_ snoop: ChannelID, _ answer: SessionAnswer) -> [SessionCommand] {
        guard ledger.snoops[snoop] != nil else { return [] }  // Its StasisEnd was here before the answer.
        if answer.isRemoval {
            ledger.forget(snoop: snoop)
            return somethingIsGone()
        }
        ledger.set(.stuck, snoop: snoop)
        // He must not stay in a bridge with a snoop that is not to be there any more.
        return ledger.removeBridges(except: wantedBridges.union(bridgesInUse)).map { request($0) }
    }

    mutating func bridgeRemoved(_ bridge: BridgeID, _ answer: SessionAnswer) -> [SessionCommand] {
        if answer.isRemoval {
            ledger.forget(bridge: bridge)
            if seat == bridge { seat = nil }
            return proceed() + somethingIsGone()
        }
        ledger.set(.stuck, bridge: bridge)
        // Nor in one that cannot be taken from him.
        guard bridge == seat, ledger.hasStuckSnoop, takesPlace else { return proceed() }
        return refuse(.asteriskRefused)
    }

    mutating func removalDeadlineExpired() -> [SessionCommand] {
        guard case .releasing(var releasing) = state else { return [] }
        guard releasing.attempt < SessionConfiguration.removalAttempts else {
            let left = ledger.names + (isSupervisorHere ? [supervisor.channel.rawValue] : [])
            state = .ended(releasing.end)
            return [.report(.leftBehind(left)), .report(.ended(releasing.end))]
        }
        releasing.attempt += 1
        state = .releasing(releasing)
        var commands = removeUnwanted()
        // He may be on his way, but then nobody misses him; and nobody is left in silence.
        if isSupervisorHere, !pending.values.contains(.hangUpSupervisor) {
            commands.append(request(.hangUpSupervisor))
        }
        return commands + setDeadline(configuration.removalTimeout)
    }

    /// Something that the session made has gone: more may be waiting for that.
    mutating func somethingIsGone() -> [SessionCommand] {
        endIfDone() + awaitUnhooking()
    }

    mutating func endIfDone() -> [SessionCommand] {
        guard case .releasing(let releasing) = state, !isSupervisorHere, ledger.isEmpty else { return [] }
        state = .ended(releasing.end)
        return setDeadline(nil) + [.report(.ended(releasing.end))]
    }
}

extension SessionAnswer {
    /// Whether what was to be removed is gone: already gone is success.
    fileprivate var isRemoval: Bool {
        failure == nil || failure == .gone
    }
}

extension SessionStateMachine {
    // MARK: - Refusing

    /// Tells the supervisor why not, and removes whatever was made for him.
    mutating func refuse(_ refusal: Refusal) -> [SessionCommand] {
        // An announcement that is playing goes on: the prompt is played after it.
        state = .refusing(SessionState.Refusing(refusal: refusal))
        return [.report(.refused(refusal))] + removeUnwanted() + setDeadline(configuration.promptTimeout) + proceed()
    }

    mutating func proceed(_ current: SessionState.Refusing) -> [SessionCommand] {
        guard isAnswered, current.prompt == .waiting else { return [] }
        let playback = PlaybackID(newName(.playback))
        var refusing = current
        refusing.prompt = .playing(playback)
        state = .refusing(refusing)
        return [request(.play(playback, .refusal(refusing.refusal)))]
    }

    // MARK: - Releasing

    /// Sends the supervisor back to the dialplan and removes what is ours, at the same time.
    mutating func release(_ end: SessionEnd) -> [SessionCommand] {
        var commands: [SessionCommand] = []
        // A channel that is playing leaves Stasis only after the prompt.
        if isSupervisorHere, let playback = currentPlayback { commands += stop(playback) }
        state = .releasing(SessionState.Releasing(end: end))
        if isSupervisorHere { commands.append(request(.setResult(end.word))) }
        return commands + removeUnwanted() + setDeadline(configuration.removalTimeout) + endIfDone()
    }

    /// The prompt that the supervisor hears now.
    private var currentPlayback: PlaybackID? {
        switch state {
        case .attaching(let attaching):
            if case .playing(let playback) = attaching.announcement { playback } else { nil }
        case .refusing(let refusing):
            if case .playing(let playback) = refusing.prompt { playback } else { nil }
        case .created, .preparing, .monitoring, .seeking, .releasing, .ended: nil
        }
    }

    mutating func resultSet() -> [SessionCommand] {
        // The variable is for the dialplan's information; without it the supervisor is released all the same.
        guard case .releasing = state, isSupervisorHere else { return [] }
        return [request(.releaseSupervisor)]
    }

    mutating func supervisorReleased(_ answer: SessionAnswer) -> [SessionCommand] {
        guard case .releasing = state, isSupervisorHere else { return [] }
        switch answer {
        case .done, .settings, .targets: return []  // StasisEnd follows.
        case .failed(.gone):
            isSupervisorHere = false
            return endIfDone()
        case .failed(.refused), .failed(.unknown): return [request(.hangUpSupervisor)]
        }
    }

    mutating func supervisorHungUpByUs(_ answer: SessionAnswer) -> [SessionCommand] {
        guard case .releasing = state, case .failed(.gone) = answer else { return [] }  // StasisEnd, or the deadline.
        isSupervisorHere = false
        return endIfDone()
    }

    // MARK: - Removing

    /// Asks for the removal of everything that the state has no use for: while monitoring or attaching, nothing.
    mutating func removeUnwanted() -> [SessionCommand] {
        switch state {
        case .attaching, .monitoring: []
        case .seeking(let seeking) where seeking.bridge != nil: []
        case .created, .preparing, .seeking, .refusing, .releasing, .ended:
            ledger.removeAll(except: bridgesInUse).map { request($0) }
        }
    }

    /// The bridges that somebody was asked to join, without an answer yet. After the first attempt that counts no more.
    private var bridgesInUse: Set<BridgeID> {
        if case .releasing(let releasing) = state, releasing.attempt > 1 { return [] }
        return Set(pending.values.compactMap { if case .join(let bridge, _) = $0 { bridge } else { nil } })
    }

    mutating func snoopRemoved(_ snoop: ChannelID, _ answer: SessionAnswer) -> [SessionCommand] {
        guard ledger.snoops[snoop] != nil else { return [] }  // Its StasisEnd was here before the answer.
        if answer.isRemoval { ledger.forget(snoop: snoop) } else { ledger.set(.stuck, snoop: snoop) }
        return endIfDone()
    }

    mutating func bridgeRemoved(_ bridge: BridgeID, _ answer: SessionAnswer) -> [SessionCommand] {
        if answer.isRemoval { ledger.forget(bridge: bridge) } else { ledger.set(.stuck, bridge: bridge) }
        return endIfDone()
    }

    mutating func removalDeadlineExpired() -> [SessionCommand] {
        guard case .releasing(var releasing) = state else { return [] }
        guard releasing.attempt < Self.removalAttempts else {
            let left = ledger.names + (isSupervisorHere ? [supervisor.channel.rawValue] : [])
            state = .ended(releasing.end)
            return [.report(.leftBehind(left)), .report(.ended(releasing.end))]
        }
        releasing.attempt += 1
        state = .releasing(releasing)
        var commands = removeUnwanted()
        if isSupervisorHere, !pending.values.contains(where: \.isAboutSupervisorsEnd) {
            commands.append(request(.hangUpSupervisor))
        }
        return commands + setDeadline(configuration.removalTimeout)
    }

    mutating func endIfDone() -> [SessionCommand] {
        guard case .releasing(let releasing) = state, !isSupervisorHere, ledger.isEmpty else { return [] }
        state = .ended(releasing.end)
        return setDeadline(nil) + [.report(.ended(releasing.end))]
    }

    private static let removalAttempts = 3
}

extension SessionAnswer {
    /// Whether what was to be removed is gone: already gone is success.
    fileprivate var isRemoval: Bool {
        switch self {
        case .done, .settings, .targets, .failed(.gone): true
        case .failed(.refused), .failed(.unknown): false
        }
    }
}

extension SessionRequest {
    fileprivate var isAboutSupervisorsEnd: Bool {
        switch self {
        case .setResult, .releaseSupervisor, .hangUpSupervisor: true
        case .answerSupervisor, .readSettings, .findTargets, .createBridge, .createSnoop, .join, .play, .stopPlayback,
            .removeSnoop, .removeBridge:
            false
        }
    }
}

/// When the target talks to somebody else: the client has handed the agent on, or the agent asks a colleague.
///
/// Two things matter then. Who is protected is not to be heard. And Asterisk may drop all packets of the newcomer before its
/// audio hooks, which are what snoops are made of, for minutes: those of one direction share a translator that takes
/// packets with lower numbers than the last partner's for late ones (`main/translate.c`; measured on 22.10.1). The
/// translator goes with the last hook of the channel, so every session takes its snoops off, and attaches anew.
extension SessionStateMachine {
    /// - Parameter names: of the channels that the target talks to now.
    mutating func partnersChanged(_ channel: ChannelID, _ names: Set<ChannelName>) -> [SessionCommand] {
        // Nobody: who comes next is told. And who is being looked for is found.
        guard channel == target, isAttached, !names.isEmpty else { return [] }
        if names.isDisjoint(with: partners) { return reattach() }
        return names.isSubset(of: partners) ? meet(names) : findPartners()
    }

    /// Asks whom the target talks to, and whether the supervisor may hear them.
    mutating func findPartners() -> [SessionCommand] {
        guard let target, isAttached else { return [] }
        return [request(.findPartners(target))]
    }

    mutating func partnersFound(_ channel: ChannelID, _ answer: SessionAnswer) -> [SessionCommand] {
        guard channel == target, isAttached else { return [] }  // Another target, or looked for already.
        switch answer {
        case .failed(.gone):
            return []  // The target has ended, which is told in other ways.
        case .partners(let found):
            if found.contains(where: \.isProtected) { return refuse(.targetProtected) }
            let names = Set(found.map(\.name))
            if names.isEmpty { return [] }
            return names.isDisjoint(with: partners) ? reattach() : meet(names)
        case .done, .settings, .targets, .exit, .failed(.refused), .failed(.unknown):
            return refuse(.asteriskRefused)
        }
    }

    /// At least one of the old partners is left.
    ///
    /// In a conference Asterisk mixes, and no numbers count. When one of its members is left with the target, his do.
    private mutating func meet(_ names: Set<ChannelName>) -> [SessionCommand] {
        if names.count == 1 { partners = names }
        return []
    }

    private var isAttached: Bool {
        switch state {
        case .attaching, .monitoring: true
        case .created, .preparing, .reattaching, .seeking, .waiting, .explaining, .releasing, .ended: false
        }
    }

    // MARK: - Attaching anew

    private mutating func reattach() -> [SessionCommand] {
        switch state {
        case .attaching(let attaching):
            // He has not been told yet whose call it is.
            let announcement: SessionState.Attaching.Announcement =
                attaching.permit.hasMonitored || attaching.permit.settings.params.isQuiet ? .done : .due
            state = .reattaching(
                SessionState.Reattaching(
                    permit: attaching.permit,
                    target: attaching.link.target.id,
                    announcement: announcement
                )
            )
        case .monitoring(let monitoring):
            var permit = monitoring.permit
            // The mode that he has asked for in this call.
            if case .switchingMode(let link) = monitoring.step { permit.mode = link.mode }
            if monitoring.step == .findingNext { keys.insert(permit.settings.params.nextKey, at: 0) }
            keepKeys(of: monitoring.step)
            state = .reattaching(
                SessionState.Reattaching(permit: permit, target: monitoring.link.target.id, announcement: .done)
            )
        case .created, .preparing, .reattaching, .seeking, .waiting, .explaining, .releasing, .ended:
            return []
        }
        recording = nil
        lookup = nil
        return removeUnwanted() + setDeadline(configuration.attachTimeout) + awaitUnhooking()
    }

    /// When the last snoop has gone, its audio hooks have a few packets' time to go too.
    mutating func awaitUnhooking() -> [SessionCommand] {
        guard case .reattaching(var reattaching) = state, reattaching.step == .removing, ledger.snoops.isEmpty else {
            return []
        }
        reattaching.step = .unhooking
        state = .reattaching(reattaching)
        return setDeadline(configuration.unhookTime)
    }

    mutating func reattachDeadlineExpired(_ current: SessionState.Reattaching) -> [SessionCommand] {
        switch current.step {
        case .removing:
            return refuse(.asteriskRefused)
        case .unhooking:
            var reattaching = current
            reattaching.step = .looking
            state = .reattaching(reattaching)
            return [look(for: current.permit.target)]
        case .looking:
            return []  // Has no deadline: every request is answered.
        }
    }

    mutating func targetsFound(_ targets: TargetLookup, _ current: SessionState.Reattaching) -> [SessionCommand] {
        // He is in this call. Asked is only whether he still may be, also while the target is alone in a bridge.
        var permit = current.permit
        permit.settings.params.onlyBridged = false
        switch decide(permit, targets.only(current.target)) {
        case .allowed(let target): return attach(to: target, current.permit, current.announcement)
        case .denied(.nobodyTalking): return targetEnded()
        case .denied(let refusal): return refuse(refusal)
        }
    }
}

extension TargetLookup {
    fileprivate func only(_ channel: ChannelID) -> TargetLookup {
        switch self {
        case .unknownExtension: self
        case .channels(let channels): .channels(channels.filter { $0.id == channel })
        }
    }
}

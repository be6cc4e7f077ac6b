/// When the target talks to somebody else: the client has handed the agent on, or the agent asks a colleague.
///
/// Two things matter then. Who is protected is not to be heard. And Asterisk may drop all packets of the newcomer before its
/// audio hooks, which are what snoops are made of, for minutes: those of one direction share a translator that takes
/// packets with lower numbers than the last partner's for late ones (`main/translate.c`; measured on 22.10.1). The
/// translator goes with the last hook of the channel, so every session of the target takes its snoops off, and attaches
/// anew.
extension SessionStateMachine {
    /// - Parameter names: of the channels that the target talks to now; some of them, unless they are complete.
    mutating func partnersChanged(
        _ channel: ChannelID,
        _ names: Set<ChannelName>,
        _ isComplete: Bool
    ) -> [SessionCommand] {
        // Who stands behind a Local channel is only told of that channel's other half.
        if relays.contains(channel) { return findPartners() }
        // Nobody: who comes next is told. And who is being looked for is found.
        guard channel == target, isAttached, !names.isEmpty else { return [] }
        if isReplacement(names) { return reattach() }
        if names.count == 1 { partners = names }
        return isComplete && names.isSubset(of: acquaintances) ? [] : findPartners()
    }

    /// Asks whom the target talks to, and whether the supervisor may hear them.
    mutating func findPartners() -> [SessionCommand] {
        guard let target, isAttached else { return [] }
        let command = request(.findPartners(target))
        partnerLookup = lastCommand
        return [command]
    }

    mutating func partnersFound(_ id: CommandID, _ answer: SessionAnswer) -> [SessionCommand] {
        // A later search has taken this one's place, or everything is looked for anew.
        guard id == partnerLookup else { return [] }
        partnerLookup = nil
        guard isAttached else { return [] }
        switch answer {
        case .failed(.gone):
            return targetEnded()
        case .partners(let found):
            unansweredQuestions = 0
            relays = found.reduce(into: []) { $0.formUnion($1.relays) }
            if found.contains(where: \.isProtected) { return refuse(.targetProtected) }
            let names = Set(found.map(\.name))
            if isReplacement(names) { return reattach() }
            if names.count == 1 { partners = names }
            acquaintances.formUnion(names)
            arePartnersCertain = true
            return []
        case .done, .settings, .targets, .exit, .failed(.refused), .failed(.unknown):
            return partnersUnknown()
        }
    }

    /// Asterisk did not tell whom the target talks to. Nobody is heard in doubt, but a slow answer ends no session: the
    /// supervisor is taken out of the call, and brought in again when Asterisk tells.
    mutating func partnersUnknown() -> [SessionCommand] {
        unansweredQuestions += 1
        return unansweredQuestions < Self.questionAttempts ? reattach() : refuse(.asteriskRefused)
    }

    /// Whether somebody has come in the place of the only partner whose packets the audio hooks have seen.
    ///
    /// Among several partners Asterisk mixes, and no packet's number counts; nor do those of the first partner.
    /// Until Asterisk has been asked over a subscription, somebody may have come and gone who is not known.
    private func isReplacement(_ names: Set<ChannelName>) -> Bool {
        names.count == 1 && names.isDisjoint(with: partners) && !(partners.isEmpty && arePartnersCertain)
    }

    /// Another session takes its snoops off this channel: as long as ours are there, its audio hooks are too.
    mutating func hooksMustGo(from channel: ChannelID) -> [SessionCommand] {
        channel == target ? reattach() : []
    }

    private var isAttached: Bool {
        switch state {
        case .attaching, .monitoring: true
        case .created, .preparing, .reattaching, .seeking, .waiting, .explaining, .releasing, .ended: false
        }
    }

    // MARK: - Attaching anew

    private mutating func reattach() -> [SessionCommand] {
        var report: [SessionCommand] = []
        switch state {
        case .attaching(let attaching):
            forgetKeysThatRaise(attaching.permit)
            state = .reattaching(
                SessionState.Reattaching(
                    permit: attaching.permit,
                    target: attaching.link.target.id,
                    announcement: attaching.announcement,
                    isSameTarget: attaching.isSameTarget
                )
            )
        case .monitoring(let monitoring):
            var permit = monitoring.permit
            switch monitoring.step {
            case .switchingMode(let link) where link.mode < permit.mode:
                permit.mode = link.mode
                report = [.report(.modeChanged(link.mode))]
            // It was meant for those whom the supervisor was hearing.
            case .switchingMode: report = refuseKey(.nobodyTalking)
            case .findingNext: keys.insert(permit.settings.params.nextKey, at: 0)
            case .findingExtension, .findingExit, nil: keepKeys(of: monitoring.step)
            }
            forgetKeysThatRaise(permit)
            state = .reattaching(
                SessionState.Reattaching(
                    permit: permit,
                    target: monitoring.link.target.id,
                    announcement: .done,
                    isSameTarget: true
                )
            )
        case .created, .preparing, .reattaching, .seeking, .waiting, .explaining, .releasing, .ended:
            return []
        }
        recording = nil
        lookup = nil
        partnerLookup = nil
        return report + removeUnwanted() + setDeadline(configuration.removalTimeout) + awaitUnhooking()
    }

    /// A prompt is over. The name that was to be said may have been none: then it is tried again, and the extension is said.
    mutating func promptFinished(
        _ playback: PlaybackID,
        wasHeard: Bool,
        _ current: SessionState.Reattaching
    ) -> [SessionCommand] {
        guard current.announcement == .saysName(playback) else { return [] }
        var reattaching = current
        reattaching.announcement = wasHeard ? .done : .due
        state = .reattaching(reattaching)
        return []
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
        var reattaching = current
        switch current.step {
        case .removing:
            guard current.attempt < SessionConfiguration.removalAttempts else { return refuse(.asteriskRefused) }
            reattaching.attempt += 1
            state = .reattaching(reattaching)
            return removeUnwanted() + setDeadline(configuration.removalTimeout)
        case .unhooking, .lookingLater:
            reattaching.step = .looking
            state = .reattaching(reattaching)
            return [look(for: current.permit.target)]
        case .looking:
            return []  // Has no deadline: every request is answered.
        }
    }

    /// Asterisk could not be asked about the target.
    mutating func lookLater(_ current: SessionState.Reattaching) -> [SessionCommand] {
        unansweredQuestions += 1
        guard unansweredQuestions < Self.questionAttempts else { return refuse(.asteriskRefused) }
        var reattaching = current
        reattaching.step = .lookingLater
        state = .reattaching(reattaching)
        return setDeadline(configuration.searchRetryTime)
    }

    /// How often in a row Asterisk may fail to tell what a session must know to go on.
    static let questionAttempts = 3

    mutating func targetsFound(_ targets: TargetLookup, _ current: SessionState.Reattaching) -> [SessionCommand] {
        switch decideAgain(current.permit, targets, on: current.target) {
        case .allowed(let target): return attach(to: target, current)
        case .denied(.nobodyTalking): return targetEnded()
        case .denied(let refusal): return refuse(refusal)
        }
    }
}

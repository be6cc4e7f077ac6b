/// When the target talks to somebody else: the client has handed the agent on, or the agent asks a colleague. What follows for
/// its channel, ``MonitoredLeg`` knows.
extension EngagementMachine {
    mutating func told(_ news: LegNews, _ seat: inout Seat, _ outbox: inout Outbox) {
        switch news {
        case .unhooks: reattach(&seat, &outbox)
        case .hooksGone: hooksGone(&outbox)
        case .talksTo(let parties): hears(parties, &outbox)
        case .gone: targetEnded(&seat, &outbox)
        case .hasProtectedPartner: refuse(.targetProtected)
        case .isUnclear: refuse(.asteriskRefused)
        }
    }

    // MARK: - In a conference

    /// Somebody may have come to those whom the target talks to: the supervisor hears them already.
    private mutating func hears(_ parties: Set<CallParty>, _ outbox: inout Outbox) {
        switch state {
        case .attaching, .monitoring: break
        // Whom they talk to then is in the line that is written before they are heard again.
        case .seeking, .reattaching, .waiting, .over: return
        }
        let newcomers = parties.subtracting(heardParties)
        heardParties = parties
        if !newcomers.isEmpty { outbox.report(.partnersJoined(named(newcomers))) }
    }

    func named(_ parties: Set<CallParty>) -> Set<NamedParty> {
        Set(parties.map { NamedParty($0, in: decision.configuration.endpoints) })
    }

    // MARK: - Attaching anew

    private mutating func reattach(_ seat: inout Seat, _ outbox: inout Outbox) {
        switch state {
        case .attaching(let attaching):
            state = .reattaching(
                Reattaching(
                    announcement: attaching.announcement,
                    isSameTarget: attaching.isSameTarget,
                    isExpected: attaching.isExpected
                )
            )
        case .monitoring(let monitoring):
            cutShort(monitoring, &seat, &outbox)
            state = .reattaching(Reattaching(announcement: .done, isSameTarget: true, isExpected: false))
        case .seeking, .reattaching, .waiting, .over: return
        }
        seat.keypad.forgetKeysThatRaise(permit)
        recording = nil
        outbox.removeAgain()
    }

    /// What a key had begun with those whom the supervisor heard until now.
    private mutating func cutShort(_ monitoring: Monitoring, _ seat: inout Seat, _ outbox: inout Outbox) {
        switch monitoring.step {
        case .switchingMode:
            if let next = monitoring.taps.next, next.mode < permit.mode {
                permit.mode = next.mode
                outbox.report(.modeChanged(next.mode))
            } else {
                // It was meant for them.
                refuseKey(.nobodyTalking, &seat, &outbox)
            }
        case .loweringMode:
            // Attached anew, it is the lower mode.
            if let next = monitoring.taps.next { permit.mode = min(permit.mode, next.mode) }
            sayRightsLowered(&seat, &outbox)
        case .findingNext: seat.keypad.putBack([KeyPress(key: permit.settings.params.nextKey, time: outbox.now)])
        case .findingExtension, .findingExit, nil: keepKeys(of: monitoring.step, &seat, outbox)
        }
    }

    mutating func reattachingExpired(_ current: Reattaching, _ outbox: inout Outbox) {
        switch current.step {
        case .removing(let attempt):
            guard attempt < SessionConfiguration.removalAttempts else { return refuse(.asteriskRefused) }
            outbox.removeAgain()
            change(current) { $0.step = .removing(attempt: attempt + 1) }
        case .lookingLater: lookAtTarget(current, &outbox)
        case .unhooking, .looking: break  // They have no deadline.
        }
    }

    private mutating func hooksGone(_ outbox: inout Outbox) {
        guard case .reattaching(let reattaching) = state else { return }
        switch reattaching.step {
        case .unhooking: lookAtTarget(reattaching, &outbox)
        // Our own are still there.
        case .removing: refuse(.asteriskRefused)
        case .looking, .lookingLater: break  // They had gone before.
        }
    }

    private mutating func lookAtTarget(_ current: Reattaching, _ outbox: inout Outbox) {
        let search = look(for: permit.target, &outbox)
        change(current) { $0.step = .looking(search) }
    }

    /// - Parameter targets: nil when Asterisk could not be asked.
    mutating func found(
        _ targets: TargetLookup?,
        _ current: Reattaching,
        _ seat: inout Seat,
        _ outbox: inout Outbox
    ) {
        guard let targets, let target else {
            if countUnanswered() { change(current) { $0.step = .lookingLater } }
            return
        }
        unansweredQuestions = 0
        switch decision.decideAgain(permit, targets, on: target.id) {
        case .allowed(let target): attachAgain(to: target, current, &seat, &outbox)
        case .denied(.nobodyTalking): targetEnded(&seat, &outbox)
        case .denied(let refusal): refuse(refusal)
        }
    }
}

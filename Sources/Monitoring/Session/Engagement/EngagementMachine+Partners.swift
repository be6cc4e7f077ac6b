/// When the target talks to somebody else: the client has handed the agent on, or the agent asks a colleague. What follows for
/// its channel, ``MonitoredLeg`` knows, and when the snoops have to be renewed besides.
extension EngagementMachine {
    mutating func told(_ news: LegNews, _ seat: inout Seat, _ outbox: inout Outbox) {
        switch news {
        case .unhooks: reattach(&seat, &outbox)
        case .hooksGone: hooksGone(&outbox)
        case .talksTo(let parties): talks(to: parties, &outbox)
        case .gone: targetEnded(&seat, &outbox)
        case .hasProtectedPartner: refuse(.targetProtected)
        case .isUnclear: refuse(.asteriskRefused)
        }
    }

    // MARK: - Who is heard beside the target

    private mutating func talks(to parties: Set<CallParty>, _ outbox: inout Outbox) {
        switch state {
        case .attaching, .monitoring: self.parties = parties
        // Whom it talks to then is in the line that is written before they are heard again.
        case .seeking, .reattaching, .waiting, .over: return
        }
        // Whoever comes back is written down again.
        partiesTold.formIntersection(parties.map(\.channel))
        noteNewcomers(&outbox)
    }

    /// Lets those be written down who have come to whom the supervisor hears: in a conference they are heard at once.
    mutating func noteNewcomers(_ outbox: inout Outbox) {
        guard case .monitoring = state else { return }
        let newcomers = heardParties(in: permit.mode).filter { !partiesTold.contains($0.channel) }
        guard !newcomers.isEmpty else { return }
        partiesTold.formUnion(newcomers.map(\.channel))
        outbox.report(.partnersJoined(named(newcomers)))
    }

    /// Whom the supervisor hears in a mode, beside the target.
    func heardParties(in mode: MonitoringMode) -> Set<CallParty> {
        permit.settings.params.hearing(in: mode) == .both ? parties : []
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
                    occasion: attaching.occasion,
                    isExpected: attaching.isExpected
                )
            )
        case .monitoring(let monitoring):
            cutShort(monitoring, &seat, &outbox)
            state = .reattaching(Reattaching(announcement: .done, occasion: .asBefore, isExpected: false))
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

/// When the target talks to somebody else: the client has handed the agent on, or the agent asks a colleague. See
/// ``MonitoredLeg``.
extension Engagement {
    mutating func partnersChanged(
        _ channel: ChannelID,
        _ names: Set<ChannelName>,
        isComplete: Bool,
        _ seat: inout Seat,
        _ outbox: inout Outbox
    ) {
        guard taps != nil, let leg else { return }  // Who is being looked for is found.
        // Who stands behind a Local channel is only told of that channel's other half.
        if leg.relays.contains(channel) { return findPartners(&outbox) }
        guard channel == leg.channel else { return }
        var changed = leg
        let consequence = changed.partnersChanged(names, isComplete: isComplete)
        self.leg = changed
        follow(consequence, &seat, &outbox)
    }

    /// Asks whom the target talks to, and whether the supervisor may hear them.
    mutating func findPartners(_ outbox: inout Outbox) {
        if taps != nil { leg?.ask(&outbox) }
    }

    mutating func partnersAnswered(
        _ command: CommandID,
        _ answer: SessionAnswer,
        _ seat: inout Seat,
        _ outbox: inout Outbox
    ) {
        guard taps != nil, leg?.takesAnswer(to: command) == true, var leg else { return }
        switch answer {
        case .failed(.gone): targetEnded(&seat, &outbox)
        case .partners(let found):
            unansweredQuestions = 0
            let consequence = leg.found(found)
            self.leg = leg
            follow(consequence, &seat, &outbox)
        case .done, .settings, .targets, .exit, .failed(.refused), .failed(.unknown):
            partnersUnknown(&seat, &outbox)
        }
    }

    private mutating func follow(
        _ consequence: MonitoredLeg.Consequence,
        _ seat: inout Seat,
        _ outbox: inout Outbox
    ) {
        switch consequence {
        case .goOn: break
        case .ask: findPartners(&outbox)
        case .unhook: reattach(&seat, &outbox)
        case .protected: refuse(.targetProtected)
        }
    }

    /// Asterisk did not tell whom the target talks to. Nobody is heard in doubt, but a slow answer ends no session: the
    /// supervisor is taken out of the call, and brought in again when Asterisk tells.
    mutating func partnersUnknown(_ seat: inout Seat, _ outbox: inout Outbox) {
        unansweredQuestions += 1
        if unansweredQuestions < Self.questionAttempts {
            reattach(&seat, &outbox)
        } else {
            refuse(.asteriskRefused)
        }
    }

    /// Another session takes its snoops off this channel: as long as ours are there, its audio hooks are too.
    mutating func hooksMustGo(from channel: ChannelID, _ seat: inout Seat, _ outbox: inout Outbox) {
        if channel == target { reattach(&seat, &outbox) }
    }

    // MARK: - Attaching anew

    private mutating func reattach(_ seat: inout Seat, _ outbox: inout Outbox) {
        guard let target else { return }
        switch state {
        case .attaching(let attaching):
            state = .reattaching(
                Reattaching(
                    target: target,
                    announcement: attaching.announcement,
                    isSameTarget: attaching.isSameTarget
                )
            )
        case .monitoring(let monitoring):
            cutShort(monitoring, &seat, &outbox)
            state = .reattaching(Reattaching(target: target, announcement: .done, isSameTarget: true))
        case .seeking, .reattaching, .waiting, .over: return
        }
        seat.keypad.forgetKeysThatRaise(permit)
        leg?.unhook()
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
        case .findingNext: seat.keypad.putBack([permit.settings.params.nextKey])
        case .findingExtension, .findingExit, nil: keepKeys(of: monitoring.step, &seat)
        }
    }

    mutating func reattachingExpired(_ current: Reattaching, _ outbox: inout Outbox) {
        switch current.step {
        case .removing(let attempt):
            guard attempt < SessionConfiguration.removalAttempts else { return refuse(.asteriskRefused) }
            outbox.removeAgain()
            change(current) { $0.step = .removing(attempt: attempt + 1) }
        case .unhooking, .lookingLater:
            let search = look(for: permit.target, &outbox)
            change(current) { $0.step = .looking(search) }
        case .looking: break  // Has no deadline.
        }
    }

    /// - Parameter targets: nil when Asterisk could not be asked.
    mutating func found(
        _ targets: TargetLookup?,
        _ current: Reattaching,
        _ seat: inout Seat,
        _ outbox: inout Outbox
    ) {
        guard let targets else {
            unansweredQuestions += 1
            guard unansweredQuestions < Self.questionAttempts else { return refuse(.asteriskRefused) }
            return change(current) { $0.step = .lookingLater }
        }
        switch decision.decideAgain(permit, targets, on: current.target) {
        case .allowed(let target): attachAgain(to: target, current, &seat, &outbox)
        case .denied(.nobodyTalking): targetEnded(&seat, &outbox)
        case .denied(let refusal): refuse(refusal)
        }
    }
}

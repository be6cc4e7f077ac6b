/// When rights change in the directory: what the supervisor is doing is decided again.
extension EngagementMachine {
    /// What is being asked because of it.
    enum Review: Hashable, Sendable {
        /// The supervisor's own settings. Can transition to: `looking` if there is a target.
        case reading(CommandID)
        /// The target's channels, with what is set for those who are heard.
        case looking(CommandID)
    }

    mutating func rightsChanged(_ change: RightsChange, _ seat: inout Seat, _ outbox: inout Outbox) {
        let isTargetConcerned = target.map { change.concerns($0.endpoint) } ?? false
        decision.configuration.endpoints = change.endpoints
        // The phone has become somebody else's: for this session its call is over.
        if let target, isTargetConcerned, !change.endpoints.endpoints(of: permit.target).contains(target.endpoint) {
            targetEnded(&seat, &outbox)
        }
        // What is being looked for may be found with rights of before.
        searchAgain(&outbox)
        if change.concerns(seat.supervisor.endpoint) {
            review = .reading(outbox.request(.readSettings))
        } else if isTargetConcerned, target != nil {
            lookAtTarget(&outbox)
        }
    }

    mutating func settingsAnswered(
        _ command: CommandID,
        _ answer: SessionAnswer,
        _ seat: inout Seat,
        _ outbox: inout Outbox
    ) {
        guard review == .reading(command) else { return }  // They are being read again.
        guard case .settings(let settings) = answer else {
            if countUnanswered() { review = .reading(outbox.request(.readSettings)) }
            return
        }
        unansweredQuestions = 0
        review = nil
        permit.takeRights(of: settings)
        switch decision.refusal(permit) {
        case nil: break
        case .modeAbovePermission?:
            guard case .upTo(let highest) = permit.settings.permission else { return refuse(.noPermission) }
            lower(to: highest, &seat, &outbox)
            if let refusal = decision.refusal(permit.withinPermission) { return refuse(refusal) }
        case let refusal?: return refuse(refusal)
        }
        dropTapsAbovePermission(&seat, &outbox)
        makeSpares(&outbox)
        // Whether this target may be heard, its own settings decide too.
        if target != nil { lookAtTarget(&outbox) }
    }

    private mutating func lookAtTarget(_ outbox: inout Outbox) {
        review = .looking(look(for: permit.target, &outbox))
    }

    /// - Parameter targets: nil when Asterisk could not be asked.
    mutating func reviewed(_ targets: TargetLookup?, _ outbox: inout Outbox) {
        review = nil
        guard let target else { return }  // It has ended meanwhile.
        guard let targets else {
            if countUnanswered() { lookAtTarget(&outbox) }
            return
        }
        unansweredQuestions = 0
        // The mode may be on its way down; whom they hear is what is asked.
        switch decision.decideAgain(permit.withinPermission, targets, on: target.id) {
        // Its end is told.
        case .allowed, .denied(.nobodyTalking): break
        case .denied(let refusal): refuse(refusal)
        }
    }

    // MARK: - A lower mode

    /// The session goes on in the highest mode that is left; at once where the supervisor is heard.
    private mutating func lower(to highest: MonitoringMode, _ seat: inout Seat, _ outbox: inout Outbox) {
        outbox.report(.rightsLowered(to: highest))
        seat.keypad.forgetKeysThatRaise(permit.with(mode: highest))
        switch state {
        case .monitoring(let monitoring):
            // It leads there already, or to less.
            if let next = monitoring.taps.next, next.mode <= highest { return }
            keepKeys(of: monitoring.step, &seat, outbox)
            switchMode(to: highest, .loweringMode, monitoring, &seat, &outbox)
        case .attaching(let attaching):
            permit.mode = highest
            sayRightsLowered(&seat, &outbox)
            outbox.removeAgain()
            var lowered = attaching
            lowered.taps = Taps(Tap(on: attaching.taps.main.target, permit, &outbox))
            lowered.waitsForPrompt = false
            state = .attaching(lowered)
            putOnRecord(lowered.occasion.recorded, &outbox)
        case .seeking, .reattaching, .waiting:
            permit.mode = highest
            sayRightsLowered(&seat, &outbox)
        case .over: break
        }
    }

    func sayRightsLowered(_ seat: inout Seat, _ outbox: inout Outbox) { seat.say(.rightsLowered, &outbox) }

    /// Taps in modes that are not permitted any more: spare ones, and one that a key has asked for.
    private mutating func dropTapsAbovePermission(_ seat: inout Seat, _ outbox: inout Outbox) {
        guard case .monitoring(var monitoring) = state else { return }
        let permission = permit.settings.permission
        monitoring.taps.dropSpares { !permission.allows($0.mode) }
        state = .monitoring(monitoring)
        guard let next = monitoring.taps.next, !permission.allows(next.mode) else { return }
        // The supervisor may be on their way into it.
        if next.state == .joining || next.state == .live {
            switchMode(to: monitoring.taps.main.mode, .loweringMode, monitoring, &seat, &outbox)
        } else {
            monitoring.taps.forgetNext()
            monitoring.step = nil
            state = .monitoring(monitoring)
            refuseKey(.modeAbovePermission, &seat, &outbox)
        }
    }

    // MARK: - Searches

    /// Puts the question anew whose answer is on its way.
    private mutating func searchAgain(_ outbox: inout Outbox) {
        switch state {
        case .seeking(let seeking):
            state = .seeking(
                Seeking(
                    search: look(for: permit.target, &outbox),
                    isFirst: seeking.isFirst,
                    resumes: seeking.resumes
                )
            )
        case .monitoring(var monitoring):
            switch monitoring.step {
            case .findingNext: monitoring.step = .findingNext(look(for: permit.target, &outbox))
            case .findingExtension(let wanted, _):
                monitoring.step = .findingExtension(wanted, look(for: wanted, &outbox))
            case .switchingMode, .loweringMode, .findingExit, nil: return
            }
            state = .monitoring(monitoring)
        case .reattaching(let reattaching):
            guard case .looking = reattaching.step else { return }
            let search = look(for: permit.target, &outbox)
            change(reattaching) { $0.step = .looking(search) }
        case .waiting(var waiting):
            switch waiting.step {
            case .findingExtension(let wanted, _):
                waiting.step = .findingExtension(wanted, look(for: wanted, &outbox))
            case .looking: waiting.step = .looking(look(for: permit.target, &outbox))
            // A call that was passed over may be one for this supervisor now.
            case .findingExit, nil: waiting.hasChanged = true
            }
            state = .waiting(waiting)
        case .attaching, .over: break
        }
    }
}

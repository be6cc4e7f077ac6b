/// Bringing the supervisor into a target's call, and what is told of taps.
extension EngagementMachine {
    /// Only called with a target that the policy has just allowed.
    mutating func attach(to target: TargetChannel, _ seat: inout Seat, _ outbox: inout Outbox) {
        unansweredQuestions = 0
        // A prompt of an earlier step would keep the supervisor out of the call.
        seat.silence(&outbox)
        let isQuiet = permit.settings.params.isQuiet
        let isAskedFor =
            switch state {
            case .seeking(let seeking): seeking.isFirst && seeking.resumes == nil
            case .monitoring: true
            case .attaching, .reattaching, .waiting, .over: false
            }
        // What an earlier run had on this channel may have heard somebody else.
        let resumed: SessionMark? = if case .seeking(let seeking) = state { seeking.resumes } else { nil }
        let isHooked = resumed?.target == target.id
        attach(
            to: target,
            isQuiet ? .done : .due,
            isHooked && resumed?.startedAt != nil ? .resumed : .anotherTarget,
            isExpected: isAskedFor || !isQuiet,
            isHooked: isHooked,
            &outbox
        )
    }

    /// Attaches anew: an announcement that has begun is not begun again.
    mutating func attachAgain(
        to target: TargetChannel,
        _ reattaching: Reattaching,
        _ seat: inout Seat,
        _ outbox: inout Outbox
    ) {
        if reattaching.occasion.isSameTarget { seat.silence(&outbox) } else { seat.dropPostponedPrompt() }
        let isAsBefore =
            target.partners == self.target?.partners
            && Set(target.parties.values.everybody.map(\.channel)) == Set(parties.map(\.channel))
        attach(
            to: target,
            reattaching.announcement,
            reattaching.occasion.isSameTarget && !isAsBefore ? .partnerChanged : reattaching.occasion,
            isExpected: reattaching.isExpected,
            isHooked: false,
            &outbox
        )
    }

    private mutating func attach(
        to target: TargetChannel,
        _ announcement: Attaching.Announcement,
        _ occasion: Occasion,
        isExpected: Bool,
        isHooked: Bool,
        _ outbox: inout Outbox
    ) {
        outbox.removeAgain()
        // What the supervisor hears no longer is recorded no longer.
        if recording?.target != target.id { recording = nil }
        self.target = target
        parties = target.parties.values.everybody
        outbox.monitor(target, isHooked: isHooked)
        state = .attaching(
            Attaching(
                taps: Taps(Tap(on: target, permit, &outbox)),
                announcement: announcement,
                occasion: occasion,
                isExpected: isExpected
            )
        )
        putOnRecord(occasion.recorded, &outbox)
    }

    mutating func takeNextStep(_ current: Attaching, _ seat: inout Seat, _ outbox: inout Outbox) -> Bool {
        // An unanswered channel would hear early media, and a bridge would not be heard at all.
        guard seat.isAudible else { return false }
        var attaching = current
        if attaching.announcement == .due {
            announce(&attaching, &seat, &outbox)
        } else if attaching.taps.main.state == .ready, attaching.taps.main.isOnRecord, seat.canMove {
            attaching.taps.update({ $0.state == .ready }) { $0.join(seat.supervisor.channel, &outbox) }
            attaching.waitsForPrompt = false
            attaching.mayWaitForMore = seat.mayBePlayedMore
        } else if attaching.taps.main.state == .live {
            attached(attaching, &outbox)
            return true
        } else {
            return false
        }
        state = .attaching(attaching)
        return true
    }

    private func announce(_ attaching: inout Attaching, _ seat: inout Seat, _ outbox: inout Outbox) {
        guard let name = permit.settings.params.announcedName else {
            attaching.announcement = .done
            _ = seat.play(extensionPrompt(attaching), &outbox)
            return
        }
        let mailbox = name.mailbox ?? permit.target.digits
        let playback = seat.play(.recordedName(mailbox: mailbox, context: name.context), &outbox)
        attaching.announcement = .saysName(playback)
    }

    private func extensionPrompt(_ attaching: Attaching) -> Prompt {
        let skipsType = permit.settings.params.skipsChannelType
        let technology = skipsType ? nil : attaching.taps.main.target.endpoint.technology
        return .announcement(permit.target, technology: technology)
    }

    /// A prompt is over. When it was to be a recorded name and nobody has recorded one, the extension is said.
    mutating func promptFinished(
        _ playback: PlaybackID,
        wasHeard: Bool,
        _ seat: inout Seat,
        _ outbox: inout Outbox
    ) {
        switch state {
        case .attaching(var attaching) where attaching.announcement == .saysName(playback):
            attaching.announcement = .done
            if !wasHeard { _ = seat.play(extensionPrompt(attaching), &outbox) }
            state = .attaching(attaching)
        case .reattaching(let reattaching) where reattaching.announcement == .saysName(playback):
            // It is tried again when the target is attached.
            change(reattaching) { $0.announcement = wasHeard ? .done : .due }
        case .seeking, .attaching, .monitoring, .reattaching, .waiting, .over: break
        }
    }

    /// Supervisor and snoop are in the bridge.
    private mutating func attached(_ attaching: Attaching, _ outbox: inout Outbox) {
        let isFirst = !permit.hasMonitored
        if isFirst { permit.startedAt = outbox.now }
        state = .monitoring(Monitoring(taps: attaching.taps))
        let target = attaching.taps.main.target
        let report: SessionReport? =
            switch attaching.occasion {
            case _ where isFirst: .started(permit.mode, target: target)
            case .resumed: .resumed(permit.mode, target: target)
            case .partnerChanged: .partnerChanged(permit.mode, target: target)
            case .anotherTarget: .targetChanged(permit.mode, target: target)
            case .asBefore: nil
            }
        if let report { outbox.report(report) }
        supervisorMoved(&outbox)
    }

    mutating func attachingExpired(_ current: Attaching, _ seat: inout Seat, _ outbox: inout Outbox) {
        guard current.taps.main.state == .ready, !seat.isSilent else { return refuse(.asteriskRefused) }
        guard current.waitsForPrompt else {
            var attaching = current
            attaching.waitsForPrompt = true
            state = .attaching(attaching)
            return
        }
        // The end of the announcement got lost. The supervisor may hear the call, so they do.
        seat.giveUpPrompts(&outbox)
    }

    // MARK: - The record

    /// Lets it be written down that the supervisor is to hear by the new tap: they do not before it is.
    ///
    /// - Parameter occasion: unless it is their first call.
    mutating func putOnRecord(_ occasion: RecordLine.Occasion, _ outbox: inout Outbox) {
        if let tap = newTap { putOnRecord(occasion, tap, &outbox) }
    }

    mutating func putOnRecord(_ occasion: RecordLine.Occasion, _ tap: Tap, _ outbox: inout Outbox) {
        let heard = heardParties(in: tap.mode)
        partiesTold = Set(heard.map(\.channel))
        guard decision.configuration.keepsRecord else {
            return updateTap({ $0.bridge == tap.bridge }) { $0.wasPutOnRecord() }
        }
        let line = RecordLine(
            occasion: permit.hasMonitored ? occasion : .started,
            mode: tap.mode,
            extension: permit.target,
            target: tap.target,
            partners: named(heard),
            supervisor: decision.supervisor.endpoint.flatMap { decision.configuration.endpoints.owner(of: $0) }
        )
        outbox.request(.writeRecord(tap.bridge, line))
    }

    mutating func recordWritten(_ bridge: BridgeID, _ answer: SessionAnswer) {
        // Nobody is to hear by it any more.
        guard newTap?.bridge == bridge || taps?.main.bridge == bridge else { return }
        guard answer.failure == nil else { return refuse(.storageUnavailable) }
        updateTap({ $0.bridge == bridge }) { $0.wasPutOnRecord() }
    }

    // MARK: - Taps

    /// Supervisor and target have come together, or in another mode: makes what goes with it.
    mutating func supervisorMoved(_ outbox: inout Outbox) {
        noteNewcomers(&outbox)
        outbox.removeAgain()
        updateRecording(&outbox)
        makeSpares(&outbox)
    }

    mutating func bridgeAnswered(
        _ bridge: BridgeID,
        _ answer: SessionAnswer,
        _ seat: inout Seat,
        _ outbox: inout Outbox
    ) {
        // Also a refusal leaves doubt: a request that was sent twice is refused the second time.
        guard answer.failure == nil else { return tapFailed({ $0.bridge == bridge }, &seat, &outbox) }
        updateTap({ $0.bridge == bridge }) { $0.bridgeMade(&outbox) }
    }

    /// The answer to the creation of a snoop. Its StasisStart may have come before, or will come.
    mutating func snoopAnswered(
        _ snoop: ChannelID,
        _ answer: SessionAnswer,
        _ seat: inout Seat,
        _ outbox: inout Outbox
    ) {
        let tap = taps?.all.first { $0.snoop == snoop }
        // Its StasisStart has proved that it is there, whatever the answer says.
        guard let failure = answer.failure, tap?.hasSnoop != true else { return }
        if recording?.snoop == snoop, recording?.state == .requested {
            return recordingEnded(isFailure: failure != .gone, &outbox)
        }
        guard let tap else { return }
        switch failure {
        // The target hung up between the decision and the request.
        case .gone: targetEnded(&seat, &outbox)
        // Asterisk also refuses for a channel that is just ending (500), whose end is told at this moment. If it is not, the
        // deadline decides.
        case .refused where tap == newTap: updateTap({ $0.snoop == snoop }) { $0.wasRefused() }
        case .refused, .unknown: tapFailed({ $0.snoop == snoop }, &seat, &outbox)
        }
    }

    mutating func snoopStarted(_ snoop: ChannelID, _ outbox: inout Outbox) {
        if recording?.snoop == snoop { recording?.snoopStarted(&outbox) }
        updateTap({ $0.snoop == snoop }) { $0.snoopStarted(&outbox) }
    }

    /// Asterisk did not bring a snoop or the supervisor into a tap's bridge.
    mutating func joinFailed(_ channel: ChannelID, _ bridge: BridgeID) {
        guard let tap = taps?.all.first(where: { $0.bridge == bridge }) else { return }
        // Its event has proved that it is in, whatever the answer says.
        if channel == tap.snoop, tap.state != .filling { return }
        // One of the two ended at this moment, and its event is on the way: it tells the reason. If none comes, the deadline
        // decides.
        if tap.bridge == newTap?.bridge { return updateTap({ $0.bridge == bridge }) { $0.wasRefused() } }
        dropSpare { $0.bridge == bridge }
    }

    /// A snoop, or the supervisor, is in a tap's bridge.
    mutating func entered(_ channel: ChannelID, _ bridge: BridgeID) {
        updateTap({ $0.bridge == bridge }) { $0.entered(channel) }
    }

    /// Asterisk did not make a part of a tap.
    private mutating func tapFailed(_ matches: (Tap) -> Bool, _ seat: inout Seat, _ outbox: inout Outbox) {
        if let newTap, matches(newTap) {
            if case .monitoring(let monitoring) = state { return switchFailed(monitoring, &seat, &outbox) }
            return refuse(.asteriskRefused)
        }
        dropSpare(matches)
    }

    private mutating func dropSpare(_ matches: (Tap) -> Bool) {
        guard case .monitoring(var monitoring) = state else { return }
        monitoring.taps.dropSpares(where: matches)
        state = .monitoring(monitoring)
    }

    private mutating func updateTap(_ matches: (Tap) -> Bool, _ change: (inout Tap) -> Void) {
        switch state {
        case .attaching(var attaching):
            attaching.taps.update(matches, change)
            state = .attaching(attaching)
        case .monitoring(var monitoring):
            monitoring.taps.update(matches, change)
            state = .monitoring(monitoring)
        case .seeking, .reattaching, .waiting, .over: break
        }
    }
}

/// Bringing the supervisor into a target's call.
extension SessionStateMachine {
    /// Only called with a target that the policy has just allowed.
    mutating func attach(to target: TargetChannel, _ permit: SessionState.Permit) -> [SessionCommand] {
        unansweredQuestions = 0
        // A prompt of an earlier step would keep him out of the call.
        let silence = stopPrompts()
        return silence + attach(to: target, permit, permit.settings.params.isQuiet ? .done : .due, isSameTarget: false)
    }

    /// Attaches anew: an announcement that has begun is not begun again.
    mutating func attach(to target: TargetChannel, _ reattaching: SessionState.Reattaching) -> [SessionCommand] {
        let silence = reattaching.isSameTarget ? stopPrompts() : []
        return silence
            + attach(
                to: target,
                reattaching.permit,
                reattaching.announcement,
                isSameTarget: reattaching.isSameTarget
            )
    }

    private mutating func attach(
        to target: TargetChannel,
        _ permit: SessionState.Permit,
        _ announcement: SessionState.Attaching.Announcement,
        isSameTarget: Bool
    ) -> [SessionCommand] {
        let (link, commands) = makeLink(to: target, permit)
        state = .attaching(
            SessionState.Attaching(
                permit: permit,
                link: link,
                announcement: announcement,
                isSameTarget: isSameTarget
            )
        )
        partners = target.partners.count == 1 ? target.partners : []
        arePartnersCertain = false
        acquaintances = target.partners
        relays = target.relays
        partnerLookup = nil
        unsaid = nil
        lookup = nil
        // What he hears no longer is recorded no longer.
        if recording?.target != target.id { recording = nil }
        let next = removeUnwanted() + setDeadline(configuration.attachTimeout) + proceed()
        // Who is watched already may have got somebody else to talk to since it was looked at.
        return commands + next + (isWatched ? findPartners() : [])
    }

    mutating func proceed(_ current: SessionState.Attaching) -> [SessionCommand] {
        // An unanswered channel would hear early media, and a bridge would not be heard at all.
        guard isAudible else { return [] }
        var attaching = current
        var commands: [SessionCommand] = []
        if attaching.announcement == .due { commands += announce(&attaching) }
        let join = joinIfReady(&attaching.link)
        state = .attaching(attaching)
        return commands + join + (join.isEmpty ? [] : setDeadline(configuration.attachTimeout))
    }

    private mutating func announce(_ attaching: inout SessionState.Attaching) -> [SessionCommand] {
        let permit = attaching.permit
        guard let name = permit.settings.params.announcedName else {
            attaching.announcement = .done
            return [play(extensionPrompt(attaching))]
        }
        let mailbox = name.mailbox ?? permit.target.digits
        let playback = PlaybackID(newName(.playback))
        attaching.announcement = .saysName(playback)
        return [play(.recordedName(mailbox: mailbox, context: name.context), as: playback)]
    }

    private func extensionPrompt(_ attaching: SessionState.Attaching) -> Prompt {
        let skipsType = attaching.permit.settings.params.skipsChannelType
        let technology = skipsType ? nil : attaching.link.target.endpoint.technology
        return .announcement(attaching.permit.target, technology: technology)
    }

    /// A prompt of this state is over.
    mutating func promptFinished(
        _ playback: PlaybackID,
        wasHeard: Bool,
        _ current: SessionState.Attaching
    ) -> [SessionCommand] {
        guard current.announcement == .saysName(playback) else { return proceed() }
        var attaching = current
        attaching.announcement = .done
        state = .attaching(attaching)
        // Nobody has recorded a name, then.
        return wasHeard ? proceed() : [play(extensionPrompt(attaching))]
    }

    /// Supervisor and snoop are in the bridge.
    mutating func attached(_ link: Link, _ attaching: SessionState.Attaching) -> [SessionCommand] {
        var permit = attaching.permit
        let isFirst = !permit.hasMonitored
        permit.hasMonitored = true
        state = .monitoring(SessionState.Monitoring(permit: permit, link: link))
        let report: SessionReport =
            if isFirst {
                .started(permit.mode, target: link.target)
            } else if attaching.isSameTarget {
                .partnerChanged(permit.mode, target: link.target)
            } else {
                .targetChanged(permit.mode, target: link.target)
            }
        return [.report(report)] + setDeadline(nil) + removeUnwanted() + updateRecording() + makeSpares() + handleKeys()
    }

    mutating func attachDeadlineExpired() -> [SessionCommand] {
        guard case .attaching(var attaching) = state else { return [] }
        guard attaching.link.isReady, !attaching.link.isJoining, !playing.isEmpty else {
            return refuse(.asteriskRefused)
        }
        if !attaching.hasWaitedForPrompt {
            // A long extension takes long to say.
            attaching.hasWaitedForPrompt = true
            state = .attaching(attaching)
            return setDeadline(configuration.promptTimeout)
        }
        // The end of the announcement got lost. The supervisor may hear the call, so he does.
        let commands = stopPrompts()
        unwantedPlaybacks.formUnion(playing)
        playing = []
        return commands + proceed()
    }
}

import ARI
import Monitoring

/// What concerns the monitored channels of all sessions.
extension MonitoringEngine {
    /// Something may have begun for which sessions wait.
    func targetChanged(_ channel: Channel) {
        guard let endpoint = EndpointName(channelName: channel.name) else { return }
        for session in watchList.sessions(watching: .endpoint(endpoint)) { hand(.targetsChanged, to: session) }
    }

    func partnersChanged(_ channel: Channel, _ partners: PartnerNames) {
        let id = ChannelID(channel.id.rawValue)
        for session in watchList.sessions(watching: .channel(id)) {
            hand(.partnersChanged(id, partners.names, isComplete: partners.isComplete), to: session)
        }
    }

    /// Whether a session has asked to be told of this channel.
    func watches(_ channel: ChannelID) -> Bool { !watchList.sessions(watching: .channel(channel)).isEmpty }

    // MARK: - Watching endpoints and channels

    func carryOut(_ effects: [WatchList.Effect]) {
        for effect in effects {
            switch effect {
            case .subscribe(let source): jobs.yield(.subscribe(source))
            case .unsubscribe(let source): jobs.yield(.unsubscribe(source))
            case .answer(let session, let command, let answer):
                // Not at once: the session may just be giving out commands.
                jobs.yield(.answer(command, answer, session))
            case .renewed(let session):
                jobs.yield(.catchUp(session))
            }
        }
    }

    func subscribed(to source: WatchedSource, _ outcome: WatchList.Outcome) {
        carryOut(watchList.subscribed(to: source, outcome))
    }

    /// - Parameter isCertain: whether no subscription can be left.
    func unsubscribed(from source: WatchedSource, isCertain: Bool) {
        carryOut(watchList.unsubscribed(from: source))
        if !isCertain { carryOut(comparisons.doubted()) }
    }

    /// Brings subscriptions into agreement with what sessions watch, and lets every session look for what it missed.
    ///
    /// - Parameters:
    ///   - expected: what was subscribed to before Asterisk was asked.
    ///   - subscribed: what Asterisk says.
    func catchUp(expecting expected: Set<WatchedSource>, with subscribed: Set<WatchedSource>) {
        carryOut(watchList.compare(expecting: expected, with: subscribed))
        guard missesEvents else { return }
        missesEvents = false
        for session in sessions.keys.sorted(by: { $0.number < $1.number }) { hand(.eventsMissed, to: session) }
    }

    // MARK: - Unhooking

    /// A snoop that must not be made yet; see ``hold(_:_:_:_:)``.
    struct HeldSnoop {
        let command: CommandID
        let request: SessionRequest
        let snoop: ChannelID
        let target: ChannelID
        let supervisor: Supervisor
        let session: SessionID
    }

    /// Holds a new snoop back while a session is taking its snoops off the same channel, because their effect on the channel
    /// goes only with the last one (``SessionState/reattaching(_:)``).
    ///
    /// - Returns: whether it is held back; if not, it can be made at once.
    func hold(
        _ command: CommandID,
        _ request: SessionRequest,
        _ supervisor: Supervisor,
        _ session: SessionID
    ) -> Bool {
        guard case .createSnoop(let snoop, let target, _) = request, isBeingUnhooked(target) else { return false }
        heldSnoops.append(
            HeldSnoop(
                command: command,
                request: request,
                snoop: snoop,
                target: target,
                supervisor: supervisor,
                session: session
            )
        )
        return true
    }

    /// Lets every session take its snoops off a channel off which one does.
    func unhookEverywhere(_ channel: ChannelID) {
        let others = sessions.filter {
            $0.value.session.target == channel && $0.value.session.channelBeingUnhooked == nil
        }
        for session in others.keys.sorted(by: { $0.number < $1.number }) { hand(.hooksMustGo(channel), to: session) }
    }

    /// Makes the snoops that need not be held back any longer, and forgets those that are of no use any more.
    func releaseHeldSnoops() {
        let all = heldSnoops
        heldSnoops = []
        for held in all {
            if let machine = sessions[held.session]?.session {
                if !machine.wants(held.snoop) {
                    jobs.yield(.answer(held.command, .failed(.gone), held.session))
                } else if isBeingUnhooked(held.target) {
                    heldSnoops.append(held)
                } else {
                    jobs.yield(.request(held.command, held.request, held.supervisor, held.session))
                }
            } else {
                unansweredCreations.remove(held.request)
            }
        }
    }

    private func isBeingUnhooked(_ target: ChannelID) -> Bool {
        sessions.values.contains { $0.session.channelBeingUnhooked == target }
    }
}

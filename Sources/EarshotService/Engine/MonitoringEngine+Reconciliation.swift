import Monitoring

/// After each new connection: bringing sessions and Asterisk back into agreement.
extension MonitoringEngine {
    var expectation: ReconciliationExpectation {
        var expectation = ReconciliationExpectation()
        for (id, entry) in sessions {
            if entry.session.expectsSupervisor { expectation.supervisors[id] = entry.session.supervisor.channel }
            expectation.snoops[id] = entry.session.expectedSnoops
        }
        expectation.subscriptions = watchList.subscriptions
        return expectation
    }

    func carryOut(_ effects: [ComparisonSchedule.Effect]) {
        for effect in effects {
            switch effect {
            case .compare(let connection): jobs.yield(.reconcile(expectation, connection: connection))
            case .setTimer(let duration):
                comparisonTimer?.finish()
                let (cancelled, continuation) = AsyncStream.makeStream(of: Never.self)
                comparisonTimer = continuation
                jobs.yield(.reconcileLater(after: duration, cancelled: cancelled))
            case .cancelTimer:
                comparisonTimer?.finish()
                comparisonTimer = nil
            }
        }
    }

    func comparisonTimerExpired() { carryOut(comparisons.timerExpired()) }

    func comparisonFailed(_ connection: Int) {
        carryOut(comparisons.finished(connection: connection, isSuccess: false))
    }

    /// - Parameters:
    ///   - connection: over which Asterisk was asked.
    ///   - channels: those in our Stasis application, and those that it is subscribed to.
    ///   - bridges: all bridges of this Asterisk, with their channels.
    ///   - endpoints: those that our application is subscribed to.
    func reconcile(
        _ expectation: ReconciliationExpectation,
        over connection: Int,
        channels: Set<ChannelID>,
        bridges: [BridgeID: [ChannelID]],
        endpoints: Set<EndpointName>
    ) {
        defer { carryOut(comparisons.finished(connection: connection, isSuccess: true)) }
        let targets = channels.filter(watches)
        // Otherwise events tell it, and what was asked for a moment ago may not be so any more.
        if missesEvents { tellWhatIsThere(channels, bridges) }
        let steps = Reconciliation.steps(
            application: configuration.application,
            expectation: expectation,
            findings: ReconciliationFindings(channels: channels, bridges: Set(bridges.keys)),
            isOwned: { sessions[$0.session]?.session.owns($0.description) ?? false },
            isAdmitted: { channel in
                sessionsBySupervisor[channel].map { sessions[$0]?.session.expectsSupervisor == true } ?? false
            }
        )
        var unknown: Set<ChannelID> = []
        for step in steps {
            switch step {
            case .tell(let session, let event): hand(event, to: session)
            case .removeSnoop(let snoop): remove(.snoop(snoop))
            case .removeBridge(let bridge): remove(.bridge(bridge))
            case .admit(let channel):
                // Whoever is dialling at this moment is told of by an event, which may be on its way.
                if missesEvents || unknownChannels.contains(channel) {
                    jobs.yield(.admit(channel, isTarget: targets.contains(channel)))
                } else if !targets.contains(channel) {
                    unknown.insert(channel)
                }
            }
        }
        unknownChannels = unknown
        if !unknown.isEmpty { carryOut(comparisons.doubted()) }
        let told = Set(endpoints.map { WatchedSource.endpoint($0) }).union(channels.map { .channel($0) })
        catchUp(expecting: expectation.subscriptions, with: told)
    }

    /// Tells sessions that are still attaching what came about while no events did. Sessions that know it drop it.
    private func tellWhatIsThere(_ channels: Set<ChannelID>, _ bridges: [BridgeID: [ChannelID]]) {
        for channel in channels.sorted(by: { $0.rawValue < $1.rawValue }) {
            guard let name = ourName(channel.rawValue), name.kind == .snoop else { continue }
            hand(.snoopStarted(channel), to: name.session)
        }
        for (bridge, members) in bridges.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            guard let name = ourName(bridge.rawValue), name.kind == .bridge else { continue }
            for member in members { hand(.enteredBridge(member, bridge), to: name.session) }
        }
    }
}

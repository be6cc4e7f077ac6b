import Monitoring

/// After each new connection: bringing sessions and Asterisk back into agreement.
extension MonitoringEngine {
    var expectation: ReconciliationExpectation {
        var expectation = ReconciliationExpectation()
        for (id, entry) in sessions {
            if entry.machine.expectsSupervisor { expectation.supervisors[id] = entry.machine.supervisor.channel }
            expectation.snoops[id] = entry.machine.expectedSnoops
        }
        expectation.subscriptions = watchList.subscriptions
        return expectation
    }

    /// Compares again in a while, once for however many reasons.
    func reconcileLater() {
        guard let connection, comparisonDue != connection else { return }
        comparisonDue = connection
        jobs.yield(.reconcileLater(connection: connection))
    }

    /// Begins once more what failed, unless a new connection has begun it already.
    func reconcileAgain(_ number: Int) {
        guard number == connection else { return }
        comparisonDue = nil
        jobs.yield(.reconcile(expectation, connection: number))
    }

    /// - Parameters:
    ///   - channels: those in our Stasis application, and those that it is subscribed to.
    ///   - bridges: all bridges of this Asterisk, with their channels.
    ///   - endpoints: those that our application is subscribed to.
    func reconcile(
        _ expectation: ReconciliationExpectation,
        channels: Set<ChannelID>,
        bridges: [BridgeID: [ChannelID]],
        endpoints: Set<EndpointName>
    ) {
        let targets = channels.filter(watches)
        tellWhatIsThere(channels, bridges)
        let steps = Reconciliation.steps(
            application: configuration.application,
            expectation: expectation,
            findings: ReconciliationFindings(channels: channels, bridges: Set(bridges.keys)),
            isOwned: { sessions[$0.session]?.machine.owns($0.description) ?? false },
            isAdmitted: { channel in
                sessionsBySupervisor[channel].map { sessions[$0]?.machine.expectsSupervisor == true } ?? false
            }
        )
        for step in steps {
            switch step {
            case .tell(let session, let event): hand(event, to: session)
            case .removeSnoop(let snoop): remove(.snoop(snoop))
            case .removeBridge(let bridge): remove(.bridge(bridge))
            case .admit(let channel): jobs.yield(.admit(channel, isTarget: targets.contains(channel)))
            }
        }
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

/// Going on with a session of an earlier run of the service, whose tap Asterisk has kept: the supervisor notices nothing.
extension EngagementMachine {
    /// - Parameters:
    ///   - mark: with the tap, if it is there still.
    ///   - target: the channel that was monitored, which the policy has just allowed again.
    /// - Returns: whether the tap was taken over; if not, the target is to be attached anew.
    mutating func takeOver(_ mark: SessionMark, _ target: TargetChannel, _ outbox: inout Outbox) -> Bool {
        guard let link = mark.link, outbox.resources[link.snoop] == .present, outbox.resources[link.bridge] == .present,
            // Less may be permitted now; or a lower mode was on its way.
            link.mode == permit.mode, link.hears == permit.settings.params.hearing(in: permit.mode),
            // Asterisk may drop the packets of anybody else: see ``MonitoredLeg``.
            target.partners == [link.heard]
        else { return false }
        unansweredQuestions = 0
        self.target = target
        parties = target.parties.values.everybody
        outbox.monitor(target)
        if permit.settings.params.recordingBase != nil, let recorded = mark.recording,
            outbox.resources[recorded.snoop] == .present
        {
            recording = Recording(adopting: recorded, of: target.id)
        }
        let tap = Tap(adopting: link, on: target)
        state = .monitoring(Monitoring(taps: Taps(tap)))
        // It was written down that they hear; that they go on, and whom, is written down too.
        putOnRecord(.resumed, tap, &outbox)
        outbox.report(.resumed(permit.mode, target: target))
        supervisorMoved(&outbox)
        return true
    }
}

/// How many sessions there are, by what their supervisors do.
package struct SessionCounts: Hashable, Sendable {
    /// Supervisors who hear a call.
    package var inCall: [MonitoringMode: Int] = [:]
    /// Supervisors who wait for an extension's next call.
    package var waiting = 0

    package init() {}
}

extension SessionRegistry {
    /// Counted anew each time. Who is on the way into the first call, or out of the last one, is in neither number.
    package var counts: SessionCounts {
        var counts = SessionCounts()
        for entry in sessions.values where entry.session.countsAsSession {
            if entry.session.isWaiting {
                counts.waiting += 1
            } else if let mode = entry.mode, entry.target != nil {
                counts.inCall[mode, default: 0] += 1
            }
        }
        return counts
    }
}

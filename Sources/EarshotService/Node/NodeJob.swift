import Monitoring

/// Something to be done in one Asterisk.
enum NodeJob: Sendable {
    case request(SessionID, CommandID, SessionRequest, Supervisor)
    case findPartners(ChannelID, CommandID, known: Set<ChannelName>)
    case findHooks(ChannelID, CommandID, snoops: Set<ChannelID>)
    case subscribe(WatchedSource)
    case unsubscribe(WatchedSource)
    case remove(LeftOver)
    /// See ``RegistryCommand/lookAt(_:)``.
    case lookAt(ChannelID)
    case compare(ComparisonExpectation, connection: Int)

    /// What must happen in the order in which it was asked for.
    ///
    /// A supervisor is brought from bridge to bridge by requests of their own bridges, and a later one could overtake an
    /// earlier one: they would stay where they were asked into first.
    var order: Order? {
        switch self {
        case .request(_, _, .join(_, let channel, _), let supervisor) where channel == supervisor.channel:
            .bridges(of: supervisor.leg)
        case .request(_, _, .leave, let supervisor): .bridges(of: supervisor.leg)
        case .request, .findPartners, .findHooks, .subscribe, .unsubscribe, .remove, .lookAt, .compare: nil
        }
    }

    enum Order: Hashable, Sendable {
        /// In which bridge a supervisor is.
        case bridges(of: LegID)
    }
}

/// Jobs that wait until an earlier one of the same order is done.
struct JobOrder {
    private var waiting: [NodeJob.Order: [NodeJob]] = [:]

    /// - Returns: whether the job can be done now; if not, it is kept.
    mutating func begin(_ job: NodeJob) -> Bool {
        guard let order = job.order else { return true }
        guard waiting[order] != nil else {
            waiting[order] = []
            return true
        }
        waiting[order]?.append(job)
        return false
    }

    /// - Returns: the job whose turn it is now.
    mutating func finished(_ job: NodeJob) -> NodeJob? {
        guard let order = job.order, let first = waiting[order]?.first else {
            if let order = job.order { waiting[order] = nil }
            return nil
        }
        waiting[order]?.removeFirst()
        return first
    }
}

/// How many sessions there are, and how many of each supervisor: kept up to date, because looking at all sessions for each arrival
/// would be slow when many come.
struct Places: Sendable {
    /// Whose sessions are counted together.
    struct Owner: Hashable, Sendable {
        let node: NodeID
        let endpoint: EndpointName?

        init(_ supervisor: Supervisor) {
            node = supervisor.node
            endpoint = supervisor.endpoint
        }
    }

    /// What one session takes.
    struct Place: Hashable, Sendable {
        let owner: Owner
        /// It is one of those that ``RegistryConfiguration/maximumSessions`` limits.
        let counts: Bool
        /// Its supervisor is still there.
        let hasSupervisor: Bool

        init(_ session: Session) {
            owner = Owner(session.supervisor)
            counts = session.countsAsSession
            hasSupervisor = session.expectsSupervisor
        }
    }

    /// How many places are taken.
    private(set) var taken = 0
    private var counts: [Owner: Int] = [:]

    /// How many sessions this supervisor is in.
    func count(of owner: Owner) -> Int { counts[owner, default: 0] }

    /// - Parameters:
    ///   - old: what the session took; nil for a new one.
    ///   - new: what it takes now; nil for one that is over.
    mutating func replace(_ old: Place?, with new: Place?) {
        if let old { add(-1, old) }
        if let new { add(1, new) }
    }

    private mutating func add(_ number: Int, _ place: Place) {
        if place.counts { taken += number }
        guard place.hasSupervisor else { return }
        let count = counts[place.owner, default: 0] + number
        counts[place.owner] = count == 0 ? nil : count
    }
}

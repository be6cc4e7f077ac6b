/// How a connection of events proves itself, and how long to wait before the next attempt to connect.
package struct ReconnectPolicy: Sendable, Hashable {
    /// The wait after the first failure.
    package var initial: Duration
    /// What each further failure multiplies the wait by; at least 1.
    package var factor: Int
    /// The longest wait.
    package var maximum: Duration
    /// The part of the wait, 0 to 1, that chance may take off it, so that many processes do not come back at once.
    package var jitter: Double
    /// The wait after Asterisk refused the user (401, 403): only an administrator can change that.
    package var refused: Duration
    /// How long a connection must have worked for the next failure to count as a first one. Without it, a connection
    /// that breaks as soon as it stands would be made ten times a second.
    package var stableAfter: Duration
    /// The time that opening the WebSocket's proof of life may take: see `ARIEventConnection`.
    package var proofTimeout: Duration
    /// How often a connection that works is looked at.
    package var lookInterval: Duration
    /// After how many looks in a row without a new event the proof is asked for, again at each further look.
    package var looksUntilProof: Int
    /// After how many looks in a row without a new event the connection counts as lost.
    package var looksUntilLost: Int

    /// Creates a policy. Values out of range are brought into it.
    package init(
        initial: Duration = .milliseconds(100),
        factor: Int = 2,
        maximum: Duration = .seconds(5),
        jitter: Double = 0.2,
        refused: Duration = .seconds(15),
        stableAfter: Duration = .seconds(5),
        proofTimeout: Duration = .seconds(3),
        lookInterval: Duration = .milliseconds(500),
        looksUntilProof: Int = 4,
        looksUntilLost: Int = 8
    ) {
        self.initial = max(initial, .milliseconds(1))
        self.factor = max(factor, 1)
        self.maximum = max(maximum, self.initial)
        self.jitter = min(max(jitter, 0), 1)
        self.refused = max(refused, self.initial)
        self.stableAfter = stableAfter
        self.proofTimeout = max(proofTimeout, .milliseconds(1))
        self.lookInterval = max(lookInterval, .milliseconds(1))
        self.looksUntilProof = max(looksUntilProof, 1)
        self.looksUntilLost = max(looksUntilLost, self.looksUntilProof + 1)
    }
}

/// The waits of one row of failures.
struct Backoff {
    private let policy: ReconnectPolicy
    private var next: Duration

    init(_ policy: ReconnectPolicy) {
        self.policy = policy
        next = policy.initial
    }

    /// The wait after one more failure.
    ///
    /// - Parameter chance: a random number from 0 up to, not including, 1.
    mutating func wait(after code: ARIError.Code, chance: Double) -> Duration {
        if code == .unauthorized || code == .forbidden {
            return policy.refused
        }
        let full = next
        next = min(next * policy.factor, policy.maximum)
        return full - full * (policy.jitter * chance)
    }

    /// Begins a new row: the connection had worked.
    mutating func reset() {
        next = policy.initial
    }
}

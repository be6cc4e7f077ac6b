import Directory
import Locking

/// How often somebody may try to sign in, so that neither passwords nor names can be tried out, and no stranger can keep a person
/// out of their account easily.
struct SignInLimit<ServiceClock: Clock>: Sendable where ServiceClock.Duration == Duration {
    /// What attempts are counted for.
    private enum Subject: Hashable {
        /// One account from one network: a person who guesses.
        case pair(AccountName, ClientNetwork)
        /// One network: behind it may be a whole office.
        case network(ClientNetwork)
        /// One account from wherever: many machines that guess together.
        case account(AccountName)

        /// This many attempts within ``SignInLimit/period``.
        var limit: Int {
            switch self {
            case .pair: 5
            case .network: 20
            case .account: 50
            }
        }
    }

    private struct Attempts {
        var moments: [Subject: [ServiceClock.Instant]] = [:]
        var tidiedUp: ServiceClock.Instant?
    }

    static var period: Duration { .seconds(300) }
    /// How many subjects are remembered. With more, nobody new may try.
    static var mostSubjects: Int { 100_000 }

    private let clock: ServiceClock
    /// When there were attempts that did not succeed, or whose outcome is not known yet.
    private let attempts = LockedBox(Attempts())

    init(clock: ServiceClock) { self.clock = clock }

    /// Counts an attempt.
    ///
    /// - Parameter account: nil for a name that no account can have.
    /// - Returns: false if there were too many: this one must not be made.
    func begin(_ account: AccountName?, from address: String) -> Bool {
        let now = clock.now
        let subjects = Self.subjects(account, address)
        return attempts.withLock { attempts in
            if attempts.tidiedUp.map({ $0.duration(to: now) >= .seconds(1) }) ?? true {
                attempts.moments = attempts.moments.filter { $0.value.contains { Self.counts($0, now) } }
                attempts.tidiedUp = now
            }
            let isAllowed = subjects.allSatisfy { subject in
                guard let moments = attempts.moments[subject] else {
                    return attempts.moments.count < Self.mostSubjects
                }
                return moments.count { Self.counts($0, now) } < subject.limit
            }
            guard isAllowed else { return false }
            // Two attempts at the same moment count as two.
            for subject in subjects {
                let recent = attempts.moments[subject, default: []].filter { Self.counts($0, now) }
                attempts.moments[subject] = recent + [now]
            }
            return true
        }
    }

    /// The attempt has succeeded: it counts no more, and whoever knows the password has not been guessing.
    func succeeded(_ account: AccountName, from address: String) {
        takeBack(account, from: address)
        attempts.withLock { $0.moments[.pair(account, ClientNetwork(address))] = nil }
    }

    /// The attempt was not made after all.
    func takeBack(_ account: AccountName?, from address: String) {
        attempts.withLock { attempts in
            for subject in Self.subjects(account, address) { _ = attempts.moments[subject]?.popLast() }
        }
    }

    private static func counts(_ moment: ServiceClock.Instant, _ now: ServiceClock.Instant) -> Bool {
        moment.duration(to: now) < period
    }

    private static func subjects(_ account: AccountName?, _ address: String) -> [Subject] {
        let network = ClientNetwork(address)
        guard let account else { return [.network(network)] }
        return [.pair(account, network), .network(network), .account(account)]
    }
}

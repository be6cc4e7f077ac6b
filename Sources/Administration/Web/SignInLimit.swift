import Directory
import Locking

/// How often somebody may try to sign in, so that neither passwords nor names can be tried out, and no stranger can keep a person
/// out of their account easily.
struct SignInLimit<ServiceClock: Clock>: Sendable where ServiceClock.Duration == Duration {
    /// What attempts are counted for.
    private enum Subject: Hashable {
        /// One account from one address: a person who guesses.
        case pair(AccountName, String)
        /// One address: behind it may be a whole office.
        case address(String)
        /// One account from wherever: many machines that guess together.
        case account(AccountName)

        /// This many attempts within ``SignInLimit/period``.
        var limit: Int {
            switch self {
            case .pair: 5
            case .address: 20
            case .account: 50
            }
        }
    }

    static var period: Duration { .seconds(300) }

    private let clock: ServiceClock
    /// When there were attempts that did not succeed, or whose outcome is not known yet.
    private let moments = LockedBox<[Subject: [ServiceClock.Instant]]>([:])

    init(clock: ServiceClock) { self.clock = clock }

    /// Counts an attempt.
    ///
    /// - Parameter account: nil for a name that no account can have.
    /// - Returns: false if there were too many: this one must not be made.
    func begin(_ account: AccountName?, from address: String) -> Bool {
        let now = clock.now
        let subjects = Self.subjects(account, address)
        return moments.withLock { moments in
            moments = moments.compactMapValues { all in
                let recent = all.filter { $0.duration(to: now) < Self.period }
                return recent.isEmpty ? nil : recent
            }
            // Two attempts at the same moment count as two.
            guard subjects.allSatisfy({ moments[$0, default: []].count < $0.limit }) else { return false }
            for subject in subjects { moments[subject, default: []].append(now) }
            return true
        }
    }

    /// The attempt has succeeded: it counts no more, and whoever knows the password has not been guessing.
    func succeeded(_ account: AccountName, from address: String) {
        moments.withLock { moments in
            for subject in Self.subjects(account, address) { _ = moments[subject]?.popLast() }
            moments[.pair(account, address)] = nil
        }
    }

    private static func subjects(_ account: AccountName?, _ address: String) -> [Subject] {
        guard let account else { return [.address(address)] }
        return [.pair(account, address), .address(address), .account(account)]
    }
}

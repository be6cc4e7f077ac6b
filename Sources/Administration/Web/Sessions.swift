import Crypto
import Directory
import Foundation
import Locking

/// Somebody who has signed in.
struct Visitor: Sendable {
    let account: Account
    /// Must be in every form that changes something: another site cannot know it.
    let token: String
}

/// Who is signed in. In memory alone: whoever is signed in while the service is started again signs in again.
struct Sessions<ServiceClock: Clock>: Sendable where ServiceClock.Duration == Duration {
    private struct Session {
        let account: AccountName
        /// An account that has changed since has to sign in again.
        let version: Int
        let token: String
        let begin: ServiceClock.Instant
        var last: ServiceClock.Instant
    }

    /// How often one account may be signed in at the same time. Beyond that the one that was idle for longest is signed out.
    static var mostOfAccount: Int { 20 }

    private let directory: Directory
    private let clock: ServiceClock
    private let idleLimit: Duration
    private let limit: Duration
    /// By the hash of what the cookie says, so that nobody can read cookies out of memory dumps or by timing.
    private let sessions = LockedBox<[Data: Session]>([:])

    init(directory: Directory, clock: ServiceClock, idleLimit: Duration, limit: Duration) {
        self.directory = directory
        self.clock = clock
        self.idleLimit = idleLimit
        self.limit = limit
    }

    /// - Returns: what the cookie is to say.
    func begin(_ account: Account) -> String {
        let secret = Self.newSecret()
        let now = clock.now
        let session = Session(
            account: account.name,
            version: account.version,
            token: Self.newSecret(),
            begin: now,
            last: now
        )
        sessions.withLock { sessions in
            sessions = sessions.filter { isAlive($0.value, now) }
            let own = sessions.filter { $0.value.account == account.name }
            if own.count >= Self.mostOfAccount, let idle = own.min(by: { $0.value.last < $1.value.last }) {
                sessions[idle.key] = nil
            }
            sessions[Self.key(secret)] = session
        }
        return secret
    }

    /// - Parameter isAtWork: somebody has asked for something: idleness begins anew.
    func visitor(_ cookie: String, isAtWork: Bool = true) async throws -> Visitor? {
        let now = clock.now
        let key = Self.key(cookie)
        let session = sessions.withLock { sessions -> Session? in
            guard var session = sessions[key], isAlive(session, now) else {
                sessions[key] = nil
                return nil
            }
            if isAtWork {
                session.last = now
                sessions[key] = session
            }
            return session
        }
        guard let session, let account = try await directory.account(session.account),
            account.version == session.version
        else { return nil }
        return Visitor(account: account, token: session.token)
    }

    func end(_ cookie: String) { sessions.withLock { $0[Self.key(cookie)] = nil } }

    private func isAlive(_ session: Session, _ now: ServiceClock.Instant) -> Bool {
        session.last.duration(to: now) < idleLimit && session.begin.duration(to: now) < limit
    }

    private static func key(_ secret: String) -> Data { Data(SHA256.hash(data: Data(secret.utf8))) }

    /// 256 bits of chance.
    private static func newSecret() -> String {
        (0..<4).map { _ in
            let digits = String(UInt64.random(in: .min ... .max), radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }
}

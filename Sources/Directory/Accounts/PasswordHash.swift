import Crypto
import CryptoExtras
import FoundationEssentials

/// A password, so that nobody can read it: derived by scrypt (RFC 7914) with a salt of its own.
///
/// Written as `scrypt$rounds$block$parallel$salt$key`, the last two in Base64.
package struct PasswordHash: Hashable, Sendable {
    package let text: String

    /// Shorter ones are refused: in characters.
    package static let shortest = 10
    /// Longer ones would only cost time: in bytes.
    package static let longest = 1024

    /// RFC 7914 gives no numbers for today; these take some 16 MiB and a few ten milliseconds.
    private static let rounds = 1 << 14
    private static let blockSize = 8
    private static let parallelism = 1
    private static let keyLength = 32

    /// A new hash of a password. Takes time on purpose.
    ///
    /// - Throws: ``PasswordProblem``.
    package init(of password: String) throws(PasswordProblem) {
        guard password.count >= Self.shortest else { throw .tooShort }
        guard password.utf8.count <= Self.longest else { throw .tooLong }
        var generator = SystemRandomNumberGenerator()
        let salt = Data((0..<16).map { _ in UInt8.random(in: .min ... .max, using: &generator) })
        guard let key = Self.key(password, salt, Self.rounds, Self.blockSize, Self.parallelism, Self.keyLength) else {
            throw .notDerived
        }
        text = [
            "scrypt", "\(Self.rounds)", "\(Self.blockSize)", "\(Self.parallelism)", salt.base64EncodedString(),
            key.base64EncodedString(),
        ].joined(separator: "$")
    }

    /// What was stored.
    package init(stored text: String) { self.text = text }

    /// Whether this is the password. Takes as long for a wrong one.
    package func matches(_ password: String) -> Bool {
        let parts = text.split(separator: "$", omittingEmptySubsequences: false).map(String.init)
        guard password.utf8.count <= Self.longest, parts.count == 6, parts[0] == "scrypt",
            let rounds = Int(parts[1]), let blockSize = Int(parts[2]), let parallelism = Int(parts[3]),
            // The library traps on others, and with larger ones memory ends.
            (2...1 << 17).contains(rounds), rounds.nonzeroBitCount == 1, (1...16).contains(blockSize),
            (1...4).contains(parallelism),
            let salt = Data(base64Encoded: parts[4]), let known = Data(base64Encoded: parts[5]),
            (16...64).contains(known.count),
            let key = Self.key(password, salt, rounds, blockSize, parallelism, known.count)
        else { return false }
        return ConstantTime.areSame(key, known)
    }

    /// A hash that no password matches, for names without an account: so that an answer takes as long for them.
    package static let ofNobody: PasswordHash = {
        let zeros = Data(count: keyLength).base64EncodedString()
        return PasswordHash(stored: "scrypt$\(rounds)$\(blockSize)$\(parallelism)$\(zeros)$\(zeros)")
    }()

    private static func key(
        _ password: String,
        _ salt: Data,
        _ rounds: Int,
        _ blockSize: Int,
        _ parallelism: Int,
        _ length: Int
    ) -> Data? {
        let key = try? KDF.Scrypt.deriveKey(
            from: Data(password.utf8),
            salt: salt,
            outputByteCount: length,
            rounds: rounds,
            blockSize: blockSize,
            parallelism: parallelism
        )
        // There is no other way to the bytes of a key, which are copied.
        return unsafe key?.withUnsafeBytes { unsafe Data($0) }
    }
}

/// Why a password is not taken.
package enum PasswordProblem: Error, Hashable, Sendable, CustomStringConvertible {
    case tooShort
    case tooLong
    case notDerived

    package var description: String {
        switch self {
        case .tooShort: "the password needs \(PasswordHash.shortest) characters or more"
        case .tooLong: "the password may have \(PasswordHash.longest) bytes at most"
        case .notDerived: "the password cannot be stored: scrypt failed"
        }
    }
}

import Crypto
import Directory
import Foundation
import Monitoring

/// By which programs on other machines read metrics and health. Only its hash is kept.
package struct AccessToken: Sendable {
    private let hash: Data

    package init(_ token: String) { hash = Self.hash(of: token) }

    /// Whether a request has it.
    ///
    /// - Parameter authorization: the header of that name: `Bearer`, and the token (RFC 6750, 2.1).
    func isIn(_ authorization: String?) -> Bool {
        let parts = (authorization ?? "").split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return false }
        return ConstantTime.areSame(Self.hash(of: String(parts[1].trimmed)), hash)
    }

    private static func hash(of token: String) -> Data { Data(SHA256.hash(data: Data(token.utf8))) }
}

extension AccessToken: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "<redacted>" }
    package var debugDescription: String { "<redacted>" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

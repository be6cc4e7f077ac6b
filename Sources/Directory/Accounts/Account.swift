package import Monitoring

/// Somebody who may sign in to the page.
package struct Account: Hashable, Sendable {
    package let name: AccountName
    package var role: AccountRole
    /// The user whose own page the account shows; nil for none.
    package var `extension`: Extension?
    package var password: PasswordHash
    /// Counts the changes. A session that was signed in with an earlier version has ended.
    package var version: Int

    package init(
        _ name: AccountName,
        role: AccountRole,
        extension: Extension? = nil,
        password: PasswordHash,
        version: Int = 0
    ) {
        self.name = name
        self.role = role
        self.`extension` = `extension`
        self.password = password
        self.version = version
    }
}

/// What an account may see and do.
package enum AccountRole: String, CaseIterable, Hashable, Sendable {
    /// Everything.
    case administrator
    /// The record, and who is monitoring whom; changes nothing.
    case auditor
    /// Their own page.
    case user
}

/// The name of an account: 1 to 64 characters of `0-9a-zA-Z._@-`. Case does not matter.
package struct AccountName: Hashable, Sendable, CustomStringConvertible {
    package let rawValue: String

    package init?(_ text: String) {
        let name = text.lowercased()
        let isName = name.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x61...0x7A: true
            case UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "@"), UInt8(ascii: "-"): true
            default: false
            }
        }
        guard isName, (1...64).contains(name.utf8.count) else { return nil }
        rawValue = name
    }

    package var description: String { rawValue }
}

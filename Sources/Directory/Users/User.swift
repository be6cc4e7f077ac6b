package import Monitoring

/// A user of the PBX, as an administrator has set them.
package struct User: Hashable, Sendable {
    package let `extension`: Extension
    /// What the administrator calls them; may be empty.
    package var name: String
    /// Their endpoints, the preferred one first; empty for those of the templates (`targets.endpoints`).
    package var endpoints: [EndpointName]
    package var rights: UserRights
    /// Counts the changes; 0 for a user who is not stored yet. Whoever changes a user says which version they have seen.
    package var version: Int

    package init(
        _ extension: Extension,
        name: String = "",
        endpoints: [EndpointName] = [],
        rights: UserRights = UserRights(),
        version: Int = 0
    ) {
        self.`extension` = `extension`
        self.name = name
        self.endpoints = endpoints
        self.rights = rights
        self.version = version
    }

    /// Whether both say the same, whatever their versions.
    package func isSame(as other: User) -> Bool {
        var other = other
        other.version = version
        return self == other
    }

    /// The longest name, in characters.
    package static let longestName = 100

    /// What keeps the user from being stored; empty for nothing.
    package var problems: [UserProblem] {
        var problems: [UserProblem] = []
        if name.count > Self.longestName || name.unicodeScalars.contains(where: \.isInvisible) {
            problems.append(.badName)
        }
        if let error = SpyParams.problem(in: rights.params) { problems.append(.badParams(error)) }
        if !rights.scope.isEverybody && rights.scope.extensions.isEmpty && rights.scope.groups.isEmpty {
            problems.append(.monitorsNobody)
        }
        return problems
    }
}

/// Something that is wrong with a user as they are to be stored.
package enum UserProblem: Error, Hashable, Sendable {
    /// Longer than ``User/longestName``, or with invisible characters.
    case badName
    case badParams(SpyParamsError)
    /// Neither everybody, nor a group, nor an extension is named.
    case monitorsNobody
}

/// Who has made a change.
package enum Author: Hashable, Sendable, CustomStringConvertible {
    /// Somebody who has signed in to the page.
    case account(String)
    /// Somebody at the command line: the user of the operating system.
    case commandLine(String)

    /// As it stands in the record, such as `account:maria` or `command-line:root`.
    package var description: String {
        switch self {
        case .account(let name): "account:\(name)"
        case .commandLine(let name): "command-line:\(name)"
        }
    }
}

/// A change, as it is told to the journal.
package enum DirectoryChange: Hashable, Sendable {
    case userAdded(User)
    case userChanged(from: User, to: User)
    case userRemoved(User)
    case accountAdded(Account)
    case accountChanged(from: Account, to: Account)
    case accountRemoved(Account)
}

/// Why something was not stored.
package enum DirectoryError: Error, Hashable, Sendable {
    /// Somebody else has changed, added or removed the user since the version was seen; how it is now, nil for removed.
    case changedMeanwhile(Extension, now: User?)
    /// Another user has this endpoint.
    case endpointTaken(EndpointName, by: Extension)
    case problems(Extension, [UserProblem])
    case unknownUser(Extension)
    case accountExists(String)
    case unknownAccount(String)
    /// The account has changed since it was seen.
    case accountChangedMeanwhile(String)
}

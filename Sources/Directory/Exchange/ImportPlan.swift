import Monitoring

/// What an import would do.
package struct ImportPlan: Hashable, Sendable {
    package enum Step: Hashable, Sendable {
        case add(User)
        case change(from: User, to: User)
        case keep(User)
    }

    package let steps: [Step]

    /// The users to store, with the versions that were seen.
    package var users: [User] {
        steps.compactMap { step in
            switch step {
            case .add(let user): user
            case .change(_, let user): user
            case .keep: nil
            }
        }
    }
}

extension Directory {
    /// What these entries would change. Users that are not among them stay.
    ///
    /// - Throws: ``DirectoryError/problems(_:_:)``, `StorageError`.
    package func plan(_ entries: [UserFile.Entry]) async throws -> ImportPlan {
        let stored = try await users().reduce(into: [Extension: User]()) { $0[$1.`extension`] = $1 }
        return ImportPlan(
            steps: try entries.map { entry in
                let before = stored[entry.`extension`]
                let after = entry.edit.applied(to: before ?? User(entry.`extension`))
                guard after.problems.isEmpty else {
                    throw DirectoryError.problems(entry.`extension`, after.problems)
                }
                guard let before else { return .add(after) }
                return before.isSame(as: after) ? .keep(before) : .change(from: before, to: after)
            }
        )
    }
}

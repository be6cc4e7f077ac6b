package import GRDB
package import Monitoring
package import Storage

/// Writes down each change of the directory, in the same transaction: what cannot be written down is not changed.
package protocol DirectoryJournal: Sendable {
    func append(_ change: DirectoryChange, by author: Author, in database: Database) throws
}

/// The users, their groups and their rights, in Earshot's file.
package struct Directory: Sendable {
    let storage: Storage
    let templates: [EndpointTemplate]
    let journal: (any DirectoryJournal)?

    /// - Parameters:
    ///   - storage: opened with ``migrations``.
    ///   - templates: the endpoints of users who have none of their own.
    package init(_ storage: Storage, templates: [EndpointTemplate], journal: (any DirectoryJournal)? = nil) {
        self.storage = storage
        self.templates = templates
        self.journal = journal
    }

    // MARK: - Users

    package func user(_ extension: Extension) async throws -> User? {
        try await storage.read { try UserTable.user(`extension`, $0) }
    }

    /// - Parameters:
    ///   - text: in the extension or the name, whatever the case; nil for all.
    ///   - group: only its members; nil for all.
    ///   - page: which part of them, in the order of extensions: numbers by their value, before names.
    package func users(
        matching text: String? = nil,
        in group: GroupName? = nil,
        page: Range<Int>? = nil
    ) async throws -> [User] {
        try await storage.read { try UserTable.users(text, group, page, $0) }
    }

    /// The extensions of all users.
    package func extensions() async throws -> Set<Extension> {
        try await storage.read { try UserTable.extensions($0) }
    }

    package func count(matching text: String? = nil, in group: GroupName? = nil) async throws -> Int {
        try await storage.read { try UserTable.count(text, group, $0) }
    }

    /// Every group with at least one member, and how many it has.
    package func groups() async throws -> [(name: GroupName, members: Int)] {
        try await storage.read { try UserTable.groups($0) }
    }

    /// Stores users, all or none. Those who are as they were stay untouched.
    ///
    /// - Parameter users: with the version that was seen; 0 for new ones.
    /// - Returns: how many have changed.
    /// - Throws: ``DirectoryError``, `StorageError`.
    @discardableResult
    package func save(_ users: [User], by author: Author) async throws -> Int {
        for user in users where !user.problems.isEmpty {
            throw DirectoryError.problems(user.`extension`, user.problems)
        }
        return try await storage.write { database in
            var changed = 0
            for user in users where try save(user, author, database) { changed += 1 }
            return changed
        }
    }

    private func save(_ user: User, _ author: Author, _ database: Database) throws -> Bool {
        let stored = try UserTable.user(user.`extension`, database)
        guard user.version == stored?.version ?? 0 else {
            throw DirectoryError.changedMeanwhile(user.`extension`, now: stored)
        }
        if let stored, stored.isSame(as: user) { return false }
        var next = user
        next.endpoints = next.endpoints.map(\.normalized)
        next.version += 1
        try UserTable.save(next, database)
        try journal?.append(
            stored.map { .userChanged(from: $0, to: next) } ?? .userAdded(next),
            by: author,
            in: database
        )
        return true
    }

    /// Removes users, all or none.
    ///
    /// - Throws: ``DirectoryError/unknownUser(_:)``, `StorageError`.
    package func remove(_ extensions: [Extension], by author: Author) async throws {
        try await storage.write { database in
            for `extension` in extensions {
                guard let stored = try UserTable.user(`extension`, database) else {
                    throw DirectoryError.unknownUser(`extension`)
                }
                try remove(stored, author, database)
            }
        }
    }

    /// Removes a user as they were seen.
    ///
    /// - Throws: ``DirectoryError/changedMeanwhile(_:now:)`` if they are not so any more, `StorageError`.
    package func remove(_ owner: Extension, version: Int, by author: Author) async throws {
        try await storage.write { database in
            let stored = try UserTable.user(owner, database)
            guard let stored, stored.version == version else {
                throw DirectoryError.changedMeanwhile(owner, now: stored)
            }
            try remove(stored, author, database)
        }
    }

    private func remove(_ stored: User, _ author: Author, _ database: Database) throws {
        try UserTable.remove(stored.`extension`, database)
        try journal?.append(.userRemoved(stored), by: author, in: database)
    }

    // MARK: - Rights

    /// What is set for the user whose endpoint this is; nil for nobody's.
    package func rights(of endpoint: EndpointName) async throws -> UserRights? {
        let endpoint = endpoint.normalized
        let candidates = templates.compactMap { $0.owner(of: endpoint) }
        return try await storage.read { database in
            if let owner = try UserTable.owner(of: endpoint, database) {
                return try UserTable.user(owner, database)?.rights
            }
            for candidate in candidates {
                if let user = try UserTable.user(candidate, database), user.endpoints.isEmpty { return user.rights }
            }
            return nil
        }
    }

    package func endpointBook() async throws -> EndpointBook {
        let named = try await storage.read { try UserTable.namedEndpoints($0) }
        return EndpointBook(templates: templates, named: named)
    }

    /// What has changed since a revision, and the revision that this leads to.
    ///
    /// - Parameter revision: nil for the present one: nothing has changed since.
    package func changes(since revision: Int?) async throws -> (change: RightsChange, revision: Int) {
        let (named, changes, present) = try await storage.read { database in
            let present = try UserTable.revision(database)
            return (
                try UserTable.namedEndpoints(database), try UserTable.changes(after: revision ?? present, database),
                present
            )
        }
        let book = EndpointBook(templates: templates, named: named)
        let changed = changes.reduce(into: Set<EndpointName>()) { changed, one in
            changed.formUnion(book.endpoints(of: one.owner))
            // Until now, or from now on, they may have been these.
            changed.formUnion(templates.map { $0.endpoint(of: one.owner) })
            if let endpoint = one.endpoint { changed.insert(endpoint) }
        }
        return (RightsChange(endpoints: book, changed: changed), present)
    }

    /// Tells each change of users, by whomever and from whichever process, until the task is cancelled.
    package func watch(
        every interval: Duration,
        clock: some Clock<Duration>,
        _ body: (RightsChange) async -> Void
    ) async {
        var revision: Int?
        await storage.watch(every: interval, clock: clock) {
            // Most changes of the file are entries of the record.
            guard let now = try? await storage.read({ try UserTable.revision($0) }), now != revision,
                let (change, present) = try? await changes(since: revision)
            else { return }
            // The first look only tells where to begin, which may be later than what the service knows.
            revision = present
            await body(change)
        }
    }
}

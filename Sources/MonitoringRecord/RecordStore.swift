package import GRDB
package import Storage

/// Who heard whom, when and how, and who gave the right: entries in Earshot's file that can only be appended to. Each is bound
/// to the one before, so that nobody can change one later without its being found.
package struct RecordStore: Sendable {
    let storage: Storage
    private let origin: String
    private let now: @Sendable () -> Int64
    private let written: @Sendable ((any Error)?) -> Void

    /// What the file needs for it.
    package static let migrations: [StorageMigration] = [RecordTable.migration, RecordTable.partnerMigration]

    /// - Parameters:
    ///   - storage: opened with ``migrations``.
    ///   - origin: which Earshot writes, such as `earshot-5f3a91c2`.
    ///   - now: milliseconds since 1970.
    ///   - written: is told after each ``append(_:)`` how it went: nil for well.
    package init(
        _ storage: Storage,
        origin: String,
        now: @escaping @Sendable () -> Int64,
        written: @escaping @Sendable ((any Error)?) -> Void = { _ in }
    ) {
        self.storage = storage
        self.origin = origin
        self.now = now
        self.written = written
    }

    // MARK: - Writing

    /// Appends entries, all or none: they are on the disk when this returns.
    ///
    /// - Throws: `StorageError`.
    @discardableResult
    package func append(_ drafts: [RecordDraft]) async throws -> [RecordEntry] {
        do {
            let entries = try await storage.write { database in
                try drafts.map { try append($0, in: database) }
            }
            written(nil)
            return entries
        } catch {
            written(error)
            throw error
        }
    }

    /// Appends an entry as a part of a change in the same file: either both are there or neither is.
    ///
    /// Several processes may append: a write of `Storage` waits until no other one is going on, before it reads the newest
    /// entry.
    @discardableResult
    package func append(_ draft: RecordDraft, in database: Database) throws -> RecordEntry {
        let (newest, time) = try RecordTable.head(database)
        let entry = RecordEntry(
            sequence: newest.sequence + 1,
            time: max(time, now()),
            origin: origin,
            event: draft.event,
            fields: draft.fields
        )
        try RecordTable.insert(RecordTable.Line(entry, after: newest.hash), database)
        return entry
    }

    /// Finds out whether entries can be written, without writing one.
    ///
    /// - Parameter isThorough: finds out too whether the disk takes anything. That writes a page of the file anew, as it is, and
    ///   looks like a change to whoever watches the file.
    /// - Throws: `StorageError`.
    package func checkWriting(isThorough: Bool) async throws {
        // A transaction that writes nothing finds out all but that: it has to be the only one.
        try await storage.write { database in
            guard isThorough else { return }
            let version = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
            try database.execute(sql: "PRAGMA user_version = \(version)")
        }
    }

    /// How many entries are removed at once. Others wait meanwhile, among them a supervisor who is about to hear a call.
    private static let removedAtOnce = 1000

    /// Removes the entries that are older, some at a time, and appends an entry for each time.
    ///
    /// - Parameters:
    ///   - time: in milliseconds since 1970.
    ///   - author: on whose behalf.
    /// - Returns: how many were removed.
    /// - Throws: `StorageError`. What was removed until then is told by entries.
    @discardableResult
    package func removeEntries(before time: Int64, author: String) async throws -> Int {
        // Looked up once, so that the entries which tell of the removal do not keep it going.
        guard let last = try await storage.read({ try RecordTable.last(before: time, $0) }) else { return 0 }
        var count = 0
        while true {
            let removed = try await storage.write { try removeSome(through: last, author: author, $0) }
            if removed == 0 { return count }
            count += removed
        }
    }

    private func removeSome(through last: Int, author: String, _ database: Database) throws -> Int {
        let beginning = try RecordTable.beginning(database).sequence
        guard let link = try RecordTable.link(min(last, beginning + Self.removedAtOnce), database) else { return 0 }
        let count = link.sequence - beginning
        let told: [RecordField: String] = [
            .removedThrough: "\(link.sequence)", .hash: link.hash.description, .count: "\(count)", .author: author,
        ]
        try append(RecordDraft(.entriesRemoved, told), in: database)
        try RecordTable.remove(through: link, database)
        return count
    }

    // MARK: - Reading

    /// The newest entry's number and hash: whoever has kept it can prove later that the record until then is the same. Without
    /// entries those of what stands before the first one.
    ///
    /// - Throws: `StorageError`.
    package func head() async throws -> (sequence: Int, hash: RecordHash) {
        let newest = try await storage.read { try RecordTable.head($0).link }
        return (newest.sequence, newest.hash)
    }

    package func entries(_ query: RecordQuery) async throws -> [RecordEntry] {
        try await storage.read { try RecordTable.entries(query, $0) }
    }
}

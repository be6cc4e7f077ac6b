package import GRDB
package import Storage

/// Who heard whom, when and how, and who gave the right: entries in Earshot's file that can only be appended to. Each is bound to
/// the one before, so that nobody can change one later without its being found.
package struct RecordStore: Sendable {
    let storage: Storage
    private let origin: String
    private let now: @Sendable () -> Int64

    /// What the file needs for it.
    package static let migrations: [StorageMigration] = [RecordTable.migration]

    /// - Parameters:
    ///   - storage: opened with ``migrations``.
    ///   - origin: which Earshot writes, such as `earshot-5f3a91c2`.
    ///   - now: milliseconds since 1970.
    package init(_ storage: Storage, origin: String, now: @escaping @Sendable () -> Int64) {
        self.storage = storage
        self.origin = origin
        self.now = now
    }

    // MARK: - Writing

    /// Appends entries: they are on the disk when this returns.
    ///
    /// - Throws: `StorageError`.
    package func append(_ drafts: [RecordDraft]) async throws {
        try await storage.write { database in
            for draft in drafts { try append(draft, in: database) }
        }
    }

    /// Appends an entry as a part of a change in the same file.
    @discardableResult
    package func append(_ draft: RecordDraft, in database: Database) throws -> RecordEntry {
        let head = try RecordTable.head(database)
        let entry = RecordEntry(
            sequence: head.sequence + 1,
            time: max(head.time, now()),
            origin: origin,
            event: draft.event,
            fields: draft.fields
        )
        let text = entry.text
        try RecordTable.insert(
            RecordTable.Line(sequence: entry.sequence, text: text, hash: head.hash.following(text)),
            database
        )
        return entry
    }

    /// Removes the entries that are older, and writes down that it did.
    ///
    /// - Parameters:
    ///   - time: in milliseconds since 1970.
    ///   - author: on whose behalf.
    /// - Returns: how many were removed.
    @discardableResult
    package func removeEntries(before time: Int64, author: String) async throws -> Int {
        try await storage.write { database in
            guard let last = try RecordTable.last(before: time, database) else { return 0 }
            let count = last.sequence - (try RecordTable.beginning(database).sequence)
            try append(
                RecordDraft(
                    .entriesRemoved,
                    [
                        .removedThrough: "\(last.sequence)", .hash: last.hash.description, .count: "\(count)",
                        .author: author,
                    ]
                ),
                in: database
            )
            try RecordTable.remove(through: last, database)
            return count
        }
    }

    // MARK: - Reading

    /// The newest entry's number and hash: whoever has kept it can prove later that the record until then is the same.
    package func head() async throws -> (sequence: Int, hash: RecordHash) {
        let head = try await storage.read { try RecordTable.head($0) }
        return (head.sequence, head.hash)
    }

    /// The newest first.
    package func entries(_ query: RecordQuery) async throws -> [RecordEntry] {
        try await storage.read { try RecordTable.entries(query, $0) }
    }
}

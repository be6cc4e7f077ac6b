import Storage

/// What was found when the whole record was looked at.
package enum RecordVerification: Hashable, Sendable {
    /// Every entry is as it was written, and none is missing.
    ///
    /// - first: the number of the first entry that is still there.
    case intact(first: Int, last: Int, head: RecordHash)
    /// The first place where it is not.
    case broken(at: Int, RecordFault)
}

/// Why an entry does not follow the one before it.
package enum RecordFault: Hashable, Sendable {
    /// There is none with this number, and there are later ones.
    case missing
    /// The text says that it is another entry: it was moved, or others were put before it.
    case moved
    /// Its hash does not fit its text and the entry before it.
    case changed
    /// It is no entry at all.
    case unreadable
    /// Entries were removed from the beginning, and none of those that are left says so.
    case beginningRemoved
    /// The hash that was kept is none of the record's: entries are missing at the end, or all was written anew.
    case headMissing
}

extension RecordStore {
    /// Looks at every entry, some at a time.
    ///
    /// - Parameter head: a hash that was kept outside the file, from the log for example; nil for none.
    /// - Throws: `StorageError`.
    package func verify(head: RecordHash? = nil) async throws -> RecordVerification {
        let beginning = try await storage.read { try RecordTable.beginning($0) }
        var known = beginning.hash
        var sequence = beginning.sequence
        var isBeginningConfirmed = beginning.sequence == 0
        var isHeadFound = head == nil || head == known
        while true {
            let after = sequence
            let lines = try await storage.read { try RecordTable.lines(after: after, limit: 1000, $0) }
            if lines.isEmpty { break }
            for line in lines {
                sequence += 1
                guard line.sequence == sequence else { return .broken(at: sequence, .missing) }
                guard let entry = try? RecordEntry(text: line.text) else { return .broken(at: sequence, .unreadable) }
                guard entry.sequence == sequence else { return .broken(at: sequence, .moved) }
                known = known.following(line.text)
                guard line.hash == known else { return .broken(at: sequence, .changed) }
                if entry.event == .entriesRemoved, entry.fields[.removedThrough] == "\(beginning.sequence)",
                    entry.fields[.hash] == beginning.hash.description
                {
                    isBeginningConfirmed = true
                }
                if known == head { isHeadFound = true }
            }
        }
        guard isBeginningConfirmed else { return .broken(at: beginning.sequence + 1, .beginningRemoved) }
        guard isHeadFound else { return .broken(at: sequence + 1, .headMissing) }
        return .intact(first: beginning.sequence + 1, last: sequence, head: known)
    }
}

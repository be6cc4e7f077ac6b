import GRDB
import Storage

/// What was found when the whole record was looked at.
package enum RecordVerification: Hashable, Sendable {
    /// Every entry is as it was written, and none is missing.
    ///
    /// - first: the number of the first entry that is still there; one more than `last` if there is none.
    case intact(first: Int, last: Int, head: RecordHash)
    /// The first place where it is not.
    case broken(at: Int, RecordFault)
}

/// Why an entry does not follow the one before it.
///
/// What stands before it is in order by itself. Whether it is also what was written, only a kept hash can prove: somebody may
/// have changed entries together with their hashes, and then the next one is the first that does not fit.
package enum RecordFault: Hashable, Sendable {
    /// There is none with this number, and there are later ones.
    case missing
    /// Its text says that it is another entry: it was moved, or one before it was removed and the later ones took its place.
    case moved
    /// It was put in: the entry that belongs here comes later.
    case inserted
    /// Its hash does not fit its text and the entry before it: it was changed, or put in at the end, or the one before it was
    /// changed together with its hash.
    case changed
    /// Entries before this one were removed, and no entry says so: the beginning of the chain is not what it should be.
    case beginningRemoved
    /// The hash that was kept is none of the record's: entries are missing at the end, or all was written anew. The number is
    /// that of the entry that would come next.
    case headMissing
}

extension RecordStore {
    /// Looks at every entry, one after the other. A million of them take some seconds, in which others go on writing.
    ///
    /// - Parameter head: a hash that was kept outside the file, from the log for example; nil for none. Of entries that were
    ///   removed because of their age, only the last one's is still known.
    /// - Throws: `StorageError`.
    package func verify(head: RecordHash? = nil) async throws -> RecordVerification {
        // In one transaction: what others append and remove meanwhile must not look like a fault.
        try await storage.read { database in
            let beginning = try RecordTable.beginning(database)
            let isBeginningTold =
                try beginning.isOfWholeRecord || RecordTable.isRemovalTold(through: beginning, database)
            var last = beginning
            var isHeadFound = head == nil || head == last.hash
            let lines = try RecordTable.lines(database)
            while let line = try lines.next() {
                guard line.isNext(after: last) else {
                    // Without its beginning, the first entry cannot be judged.
                    if last == beginning && !isBeginningTold { break }
                    return try Self.fault(of: line, after: last, before: lines)
                }
                last = line.link
                if last.hash == head { isHeadFound = true }
            }
            guard isBeginningTold else { return .broken(at: beginning.sequence + 1, .beginningRemoved) }
            guard isHeadFound else { return .broken(at: last.sequence + 1, .headMissing) }
            return .intact(first: beginning.sequence + 1, last: last.sequence, head: last.hash)
        }
    }

    private static func fault(
        of line: RecordTable.Line,
        after last: RecordTable.Link,
        before others: some Cursor<RecordTable.Line>
    ) throws -> RecordVerification {
        let sequence = last.sequence + 1
        if line.link.sequence < sequence { return .broken(at: line.link.sequence, .inserted) }
        if line.link.sequence > sequence { return .broken(at: sequence, .missing) }
        if let own = line.ownSequence, own != sequence { return .broken(at: sequence, .moved) }
        while let other = try others.next() {
            if other.fits(last.hash) { return .broken(at: sequence, .inserted) }
        }
        return .broken(at: sequence, .changed)
    }
}

extension RecordTable.Link {
    /// Nothing was removed yet.
    fileprivate var isOfWholeRecord: Bool { self == RecordTable.Link(sequence: 0, hash: .beginning) }
}

extension RecordTable.Line {
    fileprivate func isNext(after last: RecordTable.Link) -> Bool {
        link.sequence == last.sequence + 1 && ownSequence == link.sequence && fits(last.hash)
    }

    /// Whether it was written after the entry with this hash.
    fileprivate func fits(_ hash: RecordHash) -> Bool { link.hash == hash.following(text) }
}

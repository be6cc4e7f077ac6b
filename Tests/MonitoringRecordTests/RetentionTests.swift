import MonitoringRecord
import Testing

/// Removing what is too old.
@Suite(.timeLimit(.minutes(1))) struct RetentionTests {
    private static let start = RecordScene.start

    @Test func `old entries go, and what is left is intact and says so`() async throws {
        let scene = try await RecordScene.ofTen()
        let kept = try await scene.record.head().hash
        #expect(try await scene.record.removeEntries(before: Self.start + 3000, author: "retention") == 3)
        let head = try await scene.record.head()
        #expect(try await scene.record.verify(head: kept) == .intact(first: 4, last: 11, head: head.hash))
        let entry = try #require(try await scene.record.entries(RecordQuery(limit: 1)).first)
        #expect(entry.event == .entriesRemoved)
        #expect(entry.fields[.count] == "3" && entry.fields[.removedThrough] == "3")
        #expect(entry.fields[.author] == "retention")
    }

    @Test func `what is not old enough stays, and nothing is written`() async throws {
        let scene = try await RecordScene.ofTen()
        #expect(try await scene.record.removeEntries(before: Self.start, author: "retention") == 0)
        #expect(try await scene.record.head().sequence == 10)
    }

    @Test func `the entry that told of an earlier removal may go too`() async throws {
        let scene = try await RecordScene.ofTen()
        for round in 1...3 {
            scene.advance(by: 10_000)
            try await scene.record.removeEntries(before: Self.start + Int64(round + 1) * 10_000, author: "retention")
            let head = try await scene.record.head()
            #expect(
                try await scene.record.verify() == .intact(first: head.sequence, last: head.sequence, head: head.hash)
            )
        }
    }

    @Test func `even everything up to now is removed once`() async throws {
        let scene = try await RecordScene.ofTen()
        #expect(try await scene.record.removeEntries(before: .max, author: "retention") == 10)
        #expect(try await scene.record.head().sequence == 11)
    }

    @Test func `many are removed some at a time, while others append and verify`() async throws {
        let scene = try RecordScene()
        try await scene.record.append(Array(repeating: RecordDraft(.waiting), count: 3500))
        scene.advance(by: 1000)
        let other = try RecordScene.open(scene.path, scene.clock)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                let count = try await scene.record.removeEntries(before: Self.start + 1, author: "retention")
                #expect(count == 3500)
            }
            group.addTask {
                for _ in 1...20 {
                    try await other.append([RecordDraft(.signedIn)])
                    guard case .intact = try await other.verify() else {
                        Issue.record("what another one removes is no fault")
                        return
                    }
                }
            }
            try await group.waitForAll()
        }
        let head = try await scene.record.head()
        #expect(try await other.verify() == .intact(first: 3501, last: head.sequence, head: head.hash))
        var removals = RecordQuery()
        removals.events = [.entriesRemoved]
        #expect(try await other.entries(removals).map { $0.fields[.count] } == ["500", "1000", "1000", "1000"])
    }

    @Test(arguments: [
        ("UPDATE record_beginning SET hash = randomblob(32)", 4, RecordFault.beginningRemoved),
        ("UPDATE record_beginning SET sequence = 2", 3, .beginningRemoved),
        ("UPDATE record_beginning SET sequence = 0, hash = zeroblob(32)", 1, .missing),
        // Some more cut off.
        (
            """
            UPDATE record_beginning SET sequence = 5, hash = (SELECT hash FROM record WHERE sequence = 5);
            DELETE FROM record WHERE sequence <= 5
            """, 6, .beginningRemoved
        ),
        // The entry that told of it.
        ("DELETE FROM record WHERE event = 'entries_removed'", 4, .beginningRemoved),
        (
            """
            UPDATE record SET entry = replace(entry, '"removed_through":"3"', '"removed_through":"2"')
                WHERE event = 'entries_removed'
            """, 11, .changed
        ),
        // Another entry in the place of one that was removed.
        (
            "INSERT INTO record (sequence, entry, hash) SELECT 2, entry, hash FROM record WHERE sequence = 4", 2,
            .inserted
        ),
    ])
    func `nobody cuts off the beginning in the name of age`(sql: String, sequence: Int, fault: RecordFault) async throws
    {
        let scene = try await RecordScene.ofTen()
        try await scene.record.removeEntries(before: Self.start + 3000, author: "retention")
        try scene.tamper(sql)
        #expect(try await scene.record.verify() == .broken(at: sequence, fault))
    }

    @Test func `of what was removed, only the last hash is still known`() async throws {
        let scene = try RecordScene()
        var kept: [RecordHash] = []
        for _ in 1...4 {
            try await scene.record.append([RecordDraft(.waiting)])
            kept.append(try await scene.record.head().hash)
            scene.advance(by: 1000)
        }
        try await scene.record.removeEntries(before: Self.start + 2000, author: "retention")
        let head = try await scene.record.head().hash
        #expect(try await scene.record.verify(head: kept[0]) == .broken(at: 6, .headMissing))
        #expect(try await scene.record.verify(head: kept[1]) == .intact(first: 3, last: 5, head: head))
    }
}

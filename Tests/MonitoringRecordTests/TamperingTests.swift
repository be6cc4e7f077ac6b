import MonitoringRecord
import Testing

/// Whatever was done to the record is found.
@Suite(.timeLimit(.minutes(1))) struct TamperingTests {
    struct Tampering: CustomTestStringConvertible {
        let name: String
        let sql: String
        let sequence: Int
        let fault: RecordFault

        init(_ name: String, _ sequence: Int, _ fault: RecordFault, _ sql: String) {
            self.name = name
            self.sql = sql
            self.sequence = sequence
            self.fault = fault
        }

        var testDescription: String { name }
    }

    /// Makes place for new entries, without touching any text.
    private static func movingDown(after sequence: Int, by count: Int) -> String {
        """
        UPDATE record SET sequence = -(sequence + \(count)) WHERE sequence > \(sequence);
        UPDATE record SET sequence = -sequence WHERE sequence < 0;
        """
    }

    /// Puts in a copy of another entry, with its own new number in the text.
    private static func putting(_ sequence: Int, like other: Int) -> String {
        """
        INSERT INTO record (sequence, entry, hash)
            SELECT \(sequence), replace(entry, '"sequence":\(other)', '"sequence":\(sequence)'), randomblob(32)
            FROM record WHERE sequence = \(other);
        """
    }

    private static let tamperings = [
        Tampering(
            "a text was changed",
            4,
            .changed,
            "UPDATE record SET entry = replace(entry, 'listen', 'barge') WHERE sequence = 4"
        ),
        Tampering("the first text was changed", 1, .changed, "UPDATE record SET entry = '{}' WHERE sequence = 1"),
        Tampering("the last text was changed", 10, .changed, "UPDATE record SET entry = '{}' WHERE sequence = 10"),
        Tampering(
            "a space was put into a text",
            4,
            .changed,
            "UPDATE record SET entry = entry || ' ' WHERE sequence = 4"
        ),
        Tampering("a hash was changed", 4, .changed, "UPDATE record SET hash = randomblob(32) WHERE sequence = 4"),
        Tampering("a hash was cut off", 4, .changed, "UPDATE record SET hash = x'' WHERE sequence = 4"),
        Tampering("the first was removed", 1, .missing, "DELETE FROM record WHERE sequence = 1"),
        Tampering("some were removed", 5, .missing, "DELETE FROM record WHERE sequence BETWEEN 5 AND 7"),
        Tampering(
            "one was removed, and the later ones took its place",
            5,
            .moved,
            "DELETE FROM record WHERE sequence = 5;" + movingDown(after: 5, by: -1)
        ),
        Tampering(
            "two changed places",
            3,
            .moved,
            """
            UPDATE record SET sequence = 100 WHERE sequence = 3;
            UPDATE record SET sequence = 3 WHERE sequence = 7;
            UPDATE record SET sequence = 7 WHERE sequence = 100
            """
        ),
        Tampering(
            "two changed places, with their numbers in the texts",
            3,
            .changed,
            """
            UPDATE record SET sequence = 100 WHERE sequence = 3;
            UPDATE record SET sequence = 3, entry = replace(entry, '"sequence":4', '"sequence":3') WHERE sequence = 4;
            UPDATE record SET sequence = 4, entry = replace(entry, '"sequence":3', '"sequence":4') WHERE sequence = 100
            """
        ),
        Tampering("one was put in", 6, .inserted, movingDown(after: 5, by: 1) + putting(6, like: 5)),
        Tampering("one was put in first", 1, .inserted, movingDown(after: 0, by: 1) + putting(1, like: 2)),
        Tampering(
            "two were put in",
            6,
            .inserted,
            movingDown(after: 5, by: 2) + putting(6, like: 5) + putting(7, like: 5)
        ),
        Tampering(
            "one was copied",
            6,
            .moved,
            movingDown(after: 5, by: 1)
                + "INSERT INTO record (sequence, entry, hash) SELECT 6, entry, hash FROM record WHERE sequence = 5"
        ),
        Tampering("one was put in at the end", 11, .changed, putting(11, like: 5)),
        Tampering("one was put in far after the end", 11, .missing, putting(15, like: 5)),
        Tampering("one was put in before the beginning", 0, .inserted, putting(0, like: 5)),
        Tampering(
            "the beginning was cut off, as if it had been too old",
            4,
            .beginningRemoved,
            """
            UPDATE record_beginning SET sequence = 3, hash = (SELECT hash FROM record WHERE sequence = 3);
            DELETE FROM record WHERE sequence <= 3
            """
        ),
        Tampering(
            "everything was removed, as if it had been too old",
            11,
            .beginningRemoved,
            """
            UPDATE record_beginning SET sequence = 10, hash = (SELECT hash FROM record WHERE sequence = 10);
            DELETE FROM record
            """
        ),
    ]

    @Test(arguments: tamperings)
    func `the first entry that is not as it was written is named`(tampering: Tampering) async throws {
        let scene = try await RecordScene.ofTen()
        try scene.tamper(tampering.sql)
        #expect(try await scene.record.verify() == .broken(at: tampering.sequence, tampering.fault))
    }

    @Test func `an entry that was changed together with its hash is found at the next one`() async throws {
        let scene = try await RecordScene.ofTen()
        // Somebody with our code makes the fourth entry anew, and puts it into the file.
        let other = try await RecordScene.ofTen { $0 == 4 ? "barge" : "listen" }
        try other.tamper("DELETE FROM record WHERE sequence > 4")
        let forged = try #require(try await other.record.entries(RecordQuery(limit: 1)).first)
        let hash = try await other.record.head().hash
        try scene.tamper("UPDATE record SET entry = '\(forged.text)', hash = x'\(hash)' WHERE sequence = 4")
        #expect(try await scene.record.verify() == .broken(at: 5, .changed))
    }

    @Test func `a text that was made unreadable past SQLite is found`() async throws {
        let scene = try await RecordScene.ofTen()
        try scene.patch(#""sequence":4,"#, to: #""sequence":4;"#)
        #expect(try await RecordScene.open(scene.path).verify() == .broken(at: 4, .changed))
    }

    @Test func `a record that was cut short is found by a hash that was kept`() async throws {
        let scene = try await RecordScene.ofTen()
        let kept = try await scene.record.head().hash
        try scene.tamper("DELETE FROM record WHERE sequence > 7")
        let short = try await scene.record.head().hash
        #expect(try await scene.record.verify() == .intact(first: 1, last: 7, head: short))
        #expect(try await scene.record.verify(head: kept) == .broken(at: 8, .headMissing))
        try scene.tamper("DELETE FROM record")
        #expect(try await scene.record.verify(head: kept) == .broken(at: 1, .headMissing))
    }

    @Test func `a record that was written anew from some entry on is found by a hash that was kept`() async throws {
        let honest = try await RecordScene.ofTen()
        let anew = try await RecordScene.ofTen { $0 >= 4 ? "barge" : "listen" }
        let head = try await anew.record.head().hash
        #expect(try await anew.record.verify() == .intact(first: 1, last: 10, head: head), "it looks right by itself")
        let kept = try await honest.record.head().hash
        #expect(try await anew.record.verify(head: kept) == .broken(at: 11, .headMissing))
        // A hash proves what was written before it, and no more.
        try honest.tamper("DELETE FROM record WHERE sequence > 3")
        let third = try await honest.record.head().hash
        #expect(try await anew.record.verify(head: third) == .intact(first: 1, last: 10, head: head))
    }
}

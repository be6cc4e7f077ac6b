import Foundation
import GRDB
import Locking
import MonitoringRecord
import Storage
import Testing

/// The chain: what was changed later is found.
@Suite struct ChainTests {
    @Test func `a record that nobody has touched is intact`() async throws {
        let scene = try await RecordScene.ofTen()
        let head = try await scene.record.head()
        #expect(try await scene.record.verify() == .intact(first: 1, last: 10, head: head.hash))
        #expect(try await scene.record.verify(head: head.hash) == .intact(first: 1, last: 10, head: head.hash))
        let empty = try RecordScene()
        #expect(try await empty.record.verify() == .intact(first: 1, last: 0, head: empty.record.head().hash))
    }

    @Test(arguments: [
        ("UPDATE record SET entry = replace(entry, 'listen', 'barge') WHERE sequence = 4", 4, RecordFault.changed),
        ("UPDATE record SET hash = randomblob(32) WHERE sequence = 4", 4, .changed),
        ("UPDATE record SET entry = '{}' WHERE sequence = 1", 1, .unreadable),
        ("DELETE FROM record WHERE sequence = 1", 1, .missing),
        ("DELETE FROM record WHERE sequence BETWEEN 5 AND 7", 5, .missing),
        // Removed, and the later ones moved up.
        (
            """
            DELETE FROM record WHERE sequence = 5;
            UPDATE record SET sequence = -(sequence - 1) WHERE sequence > 5;
            UPDATE record SET sequence = -sequence WHERE sequence < 0
            """, 5, .moved
        ),
        // Two that have changed places, in the texts too.
        (
            """
            UPDATE record SET sequence = 100 WHERE sequence = 3;
            UPDATE record SET sequence = 3, entry = replace(entry, '"sequence":4', '"sequence":3') WHERE sequence = 4;
            UPDATE record SET sequence = 4, entry = replace(entry, '"sequence":3', '"sequence":4') WHERE sequence = 100
            """, 3, .changed
        ),
        // One put between others.
        (
            """
            UPDATE record SET sequence = -(sequence + 1) WHERE sequence > 5;
            UPDATE record SET sequence = -sequence WHERE sequence < 0;
            INSERT INTO record (sequence, entry, hash) SELECT 6, replace(entry, '"sequence":5', '"sequence":6'), hash
                FROM record WHERE sequence = 5
            """, 6, .changed
        ),
        // The beginning cut off, as if it had been too old.
        (
            """
            UPDATE record_beginning SET sequence = 3, hash = (SELECT hash FROM record WHERE sequence = 3);
            DELETE FROM record WHERE sequence <= 3
            """, 4, .beginningRemoved
        ),
    ])
    func `the first entry that is not as it was written is named`(
        sql: String,
        sequence: Int,
        fault: RecordFault
    ) async throws {
        let scene = try await RecordScene.ofTen()
        try scene.tamper(sql)
        #expect(try await scene.record.verify() == .broken(at: sequence, fault))
    }

    @Test func `a record that was cut short is found by a hash that was kept`() async throws {
        let scene = try await RecordScene.ofTen()
        let kept = try await scene.record.head().hash
        try scene.tamper("DELETE FROM record WHERE sequence > 7")
        let short = try await scene.record.head().hash
        #expect(try await scene.record.verify() == .intact(first: 1, last: 7, head: short))
        #expect(try await scene.record.verify(head: kept) == .broken(at: 8, .headMissing))
    }

    @Test func `a record that was written anew from the first entry is found by a hash that was kept`() async throws {
        let scene = try await RecordScene.ofTen()
        let kept = try await scene.record.head().hash
        let anew = try RecordScene()
        for number in 1...10 {
            try await anew.record.append([RecordDraft(.sessionStarted, [.session: "s-\(number)", .supervisor: "999"])])
        }
        guard case .intact = try await anew.record.verify() else {
            Issue.record("it should look right by itself")
            return
        }
        #expect(try await anew.record.verify(head: kept) == .broken(at: 11, .headMissing))
    }

    @Test(arguments: [
        "UPDATE record SET entry = '{}' WHERE sequence = 1", "DELETE FROM record WHERE sequence = 10",
        "INSERT INTO record (sequence, entry, hash) VALUES (99, '{}', x'00')",
        "INSERT INTO record (sequence, entry, hash) VALUES (0, '{}', x'00')",
        "UPDATE record_beginning SET sequence = -1",
    ])
    func `SQLite refuses everything but appending`(sql: String) async throws {
        let scene = try await RecordScene.ofTen()
        #expect(throws: DatabaseError.self) { try DatabaseQueue(path: scene.path).write { try $0.execute(sql: sql) } }
    }

    @Test func `time never goes back, whatever the machine's clock does`() async throws {
        let scene = try RecordScene()
        for time in [5000, 3000, 4000, 6000] as [Int64] {
            scene.clock.withLock { $0 = time }
            try await scene.record.append([RecordDraft(.waiting)])
        }
        let times = try await scene.record.entries(RecordQuery()).map(\.time)
        #expect(times == [6000, 5000, 5000, 5000])
    }

    @Test func `two processes write one chain`() async throws {
        let scene = try RecordScene()
        let other = try RecordScene.open(scene.path, scene.clock)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for record in [scene.record, other] {
                group.addTask { for _ in 1...50 { try await record.append([RecordDraft(.waiting)]) } }
            }
            try await group.waitForAll()
        }
        let head = try await scene.record.head()
        #expect(try await other.verify() == .intact(first: 1, last: 100, head: head.hash))
    }

    @Test func `all entries of one step are there or none`() async throws {
        let scene = try RecordScene()
        await #expect(throws: CancellationError.self) {
            try await Storage(path: scene.path, migrations: RecordStore.migrations).write { database in
                try scene.record.append(RecordDraft(.waiting), in: database)
                throw CancellationError()
            }
        }
        #expect(try await scene.record.entries(RecordQuery()).isEmpty)
    }

    /// What an outsider would run: the program of the README, with Python's own libraries.
    @Test func `Python comes to the same result`() async throws {
        let scene = try await RecordScene.ofTen()
        try await scene.record.append([
            RecordDraft(.userChanged, [.change: "\"\\\u{8}\u{C}\n\r\t\u{1}\u{1F} Ș😀", .author: "command-line:root"])
        ])
        let readme = try String(
            contentsOf: URL(fileURLWithPath: #filePath).deletingLastPathComponent()
                .appending(path: "../../Sources/MonitoringRecord/README.md"),
            encoding: .utf8
        )
        let program = try #require(readme.split(separator: "```python\n").last?.split(separator: "```").first)
        func verify() throws -> (status: Int32, text: String) {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            process.arguments = ["python3", "-c", String(program), scene.path]
            let output = Pipe()
            process.standardOutput = output
            process.standardError = output
            try process.run()
            let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            process.waitUntilExit()
            return (process.terminationStatus, text)
        }
        let head = try await scene.record.head()
        #expect(try verify() == (0, "11 \(head.hash)\n"))
        try scene.tamper("UPDATE record SET entry = replace(entry, 'listen', 'barge') WHERE sequence = 4")
        #expect(try verify() == (1, "entry 4 is not as it was written\n"))
    }
}

/// Removing what is too old.
@Suite struct RetentionTests {
    @Test func `old entries go, and what is left is intact and says so`() async throws {
        let scene = try await RecordScene.ofTen()
        let start = scene.clock.withLock(\.self) - 10_000
        let kept = try await scene.record.head().hash
        #expect(try await scene.record.removeEntries(before: start + 3000, author: "retention") == 3)
        let head = try await scene.record.head()
        #expect(try await scene.record.verify(head: kept) == .intact(first: 4, last: 11, head: head.hash))
        let entry = try #require(try await scene.record.entries(RecordQuery(limit: 1)).first)
        #expect(entry.event == .entriesRemoved && entry.fields[.count] == "3" && entry.fields[.author] == "retention")
        #expect(try await scene.record.removeEntries(before: start + 3000, author: "retention") == 0)
        // Once more, and everything.
        #expect(try await scene.record.removeEntries(before: start + 5000, author: "retention") == 2)
        scene.clock.withLock { $0 += 10_000 }
        try await scene.record.removeEntries(before: scene.clock.withLock(\.self), author: "retention")
        let last = try await scene.record.head()
        #expect(try await scene.record.verify() == .intact(first: last.sequence, last: last.sequence, head: last.hash))
    }

    @Test(arguments: [
        ("UPDATE record_beginning SET hash = randomblob(32)", 4, RecordFault.changed),
        ("UPDATE record_beginning SET sequence = 2", 3, .missing),
        ("DELETE FROM record WHERE event = 'entries_removed'", 4, .beginningRemoved),
    ])
    func `nobody cuts off the beginning in the name of age`(sql: String, sequence: Int, fault: RecordFault) async throws
    {
        let scene = try await RecordScene.ofTen()
        try await scene.record.removeEntries(before: scene.clock.withLock(\.self) - 7000, author: "retention")
        try scene.tamper(sql)
        #expect(try await scene.record.verify() == .broken(at: sequence, fault))
    }
}

/// Looking for entries.
@Suite struct QueryTests {
    @Test func `entries are found by each of their fields, the newest first, page by page`() async throws {
        let scene = try RecordScene()
        let start = scene.clock.withLock(\.self)
        try await scene.record.append([
            RecordDraft(.sessionStarted, [.session: "a", .supervisor: "305", .target: "101"]),
            RecordDraft(.refused, [.session: "b", .supervisor: "306", .target: "101", .result: "no_permission"]),
        ])
        scene.clock.withLock { $0 += 1000 }
        try await scene.record.append([
            RecordDraft(.sessionEnded, [.session: "a", .supervisor: "305", .target: "101", .result: "target_hung_up"]),
            RecordDraft(.userAdded, [.subject: "203", .author: "account:maria"]),
        ])
        func found(_ change: (inout RecordQuery) -> Void) async throws -> [Int] {
            var query = RecordQuery()
            change(&query)
            return try await scene.record.entries(query).map(\.sequence)
        }
        #expect(try await found { _ in } == [4, 3, 2, 1])
        #expect(try await found { $0.supervisor = "305" } == [3, 1])
        #expect(try await found { $0.target = "101" } == [3, 2, 1])
        #expect(try await found { $0.session = "a" } == [3, 1])
        #expect(try await found { $0.result = "no_permission" } == [2])
        #expect(try await found { $0.events = [.sessionStarted, .userAdded] } == [4, 1])
        #expect(try await found { $0.events = [] } == [])
        #expect(try await found { $0.from = start + 1 } == [4, 3])
        #expect(try await found { $0.until = start + 1 } == [2, 1])
        #expect(try await found { ($0.limit, $0.before) = (2, 4) } == [3, 2])
    }

    @Test func `an export is CSV without formulas`() async throws {
        let scene = try RecordScene()
        try await scene.record.append([
            RecordDraft(.userAdded, [.subject: "=1+1", .change: "name: \"A\", B", .author: "account:maria"])
        ])
        var text = ""
        try await scene.record.export(RecordQuery()) { text += $0 }
        let lines = text.split(separator: "\r\n")
        #expect(lines.count == 2)
        #expect(lines[0].hasPrefix("sequence,time,origin,event,session,supervisor"))
        #expect(lines[1].hasPrefix("1,2026-11-26T"))
        #expect(lines[1].contains("'=1+1,\"name: \"\"A\"\", B\""))
    }
}

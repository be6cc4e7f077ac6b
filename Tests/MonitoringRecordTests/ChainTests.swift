import Foundation
import GRDB
import Locking
import MonitoringRecord
import Storage
import Testing

/// Appending to the chain.
@Suite(.timeLimit(.minutes(1))) struct ChainTests {
    @Test func `a record that nobody has touched is intact`() async throws {
        let scene = try await RecordScene.ofTen()
        let head = try await scene.record.head()
        #expect(head.sequence == 10)
        #expect(try await scene.record.verify() == .intact(first: 1, last: 10, head: head.hash))
        #expect(try await scene.record.verify(head: head.hash) == .intact(first: 1, last: 10, head: head.hash))
    }

    @Test func `an empty record is intact`() async throws {
        let scene = try RecordScene()
        let nothing = try #require(RecordHash(String(repeating: "0", count: 64)))
        #expect(try await scene.record.verify() == .intact(first: 1, last: 0, head: nothing))
    }

    @Test func `what is appended comes back as it was written`() async throws {
        let scene = try RecordScene()
        let drafts = [RecordDraft(.refused, [.supervisor: "305", .target: nil, .result: ""]), RecordDraft(.signedOut)]
        let entries = try await scene.record.append(drafts)
        #expect(
            entries == [
                RecordEntry(
                    sequence: 1,
                    time: RecordScene.start,
                    origin: "earshot-test",
                    event: .refused,
                    fields: [.supervisor: "305"]
                ),
                RecordEntry(
                    sequence: 2,
                    time: RecordScene.start,
                    origin: "earshot-test",
                    event: .signedOut,
                    fields: [:]
                ),
            ]
        )
        #expect(try await scene.record.entries(RecordQuery()) == entries.reversed())
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

    @Test func `an entry is there with the change that it tells of, or neither is`() async throws {
        let scene = try RecordScene()
        let storage = try Storage(path: scene.path, migrations: RecordStore.migrations)
        await #expect(throws: CancellationError.self) {
            try await storage.write { database in
                try scene.record.append(RecordDraft(.userChanged), in: database)
                throw CancellationError()
            }
        }
        #expect(try await scene.record.entries(RecordQuery()).isEmpty)
        try await storage.write { database in
            try scene.record.append(RecordDraft(.userChanged), in: database)
            try scene.record.append(RecordDraft(.userRemoved), in: database)
        }
        #expect(try await scene.record.entries(RecordQuery()).map(\.event) == [.userRemoved, .userChanged])
    }

    @Test(arguments: [
        "UPDATE record SET entry = '{}' WHERE sequence = 1",
        "UPDATE OR REPLACE record SET sequence = 2 WHERE sequence = 1",
        "DELETE FROM record WHERE sequence = 1",
        "DELETE FROM record WHERE sequence = 10",
        "INSERT INTO record (sequence, entry, hash) VALUES (99, '{}', x'00')",
        "INSERT INTO record (sequence, entry, hash) VALUES (0, '{}', x'00')",
        "INSERT OR REPLACE INTO record (sequence, entry, hash) VALUES (4, '{}', x'00')",
        "UPDATE record_beginning SET sequence = -1",
        "UPDATE record_beginning SET sequence = 3, hash = (SELECT hash FROM record WHERE sequence = 3)",
        "DELETE FROM record_beginning",
        "INSERT OR REPLACE INTO record_beginning VALUES (1, 3, x'00')",
    ])
    func `SQLite refuses everything but appending`(sql: String) async throws {
        let scene = try await RecordScene.ofTen()
        let error = #expect(throws: DatabaseError.self) {
            try DatabaseQueue(path: scene.path).write { try $0.execute(sql: sql) }
        }
        #expect(error?.message == "the record is append only")
    }

    /// What an outsider would run: the program of the README, with Python's own libraries.
    @Test func `Python comes to the same result`() async throws {
        let scene = try await RecordScene.ofTen()
        try await scene.record.append([
            RecordDraft(.userChanged, [.change: "\"\\/\u{8}\u{C}\n\r\t\u{0}\u{1}\u{1F}\u{7F}\u{2028} Ș😀"])
        ])
        let head = try await scene.record.head()
        #expect(try Self.runPython(scene.path) == (0, "11 \(head.hash)\n"))

        try await scene.record.removeEntries(before: RecordScene.start + 3000, author: "retention")
        let later = try await scene.record.head()
        #expect(try Self.runPython(scene.path) == (0, "12 \(later.hash)\n"))

        try scene.tamper("UPDATE record SET entry = replace(entry, 'listen', 'barge') WHERE sequence = 4")
        #expect(try Self.runPython(scene.path) == (1, "entry 4 is not as it was written\n"))
        try scene.tamper("DELETE FROM record WHERE sequence > 3")
        #expect(try Self.runPython(scene.path) == (1, "entries were removed from the beginning\n"))
    }

    private static func runPython(_ path: String) throws -> (status: Int32, text: String) {
        let readme = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appending(path: "../../Sources/MonitoringRecord/README.md")
        let text = try String(contentsOf: readme, encoding: .utf8)
        let program = try #require(text.split(separator: "```python\n").last?.split(separator: "```").first)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "-c", String(program), path]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let told = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, told)
    }
}

import GRDB
import Locking
import MonitoringRecord
import Storage
import Testing

/// Whether entries can be written, and whether they were.
@Suite(.timeLimit(.minutes(1))) struct WritingTests {
    @Test func `each write is told, and how it went`() async throws {
        let scene = try RecordScene()
        let told = LockedBox<[Bool]>([])
        let record = RecordStore(
            try Storage(path: scene.path, migrations: RecordStore.migrations),
            origin: "earshot-test",
            now: { RecordScene.start },
            written: { error in told.withLock { $0.append(error == nil) } }
        )
        try await record.append([RecordDraft(.serviceStarted)])
        #expect(told.withLock { $0 } == [true])
        try scene.tamper("DROP TABLE record")
        await #expect(throws: StorageError.self) { try await record.append([RecordDraft(.serviceStopped)]) }
        #expect(told.withLock { $0 } == [true, false])
    }

    @Test(arguments: [false, true])
    func `looking whether entries can be written changes nothing`(isThorough: Bool) async throws {
        let scene = try await RecordScene.ofTen()
        let head = try await scene.record.head()
        try await scene.record.checkWriting(isThorough: isThorough)
        #expect(try await scene.record.head().hash == head.hash)
        #expect(try await scene.record.verify() == .intact(first: 1, last: 10, head: head.hash))
    }

    @Test(arguments: [false, true])
    func `while somebody else keeps the file, entries cannot be written`(isThorough: Bool) async throws {
        let scene = try RecordScene()
        var configuration = Configuration()
        // It keeps the file from one access to the next.
        configuration.allowsUnsafeTransactions = true
        let other = try DatabaseQueue(path: scene.path, configuration: configuration)
        try await other.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
        let error = await #expect(throws: StorageError.self) {
            try await scene.record.checkWriting(isThorough: isThorough)
        }
        #expect(error?.code == .busy)
        try await other.writeWithoutTransaction { try $0.execute(sql: "ROLLBACK") }
        try await scene.record.checkWriting(isThorough: isThorough)
    }
}

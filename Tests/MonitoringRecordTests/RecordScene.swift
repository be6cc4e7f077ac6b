import Foundation
import GRDB
import Locking
import MonitoringRecord
import Storage

/// A record in a file of its own, with a clock that the test moves.
final class RecordScene: Sendable {
    let folder: URL
    let path: String
    let record: RecordStore
    /// Milliseconds since 1970.
    let clock: LockedBox<Int64>

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "earshot-record-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        path = folder.appending(path: "earshot.db").path
        let clock = LockedBox<Int64>(1_795_683_463_123)
        self.clock = clock
        record = try Self.open(path, clock)
    }

    static func open(_ path: String, _ clock: LockedBox<Int64>) throws -> RecordStore {
        RecordStore(
            try Storage(path: path, migrations: RecordStore.migrations),
            origin: "earshot-test",
            now: { clock.withLock(\.self) }
        )
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    /// A record of ten entries, the first of them a second after the other.
    static func ofTen() async throws -> RecordScene {
        let scene = try RecordScene()
        for number in 1...10 {
            try await scene.record.append([
                RecordDraft(
                    .sessionStarted,
                    [.session: "s-\(number)", .supervisor: "305", .target: "101", .mode: "listen"]
                )
            ])
            scene.clock.withLock { $0 += 1000 }
        }
        return scene
    }

    /// Changes the file as somebody would who wants to hide something, and knows how to get rid of the triggers.
    func tamper(_ sql: String) throws {
        try DatabaseQueue(path: path).write { database in
            let triggers = try String.fetchAll(
                database,
                sql: "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'record%'"
            )
            for trigger in triggers { try database.execute(sql: "DROP TRIGGER \(trigger)") }
            try database.execute(sql: sql)
        }
    }
}

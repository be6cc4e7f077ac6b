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

    /// What the clock shows at first: 2026-11-26T08:57:43.123Z.
    static let start: Int64 = 1_795_683_463_123

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "earshot-record-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        path = folder.appending(path: "earshot.db").path
        let clock = LockedBox<Int64>(Self.start)
        self.clock = clock
        record = try Self.open(path, clock)
    }

    /// Opens the file once more, as another process would.
    static func open(_ path: String, _ clock: LockedBox<Int64> = LockedBox(start)) throws -> RecordStore {
        RecordStore(
            try Storage(path: path, migrations: RecordStore.migrations),
            origin: "earshot-test",
            now: { clock.withLock(\.self) }
        )
    }

    func advance(by milliseconds: Int64) { clock.withLock { $0 += milliseconds } }

    deinit { try? FileManager.default.removeItem(at: folder) }

    /// A record of ten entries, a second between each and the next.
    ///
    /// - Parameter mode: of the session with this number.
    static func ofTen(mode: (Int) -> String = { _ in "listen" }) async throws -> RecordScene {
        let scene = try RecordScene()
        for number in 1...10 {
            try await scene.record.append([
                RecordDraft(
                    .sessionStarted,
                    [.session: "s-\(number)", .supervisor: "305", .target: "101", .mode: mode(number)]
                )
            ])
            scene.advance(by: 1000)
        }
        return scene
    }

    /// Changes the file as somebody would who wants to hide something, and knows how to get rid of triggers and indices.
    func tamper(_ sql: String) throws {
        try DatabaseQueue(path: path).write { database in
            let guards = try Row.fetchAll(
                database,
                sql: """
                    SELECT type, name FROM sqlite_master
                    WHERE type IN ('trigger', 'index') AND name LIKE 'record%' AND sql IS NOT NULL
                    """
            )
            for row in guards { try database.execute(sql: "DROP \(row["type"] as String) \(row["name"] as String)") }
            try database.execute(sql: sql)
        }
    }

    /// Changes the file itself, past SQLite, which lets no text into the table that is not JSON. Open it anew to see it.
    func patch(_ text: String, to other: String) throws {
        try DatabaseQueue(path: path).writeWithoutTransaction { _ = try $0.checkpoint(.truncate) }
        let file = URL(fileURLWithPath: path)
        var bytes = try Data(contentsOf: file)
        guard let range = bytes.firstRange(of: Data(text.utf8)) else { throw CocoaError(.fileReadCorruptFile) }
        bytes.replaceSubrange(range, with: Data(other.utf8))
        try bytes.write(to: file)
    }
}

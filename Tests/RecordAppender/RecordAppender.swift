import Foundation
import MonitoringRecord
import Storage

/// Appends to the record in a file, three entries at a time, and prints the number and hash of the last one as soon as they are
/// acknowledged: for tests that kill it, or let several write at once.
///
///     record-appender PATH [TIMES]
@main enum RecordAppender {
    static func main() async throws {
        let arguments = CommandLine.arguments
        let record = RecordStore(
            try Storage(path: arguments[1], migrations: RecordStore.migrations),
            origin: "appender-\(ProcessInfo.processInfo.processIdentifier)",
            now: { Int64(Date().timeIntervalSince1970 * 1000) }
        )
        for _ in 0..<(arguments.count > 2 ? Int(arguments[2]) ?? 0 : .max) {
            try await record.append([
                RecordDraft(.sessionStarted, [.supervisor: "305", .target: "101", .mode: "listen"]),
                RecordDraft(.modeChanged, [.supervisor: "305", .target: "101", .mode: "whisper"]),
                RecordDraft(.sessionEnded, [.supervisor: "305", .target: "101", .result: "target_hung_up"]),
            ])
            // Whatever others have written since is acknowledged too.
            let head = try await record.head()
            // At once, unlike `print`, which waits for more when nobody is looking.
            try FileHandle.standardOutput.write(contentsOf: Data("\(head.sequence) \(head.hash)\n".utf8))
        }
    }
}

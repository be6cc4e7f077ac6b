import Foundation
import Glibc

/// Keeps other processes from opening Earshot's file until it is released.
///
/// It is a lock (`flock(2)`) on the folder: one on the file itself would take SQLite's own locks along when it is closed (SQLite,
/// "How To Corrupt An SQLite Database File", 2.2).
struct FolderLock {
    private let folder: FileHandle?

    /// How often it is asked for, ten milliseconds apart.
    private static let attempts = 500

    /// Waits for whoever has it, but not for ever: anybody who can read the folder can have it. A folder that cannot be locked is not
    /// locked.
    init(ofFile path: String) {
        folder = FileHandle(forReadingAtPath: URL(fileURLWithPath: path).deletingLastPathComponent().path)
        guard let folder else { return }
        for _ in 0..<Self.attempts {
            if flock(folder.fileDescriptor, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK { return }
            usleep(10_000)
        }
    }

    func release() { try? folder?.close() }
}

import Foundation
import Glibc

/// Keeps other processes from opening Earshot's file until it is released.
///
/// It is a lock (`flock(2)`) on the folder: one on the file itself would take SQLite's own locks along when it is closed (SQLite,
/// "How To Corrupt An SQLite Database File", 2.2).
struct FolderLock {
    private let folder: FileHandle?

    /// Waits for whoever has it. A folder that cannot be locked is not locked.
    init(ofFile path: String) {
        folder = FileHandle(forReadingAtPath: URL(fileURLWithPath: path).deletingLastPathComponent().path)
        guard let folder else { return }
        while flock(folder.fileDescriptor, LOCK_EX) != 0, errno == EINTR {}
    }

    func release() { try? folder?.close() }
}

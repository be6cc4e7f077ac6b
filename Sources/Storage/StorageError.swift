import GRDB

/// Why Earshot's file could not be read or written.
package struct StorageError: Error, Sendable, CustomStringConvertible {
    package enum Code: String, Sendable {
        case cannotOpen = "cannot_open"
        case tooNew = "too_new"
        /// Not a file of Earshot's, or one that has been damaged.
        case damaged
        /// Another process has been writing for too long.
        case busy
        case full
        case readOnly = "read_only"
        case failed
    }

    package let code: Code
    package let path: String
    /// What happened, and what to do.
    package let reason: String

    package init(_ code: Code, path: String, reason: String) {
        self.code = code
        self.path = path
        self.reason = reason
    }

    /// Whether it may be over by itself, or without a change of the configuration.
    package var mayPass: Bool {
        switch code {
        case .busy, .full, .readOnly, .failed: true
        case .cannotOpen, .tooNew, .damaged: false
        }
    }

    init(_ error: any Error, path: String) {
        switch error {
        case let error as StorageError: self = error
        case let error as DatabaseError: self.init(error, path: path)
        default: self.init(.failed, path: path, reason: "\(error)")
        }
    }

    init(_ error: DatabaseError, path: String) {
        let told = error.message.map { " (\($0))" } ?? ""
        switch error.resultCode {
        case .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_AUTH:
            self.init(.cannotOpen, path: path, reason: "cannot be opened; may this user read and write it?\(told)")
        case .SQLITE_NOTADB, .SQLITE_CORRUPT:
            self.init(.damaged, path: path, reason: "is damaged or no file of Earshot's; restore a backup\(told)")
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            self.init(.busy, path: path, reason: "is being written by somebody else for too long\(told)")
        case .SQLITE_FULL: self.init(.full, path: path, reason: "cannot grow; the disk is full\(told)")
        case .SQLITE_READONLY:
            self.init(.readOnly, path: path, reason: "cannot be written by this user, or on this disk\(told)")
        default: self.init(.failed, path: path, reason: "failed\(told)")
        }
    }

    package var description: String { "\(path) \(reason)" }
}

package import Storage

extension Directory {
    /// What the file needs for users and accounts.
    package static let migrations: [StorageMigration] = [UserTable.migration, AccountTable.migration]

    package func account(_ name: AccountName) async throws -> Account? {
        try await storage.read { try AccountTable.account(name, $0) }
    }

    package func accounts() async throws -> [Account] {
        try await storage.read { try AccountTable.accounts($0) }
    }

    /// - Throws: ``DirectoryError/accountExists(_:)``, `StorageError`.
    package func add(_ account: Account, by author: Author) async throws {
        try await storage.write { database in
            guard try AccountTable.account(account.name, database) == nil else {
                throw DirectoryError.accountExists(account.name.rawValue)
            }
            var next = account
            next.version = 1
            try AccountTable.save(next, database)
            try journal?.append(.accountAdded(next), by: author, in: database)
        }
    }

    /// Stores a changed account: every session that was signed in before has ended.
    ///
    /// - Parameter account: with the version that was seen.
    /// - Throws: ``DirectoryError``, `StorageError`.
    package func change(_ account: Account, by author: Author) async throws {
        try await storage.write { database in
            guard let stored = try AccountTable.account(account.name, database) else {
                throw DirectoryError.unknownAccount(account.name.rawValue)
            }
            guard stored.version == account.version else {
                throw DirectoryError.accountChangedMeanwhile(account.name.rawValue)
            }
            var next = account
            next.version += 1
            try AccountTable.save(next, database)
            try journal?.append(.accountChanged(from: stored, to: next), by: author, in: database)
        }
    }

    /// - Throws: ``DirectoryError/unknownAccount(_:)``, `StorageError`.
    package func removeAccount(_ name: AccountName, by author: Author) async throws {
        try await storage.write { database in
            guard let stored = try AccountTable.account(name, database) else {
                throw DirectoryError.unknownAccount(name.rawValue)
            }
            try AccountTable.remove(name, database)
            try journal?.append(.accountRemoved(stored), by: author, in: database)
        }
    }
}

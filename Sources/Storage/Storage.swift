import FoundationEssentials
package import GRDB

/// Earshot's one file: SQLite in WAL mode, which several processes may have open at the same time.
///
/// What is written is on the disk when ``write(_:)`` returns (`PRAGMA synchronous = FULL`): neither the end of the process nor of
/// the machine takes it back.
package struct Storage: Sendable {
    package let path: String
    private let pool: DatabasePool

    /// How long one process waits for another one's write, before it gives up with ``StorageError/Code/busy``: in seconds.
    private static let longestWait = 2.0

    /// Opens the file, makes it if there is none (readable for its owner alone), and brings its tables up to date.
    ///
    /// - Throws: ``StorageError``.
    package init(path: String, migrations: [StorageMigration]) throws {
        self.path = path
        try Self.make(path)
        var configuration = Configuration()
        configuration.busyMode = .timeout(Self.longestWait)
        configuration.prepareDatabase { database in
            database.add(function: .folded)
            if !database.configuration.readonly { try database.execute(sql: "PRAGMA synchronous = FULL") }
        }
        do {
            // SQLite gives up with SQLITE_PROTOCOL when several processes bring a new file into WAL mode at the same moment.
            let folder = FolderLock(ofFile: path)
            defer { folder.release() }
            pool = try DatabasePool(path: path, configuration: configuration)
            try Self.migrate(pool, migrations, path)
        } catch {
            throw StorageError(error, path: path)
        }
    }

    /// SQLite gives its other two files the rights of this one.
    private static func make(_ path: String) throws {
        let files = FileManager.default
        guard !files.fileExists(atPath: path) else { return }
        let isMade = files.createFile(atPath: path, contents: Data(), attributes: [.posixPermissions: 0o600])
        guard isMade else {
            throw StorageError(.cannotOpen, path: path, reason: "cannot be made; is its folder there and writable?")
        }
    }

    private static func migrate(_ pool: DatabasePool, _ migrations: [StorageMigration], _ path: String) throws {
        var migrator = DatabaseMigrator()
        for migration in migrations {
            migrator.registerMigration(migration.name) { try migration.migrate($0) }
        }
        if try pool.read({ try migrator.hasBeenSuperseded($0) }) {
            throw StorageError(.tooNew, path: path, reason: "was written by a newer Earshot; install that one again")
        }
        try migrator.migrate(pool)
    }

    /// - Throws: ``StorageError``, or what `body` throws.
    package func read<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
        do {
            return try await pool.read(body)
        } catch let error as DatabaseError {
            throw StorageError(error, path: path)
        }
    }

    /// Writes everything that `body` writes, or, if it throws, nothing.
    ///
    /// - Throws: ``StorageError``, or what `body` throws.
    package func write<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
        do {
            return try await pool.write(body)
        } catch let error as DatabaseError {
            throw StorageError(error, path: path)
        }
    }

    /// Calls `body` after each change that any process has made, until the task is cancelled. A file that cannot be read for a
    /// while has not changed.
    ///
    /// - Parameter interval: between two looks. One costs some microseconds.
    package func watch(
        every interval: Duration,
        clock: some Clock<Duration>,
        _ body: () async -> Void
    ) async {
        var known: Int?
        var watcher: DatabaseQueue?
        while !Task.isCancelled {
            // The number tells of the others' changes, seen from one connection (SQLite, `PRAGMA data_version`).
            if watcher == nil { watcher = try? Self.watcher(path) }
            let version = try? await watcher?.read { try Int.fetchOne($0, sql: "PRAGMA data_version") }
            if let version, version != known {
                // What was changed before the first look is looked at too.
                known = version
                await body()
            }
            guard (try? await clock.sleep(for: interval)) != nil else { return }
        }
    }

    private static func watcher(_ path: String) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.readonly = true
        return try DatabaseQueue(path: path, configuration: configuration)
    }

    /// Copies the file as it is at this moment into another one, while others go on working with it.
    ///
    /// - Throws: ``StorageError``.
    package func backUp(to destination: String) async throws {
        do {
            try Self.make(destination)
            let copy = try DatabaseQueue(path: destination)
            try pool.backup(to: copy)
            try copy.close()
        } catch {
            throw StorageError(error, path: destination)
        }
    }
}

/// One step by which tables come to be what they are now. It is done once for each file, in the order of the list.
package struct StorageMigration: Sendable {
    let name: String
    let migrate: @Sendable (Database) throws -> Void

    /// - Parameter name: never changed, and never used for anything else.
    package init(_ name: String, _ migrate: @escaping @Sendable (Database) throws -> Void) {
        self.name = name
        self.migrate = migrate
    }
}

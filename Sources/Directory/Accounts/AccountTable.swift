import GRDB
import Monitoring
import Storage

/// The table of accounts, in SQL.
enum AccountTable {
    static let migration = StorageMigration("accounts") { database in
        try database.execute(
            sql: """
                CREATE TABLE accounts (
                    name TEXT NOT NULL PRIMARY KEY,
                    role TEXT NOT NULL CHECK (role IN ('administrator', 'auditor', 'user')),
                    extension TEXT,
                    password TEXT NOT NULL,
                    version INTEGER NOT NULL
                ) STRICT;
                """
        )
    }

    static func account(_ name: AccountName, _ database: Database) throws -> Account? {
        let row = try Row.fetchOne(database, sql: "SELECT * FROM accounts WHERE name = ?", arguments: [name.rawValue])
        return try row.map(account)
    }

    static func accounts(_ database: Database) throws -> [Account] {
        try Row.fetchAll(database, sql: "SELECT * FROM accounts ORDER BY name").map(account)
    }

    static func save(_ account: Account, _ database: Database) throws {
        try database.execute(
            sql: """
                INSERT INTO accounts VALUES (?, ?, ?, ?, ?)
                ON CONFLICT (name) DO UPDATE SET role = excluded.role, extension = excluded.extension,
                    password = excluded.password, version = excluded.version
                """,
            arguments: [
                account.name.rawValue, account.role.rawValue, account.`extension`?.digits, account.password.text,
                account.version,
            ]
        )
    }

    static func remove(_ name: AccountName, _ database: Database) throws {
        try database.execute(sql: "DELETE FROM accounts WHERE name = ?", arguments: [name.rawValue])
    }

    private static func account(_ row: Row) throws -> Account {
        let name: String = row["name"]
        let role: String = row["role"]
        let owner: String? = row["extension"]
        guard let name = AccountName(name), let role = AccountRole(rawValue: role) else {
            throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "an account is not one of ours")
        }
        return Account(
            name,
            role: role,
            extension: owner.flatMap { try? Extension($0) },
            password: PasswordHash(stored: row["password"]),
            version: row["version"]
        )
    }
}

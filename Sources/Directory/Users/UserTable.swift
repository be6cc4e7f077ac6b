import GRDB
import Monitoring
import Storage

/// The tables of users, in SQL. Whatever stands in them that is no value of ours is an error: somebody else has written it.
enum UserTable {
    static let migration = StorageMigration("users") { database in
        try database.execute(
            sql: """
                CREATE TABLE users (
                    extension TEXT NOT NULL PRIMARY KEY,
                    name TEXT NOT NULL,
                    disable_spy INTEGER NOT NULL CHECK (disable_spy IN (0, 1)),
                    spy_permission TEXT NOT NULL
                        CHECK (spy_permission IN ('No permission', 'Listen', 'Whisper', 'Barge')),
                    spy_params TEXT NOT NULL,
                    may_monitor TEXT NOT NULL,
                    version INTEGER NOT NULL
                ) STRICT;

                CREATE TABLE user_endpoints (
                    endpoint TEXT NOT NULL PRIMARY KEY,
                    extension TEXT NOT NULL REFERENCES users ON DELETE CASCADE,
                    position INTEGER NOT NULL
                ) STRICT;
                CREATE INDEX user_endpoints_of_user ON user_endpoints (extension, position);

                CREATE TABLE user_groups (
                    extension TEXT NOT NULL REFERENCES users ON DELETE CASCADE,
                    name TEXT NOT NULL,
                    PRIMARY KEY (extension, name)
                ) STRICT;
                CREATE INDEX user_groups_by_name ON user_groups (name);

                -- Whose rights have changed, by whatever program: running sessions are decided about again.
                CREATE TABLE user_changes (
                    revision INTEGER PRIMARY KEY AUTOINCREMENT,
                    extension TEXT NOT NULL,
                    endpoint TEXT
                ) STRICT;
                CREATE TRIGGER user_added AFTER INSERT ON users BEGIN
                    INSERT INTO user_changes (extension) VALUES (NEW.extension);
                END;
                CREATE TRIGGER user_changed AFTER UPDATE ON users BEGIN
                    INSERT INTO user_changes (extension) VALUES (OLD.extension), (NEW.extension);
                END;
                CREATE TRIGGER user_removed AFTER DELETE ON users BEGIN
                    INSERT INTO user_changes (extension) VALUES (OLD.extension);
                END;
                CREATE TRIGGER endpoint_added AFTER INSERT ON user_endpoints BEGIN
                    INSERT INTO user_changes (extension, endpoint) VALUES (NEW.extension, NEW.endpoint);
                END;
                CREATE TRIGGER endpoint_changed AFTER UPDATE ON user_endpoints BEGIN
                    INSERT INTO user_changes (extension, endpoint)
                        VALUES (OLD.extension, OLD.endpoint), (NEW.extension, NEW.endpoint);
                END;
                CREATE TRIGGER endpoint_removed AFTER DELETE ON user_endpoints BEGIN
                    INSERT INTO user_changes (extension, endpoint) VALUES (OLD.extension, OLD.endpoint);
                END;
                CREATE TRIGGER group_added AFTER INSERT ON user_groups BEGIN
                    INSERT INTO user_changes (extension) VALUES (NEW.extension);
                END;
                CREATE TRIGGER group_removed AFTER DELETE ON user_groups BEGIN
                    INSERT INTO user_changes (extension) VALUES (OLD.extension);
                END;
                -- Nobody looks back further than a second.
                CREATE TRIGGER old_changes_removed AFTER INSERT ON user_changes BEGIN
                    DELETE FROM user_changes WHERE revision <= NEW.revision - 200000;
                END;
                """
        )
    }

    // MARK: - Reading

    static func user(_ extension: Extension, _ database: Database) throws -> User? {
        let row = try Row.fetchOne(
            database.cachedStatement(sql: "SELECT * FROM users WHERE extension = ?"),
            arguments: [`extension`.digits]
        )
        return try row.map { try user($0, database) }
    }

    static func users(_ text: String?, _ group: GroupName?, _ page: Range<Int>?, _ database: Database) throws -> [User]
    {
        let (condition, arguments) = condition(text, group)
        let order =
            "ORDER BY (extension GLOB '*[^0-9]*'), length(ltrim(extension, '0')), ltrim(extension, '0'), extension"
        let limit = page.map { " LIMIT \($0.count) OFFSET \($0.lowerBound)" } ?? ""
        let rows = try Row.fetchAll(
            database,
            sql: "SELECT * FROM users WHERE \(condition) \(order)\(limit)",
            arguments: arguments
        )
        return try rows.map { try user($0, database) }
    }

    static func extensions(_ database: Database) throws -> Set<Extension> {
        let all = try String.fetchAll(database, sql: "SELECT extension FROM users")
        return try Set(all.map { try value($0) { try? Extension($0) } })
    }

    static func count(_ text: String?, _ group: GroupName?, _ database: Database) throws -> Int {
        let (condition, arguments) = condition(text, group)
        return try Int.fetchOne(database, sql: "SELECT count(*) FROM users WHERE \(condition)", arguments: arguments)
            ?? 0
    }

    private static func condition(_ text: String?, _ group: GroupName?) -> (String, StatementArguments) {
        var conditions = ["1"]
        var arguments: [String] = []
        if let text, !text.isEmpty {
            conditions.append("(instr(folded(extension), ?) > 0 OR instr(folded(name), ?) > 0)")
            arguments += [text.folded, text.folded]
        }
        if let group {
            conditions.append("extension IN (SELECT extension FROM user_groups WHERE name = ?)")
            arguments.append(group.rawValue)
        }
        return (conditions.joined(separator: " AND "), StatementArguments(arguments))
    }

    static func groups(_ database: Database) throws -> [(name: GroupName, members: Int)] {
        let rows = try Row.fetchAll(
            database,
            sql: "SELECT name, count(*) AS members FROM user_groups GROUP BY name ORDER BY name"
        )
        return try rows.map { (try value($0["name"], GroupName.init(rawValue:)), $0["members"]) }
    }

    /// The user to whom this endpoint is given by name.
    static func owner(of endpoint: EndpointName, _ database: Database) throws -> Extension? {
        let owner = try String.fetchOne(
            database.cachedStatement(sql: "SELECT extension FROM user_endpoints WHERE endpoint = ?"),
            arguments: [endpoint.description]
        )
        return try owner.map { try value($0) { try? Extension($0) } }
    }

    static func namedEndpoints(_ database: Database) throws -> [Extension: [EndpointName]] {
        let rows = try Row.fetchAll(
            database,
            sql: "SELECT extension, endpoint FROM user_endpoints ORDER BY extension, position"
        )
        return try rows.reduce(into: [:]) { named, row in
            let owner = try value(row["extension"]) { try? Extension($0) }
            named[owner, default: []].append(try value(row["endpoint"]) { EndpointName($0) })
        }
    }

    static func revision(_ database: Database) throws -> Int {
        try Int.fetchOne(database, sql: "SELECT max(revision) FROM user_changes") ?? 0
    }

    static func changes(
        after revision: Int,
        _ database: Database
    ) throws -> Set<UserTableChange> {
        let rows = try Row.fetchAll(
            database,
            sql: "SELECT DISTINCT extension, endpoint FROM user_changes WHERE revision > ?",
            arguments: [revision]
        )
        return try Set(
            rows.map { row in
                let endpoint: String? = row["endpoint"]
                return UserTableChange(
                    owner: try value(row["extension"]) { try? Extension($0) },
                    endpoint: try endpoint.map { try value($0) { EndpointName($0) } }
                )
            }
        )
    }

    private static func user(_ row: Row, _ database: Database) throws -> User {
        let digits: String = row["extension"]
        let endpoints = try String.fetchAll(
            database.cachedStatement(sql: "SELECT endpoint FROM user_endpoints WHERE extension = ? ORDER BY position"),
            arguments: [digits]
        )
        let groups = try String.fetchAll(
            database.cachedStatement(sql: "SELECT name FROM user_groups WHERE extension = ?"),
            arguments: [digits]
        )
        return User(
            try value(digits) { try? Extension($0) },
            name: row["name"],
            endpoints: try endpoints.map { try value($0) { EndpointName($0) } },
            rights: UserRights(
                permission: try value(row["spy_permission"]) { text in
                    SpyPermission.all.first { $0.text == text }
                },
                isDisabled: row["disable_spy"],
                params: row["spy_params"],
                scope: try value(row["may_monitor"]) { try? MonitoringScope($0) },
                groups: try Set(groups.map { try value($0, GroupName.init(rawValue:)) })
            ),
            version: row["version"]
        )
    }

    /// - Throws: when the text is not one that we write.
    private static func value<Value>(_ text: String, _ read: (String) -> Value?) throws -> Value {
        guard let value = read(text) else {
            throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "\(text) is no value for this column")
        }
        return value
    }

    // MARK: - Writing

    static func save(_ user: User, _ database: Database) throws {
        let owner = user.`extension`.digits
        try database.execute(
            sql: """
                INSERT INTO users VALUES (?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (extension) DO UPDATE SET name = excluded.name, disable_spy = excluded.disable_spy,
                    spy_permission = excluded.spy_permission, spy_params = excluded.spy_params,
                    may_monitor = excluded.may_monitor, version = excluded.version
                """,
            arguments: [
                owner, user.name, user.rights.isDisabled, user.rights.permission.text, user.rights.params,
                user.rights.scope.description, user.version,
            ]
        )
        try database.execute(sql: "DELETE FROM user_endpoints WHERE extension = ?", arguments: [owner])
        for (position, endpoint) in user.endpoints.enumerated() {
            if let other = try self.owner(of: endpoint, database) {
                throw DirectoryError.endpointTaken(endpoint, by: other)
            }
            try database.execute(
                sql: "INSERT INTO user_endpoints VALUES (?, ?, ?)",
                arguments: [endpoint.description, owner, position]
            )
        }
        try database.execute(sql: "DELETE FROM user_groups WHERE extension = ?", arguments: [owner])
        for group in user.rights.groups.sorted() {
            try database.execute(sql: "INSERT INTO user_groups VALUES (?, ?)", arguments: [owner, group.rawValue])
        }
    }

    static func remove(_ extension: Extension, _ database: Database) throws {
        try database.execute(sql: "DELETE FROM users WHERE extension = ?", arguments: [`extension`.digits])
    }
}

/// One line of `user_changes`.
struct UserTableChange: Hashable {
    let owner: Extension
    let endpoint: EndpointName?
}

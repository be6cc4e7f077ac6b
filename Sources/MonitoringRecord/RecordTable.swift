import FoundationEssentials
import GRDB
import Storage

/// The tables of the record, in SQL.
enum RecordTable {
    static let migration = StorageMigration("record") { database in
        try database.execute(
            sql: """
                CREATE TABLE record (
                    sequence INTEGER PRIMARY KEY,
                    entry TEXT NOT NULL,
                    hash BLOB NOT NULL,
                    -- For searching: taken from what is hashed, so that they cannot say anything else.
                    time INTEGER GENERATED ALWAYS AS (json_extract(entry, '$.time')) VIRTUAL,
                    event TEXT GENERATED ALWAYS AS (json_extract(entry, '$.event')) VIRTUAL,
                    session TEXT GENERATED ALWAYS AS (json_extract(entry, '$.session')) VIRTUAL,
                    supervisor TEXT GENERATED ALWAYS AS (json_extract(entry, '$.supervisor')) VIRTUAL,
                    target TEXT GENERATED ALWAYS AS (json_extract(entry, '$.target')) VIRTUAL,
                    result TEXT GENERATED ALWAYS AS (json_extract(entry, '$.result')) VIRTUAL
                ) STRICT;
                CREATE INDEX record_by_time ON record (time);
                CREATE INDEX record_by_event ON record (event, sequence);
                CREATE INDEX record_by_session ON record (session, sequence) WHERE session IS NOT NULL;
                CREATE INDEX record_by_supervisor ON record (supervisor, sequence) WHERE supervisor IS NOT NULL;
                CREATE INDEX record_by_target ON record (target, sequence) WHERE target IS NOT NULL;
                CREATE INDEX record_by_result ON record (result, sequence) WHERE result IS NOT NULL;

                -- The last entry that was removed because of its age: the first one that is left follows it.
                CREATE TABLE record_beginning (
                    only INTEGER PRIMARY KEY CHECK (only = 1),
                    sequence INTEGER NOT NULL,
                    hash BLOB NOT NULL
                ) STRICT;
                INSERT INTO record_beginning VALUES (1, 0, zeroblob(32));

                CREATE TRIGGER record_is_appended BEFORE INSERT ON record
                WHEN NEW.sequence IS NOT 1 + coalesce(
                    (SELECT max(sequence) FROM record), (SELECT sequence FROM record_beginning)
                ) BEGIN SELECT RAISE(ABORT, 'the record is append only'); END;
                CREATE TRIGGER record_is_not_changed BEFORE UPDATE ON record
                BEGIN SELECT RAISE(ABORT, 'the record is append only'); END;
                CREATE TRIGGER record_is_not_removed BEFORE DELETE ON record
                WHEN OLD.sequence > (SELECT sequence FROM record_beginning)
                BEGIN SELECT RAISE(ABORT, 'the record is append only'); END;
                CREATE TRIGGER record_begins_later BEFORE UPDATE ON record_beginning
                WHEN NEW.sequence < OLD.sequence BEGIN SELECT RAISE(ABORT, 'the record is append only'); END;
                """
        )
    }

    /// A row as it is stored.
    struct Line {
        let sequence: Int
        let text: String
        let hash: RecordHash
    }

    /// The newest entry; what stands before the first one if there is none.
    static func head(_ database: Database) throws -> (sequence: Int, time: Int64, hash: RecordHash) {
        let row = try Row.fetchOne(
            database.cachedStatement(sql: "SELECT sequence, time, hash FROM record ORDER BY sequence DESC LIMIT 1")
        )
        guard let row else {
            let beginning = try beginning(database)
            return (beginning.sequence, 0, beginning.hash)
        }
        return (row["sequence"], row["time"], RecordHash(bytes: row["hash"]))
    }

    static func beginning(_ database: Database) throws -> (sequence: Int, hash: RecordHash) {
        guard let row = try Row.fetchOne(database, sql: "SELECT sequence, hash FROM record_beginning") else {
            throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "the record has no beginning")
        }
        return (row["sequence"], RecordHash(bytes: row["hash"]))
    }

    static func insert(_ line: Line, _ database: Database) throws {
        try database.execute(
            sql: "INSERT INTO record (sequence, entry, hash) VALUES (?, ?, ?)",
            arguments: [line.sequence, line.text, line.hash.bytes]
        )
    }

    /// - Parameter limit: how many at most.
    static func lines(after sequence: Int, limit: Int, _ database: Database) throws -> [Line] {
        let rows = try Row.fetchAll(
            database.cachedStatement(
                sql: "SELECT sequence, entry, hash FROM record WHERE sequence > ? ORDER BY sequence LIMIT ?"
            ),
            arguments: [sequence, limit]
        )
        return rows.map { Line(sequence: $0["sequence"], text: $0["entry"], hash: RecordHash(bytes: $0["hash"])) }
    }

    static func line(_ sequence: Int, _ database: Database) throws -> Line? {
        try lines(after: sequence - 1, limit: 1, database).first { $0.sequence == sequence }
    }

    /// The last entry that is older.
    static func last(before time: Int64, _ database: Database) throws -> Line? {
        // Times never go back, so that the newest of the older ones is the last of them.
        let sequence = try Int.fetchOne(
            database,
            sql: "SELECT sequence FROM record WHERE time < ? ORDER BY time DESC, sequence DESC LIMIT 1",
            arguments: [time]
        )
        return try sequence.flatMap { try line($0, database) }
    }

    static func remove(through line: Line, _ database: Database) throws {
        try database.execute(
            sql: "UPDATE record_beginning SET sequence = ?, hash = ?",
            arguments: [line.sequence, line.hash.bytes]
        )
        try database.execute(sql: "DELETE FROM record WHERE sequence <= ?", arguments: [line.sequence])
    }

    static func entries(_ query: RecordQuery, _ database: Database) throws -> [RecordEntry] {
        let (condition, arguments) = query.condition
        let texts = try String.fetchAll(
            database,
            sql: "SELECT entry FROM record WHERE \(condition) ORDER BY sequence DESC LIMIT \(query.limit)",
            arguments: arguments
        )
        return try texts.map { text in
            do {
                return try RecordEntry(text: text)
            } catch {
                throw DatabaseError(
                    resultCode: .SQLITE_CORRUPT,
                    message: "an entry of the record is none of ours: \(text)"
                )
            }
        }
    }
}

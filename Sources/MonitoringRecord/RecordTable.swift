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
                -- In the order of entries, with what else is asked for, so that no text has to be read that is not shown.
                CREATE INDEX record_by_time ON record (time);
                CREATE INDEX record_by_event ON record (event);
                CREATE INDEX record_by_session ON record (session) WHERE session IS NOT NULL;
                CREATE INDEX record_by_target ON record (target, sequence, supervisor, result, event)
                    WHERE target IS NOT NULL;
                CREATE INDEX record_by_supervisor ON record (supervisor, sequence, result, event)
                    WHERE supervisor IS NOT NULL;
                CREATE INDEX record_by_result ON record (result, sequence, event) WHERE result IS NOT NULL;

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

                -- It begins later only when the newest entry says so.
                CREATE TRIGGER record_begins_once BEFORE INSERT ON record_beginning
                BEGIN SELECT RAISE(ABORT, 'the record is append only'); END;
                CREATE TRIGGER record_begins_somewhere BEFORE DELETE ON record_beginning
                BEGIN SELECT RAISE(ABORT, 'the record is append only'); END;
                CREATE TRIGGER record_begins_later BEFORE UPDATE ON record_beginning
                WHEN NEW.sequence <= OLD.sequence
                    OR NEW.hash IS NOT (SELECT hash FROM record WHERE sequence = NEW.sequence)
                    OR NOT EXISTS (
                        SELECT 1 FROM record WHERE sequence = (SELECT max(sequence) FROM record)
                        AND event = 'entries_removed'
                        AND json_extract(entry, '$.removed_through') = CAST(NEW.sequence AS TEXT)
                    )
                BEGIN SELECT RAISE(ABORT, 'the record is append only'); END;
                """
        )
    }

    /// Who was heard beside the target can be asked for.
    static let partnerMigration = StorageMigration("record_partner") { database in
        try database.execute(
            sql: """
                ALTER TABLE record ADD COLUMN
                    partner TEXT GENERATED ALWAYS AS (json_extract(entry, '$.partner')) VIRTUAL;
                CREATE INDEX record_by_partner ON record (partner, sequence) WHERE partner IS NOT NULL;
                -- Several at once, as in a conference, are few enough to be read one after the other.
                CREATE INDEX record_by_partners ON record (sequence, partner) WHERE instr(partner, ',') > 0;
                """
        )
    }

    /// A place in the chain: an entry's number and hash.
    struct Link: Hashable {
        let sequence: Int
        let hash: RecordHash
    }

    /// A row as it is stored.
    struct Line {
        let link: Link
        let text: String
        /// The number that stands in the text; nil if none can be read there.
        let ownSequence: Int?

        init(_ entry: RecordEntry, after hash: RecordHash) {
            text = entry.text
            link = Link(sequence: entry.sequence, hash: hash.following(text))
            ownSequence = entry.sequence
        }

        fileprivate init(_ row: Row) {
            link = Link(row)
            text = row["entry"]
            ownSequence = row["own_sequence"]
        }
    }

    // MARK: - Reading

    /// The newest entry and its time; what stands before the first one if there is none.
    static func head(_ database: Database) throws -> (link: Link, time: Int64) {
        let row = try Row.fetchOne(
            database.cachedStatement(sql: "SELECT sequence, hash, time FROM record ORDER BY sequence DESC LIMIT 1")
        )
        guard let row else { return (try beginning(database), 0) }
        return (Link(row), row["time"])
    }

    /// What stands before the first entry that is left.
    static func beginning(_ database: Database) throws -> Link {
        guard let row = try Row.fetchOne(database, sql: "SELECT sequence, hash FROM record_beginning") else {
            throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "the record has no beginning")
        }
        return Link(row)
    }

    /// Whether an entry says that everything through this one was removed.
    static func isRemovalTold(through link: Link, _ database: Database) throws -> Bool {
        try Bool.fetchOne(
            database,
            sql: """
                SELECT EXISTS (
                    SELECT 1 FROM record WHERE event = ? AND CASE WHEN json_valid(entry) THEN
                        json_extract(entry, '$.removed_through') = ? AND json_extract(entry, '$.hash') = ?
                    END
                )
                """,
            arguments: [RecordEvent.entriesRemoved.rawValue, "\(link.sequence)", link.hash.description]
        ) ?? false
    }

    /// Every row, in order, one at a time. A text that somebody has made unreadable is no reason to stop.
    static func lines(_ database: Database) throws -> some Cursor<Line> {
        try Row.fetchCursor(
            database,
            sql: """
                SELECT sequence, hash, entry,
                    CASE WHEN json_valid(entry) THEN json_extract(entry, '$.sequence') END AS own_sequence
                FROM record ORDER BY sequence
                """
        ).map(Line.init)
    }

    static func entries(_ query: RecordQuery, _ database: Database) throws -> [RecordEntry] {
        let (sql, arguments) = query.statement
        return try Row.fetchAll(database, sql: sql, arguments: arguments).map { row in
            do {
                return try RecordEntry(text: row["entry"])
            } catch {
                let sequence: Int = row["sequence"]
                throw DatabaseError(
                    resultCode: .SQLITE_CORRUPT,
                    message: "entry \(sequence) of the record is unreadable"
                )
            }
        }
    }

    // MARK: - Writing

    static func insert(_ line: Line, _ database: Database) throws {
        try database.cachedStatement(sql: "INSERT INTO record (sequence, entry, hash) VALUES (?, ?, ?)")
            .execute(arguments: [line.link.sequence, line.text, line.link.hash.bytes])
    }

    /// The number of the last entry that is older.
    static func last(before time: Int64, _ database: Database) throws -> Int? {
        try Int.fetchOne(
            database,
            sql: "SELECT sequence FROM record WHERE time < ? ORDER BY time DESC, sequence DESC LIMIT 1",
            arguments: [time]
        )
    }

    static func link(_ sequence: Int, _ database: Database) throws -> Link? {
        try Row.fetchOne(database, sql: "SELECT sequence, hash FROM record WHERE sequence = ?", arguments: [sequence])
            .map(Link.init)
    }

    /// Removes the entries through this one. The newest entry has to say so.
    static func remove(through link: Link, _ database: Database) throws {
        try database.execute(
            sql: "UPDATE record_beginning SET sequence = ?, hash = ?",
            arguments: [link.sequence, link.hash.bytes]
        )
        try database.execute(sql: "DELETE FROM record WHERE sequence <= ?", arguments: [link.sequence])
    }
}

extension RecordTable.Link {
    fileprivate init(_ row: Row) {
        self.init(sequence: row["sequence"], hash: RecordHash(bytes: row["hash"]))
    }
}

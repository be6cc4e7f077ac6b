import GRDB

/// Which entries are looked for; nil for whatever.
package struct RecordQuery: Hashable, Sendable {
    package var supervisor: String?
    package var target: String?
    /// Who was heard: as the target, or as somebody whom the target talked to.
    package var heard: String?
    package var session: String?
    package var result: String?
    /// One of these.
    package var events: Set<RecordEvent>?
    /// Not before this time, in milliseconds since 1970.
    package var from: Int64?
    /// Before this time.
    package var until: Int64?
    /// Older than this entry: the last one of the page before.
    package var before: Int?
    /// How many at most, the newest first.
    package var limit: Int

    package init(limit: Int = 100) { self.limit = limit }

    /// Who listened to an extension.
    package static func hearing(_ extension: String, limit: Int = 100) -> RecordQuery {
        var query = RecordQuery(limit: limit)
        query.heard = `extension`
        query.events = RecordEvent.hearing
        return query
    }

    /// The query in SQL.
    ///
    /// SQLite knows nothing of how many entries a value has, so we choose its index: the first of heard, session, target,
    /// supervisor, result and event that is asked for. A unary plus keeps it from the others, whose columns it finds in the chosen index.
    /// Times are looked up once: they never go back, so that a time is as good as a place in the order of entries.
    var statement: (sql: String, arguments: StatementArguments) {
        var conditions: [String] = []
        var arguments: [any DatabaseValueConvertible] = []
        func add(_ condition: String, _ values: [any DatabaseValueConvertible]) {
            conditions.append(condition)
            arguments += values
        }
        if let heard {
            // Each by an index of its own, instead of all entries by none.
            add(
                """
                sequence IN (
                    SELECT sequence FROM record WHERE target = ?
                    UNION ALL SELECT sequence FROM record WHERE partner = ?
                    UNION ALL SELECT sequence FROM record
                        WHERE instr(partner, ',') > 0 AND instr(',' || partner || ',', ?) > 0
                )
                """,
                [heard, heard, ",\(heard),"]
            )
        }
        for (column, value) in [
            ("session", session), ("target", target), ("supervisor", supervisor), ("result", result),
        ] {
            guard let value else { continue }
            add("\(conditions.isEmpty ? "" : "+")\(column) = ?", [value])
        }
        if let events {
            let places = Array(repeating: "?", count: events.count).joined(separator: ", ")
            add("\(conditions.isEmpty ? "" : "+")event IN (\(places))", events.map(\.rawValue).sorted())
        }
        if let from {
            add("sequence >= (SELECT sequence FROM record WHERE time >= ? ORDER BY time, sequence LIMIT 1)", [from])
        }
        if let until {
            add(
                "sequence <= (SELECT sequence FROM record WHERE time < ? ORDER BY time DESC, sequence DESC LIMIT 1)",
                [until]
            )
        }
        if let before { add("sequence < ?", [before]) }
        let condition = conditions.isEmpty ? "" : "WHERE \(conditions.joined(separator: " AND ")) "
        return (
            "SELECT sequence, entry FROM record \(condition)ORDER BY sequence DESC LIMIT \(max(0, limit))",
            StatementArguments(arguments)
        )
    }
}

import GRDB

/// Which entries are looked for; nil for whatever.
package struct RecordQuery: Hashable, Sendable {
    package var supervisor: String?
    package var target: String?
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

    var condition: (sql: String, arguments: StatementArguments) {
        var conditions = ["1"]
        var arguments: [any DatabaseValueConvertible] = []
        func add(_ condition: String, _ value: (any DatabaseValueConvertible)?) {
            guard let value else { return }
            conditions.append(condition)
            arguments.append(value)
        }
        add("supervisor = ?", supervisor)
        add("target = ?", target)
        add("session = ?", session)
        add("result = ?", result)
        add("time >= ?", from)
        add("time < ?", until)
        add("sequence < ?", before)
        if let events {
            let words = events.map(\.rawValue).sorted()
            conditions.append("event IN (\(words.map { _ in "?" }.joined(separator: ",")))")
            arguments += words
        }
        return (conditions.joined(separator: " AND "), StatementArguments(arguments))
    }
}

import GRDB
import Storage
import Testing

@testable import MonitoringRecord

/// Looking for entries.
@Suite(.timeLimit(.minutes(1))) struct QueryTests {
    private static let start = RecordScene.start

    private static func query(_ change: (inout RecordQuery) -> Void) -> RecordQuery {
        var query = RecordQuery()
        change(&query)
        return query
    }

    /// Entries 1 and 2 at the start, 3 and 4 a second later.
    private static func ofFour() async throws -> RecordScene {
        let scene = try RecordScene()
        try await scene.record.append([
            RecordDraft(.sessionStarted, [.session: "a", .supervisor: "305", .target: "101"]),
            RecordDraft(.refused, [.session: "b", .supervisor: "306", .target: "101", .result: "no_permission"]),
        ])
        scene.advance(by: 1000)
        try await scene.record.append([
            RecordDraft(.sessionEnded, [.session: "a", .supervisor: "305", .target: "101", .result: "target_hung_up"]),
            RecordDraft(.userAdded, [.subject: "203", .author: "account:maria"]),
        ])
        return scene
    }

    @Test(arguments: [
        (query { _ in }, [4, 3, 2, 1]),
        (query { $0.supervisor = "305" }, [3, 1]),
        (query { $0.target = "101" }, [3, 2, 1]),
        (query { $0.session = "a" }, [3, 1]),
        (query { $0.result = "no_permission" }, [2]),
        (query { $0.events = [.sessionStarted, .userAdded] }, [4, 1]),
        (query { $0.events = [] }, []),
        (query { $0.from = start }, [4, 3, 2, 1]),
        (query { $0.from = start + 1 }, [4, 3]),
        (query { $0.from = start + 1001 }, []),
        (query { $0.until = start }, []),
        (query { $0.until = start + 1000 }, [2, 1]),
        (query { $0.until = start + 1001 }, [4, 3, 2, 1]),
        (query { ($0.from, $0.until) = (start, start + 1000) }, [2, 1]),
        (query { ($0.limit, $0.before) = (2, 4) }, [3, 2]),
        (query { $0.limit = -1 }, []),
        (query { ($0.supervisor, $0.target, $0.result) = ("305", "101", "target_hung_up") }, [3]),
        (query { ($0.target, $0.events, $0.until) = ("101", [.refused, .sessionEnded], start + 1) }, [2]),
        (RecordQuery.hearing("101"), [1]),
        (query { $0.supervisor = "305' OR '1'='1" }, []),
    ])
    func `entries are found by each of their fields, the newest first`(query: RecordQuery, found: [Int]) async throws {
        let scene = try await Self.ofFour()
        #expect(try await scene.record.entries(query).map(\.sequence) == found)
    }

    /// Otherwise a page of a million entries would take a second.
    @Test(arguments: [
        (query { ($0.session, $0.target) = ("a", "101") }, "record_by_session (session=?)"),
        (query { ($0.target, $0.supervisor, $0.result) = ("101", "305", "x") }, "record_by_target (target=?)"),
        (
            query { ($0.supervisor, $0.events, $0.until) = ("305", [.waiting], 1) },
            "record_by_supervisor (supervisor=? AND"
        ),
        (query { ($0.result, $0.events) = ("x", [.waiting]) }, "record_by_result (result=?)"),
        (query { $0.events = [.waiting] }, "record_by_event (event=?)"),
        (RecordQuery.hearing("101"), "INTEGER PRIMARY KEY (rowid=?)"),
        (query { $0.from = 1 }, "INTEGER PRIMARY KEY (rowid>?)"),
        (query { $0.before = 1 }, "INTEGER PRIMARY KEY (rowid<?)"),
    ])
    func `a query follows the index that serves it best`(query: RecordQuery, index: String) async throws {
        let scene = try RecordScene()
        let (sql, arguments) = query.statement
        let plan = try await DatabaseQueue(path: scene.path).read { database in
            try Row.fetchAll(database, sql: "EXPLAIN QUERY PLAN \(sql)", arguments: arguments)
                .map { $0["detail"] as String }
        }
        #expect(plan.first?.contains(index) == true, "\(plan)")
        #expect(!plan.contains("SCAN record"), "\(plan)")
        #expect(!plan.contains { $0.contains("TEMP B-TREE") }, "\(plan)")
    }

    @Test func `whoever was heard is found, as the target and as the other side of the call`() async throws {
        let scene = try RecordScene()
        try await scene.record.append([
            RecordDraft(.sessionStarted, [.supervisor: "305", .target: "101", .partner: "102"]),
            RecordDraft(.sessionStarted, [.supervisor: "305", .target: "102", .number: "0721"]),
            RecordDraft(.partnerJoined, [.supervisor: "305", .target: "103", .partner: "102,104"]),
            RecordDraft(.sessionStarted, [.supervisor: "102", .target: "1021", .partner: "1020,21021"]),
            RecordDraft(.refused, [.supervisor: "305", .target: "102"]),
        ])
        func found(_ heard: String) async throws -> [Int] {
            try await scene.record.entries(.hearing(heard)).map(\.sequence)
        }
        #expect(try await found("102") == [3, 2, 1])
        #expect(try await found("104") == [3])
        #expect(try await found("1020") == [4])
        for text in ["0721", "%", ""] { #expect(try await found(text) == [], "\(text)") }
    }

    @Test func `an entry that somebody has made unreadable is told`() async throws {
        let scene = try await Self.ofFour()
        try scene.patch(#"{"event":"refused""#, to: #"!"event":"refused""#)
        let record = try RecordScene.open(scene.path)
        let error = await #expect(throws: StorageError.self) { try await record.entries(RecordQuery()) }
        #expect(error?.code == .damaged)
        #expect(error?.reason.contains("entry 2 of the record is unreadable") == true)
    }

    // MARK: - Export

    private static func text(of record: RecordStore, _ query: RecordQuery = RecordQuery()) async throws -> String {
        var text = ""
        for try await piece in record.export(query) { text += piece }
        return text
    }

    @Test func `an export is CSV without formulas`() async throws {
        let scene = try RecordScene()
        try await scene.record.append([
            RecordDraft(.userAdded, [.subject: "=1+1", .change: "name: \"A\", B;\nC", .author: "account:maria"])
        ])
        #expect(
            try await Self.text(of: scene.record) == """
                sequence,time,origin,event,session,supervisor,target,endpoint,partner,number,mode,result,unique_id,linked_id,\
                duration_ms,recording,author,subject,change,address,removed_through,hash,count\r
                1,2026-11-26T08:57:43.123Z,earshot-test,user_added,,,,,,,,,,,,,account:maria,'=1+1,\
                "name: ""A"", B;\nC",,,,\r

                """
        )
    }

    @Test func `an export has all that is found, whatever the page`() async throws {
        let scene = try RecordScene()
        try await scene.record.append(Array(repeating: RecordDraft(.waiting, [.target: "101"]), count: 2001))
        try await scene.record.append([RecordDraft(.signedOut)])
        let lines = try await Self.text(of: scene.record, Self.query { ($0.target, $0.limit) = ("101", 1) })
            .split(separator: "\r\n").dropFirst()
        #expect(lines.map { $0.prefix { $0 != "," } } == (1...2001).reversed().map { "\($0)" })
    }
}

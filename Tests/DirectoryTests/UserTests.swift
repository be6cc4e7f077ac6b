import Directory
import GRDB
import Monitoring
import Storage
import Testing

/// Users in their file.
@Suite struct UserTests {
    @Test func `a user is read as they were stored`() async throws {
        let scene = try DirectoryScene()
        var user = DirectoryScene.user(
            "203",
            .upTo(.whisper),
            name: "Ștefan \"Țepeș\" <b>; DROP TABLE users",
            endpoints: ["PJSIP/stefan", "SIP/stefan-mobile"],
            groups: ["sales", "Front Office"],
            scope: try MonitoringScope("group:sales,101")
        )
        user.rights.isDisabled = true
        user.rights.params = "qSdr(a/b)"
        #expect(try await scene.directory.save([user], by: DirectoryScene.author) == 1)
        user.version = 1
        #expect(try await scene.directory.user("203") == user)
        #expect(try await scene.directory.users() == [user])
        // Another process reads the same.
        let other = Directory(
            try Storage(path: scene.path, migrations: Directory.migrations),
            templates: [.standard]
        )
        #expect(try await other.user("203") == user)
    }

    @Test func `who changes what somebody else has changed meanwhile is told, and changes nothing`() async throws {
        let scene = try DirectoryScene()
        try await scene.directory.save([DirectoryScene.user("203")], by: DirectoryScene.author)
        var first = try #require(try await scene.directory.user("203"))
        var second = first
        first.name = "First"
        second.name = "Second"
        try await scene.directory.save([first], by: DirectoryScene.author)
        first.version = 2
        await #expect(throws: DirectoryError.changedMeanwhile("203", now: first)) {
            try await scene.directory.save([second], by: DirectoryScene.author)
        }
        #expect(try await scene.directory.user("203") == first)
        // Nor is a new user put over one who is there, nor one brought back who was removed.
        await #expect(throws: DirectoryError.changedMeanwhile("203", now: first)) {
            try await scene.directory.save([DirectoryScene.user("203")], by: DirectoryScene.author)
        }
        try await scene.directory.remove(["203"], by: DirectoryScene.author)
        await #expect(throws: DirectoryError.changedMeanwhile("203", now: nil)) {
            try await scene.directory.save([first], by: DirectoryScene.author)
        }
    }

    @Test func `all are stored or none`() async throws {
        let scene = try DirectoryScene()
        try await scene.directory.save(
            [DirectoryScene.user("101", endpoints: ["PJSIP/alice"])],
            by: DirectoryScene.author
        )
        let users = [DirectoryScene.user("102"), DirectoryScene.user("103", endpoints: ["pjsip/alice"])]
        await #expect(throws: DirectoryError.endpointTaken("PJSIP/alice", by: "101")) {
            try await scene.directory.save(users, by: DirectoryScene.author)
        }
        await #expect(throws: DirectoryError.unknownUser("102")) {
            try await scene.directory.remove(["101", "102"], by: DirectoryScene.author)
        }
        #expect(try await scene.directory.users().map(\.`extension`) == ["101"])
    }

    @Test func `who is as they were is not changed`() async throws {
        let scene = try DirectoryScene()
        try await scene.directory.save([DirectoryScene.user("203")], by: DirectoryScene.author)
        let user = try #require(try await scene.directory.user("203"))
        #expect(try await scene.directory.save([user], by: DirectoryScene.author) == 0)
        #expect(try await scene.directory.user("203")?.version == 1)
    }

    @Test func `what is wrong with a user is told, all of it`() async throws {
        let scene = try DirectoryScene()
        var user = DirectoryScene.user("203", name: "a\u{0}b", scope: MonitoringScope(extensions: [], groups: []))
        user.rights.params = "ESz"
        await #expect(
            throws: DirectoryError.problems("203", [.badName, .badParams(.unknownLetter("z")), .monitorsNobody])
        ) {
            try await scene.directory.save([user], by: DirectoryScene.author)
        }
    }

    @Test func `users are found by extension, name and group, in the order of their numbers`() async throws {
        let scene = try DirectoryScene()
        let users = [
            DirectoryScene.user("1001", name: "Ana"), DirectoryScene.user("9", groups: ["a", "b"]),
            DirectoryScene.user("101", name: "Anton", groups: ["b"]), DirectoryScene.user("desk"),
            DirectoryScene.user("020"),
        ]
        try await scene.directory.save(users, by: DirectoryScene.author)
        func found(_ text: String? = nil, _ group: String? = nil, _ page: Range<Int>? = nil) async throws -> [String] {
            try await scene.directory.users(matching: text, in: group.flatMap(GroupName.init(_:)), page: page)
                .map(\.`extension`.digits)
        }
        #expect(try await found() == ["9", "020", "101", "1001", "desk"])
        #expect(try await found("an") == ["101", "1001"])
        #expect(try await found("01") == ["101", "1001"])
        #expect(try await found("%") == [])
        #expect(try await found(nil, "b") == ["9", "101"])
        #expect(try await found("an", "b") == ["101"])
        #expect(try await found(nil, nil, 1..<3) == ["020", "101"])
        #expect(try await scene.directory.count(matching: "an") == 2)
        #expect(try await scene.directory.groups().map { "\($0.name) \($0.members)" } == ["a 1", "b 2"])
    }

    @Test func `what somebody else has written into the file and is no value of ours is an error, not a default`()
        async throws
    {
        let scene = try DirectoryScene()
        try await scene.directory.save([DirectoryScene.user("203", .none)], by: DirectoryScene.author)
        try scene.execute("UPDATE users SET may_monitor = 'group:'")
        let error = await #expect(throws: StorageError.self) { try await scene.directory.user("203") }
        #expect(error?.code == .damaged)
        await #expect(throws: StorageError.self) { try await scene.directory.rights(of: "PJSIP/203") }
        #expect(throws: DatabaseError.self) { try scene.execute("UPDATE users SET spy_permission = 'Everything'") }
    }
}

/// The journal: a change and its entry are one.
@Suite struct JournalTests {
    private struct Full: Error {}

    /// Writes changes into a table of its own, and cannot write about extension 666.
    private struct Journal: DirectoryJournal {
        func append(_ change: DirectoryChange, by author: Author, in database: Database) throws {
            if case .userAdded(let user) = change, user.`extension` == "666" { throw Full() }
            try database.execute(sql: "CREATE TABLE IF NOT EXISTS journal (text TEXT)")
            try database.execute(sql: "INSERT INTO journal VALUES (?)", arguments: ["\(author): \(change.word)"])
        }
    }

    @Test func `each change is told with its author, and what cannot be told is not changed`() async throws {
        let scene = try DirectoryScene(journal: Journal())
        let directory = scene.directory
        try await directory.save([DirectoryScene.user("203")], by: .account("maria"))
        var user = try #require(try await directory.user("203"))
        user.name = "Radu"
        try await directory.save([user], by: .commandLine("root"))
        try await directory.remove(["203"], by: .commandLine("root"))
        await #expect(throws: Full.self) {
            try await directory.save([DirectoryScene.user("204"), DirectoryScene.user("666")], by: .account("maria"))
        }
        #expect(try await directory.users().isEmpty)
        let account = Account(
            try #require(AccountName("Maria")),
            role: .administrator,
            password: try PasswordHash(of: "long enough")
        )
        try await directory.add(account, by: .commandLine("root"))
        let entries = try await DatabaseQueue(path: scene.path).read {
            try String.fetchAll($0, sql: "SELECT text FROM journal")
        }
        #expect(
            entries == [
                "account:maria: userAdded", "command-line:root: userChanged", "command-line:root: userRemoved",
                "command-line:root: accountAdded",
            ]
        )
    }
}

extension DirectoryChange {
    fileprivate var word: String { String(String(describing: self).prefix { $0 != "(" }) }
}

import ARITestSupport
import Directory
import Locking
import Monitoring
import Storage
import Testing

/// Whose rights an endpoint has, and who is told when they change.
@Suite struct RightsTests {
    @Test func `an endpoint has the rights of the user who names it, or else of the one whom the template means`()
        async throws
    {
        let soft = try #require(EndpointTemplate("PJSIP/{extension}-soft"))
        let scene = try DirectoryScene(templates: [.standard, soft])
        let directory = scene.directory
        try await directory.save(
            [
                DirectoryScene.user("101", .upTo(.listen)),
                DirectoryScene.user("102", .upTo(.whisper), endpoints: ["PJSIP/alice"]),
                DirectoryScene.user("alice", .upTo(.barge)),
            ],
            by: DirectoryScene.author
        )
        func permission(_ endpoint: EndpointName) async throws -> SpyPermission? {
            try await directory.rights(of: endpoint)?.permission
        }
        #expect(try await permission("PJSIP/101") == .upTo(.listen))
        #expect(try await permission("pjsip/101-soft") == .upTo(.listen))
        #expect(try await permission("PJSIP/alice") == .upTo(.whisper))
        // 102 has another phone.
        #expect(try await permission("PJSIP/102") == nil)
        #expect(try await permission("PJSIP/103") == nil)
        #expect(try await permission("SIP/101") == nil)
        let book = try await directory.endpointBook()
        #expect(book.endpoints(of: "102") == ["PJSIP/alice"])
        #expect(book.endpoints(of: "101") == ["PJSIP/101", "PJSIP/101-soft"])
    }

    @Test func `a change names the endpoints of before and after`() async throws {
        let scene = try DirectoryScene()
        let directory = scene.directory
        let start = try await directory.changes(since: nil)
        #expect(start.change.changed.isEmpty)
        try await directory.save(
            [DirectoryScene.user("101"), DirectoryScene.user("102", endpoints: ["PJSIP/alice"])],
            by: DirectoryScene.author
        )
        let added = try await directory.changes(since: start.revision)
        #expect(added.change.changed == ["PJSIP/101", "PJSIP/102", "PJSIP/alice"])
        var user = try #require(try await directory.user("102"))
        user.endpoints = ["PJSIP/bob"]
        try await directory.save([user], by: DirectoryScene.author)
        let moved = try await directory.changes(since: added.revision)
        #expect(moved.change.changed == ["PJSIP/102", "PJSIP/alice", "PJSIP/bob"])
        #expect(moved.change.endpoints.endpoints(of: "102") == ["PJSIP/bob"])
        try await directory.remove(["102"], by: DirectoryScene.author)
        let removed = try await directory.changes(since: moved.revision)
        #expect(removed.change.changed == ["PJSIP/102", "PJSIP/bob"])
        #expect(try await directory.changes(since: removed.revision).change.changed.isEmpty)
    }

    @Test(arguments: [
        "UPDATE users SET disable_spy = 1 WHERE extension = '101'",
        "INSERT INTO user_groups VALUES ('101', 'sales')",
        "DELETE FROM users WHERE extension = '101'",
    ])
    func `a change that another program has made is told too`(sql: String) async throws {
        let scene = try DirectoryScene()
        try await scene.directory.save([DirectoryScene.user("101")], by: DirectoryScene.author)
        let revision = try await scene.directory.changes(since: nil).revision
        try scene.execute(sql)
        #expect(try await scene.directory.changes(since: revision).change.changed == ["PJSIP/101"])
    }

    @Test(.timeLimit(.minutes(1)))
    func `who watches is told of each change at the next look, whichever process made it`() async throws {
        let scene = try DirectoryScene()
        let directory = scene.directory
        let other = Directory(
            try Storage(path: scene.path, migrations: Directory.migrations),
            templates: [.standard]
        )
        let clock = ManualClock()
        let (changes, told) = AsyncStream.makeStream(of: RightsChange.self)
        let watching = Task {
            await directory.watch(every: .milliseconds(200), clock: clock) { told.yield($0) }
        }
        defer { watching.cancel() }
        var iterator = changes.makeAsyncIterator()
        // Where it begins.
        #expect(await iterator.next()?.changed == [])
        for (author, user) in [(directory, "101"), (other, "102")] as [(Directory, Extension)] {
            try await clock.waitForSleepers(1)
            try await author.save([DirectoryScene.user(user)], by: DirectoryScene.author)
            clock.advance(by: .milliseconds(200))
            #expect(await iterator.next()?.changed == [EndpointName(technology: "PJSIP", resource: user.digits)])
        }
    }
}

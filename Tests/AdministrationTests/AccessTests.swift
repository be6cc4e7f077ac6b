import ARITestSupport
import Directory
import GRDB
import HTTPTypes
import Hummingbird
import Locking
import Testing

@testable import Administration

/// Who may have which page.
@Suite struct AccessTests {
    /// Every route, and who may have it: written down here a second time, so that nobody opens one by mistake.
    static let table: [(method: HTTPRequest.Method, route: String, path: String, roles: Set<AccountRole>?)] = [
        (.get, "/", "/", [.administrator, .auditor, .user]),
        (.get, "/sign-in", "/sign-in", nil),
        (.post, "/sign-in", "/sign-in", nil),
        (.post, "/language", "/language", nil),
        (.get, "/users", "/users", [.administrator]),
        (.post, "/users", "/users", [.administrator]),
        (.post, "/users/change", "/users/change", [.administrator]),
        (.get, "/users/{extension}", "/users/203", [.administrator]),
        (.post, "/users/{extension}", "/users/203", [.administrator]),
        (.get, "/now", "/now", [.administrator, .auditor]),
        (.get, "/now/events", "/now/events", [.administrator, .auditor]),
        (.post, "/now/end", "/now/end", [.administrator]),
        (.get, "/record", "/record", [.administrator, .auditor]),
        (.get, "/record.csv", "/record.csv", [.administrator, .auditor]),
        (.get, "/dialing", "/dialing", [.administrator, .auditor, .user]),
        (.get, "/me", "/me", [.administrator, .auditor, .user]),
        // For programs on this machine, where this test is, whoever is signed in. See OperationsTests.
        (.get, "/metrics", "/metrics", nil),
        (.get, "/health/live", "/health/live", nil),
        (.get, "/health/ready", "/health/ready", nil),
        (.get, "/assets/style.css", "/assets/style.css", nil),
        (.get, "/assets/page.js", "/assets/page.js", nil),
        // What others need comes last.
        (.post, "/users/{extension}/remove", "/users/203/remove", [.administrator]),
        (.post, "/sign-out", "/sign-out", [.administrator, .auditor, .user]),
    ]

    @Test func `the table has every route`() async throws {
        let routes = try await Office().site.routes.map { "\($0.method) \($0.path)" }
        #expect(routes.sorted() == Self.table.map { "\($0.method) \($0.route)" }.sorted())
    }

    @Test(arguments: [AccountRole?.none] + AccountRole.allCases)
    func `each page is for whom the table says, and for nobody else`(role: AccountRole?) async throws {
        let office = try await Office()
        try await office.user("203")
        let browser = try await role.asyncMap { try await office.browser($0) } ?? Browser(office: office)
        for entry in Self.table {
            let fields = [("session", "x"), ("language", "en"), ("version", "1")]
            let page =
                entry.method == .get ? try await browser.get(entry.path) : try await browser.post(entry.path, fields)
            let place: Comment = "\(entry.method) \(entry.path) for \(role?.rawValue ?? "nobody")"
            guard let roles = entry.roles else {
                #expect(page.status.code < 400 || page.status == .unauthorized, place)
                continue
            }
            guard let role else {
                if entry.method == .get {
                    #expect(
                        page.status == .seeOther && page.headers[.location]?.hasPrefix("/sign-in?to=") == true,
                        place
                    )
                } else {
                    #expect(page.status == .unauthorized, place)
                }
                continue
            }
            if roles.contains(role) {
                #expect(page.status.code < 400 || page.status == .unprocessableContent, place)
            } else {
                #expect(page.status == .forbidden, place)
                #expect(try await office.directory.user("203") != nil, place)
            }
        }
    }

    @Test func `every answer forbids frames, foreign scripts and keeping`() async throws {
        let office = try await Office()
        let browser = try await office.browser(.administrator)
        for path in [
            "/sign-in", "/users", "/no/such", "/users/203", "/now", "/record", "/record.csv", "/assets/page.js",
            "/metrics", "/health/live", "/health/ready",
        ] {
            let page = try await browser.get(path)
            #expect(page.headers[.contentSecurityPolicy]?.contains("default-src 'none'") == true, "\(path)")
            #expect(page.headers[.contentSecurityPolicy]?.contains("unsafe") == false, "\(path)")
            #expect(page.headers[.xContentTypeOptions] == "nosniff", "\(path)")
            #expect(!page.text.contains("style=") && !page.text.contains(" onclick"), "\(path)")
        }
    }
}

/// Signing in, and what ends it.
@Suite struct SignInTests {
    @Test func `whoever signs in gets to the page that they wanted, by a cookie that no script can read`() async throws
    {
        let office = try await Office()
        let browser = Browser(office: office)
        let page = try await browser.post(
            "/sign-in",
            [("name", "Administrator"), ("password", Office.password), ("to", "/users?search=x")]
        )
        #expect(page.headers[.location] == "/users?search=x")
        let cookie = try #require(page.headers[.setCookie])
        for part in ["HttpOnly", "SameSite=Strict", "Path=/"] { #expect(cookie.contains(part), "\(cookie)") }
        #expect(try await browser.get("/users").status == .ok)
        #expect(office.record.signIns.withLock(\.self) == ["in administrator"])
        try await browser.post("/sign-out")
        #expect(try await browser.get("/users").status == .seeOther)
        #expect(office.record.signIns.withLock(\.self).last == "out administrator")
    }

    @Test(arguments: ["//evil.test", "https://evil.test", "/\\evil.test", "javascript:alert(1)", "", "/a\r\nX: y"])
    func `signing in leads nowhere else`(to: String) async throws {
        let browser = Browser(office: try await Office())
        let page = try await browser.post(
            "/sign-in",
            [("name", "administrator"), ("password", Office.password), ("to", to)]
        )
        #expect(page.headers[.location] == "/")
    }

    @Test(arguments: [("administrator", "wrong horse"), ("nobody", Office.password), ("", ""), ("a b\u{0}", "x")])
    func `a wrong password and a wrong name are told alike`(name: String, password: String) async throws {
        let office = try await Office()
        let page = try await Browser(office: office).signIn(name, password)
        #expect(page.status == .unauthorized)
        #expect(page.text.contains("Account or password is wrong."))
        #expect(page.headers[.setCookie] == nil)
        #expect(office.record.signIns.withLock(\.self).count == 1)
    }

    @Test func `whoever tries too often has to wait, also with the right password`() async throws {
        let office = try await Office()
        let browser = Browser(office: office)
        for _ in 1...5 { #expect(try await browser.signIn("administrator", "guess").status == .unauthorized) }
        #expect(try await browser.signIn("administrator").status == .tooManyRequests)
        // Whoever goes on fills no record.
        #expect(office.record.signIns.withLock(\.self) == Array(repeating: "refused administrator", count: 5))
        // Others in the same office have not guessed.
        #expect(try await browser.signIn("auditor").status == .seeOther)
        office.clock.advance(by: .seconds(301))
        #expect(try await browser.signIn("administrator").status == .seeOther)
    }

    @Test func `of too many browsers with one account the one that was idle for longest is signed out`() async throws {
        let office = try await Office()
        let administrator = try #require(try await office.directory.account(try Office.name(of: .administrator)))
        let auditor = try #require(try await office.directory.account(try Office.name(of: .auditor)))
        let sessions = Sessions(
            directory: office.directory,
            clock: office.clock,
            idleLimit: .seconds(3600),
            limit: .seconds(3600)
        )
        func isSignedIn(_ cookie: String) async throws -> Bool { try await sessions.visitor(cookie) != nil }
        let other = sessions.begin(auditor)
        var cookies: [String] = []
        for _ in 1...Sessions<ManualClock>.mostOfAccount {
            cookies.append(sessions.begin(administrator))
            office.clock.advance(by: .seconds(1))
        }
        // At work again, so that the second one is idle for longest.
        #expect(try await isSignedIn(cookies[0]))
        cookies.append(sessions.begin(administrator))
        #expect(try await isSignedIn(cookies[1]) == false)
        for cookie in [other, cookies[0]] + cookies.dropFirst(2) { #expect(try await isSignedIn(cookie)) }
    }

    @Test func `neither one address nor one account is tried out by turns`() throws {
        let limit = SignInLimit(clock: ManualClock())
        let names = try (1...30).map { try #require(AccountName("user\($0)")) }
        // One address, many accounts.
        #expect(names.count { limit.begin($0, from: "192.0.2.1") } == 20)
        #expect(!limit.begin(nil, from: "192.0.2.1"))
        // One account, many addresses.
        #expect((1...60).count { limit.begin(names[0], from: "198.51.100.\($0)") } == 49)
        // A few guesses of a stranger keep nobody out, and a right password makes up for no guesses at other accounts.
        #expect((1...9).count { _ in limit.begin(names[1], from: "203.0.113.1") } == 5)
        #expect(limit.begin(names[1], from: "192.0.2.7"))
        for name in names[2...20] where limit.begin(name, from: "192.0.2.8") {}
        #expect(limit.begin(names[21], from: "192.0.2.8"))
        limit.succeeded(names[21], from: "192.0.2.8")
        #expect(limit.begin(names[22], from: "192.0.2.8"))
        #expect(!limit.begin(names[23], from: "192.0.2.8"))
    }

    @Test func `a flood of attempts is turned away, and does not pile up`() async throws {
        let check = PasswordCheck()
        let answers = try await withThrowingTaskGroup(of: Bool?.self) { group in
            for _ in 1...40 { group.addTask { try await check.matches("guess", nil) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(answers.count { $0 == nil } >= 1 && answers.count { $0 == false } >= PasswordCheck.mostWaiting)
        #expect(try await check.matches("guess", nil) == false)
    }

    @Test func `behind a proxy cookies are for TLS, and the proxy says who asks`() async throws {
        let office = try await Office(isBehindProxy: true)
        let browser = Browser(office: office)
        browser.headers.withLock { $0["X-Forwarded-For"] = "198.51.100.9, 192.0.2.1" }
        let page = try await browser.signIn("administrator")
        let cookie = try #require(page.headers[.setCookie])
        #expect(cookie.hasPrefix("__Host-earshot_session=") && cookie.contains("Secure") && cookie.contains("Path=/"))
        #expect(try await browser.get("/users").status == .ok)
        #expect(office.record.addresses.withLock(\.self) == ["192.0.2.1"])
        // What is no address, and what somebody says who is no proxy on this machine, says nothing.
        for (peer, forwarded, address) in [
            ("127.0.0.1", "192.0.2.1:4711", "127.0.0.1"), ("203.0.113.5", "192.0.2.1", "203.0.113.5"),
        ] {
            office.peer.withLock { $0 = peer }
            let next = Browser(office: office)
            next.headers.withLock { $0["X-Forwarded-For"] = forwarded }
            try await next.signIn("administrator")
            #expect(office.record.addresses.withLock(\.self).last == address)
        }
        let without = try await Office()
        let other = Browser(office: without)
        other.headers.withLock { $0["X-Forwarded-For"] = "192.0.2.1" }
        try await other.signIn("administrator")
        #expect(without.record.addresses.withLock(\.self) == ["127.0.0.1"])
    }

    @Test func `attempts that were not made do not count`() throws {
        let limit = SignInLimit(clock: ManualClock())
        let name = try #require(AccountName("maria"))
        for _ in 1...20 {
            #expect(limit.begin(name, from: "192.0.2.1"))
            limit.takeBack(name, from: "192.0.2.1")
        }
        #expect((1...9).count { _ in limit.begin(name, from: "192.0.2.1") } == 5)
    }

    @Test(arguments: [
        ("192.0.2.1", "192.0.2.1", true), ("192.0.2.1", "192.0.2.2", false), ("::ffff:192.0.2.1", "192.0.2.1", true),
        ("2001:db8:0:1::1", "2001:DB8::1:ffff:0:0:2", true), ("2001:db8:0:1::1", "2001:db8:0:2::1", false),
        ("fe80::1%eth0", "fe80::2", true), ("::1", "::2", true), ("unknown", "unknown", true), ("", ":", false),
        (":::", "x", false),
    ])
    func `one machine is one network`(one: String, other: String, isSame: Bool) {
        #expect((ClientNetwork(one) == ClientNetwork(other)) == isSame)
    }

    @Test(arguments: ["/sign-in", "/language"])
    func `nothing is changed for a browser that does not say where its form comes from`(path: String) async throws {
        let browser = Browser(office: try await Office())
        browser.headers.withLock { $0 = [:] }
        let fields = [("name", "administrator"), ("password", Office.password), ("language", "ro")]
        #expect(try await browser.post(path, fields).status == .forbidden)
        browser.headers.withLock { $0 = ["Origin": "http://earshot.test"] }
        #expect(try await browser.post(path, fields).status == .seeOther)
    }

    @Test func `a session ends after idleness, and after half a day in any case`() async throws {
        let office = try await Office()
        let browser = try await office.browser(.administrator)
        for _ in 1...23 {
            office.clock.advance(by: .seconds(1790))
            #expect(try await browser.get("/users").status == .ok)
        }
        office.clock.advance(by: .seconds(1790))
        office.clock.advance(by: .seconds(240))
        #expect(try await browser.get("/users").status == .seeOther)
        let other = try await office.browser(.administrator)
        office.clock.advance(by: .seconds(1800))
        #expect(try await other.post("/users/change", [("user", "203")]).status == .unauthorized)
    }

    @Test func `another password ends every session of the account`() async throws {
        let office = try await Office()
        let browser = try await office.browser(.auditor)
        var account = try #require(try await office.directory.account(try Office.name(of: .auditor)))
        account.password = try PasswordHash(of: "another horse")
        try await office.directory.change(account, by: .commandLine("test"))
        #expect(try await browser.get("/now").status == .seeOther)
        try await office.directory.removeAccount(account.name, by: .commandLine("test"))
        #expect(try await browser.get("/now").status == .seeOther)
    }

    @Test func `every form of somebody who is signed in has a token, also on a page that is not there`() async throws {
        let browser = try await Office().browser(.administrator)
        for path in ["/sign-in", "/no/such/page", "/users/a%20b"] {
            let page = try await browser.get(path)
            let tokens = page.text.matches(of: /name="token" value="([0-9a-f]{64})"/).count
            let forms = page.text.matches(of: /<form method="post"/).count
            #expect(tokens == forms && forms > 0, "\(path)")
        }
    }

    @Test func `another site's form changes nothing`() async throws {
        let office = try await Office()
        try await office.user("203")
        let browser = try await office.browser(.administrator)
        for token in ["", "0", String(repeating: "0", count: 64)] {
            #expect(try await browser.post("/users/203/remove", token: token).status == .forbidden)
        }
        for headers in [
            ["Sec-Fetch-Site": "cross-site"], ["Sec-Fetch-Site": "same-site"], ["Origin": "https://evil.test"],
        ] {
            browser.headers.withLock { $0 = headers }
            #expect(try await browser.post("/users/203/remove", [("version", "1")]).status == .forbidden)
        }
        #expect(try await office.directory.user("203") != nil)
        browser.headers.withLock { $0 = ["Origin": "http://earshot.test"] }
        #expect(try await browser.post("/users/203/remove", [("version", "1")]).status == .seeOther)
        #expect(try await office.directory.user("203") == nil)
    }

    @Test func `a form of a megabyte is refused in words`() async throws {
        let browser = try await Office().browser(.administrator)
        let page = try await browser.post("/users/203", [("name", String(repeating: "x", count: 1_000_000))])
        #expect(page.status == .contentTooLarge)
        #expect(page.text.contains("larger than 256 kilobytes"))
    }

    @Test(arguments: [
        "/users/..%2f..%2fetc%2fpasswd", "/users/a%00b", "/users/a%20b", "/assets/../users", "/assets/..%2fstyle.css",
        "/users/203/", "/USERS", "/users//203", "/users/%F0%28", "/assets/", "/.git", "/users/203;x",
    ])
    func `a path with a trick in it is no page`(path: String) async throws {
        let page = try await Office().browser(.administrator).get(path)
        #expect([.notFound, .ok].contains(page.status), "\(page.status)")
        if page.status == .ok { #expect(page.text.contains("<h1>User") || page.text.contains("<h1>Users")) }
    }

    @Test func `when the file cannot be read the page says so`() async throws {
        let office = try await Office()
        let browser = try await office.browser(.administrator)
        try await DatabaseQueue(path: office.path).write { try $0.execute(sql: "DROP TABLE users") }
        let page = try await browser.get("/users")
        #expect(page.status == .serviceUnavailable)
        #expect(page.text.contains("cannot read or write its file"))
    }
}

extension Optional {
    fileprivate func asyncMap<Value>(_ transform: (Wrapped) async throws -> Value) async rethrows -> Value? {
        guard let self else { return nil }
        return try await transform(self)
    }
}

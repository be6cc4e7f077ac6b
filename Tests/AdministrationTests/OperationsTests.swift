import ARITestSupport
import Directory
import HTTPTypes
import Hummingbird
import Locking
import Testing

@testable import Administration

/// What programs read, and which ones.
@Suite struct OperationsTests {
    private static let token = "0123456789abcdef"
    private static let paths = ["/metrics", "/health/live", "/health/ready"]

    /// Asks for all that programs read.
    ///
    /// - Returns: the answers, in the order of ``paths``.
    private func ask(
        _ office: Office,
        from peer: String,
        _ headers: [String: String] = [:],
        signedIn role: AccountRole? = nil
    ) async throws -> [Page] {
        var browser = Browser(office: office)
        if let role { browser = try await office.browser(role) }
        office.peer.withLock { $0 = peer }
        browser.headers.withLock { $0 = headers }
        var pages: [Page] = []
        for path in Self.paths { pages.append(try await browser.get(path)) }
        return pages
    }

    // MARK: - Who may

    @Test(arguments: ["127.0.0.1", "127.8.9.10", "::1"])
    func `programs on this machine need nothing`(peer: String) async throws {
        let pages = try await ask(try await Office(metricsToken: Self.token), from: peer)
        #expect(pages.map(\.status) == [.ok, .ok, .ok])
    }

    @Test(arguments: ["192.0.2.1", "2001:db8::1", "::ffff:192.0.2.1"], [AccountRole.administrator, nil])
    func `without a token others may not, whoever is signed in`(peer: String, role: AccountRole?) async throws {
        let headers = ["Authorization": "Bearer \(Self.token)"]
        let pages = try await ask(try await Office(), from: peer, headers, signedIn: role)
        #expect(pages.map(\.status) == [.forbidden, .forbidden, .forbidden])
        #expect(pages.allSatisfy { $0.text.contains("web.metrics_token") && !$0.text.contains("earshot_") })
    }

    @Test(arguments: [
        nil, "", "Bearer", "Bearer ", "Bearer 0123456789abcdeF", "Bearer 0123456789abcde", "Bearer 0123456789abcdef0",
        "Basic 0123456789abcdef", "0123456789abcdef", "Bearer x 0123456789abcdef",
    ])
    func `others with a wrong token are told what is missing`(authorization: String?) async throws {
        let headers = authorization.map { ["Authorization": $0] } ?? [:]
        let pages = try await ask(try await Office(metricsToken: Self.token), from: "192.0.2.1", headers)
        #expect(pages.map(\.status) == [.unauthorized, .unauthorized, .unauthorized])
        #expect(pages.allSatisfy { $0.headers[.wwwAuthenticate] == "Bearer realm=\"earshot\"" })
        #expect(pages.allSatisfy { !$0.text.contains(Self.token) && !$0.text.contains("earshot_") })
    }

    @Test(arguments: ["Bearer 0123456789abcdef", "bearer 0123456789abcdef", "BEARER  0123456789abcdef "])
    func `others with the token may`(authorization: String) async throws {
        let office = try await Office(metricsToken: Self.token)
        let pages = try await ask(office, from: "192.0.2.1", ["Authorization": authorization])
        #expect(pages.map(\.status) == [.ok, .ok, .ok])
    }

    @Test(arguments: [
        ("127.0.0.1", "192.0.2.1", false), ("127.0.0.1", "127.0.0.1, 192.0.2.1", false),
        ("127.0.0.1", "192.0.2.1, 127.0.0.1", true), ("127.0.0.1", "::1", true), ("127.0.0.1", "unknown", false),
        ("127.0.0.1", "127.0.0.1:4711", false), ("192.0.2.1", "127.0.0.1", false), ("::1", "127.evil.0.1", false),
    ])
    func `behind a proxy it is whom the proxy names`(peer: String, forwarded: String, isAllowed: Bool) async throws {
        let office = try await Office(isBehindProxy: true)
        let pages = try await ask(office, from: peer, ["X-Forwarded-For": forwarded])
        #expect(pages.allSatisfy { ($0.status == .ok) == isAllowed })
        // Past the proxy.
        let direct = try await ask(office, from: "127.0.0.1")
        #expect(direct.allSatisfy { $0.status == .ok })
    }

    @Test func `what some other proxy has passed on is not from this machine`() async throws {
        let headers = ["X-Forwarded-For": "127.0.0.1"]
        let pages = try await ask(try await Office(), from: "127.0.0.1", headers)
        #expect(pages.map(\.status) == [.forbidden, .forbidden, .forbidden])
    }

    @Test(arguments: [
        ("127.0.0.1", true), ("127.255.255.255", true), ("::1", true), ("::ffff:127.0.0.1", true),
        ("::FFFF:127.0.0.1", true), ("128.0.0.1", false), ("12.7.0.1", false), ("127.0.0", false),
        ("127.0.0.256", false), ("127.0.0.1.example", false), ("::2", false), ("::ffff:192.0.2.1", false), ("", false),
        ("unknown", false), ("localhost", false),
    ])
    func `an address of this machine is known`(address: String, isLoopback: Bool) {
        #expect(ClientNetwork.isLoopback(address) == isLoopback)
    }

    // MARK: - What they read

    @Test func `metrics are in the format that the service says`() async throws {
        let office = try await Office()
        let page = try await ask(office, from: "127.0.0.1")[0]
        #expect(page.text == "earshot_waiting_supervisors 0\n")
        #expect(page.headers[.contentType] == "text/plain; version=0.0.4; charset=utf-8")
        #expect(page.headers[.cacheControl] == "no-store")
    }

    @Test func `a service that does nothing is not alive`() async throws {
        let office = try await Office()
        office.operations.isAlive.withLock { $0 = false }
        let page = try await ask(office, from: "127.0.0.1")[1]
        #expect(page.status == .serviceUnavailable)
        #expect(page.text == "The engine does not answer.\n")
    }

    @Test func `what is missing to be ready is told in a sentence each`() async throws {
        let office = try await Office()
        office.operations.missing.withLock { $0 = ["One thing is missing.", "Another one too."] }
        let pages = try await ask(office, from: "127.0.0.1")
        #expect(pages[1].text == "live\n")
        #expect(pages[2].status == .serviceUnavailable)
        #expect(pages[2].text == "One thing is missing.\nAnother one too.\n")
        #expect(pages[2].headers[.contentType] == "text/plain; charset=utf-8")
        office.operations.missing.withLock { $0 = [] }
        #expect(try await ask(office, from: "127.0.0.1")[2].text == "ready\n")
    }

    @Test func `programs get no session, and do not keep one alive`() async throws {
        let office = try await Office()
        let browser = try await office.browser(.administrator)
        for _ in 1...4 {
            office.clock.advance(by: .seconds(1000))
            for path in Self.paths { #expect(try await browser.get(path).headers[.setCookie] == nil) }
        }
        #expect(try await browser.get("/users").status == .seeOther)
    }

    @Test(arguments: paths)
    func `nothing is changed by them`(path: String) async throws {
        let page = try await Browser(office: try await Office()).post(path)
        #expect(page.status == .notFound || page.status == .methodNotAllowed)
    }

    @Test func `a description never shows the token`() {
        let token = AccessToken(Self.token)
        var dumped = ""
        dump(AdministrationConfiguration(metricsToken: token), to: &dumped)
        for text in ["\(token)", String(reflecting: token), dumped] {
            #expect(!text.contains(Self.token) && text.contains("<redacted>"))
        }
    }
}

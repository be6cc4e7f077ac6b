import ARITestSupport
import Directory
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Locking
import Logging
import Monitoring
import MonitoringRecord
import NIOCore
import NIOEmbedded
import Storage
import Testing

@testable import Administration

/// The pages of a small call centre, with a clock that the test moves, and browsers that ask for them.
final class Office: Sendable {
    let directory: Directory
    let clock = ManualClock()
    let live = FakeSessions()
    let asterisk = FakeAsterisk()
    let record = FakeRecord()
    let operations = FakeOperations()
    /// Where connections come from.
    let peer = LockedBox("127.0.0.1")
    let path: String
    private let folder: URL
    private let responder: RouterResponder<PageContext>
    let site: Site<ManualClock>

    static let password = "correct horse"
    /// Derived once: it takes a while on purpose.
    private static let hash = try? PasswordHash(of: password)

    init(
        visibility: AdministrationConfiguration.Visibility = .never,
        isBehindProxy: Bool = false,
        metricsToken: String? = nil
    ) async throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "earshot-page-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        path = folder.appending(path: "earshot.db").path
        directory = Directory(try Storage(path: path, migrations: Directory.migrations), templates: [.standard])
        site = try AdministrationServer(
            AdministrationConfiguration(
                isBehindProxy: isBehindProxy,
                sounds: [
                    "no_permission": ["sound:feature-not-avail-line"],
                    "target_protected": ["sound:im-sorry", "sound:feature-not-avail-line"],
                    "unknown_extension": ["sound:custom/nope"], "waiting": ["sound:beep"],
                ],
                visibility: visibility,
                metricsToken: metricsToken.map { AccessToken($0) }
            ),
            directory: directory,
            live: live,
            asterisk: asterisk,
            record: record,
            operations: operations,
            clock: clock,
            // 2026-11-26, noon.
            now: { 1_795_694_400_000 },
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        ).site
        responder = site.router().buildResponder()
        for role in AccountRole.allCases {
            let account = Account(
                try Self.name(of: role),
                role: role,
                extension: role == .user ? "203" : nil,
                password: try #require(Self.hash)
            )
            try await directory.add(account, by: .commandLine("test"))
        }
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    static func name(of role: AccountRole) throws -> AccountName { try #require(AccountName(role.rawValue)) }

    fileprivate func answer(_ head: HTTPRequest, _ body: String) async throws -> Page {
        let channel = EmbeddedChannel()
        channel.remoteAddress = try SocketAddress(ipAddress: peer.withLock(\.self), port: 1)
        let context = PageContext(
            source: ApplicationRequestContextSource(channel: channel, logger: Logger(label: "test"))
        )
        let request = Request(head: head, body: RequestBody(buffer: ByteBuffer(string: body)))
        let response = try await responder.respond(to: request, context: context)
        let writer = BodyWriter()
        try await response.body.write(writer)
        return Page(status: response.status, headers: response.headers, text: writer.text.withLock(\.self))
    }

    /// A browser in which somebody has signed in.
    func browser(_ role: AccountRole) async throws -> Browser {
        let browser = Browser(office: self)
        let page = try await browser.signIn(role.rawValue)
        #expect(page.status == .seeOther)
        return browser
    }

    func user(_ extension: String, _ change: (inout User) -> Void = { _ in }) async throws {
        var user = try await directory.user(try Extension(`extension`)) ?? User(try Extension(`extension`))
        change(&user)
        try await directory.save([user], by: .commandLine("test"))
    }
}

struct Page: Sendable {
    let status: HTTPResponse.Status
    let headers: HTTPFields
    let text: String
}

/// What a browser does: keeps cookies, and sends a form with the token that stands in it.
final class Browser: Sendable {
    private let office: Office
    private let cookies = LockedBox<[String: String]>([:])
    private let token = LockedBox<String?>(nil)
    /// What the browser says of itself.
    let headers = LockedBox<[String: String]>(["Sec-Fetch-Site": "same-origin"])

    init(office: Office) { self.office = office }

    @discardableResult
    func signIn(_ name: String, _ password: String = Office.password) async throws -> Page {
        try await post("/sign-in", [("name", name), ("password", password)])
    }

    @discardableResult
    func get(_ path: String) async throws -> Page { try await send(.get, path, "") }

    /// - Parameter token: nil for the one that stands in the page.
    @discardableResult
    func post(_ path: String, _ fields: [(String, String)] = [], token: String? = nil) async throws -> Page {
        var fields = fields
        if token == nil, self.token.withLock(\.self) == nil { _ = try await get("/me") }
        if let token = token ?? self.token.withLock(\.self) { fields.append(("token", token)) }
        let body = fields.map { "\($0.0.percentEncoded)=\($0.1.percentEncoded)" }.joined(separator: "&")
        return try await send(.post, path, body)
    }

    private func send(_ method: HTTPRequest.Method, _ path: String, _ body: String) async throws -> Page {
        var head = HTTPRequest(method: method, scheme: "http", authority: "earshot.test", path: path)
        for (name, value) in headers.withLock(\.self) { head.headerFields[try #require(HTTPField.Name(name))] = value }
        let cookies = cookies.withLock(\.self)
        if !cookies.isEmpty {
            head.headerFields[.cookie] = cookies.map { "\($0.key)=\($0.value)" }.joined(separator: "; ")
        }
        let page = try await office.answer(head, body)
        for cookie in page.headers[values: .setCookie] {
            let pair = cookie.split(separator: ";")[0].split(separator: "=", maxSplits: 1).map(String.init)
            self.cookies.withLock { $0[pair[0]] = pair.count > 1 ? pair[1] : "" }
        }
        if let found = page.text.firstMatch(of: /name="token" value="([0-9a-f]+)"/) {
            token.withLock { $0 = String(found.1) }
        }
        return page
    }
}

private struct BodyWriter: ResponseBodyWriter {
    let text = LockedBox("")

    mutating func write(_ buffer: ByteBuffer) async throws { text.withLock { $0 += String(buffer: buffer) } }

    consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
}

/// Sessions that a test names.
final class FakeSessions: LiveSessions {
    let all = LockedBox<[LiveSession]>([])
    let ended = LockedBox<[SessionID]>([])

    func sessions() async -> [LiveSession] { all.withLock(\.self) }

    func changes() async -> AsyncStream<Void> {
        AsyncStream {
            $0.yield()
            $0.finish()
        }
    }

    func end(_ session: SessionID, by account: AccountName) async -> Bool {
        ended.withLock { $0.append(session) }
        return true
    }
}

/// An Asterisk that knows 101 and 305, or cannot be asked.
final class FakeAsterisk: AsteriskView {
    struct Away: Error {}

    let isAway = LockedBox(false)
    let outcome = LockedBox(RightsExplanation.Outcome.allowed(isTalking: true))
    /// Whose `DISABLE_SPY` is yes.
    let disabled = LockedBox<Set<Extension>>([])

    private func check() throws { if isAway.withLock(\.self) { throw Away() } }

    func extensions() async throws -> [Extension] {
        try check()
        return try ["101", "305"].map { try Extension($0) }
    }

    func answers() async -> Bool { !isAway.withLock(\.self) }

    func rights(of extensions: [Extension]) async throws -> [Extension: UserRights] {
        try check()
        return extensions.filter { ["101", "305"].contains($0.digits) }.reduce(into: [:]) { rights, one in
            rights[one] = UserRights(
                permission: one.digits == "305" ? .upTo(.barge) : .none,
                isDisabled: disabled.withLock { $0.contains(one) }
            )
        }
    }

    func explain(
        _ supervisor: Extension,
        _ mode: MonitoringMode,
        _ target: Extension
    ) async throws -> RightsExplanation {
        try check()
        return RightsExplanation(
            supervisor: supervisor,
            mode: mode,
            target: target,
            permission: .upTo(.barge),
            source: .asterisk(EndpointName("PJSIP/\(supervisor)")),
            outcome: outcome.withLock(\.self)
        )
    }
}

/// A record in memory.
final class FakeRecord: RecordView {
    let all = LockedBox<[RecordEntry]>([])
    let queries = LockedBox<[RecordQuery]>([])
    let signIns = LockedBox<[String]>([])
    /// Where those who have signed in came from.
    let addresses = LockedBox<[String]>([])

    func entries(_ query: RecordQuery) async throws -> [RecordEntry] {
        queries.withLock { $0.append(query) }
        let found = all.withLock(\.self).filter { entry in
            (query.until.map { entry.time < $0 } ?? true)
                && (query.heard.map { entry.fields[.target] == $0 } ?? true)
                && (query.before.map { entry.sequence < $0 } ?? true)
        }
        return Array(found.prefix(query.limit))
    }

    func signedIn(_ account: AccountName, from address: String) async throws {
        note("in \(account)")
        addresses.withLock { $0.append(address) }
    }
    func signInRefused(_ name: String, from address: String) async { note("refused \(name)") }
    func signedOut(_ account: AccountName, from address: String) async { note("out \(account)") }

    private func note(_ text: String) { signIns.withLock { $0.append(text) } }
}

/// A service that is as a test says.
final class FakeOperations: OperationsView {
    let isAlive = LockedBox(true)
    let missing = LockedBox<[String]>([])

    let metricsType = "text/plain; version=0.0.4; charset=utf-8"

    func metrics() async -> String { "earshot_waiting_supervisors 0\n" }

    func isLive() async -> Bool { isAlive.withLock(\.self) }

    func obstacles() async -> [String] { missing.withLock(\.self) }
}

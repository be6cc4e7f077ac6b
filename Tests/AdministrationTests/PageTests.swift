import Directory
import Foundation
import HTTPTypes
import Locking
import Monitoring
import MonitoringRecord
import Testing

@testable import Administration

extension Extension: ExpressibleByStringLiteral {
    public init(stringLiteral value: String) {
        guard let target = try? Extension(value) else { fatalError("\(value) is no extension: a mistake in the test") }
        self = target
    }
}

/// What the pages show and change.
@Suite struct PageTests {
    private static let form = [
        ("name", "Ioana"), ("groups", "leads, sales"), ("endpoints", ""), ("SPY_PERMISSION", "Barge"),
        ("DISABLE_SPY", "no"),
        ("SPY_PARAMS", "ESsb"), ("MAY_MONITOR", "some"), ("MAY_MONITOR_GROUPS", "sales"),
        ("MAY_MONITOR_EXTENSIONS", "101, 102"),
    ]

    @Test func `a user is added, changed and removed`() async throws {
        let office = try await Office()
        let browser = try await office.browser(.administrator)
        #expect(try await browser.post("/users", [("extension", " 203 ")]).headers[.location] == "/users/203")
        let empty = try await browser.get("/users/203")
        #expect(empty.text.contains("not set yet") && empty.text.contains("Update user"))
        let stored = try await browser.post("/users/203", Self.form + [("version", "0")])
        #expect(stored.headers[.location] == "/users/203?updated=1")
        #expect(try await browser.get("/users/203?updated=1").text.contains("The user was updated."))
        let user = try #require(try await office.directory.user("203"))
        #expect(user.name == "Ioana" && user.rights.permission == .upTo(.barge))
        #expect(user.rights.scope.description == "group:sales,101,102")
        #expect(user.rights.groups.map(\.rawValue).sorted() == ["leads", "sales"])
        // The simple form has no variables, and changes none.
        let simple = [("form", "simple"), ("name", "Ioana Pop"), ("groups", "leads")]
        // Nor does it when it comes back because something was wrong.
        let wrong = try await browser.post("/users/203", simple + [("endpoints", "x"), ("version", "1")])
        #expect(wrong.status == .unprocessableContent && !wrong.text.contains("SPY_PERMISSION"))
        let late = try await browser.post("/users/203", simple + [("version", "7")])
        #expect(late.status == .conflict && !late.text.contains("SPY_PERMISSION"))
        try await browser.post("/users/203", simple + [("version", "1")])
        let renamed = try #require(try await office.directory.user("203"))
        #expect(renamed.name == "Ioana Pop" && renamed.rights.permission == .upTo(.barge))
        let removed = try await browser.post("/users/203/remove", [("version", "2")])
        #expect(removed.headers[.location] == "/users?removed=203")
        #expect(try await browser.get("/users?removed=203").text.contains("User 203 was removed."))
        #expect(try await office.directory.user("203") == nil)
        // That was what was wanted.
        #expect(try await browser.post("/users/203/remove", [("version", "2")]).status == .seeOther)
    }

    @Test func `whoever has been changed meanwhile is not removed unseen`() async throws {
        let office = try await Office()
        try await office.user("203")
        let browser = try await office.browser(.administrator)
        try await office.user("203") { $0.name = "Ioana" }
        let page = try await browser.post("/users/203/remove", [("version", "1")])
        #expect(page.status == .conflict && page.text.contains("Somebody else has changed user 203"))
        #expect(page.text.contains("value=\"Ioana\"") && page.text.contains("name=\"version\" value=\"2\""))
        #expect(try await office.directory.user("203") != nil)
    }

    @Test func `a change of many keeps the search, and what was ticked when something is wrong`() async throws {
        let office = try await Office()
        try await office.user("203") { $0.name = "Ștefan" }
        try await office.user("204") { $0.name = "Maria" }
        let browser = try await office.browser(.administrator)
        let fields = [("search", "STEFAN"), ("group", ""), ("page", "1"), ("user", "203")]
        let wrong = try await browser.post("/users/change", fields + [("join", "a:b")])
        #expect(wrong.status == .unprocessableContent)
        #expect(wrong.text.contains("value=\"203\" aria-label=\"Choose 203\" checked"))
        #expect(wrong.text.contains("name=\"search\" value=\"STEFAN\"") && !wrong.text.contains("Maria"))
        let right = try await browser.post("/users/change", fields + [("SPY_PERMISSION", "Listen")])
        #expect(right.text.contains("1 user was changed.") && !right.text.contains(" checked"))
        #expect(!right.text.contains("Maria"))
    }

    @Test func `what Asterisk keeps out is shown, whatever stands here`() async throws {
        let office = try await Office()
        try await office.user("101")
        office.asterisk.disabled.withLock { $0 = ["101"] }
        let browser = try await office.browser(.administrator)
        #expect(try await browser.get("/users").text.contains("Yes, in Asterisk"))
        #expect(try await browser.get("/users/101").text.contains("keeps this user out of monitoring (DISABLE_SPY)"))
    }

    @Test(arguments: AccountRole.allCases)
    func `the first page leads to what the account may have`(role: AccountRole) async throws {
        let office = try await Office()
        let text = try await office.browser(role).get("/").text
        #expect(text.contains("You are signed in as \(role.rawValue)"))
        #expect(text.contains("<h2><a href=\"/users\">") == (role == .administrator))
        #expect(text.contains("<h2><a href=\"/now\">") == (role != .user))
        #expect(text.contains("<h2><a href=\"/me\">") == (role == .user))
        office.asterisk.isAway.withLock { $0 = true }
        let away = try await office.browser(role).get("/")
        #expect(away.status == .ok)
        #expect(away.text.contains("Asterisk cannot be asked") == (role == .administrator))
    }

    @Test func `who listened to me goes back as far as the record does`() async throws {
        let office = try await Office(visibility: .atOnce)
        office.record.all.withLock {
            $0 = (1...60).reversed().map { number in
                RecordEntry(
                    sequence: number,
                    time: 1,
                    origin: "test",
                    event: .sessionStarted,
                    fields: [.supervisor: "boss-\(number)-", .target: "203", .mode: "listen"]
                )
            }
        }
        let browser = try await office.browser(.user)
        let first = try await browser.get("/me").text
        #expect(first.contains("boss-60-") && first.contains("/me?before="))
        let number = try #require(first.firstMatch(of: /\/me\?before=(\d+)/)?.1)
        let second = try await browser.get("/me?before=\(number)").text
        #expect(!second.contains("boss-60-") && second.contains("boss-1-"))
    }

    @Test func `what is wrong is told at its field, and what was entered stays`() async throws {
        let office = try await Office()
        let browser = try await office.browser(.administrator)
        var fields = Self.form.filter {
            !["SPY_PARAMS", "MAY_MONITOR_GROUPS", "MAY_MONITOR_EXTENSIONS"].contains($0.0)
        }
        fields += [("SPY_PARAMS", "ESz"), ("MAY_MONITOR_EXTENSIONS", ""), ("version", "0")]
        let page = try await browser.post("/users/203", fields)
        #expect(page.status == .unprocessableContent)
        #expect(page.text.contains("z is no letter that is known"))
        #expect(page.text.contains("href=\"#SPY_PARAMS\"") && page.text.contains("value=\"ESz\""))
        #expect(page.text.contains("value=\"Ioana\""))
        #expect(try await office.directory.user("203") == nil)
    }

    @Test func `of two administrators the second one is told, and nothing is lost`() async throws {
        let office = try await Office()
        try await office.user("203") { $0.name = "Old" }
        let (first, second) = (try await office.browser(.administrator), try await office.browser(.administrator))
        try await first.post("/users/203", Self.form + [("version", "1")])
        let own = Self.form.map { $0.0 == "name" ? ("name", "Mine") : $0 }
        let page = try await second.post("/users/203", own + [("version", "1")])
        #expect(page.status == .conflict)
        #expect(page.text.contains("<td>Ioana</td><td>Mine</td>"))
        #expect(page.text.contains("value=\"Mine\"") && page.text.contains("name=\"version\" value=\"2\""))
        #expect(try await office.directory.user("203")?.name == "Ioana")
        #expect(try await second.post("/users/203", own + [("version", "2")]).status == .seeOther)
        #expect(try await office.directory.user("203")?.name == "Mine")
        // And when the other one has removed the user.
        try await first.post("/users/203/remove", [("version", "3")])
        let removed = try await second.post("/users/203", own + [("version", "3")])
        #expect(removed.status == .conflict && removed.text.contains("was removed"))
    }

    @Test func `several users are changed at once, those too whom only Asterisk knows`() async throws {
        let office = try await Office()
        try await office.user("203") { $0.name = "Ioana" }
        let browser = try await office.browser(.administrator)
        let list = try await browser.get("/users")
        #expect(list.text.contains("value=\"305\"") && list.text.contains("value=\"101\""))
        let page = try await browser.post(
            "/users/change",
            [("user", "203"), ("user", "305"), ("SPY_PERMISSION", "Listen"), ("join", "sales")]
        )
        #expect(page.text.contains("2 users were changed."))
        for owner in ["203", "305"] as [Extension] {
            let user = try #require(try await office.directory.user(owner))
            #expect(user.rights.permission == .upTo(.listen) && user.rights.groups.map(\.rawValue) == ["sales"])
        }
        #expect(try await office.directory.user("203")?.name == "Ioana")
        #expect(try await browser.post("/users/change", [("SPY_PERMISSION", "Barge")]).status == .unprocessableContent)
        #expect(
            try await browser.post("/users/change", [("user", "203"), ("SPY_PERMISSION", "Chief")]).status
                == .badRequest
        )
    }

    @Test func `whoever is only added to a group keeps what Asterisk gives them`() async throws {
        let office = try await Office()
        let browser = try await office.browser(.administrator)
        try await browser.post("/users/change", [("user", "305"), ("join", "sales")])
        #expect(try await office.directory.user("305")?.rights.permission == .upTo(.barge))
        #expect(try await browser.get("/users/305").text.contains("<option value=\"Barge\" selected>"))
        office.asterisk.isAway.withLock { $0 = true }
        let away = try await browser.post("/users/change", [("user", "101"), ("join", "sales")])
        #expect(away.status == .serviceUnavailable)
        #expect(try await office.directory.user("101") == nil)
    }

    @Test(arguments: [
        [("MAY_MONITOR", "everybody"), ("MAY_MONITOR_EXTENSIONS", "101")], [("MAY_MONITOR", "nonsense")],
        [("MAY_MONITOR", "everybody"), ("SPY_PERMISSION", "nonsense")],
    ])
    func `in doubt a form gives no right`(fields: [(String, String)]) async throws {
        let office = try await Office()
        let browser = try await office.browser(.administrator)
        let names = Set(fields.map(\.0))
        let rest = Self.form.filter { !$0.0.hasPrefix("MAY_MONITOR") && !names.contains($0.0) }
        let page = try await browser.post("/users/203", rest + fields + [("version", "0")])
        #expect(page.status == .unprocessableContent)
        #expect(try await office.directory.user("203") == nil)
        // What is missing closes.
        let open = Self.form.filter { $0.0 != "DISABLE_SPY" }
        try await browser.post("/users/203", open + [("version", "0")])
        #expect(try await office.directory.user("203")?.rights.isDisabled == true)
    }

    @Test(arguments: ["9999999999999999999-01-01", "-1-1-1", "292277026596-12-04", "2026-13-99", "x", "2026-11-26-1"])
    func `a day that is none is none`(day: String) async throws {
        let page = try await Office().browser(.auditor).get("/record?from=\(day)&until=\(day)")
        #expect(page.status == .ok)
    }

    @Test func `a script in a name is only a name`() async throws {
        let office = try await Office(visibility: .atOnce)
        let script = "<script>alert(1)</script>\"'&"
        try await office.user("203") {
            $0.name = script
            $0.rights.groups = [GroupName("<b>\"x")].compactMap { $0 }.reduce(into: []) { $0.insert($1) }
        }
        office.record.all.withLock {
            $0 = [
                RecordEntry(
                    sequence: 1,
                    time: 1,
                    origin: "test",
                    event: .userChanged,
                    fields: [
                        .subject: script, .change: script, .supervisor: script, .target: "203", .mode: "listen",
                    ]
                )
            ]
        }
        office.live.all.withLock {
            $0 = [
                LiveSession(
                    id: SessionID(instance: "<i>", number: 1),
                    supervisor: script,
                    target: "101",
                    mode: .barge,
                    since: 1
                )
            ]
        }
        let browser = try await office.browser(.administrator)
        for path in [
            "/users", "/users?search=%3Cscript%3E", "/users/203", "/now", "/record?heard=%22%3E%3Cscript%3E", "/me",
        ] {
            let text = try await browser.get(path).text
            #expect(
                !text.contains("<script>alert") && !text.contains("\"><script") && !text.contains("<b>\"x"),
                "\(path)"
            )
        }
        let own = try await office.browser(.user).get("/me").text
        #expect(!own.contains("<script>alert") && own.contains("&lt;script&gt;"))
    }

    @Test func `pages speak the browser's language, or the one that was chosen`() async throws {
        let office = try await Office()
        let browser = try await office.browser(.administrator)
        browser.headers.withLock { $0["Accept-Language"] = "de-DE, ro-RO;q=0.9, en;q=0.8" }
        let romanian = try await browser.get("/users")
        #expect(romanian.text.contains("<html lang=\"ro\">") && romanian.text.contains("<h1>Utilizatori</h1>"))
        let place = "/users?search=10&group=sales"
        #expect(try await browser.get(place).text.contains("name=\"to\" value=\"/users?search=10&amp;group=sales"))
        let chosen = try await browser.post("/language", [("language", "en"), ("to", place)])
        #expect(chosen.headers[.location] == place)
        #expect(chosen.headers[.setCookie]?.contains("Max-Age=31536000") == true)
        #expect(try await browser.get("/users").text.contains("<h1>Users</h1>"))
        #expect(try await browser.post("/language", [("language", "xx")]).status == .badRequest)
    }

    @Test(arguments: [
        ("en;q=0.1, ro;q=0.2", Language.romanian), ("", .english), ("fr", .english), ("RO", .romanian),
        ("ro;q=x, en", .romanian),
        (";;;,,q=", .english),
    ])
    func `a header is read as browsers write it, and anything else does no harm`(header: String, language: Language) {
        #expect(Language(accepting: header) == language)
    }

    @Test func `whoever asks "may they" is answered in a sentence`() async throws {
        let office = try await Office()
        let browser = try await office.browser(.administrator)
        let path = "/users/203?mode=whisper&explain=101"
        let yes = try await browser.get(path).text
        #expect(yes.contains("Yes: 203 may monitor the call of 101 now (Whisper)."))
        #expect(yes.contains("(203: Barge, by SPY_PERMISSION of PJSIP/203 in Asterisk)"))
        office.asterisk.outcome.withLock { $0 = .denied(.notInGroup) }
        #expect(try await browser.get(path).text.contains("No. 101 is not among those whom 203 may monitor."))
        office.asterisk.isAway.withLock { $0 = true }
        #expect(try await browser.get(path).text.contains("Asterisk cannot be asked"))
        let users = try await browser.get("/users")
        #expect(users.status == .ok && users.text.contains("Asterisk cannot be asked"))
        #expect(try await browser.get("/users/203?mode=shout&explain=1%2B1").status == .ok)
    }

    @Test func `a session is shown, and ended by an administrator`() async throws {
        let office = try await Office()
        let session = LiveSession(
            id: SessionID(instance: "a", number: 7),
            supervisor: "305",
            target: "101",
            mode: .whisper,
            since: 1_795_694_400_000
        )
        office.live.all.withLock { $0 = [session] }
        let browser = try await office.browser(.administrator)
        let page = try await browser.get("/now")
        #expect(page.text.contains("305") && page.text.contains("Whisper") && page.text.contains("value=\"a-7\""))
        let events = try await browser.get("/now/events")
        #expect(events.headers[.contentType] == "text/event-stream")
        #expect(events.text.hasPrefix("data: ") && events.text.hasSuffix("\n\n") && events.text.contains("305"))
        try await browser.post("/now/end", [("session", "a-8")])
        #expect(office.live.ended.withLock(\.self).isEmpty)
        try await browser.post("/now/end", [("session", "a-7")])
        #expect(office.live.ended.withLock(\.self) == [session.id])
        #expect(try await !office.browser(.auditor).get("/now").text.contains("/now/end"))
    }

    @Test(arguments: [
        (AdministrationConfiguration.Visibility.never, false, false), (.nextDay, true, false), (.atOnce, true, true),
    ])
    func `a user sees who listened to them as far as they may`(
        visibility: AdministrationConfiguration.Visibility,
        yesterday: Bool,
        today: Bool
    ) async throws {
        let office = try await Office(visibility: visibility)
        let now: Int64 = 1_795_694_400_000
        office.record.all.withLock {
            $0 = [(now - 1000, "today-boss"), (now - 86_400_000, "yesterday-boss")].map { time, supervisor in
                RecordEntry(
                    sequence: 1,
                    time: time,
                    origin: "test",
                    event: .sessionStarted,
                    fields: [.supervisor: supervisor, .target: "203", .mode: "listen"]
                )
            }
        }
        let text = try await office.browser(.user).get("/me").text
        #expect(text.contains("yesterday-boss") == yesterday)
        #expect(text.contains("today-boss") == today)
        #expect(
            office.record.queries.withLock(\.self).allSatisfy { $0.events == RecordEvent.hearing && $0.heard == "203" }
        )
    }

    @Test func `the dialing page is for the account's own rights`() async throws {
        let office = try await Office()
        try await office.user("203") {
            $0.rights.permission = .upTo(.whisper)
            $0.rights.params = "qSdx(7)"
        }
        let text = try await office.browser(.user).get("/dialing").text
        #expect(text.contains("*92") && !text.contains("*93"))
        #expect(text.contains("<kbd>5</kbd>") && !text.contains("<kbd>6</kbd>") && text.contains("<kbd>7</kbd>"))
        #expect(text.contains("<kbd>#</kbd>") && !text.contains("102#"))
        #expect(!text.contains("a beep, then the extension"), "q")
        try await office.user("203") { $0.rights.params = "SXn()" }
        let other = try await office.browser(.user).get("/dialing").text
        #expect(other.contains("102#") && other.contains("<kbd>a digit</kbd>") && !other.contains("<kbd>5</kbd>"))
        #expect(other.contains("a beep, then the recorded name"))
        // What is configured, and each of two that mean the same.
        #expect(other.contains("“custom/nope”"))
        #expect(other.contains("on this line”; or “I’m sorry”, “That feature"))
    }

    @Test func `the record is searched and exported`() async throws {
        let office = try await Office()
        let entry = RecordEntry(
            sequence: 9,
            time: 1,
            origin: "test",
            event: .refused,
            fields: [.supervisor: "305", .result: "no_permission"]
        )
        office.record.all.withLock { $0 = [entry] }
        let browser = try await office.browser(.auditor)
        let page = try await browser.get(
            "/record?supervisor=305&event=refused&from=2026-11-25&until=2026-11-26&before=20"
        )
        #expect(page.text.contains("no permission") && page.text.contains("305"))
        let query = try #require(office.record.queries.withLock(\.self).last)
        #expect(query.supervisor == "305" && query.events == [.refused] && query.before == 20)
        #expect(query.until.map { until in query.from.map { until - $0 } } == 2 * 86_400_000)
        let file = try await browser.get("/record.csv?supervisor=305")
        #expect(file.text == RecordStore.csvHeadings + RecordStore.csv([entry]))
        #expect(file.headers[.contentDisposition]?.hasPrefix("attachment") == true)
    }
}

/// The texts.
@Suite struct CatalogueTests {
    @Test func `both languages have the same texts, with the same values in them`() {
        let (english, romanian) = (Catalogue[.english].texts, Catalogue[.romanian].texts)
        #expect(Set(english.keys) == Set(romanian.keys))
        #expect(english.count > 100)
        func values(_ text: String?) -> [String] {
            (text ?? "").matches(of: /\{[a-z]+\}/).map { String($0.0) }.sorted()
        }
        for key in english.keys { #expect(values(english[key]) == values(romanian[key]), "\(key)") }
    }

    @Test func `every value that a page can show has a text`() {
        var keys: [String] = []
        for refusal in Refusal.allCases { keys += ["refusal_\(refusal.word)", "result_\(refusal.word)"] }
        for letter in SpyOption.Letter.allCases { keys.append("letter_\(letter.rawValue)") }
        for permission in SpyPermission.all {
            keys += ["permission_\(permission.key)", "permission_\(permission.key)_help"]
        }
        for field in UserField.allCases { keys.append("field_\(field.rawValue)") }
        for event in RecordEvent.allCases { keys.append("event_\(event.rawValue)") }
        for field in RecordField.allCases { keys.append("record_\(field.rawValue)") }
        for role in AccountRole.allCases { keys.append("role_\(role.rawValue)") }
        for result in Site<ContinuousClock>.results { keys.append("result_\(result)") }
        for (meaning, _) in Site<ContinuousClock>.meanings { keys.append("sound_\(meaning)_means") }
        for key in keys { #expect(Catalogue[.english].texts[key] != nil, "\(key)") }
    }

    @Test func `every refusal has a meaning on the dialing page`() {
        let words = Site<ContinuousClock>.meanings.flatMap(\.words)
        #expect(Set(Refusal.allCases.map(\.word)).isSubset(of: words))
        #expect(Set(words).count == words.count)
    }

    @Test func `every text that a template or a page names is there, and no other`() throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appending(path: "../../Sources/Administration").standardizedFileURL
        let files = try #require(FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil))
            .compactMap { $0 as? URL }
        var named: Set<String> = []
        for file in files where ["mustache", "swift"].contains(file.pathExtension) {
            let text = try String(contentsOf: file, encoding: .utf8)
            named.formUnion(text.matches(of: /\{\{t\.(\w+)\}\}/).map { String($0.1) })
            named.formUnion(text.matches(of: /"([a-z]+(?:_[a-z]+)+|waiting|everybody)"/).map { String($0.1) })
        }
        let there = Set(Catalogue[.english].texts.keys)
        let families = [
            "refusal_", "result_", "letter_", "permission_", "field_", "event_", "record_", "sound_", "key_", "media_",
            "role_", "right_",
            "not_found_",
            "not_allowed_", "session_over_", "from_elsewhere_", "too_large_", "bad_request_", "storage_failed_",
            "page_failed_",
        ]
        for key in there where !families.contains(where: key.hasPrefix) {
            #expect(named.contains(key), "\(key) is used nowhere")
        }
        for file in files where file.pathExtension == "mustache" {
            let text = try String(contentsOf: file, encoding: .utf8)
            for match in text.matches(of: /\{\{t\.(\w+)\}\}/) {
                #expect(there.contains(String(match.1)), "\(match.1) in \(file.lastPathComponent)")
            }
        }
    }
}

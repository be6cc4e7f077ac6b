import Foundation
import LabSupport
import Testing

extension OnAsterisk.AsteriskServiceTests {
    /// The page in a real browser, with real phones.
    @Suite struct BrowserTests {
        private struct Desk {
            let office: Office
            let browser: Browser
            let page: String

            func signIn(_ password: String = "correct horse") async throws {
                try await browser.go(to: page)
                try await browser.type("maria", into: "#name")
                try await browser.type(password, into: "#password")
                try await browser.click("main button")
            }

            /// Signs in, and waits until it is done.
            func enter() async throws {
                try await signIn()
                try await browser.waitFor("maria", in: ".who")
            }

            /// The administrator chooses a permission on a user's page.
            func give(_ permission: String, to user: String) async throws {
                try await browser.go(to: "\(page)/users/\(user)")
                try await browser.choose(permission, in: "#SPY_PERMISSION")
                try await browser.type("qESsb", into: "#SPY_PARAMS")
                try await browser.click("form.card button")
                try await browser.waitFor("The user was updated.")
            }
        }

        private static func sit(
            language: String = "en",
            width: Int = 1280,
            isDark: Bool = false,
            certificate: Certificate? = nil,
            _ body: (Desk) async throws -> Void
        ) async throws {
            let address = "127.0.0.1:\(try FreePorts.pair())"
            var settings = ["EARSHOT_WEB_LISTEN": address, "EARSHOT_RECORD_VISIBLE_TO_AGENTS": "at_once"]
            if let certificate {
                settings["EARSHOT_WEB_CERTIFICATE_FILE"] = certificate.file
                settings["EARSHOT_WEB_KEY_FILE"] = certificate.key
            }
            let scheme = certificate == nil ? "http" : "https"
            try await Office.open(settings) { office in
                let passwordFile = office.file + ".password"
                try Data("correct horse\n".utf8).write(to: URL(fileURLWithPath: passwordFile))
                let added = try await office.earshot(
                    "admin",
                    "add",
                    "maria",
                    "--role",
                    "administrator",
                    "--extension",
                    "305",
                    "--password-file",
                    passwordFile
                )
                #expect(added.status == 0, "\(added.text)")
                let browser = try await Browser.start(language: language, width: width, isDark: isDark)
                let result: Result<Void, any Error>
                do {
                    try await body(Desk(office: office, browser: browser, page: "\(scheme)://\(address)"))
                    result = .success(())
                } catch {
                    result = .failure(error)
                }
                await browser.stop()
                try result.get()
            }
        }

        @Test(.timeLimit(.minutes(3)))
        func `an administrator gives barge, lowers it to whisper and takes it away, and the phones follow`()
            async throws
        {
            try await Self.sit { desk in
                try await desk.enter()
                try await desk.browser.go(to: "\(desk.page)/users")
                try await desk.browser.waitFor("Known to Asterisk, not set here")
                try await desk.give("Barge", to: "300")
                try await Scene.whileTalking { scene in
                    try await scene.withSupervisor("300") { supervisor in
                        try await supervisor.dial("*93101")
                        try await scene.client.waitToHear(.supervisor)

                        let before = scene.client.mark()
                        try await scene.expectPrompt(on: supervisor) { try await desk.give("Whisper", to: "300") }
                        try await scene.expectEars(supervisor, .whisper)
                        // The browser takes a while until the button is pressed: that is no time of Earshot's.
                        #expect(scene.client.heard(since: before).longestStretch(of: .supervisor) <= .seconds(3))

                        try await desk.browser.go(to: "\(desk.page)/now")
                        try await desk.browser.waitFor("Whisper")
                        try await scene.earshot.line("session ended", of: "300", within: .seconds(10)) {
                            try await desk.give("No permission", to: "300")
                        }
                        try await supervisor.waitFor(.closed)
                    }
                }
            }
        }

        @Test(.timeLimit(.minutes(2)))
        func `Now follows by itself, and End ends`() async throws {
            try await Self.sit { desk in
                try await desk.signIn("wrong horse")
                try await desk.browser.waitFor("Account or password is wrong.")
                try await desk.enter()
                try await desk.browser.go(to: "\(desk.page)/now")
                try await desk.browser.waitFor("Nobody is monitoring anybody.")
                try await Scene.whileTalking { scene in
                    try await scene.withSupervisor("311") { supervisor in
                        try await supervisor.dial("*91101")
                        try await supervisor.waitToHear(.client)
                        // Nobody has loaded the page again.
                        try await desk.browser.waitFor("Listen")
                        try await scene.earshot.line("session ended", of: "311", within: .seconds(10)) {
                            try await desk.browser.click("#now button")
                        }
                        try await supervisor.waitFor(.closed)
                        try await desk.browser.waitFor("Nobody is monitoring anybody.")
                    }
                }
                try await desk.browser.go(to: "\(desk.page)/record")
                try await desk.browser.waitFor("ended from the page")
            }
        }

        @Test(.timeLimit(.minutes(2)))
        func `over TLS the page is the same, and its cookie is for TLS alone`() async throws {
            let certificate = try Certificate()
            defer { certificate.remove() }
            try await Self.sit(certificate: certificate) { desk in
                try await desk.enter()
                #expect(try await desk.browser.run("arguments[0](location.protocol)") == "\"https:\"")
                try await desk.give("Listen", to: "300")
                let cookies = try await desk.browser.cookies()
                #expect(cookies.map(\.name) == ["__Host-earshot_session"])
                #expect(cookies.allSatisfy { $0.isSecure && $0.isHTTPOnly && $0.sameSite == "Strict" })
                try await desk.browser.go(to: "\(desk.page)/now")
                try await desk.browser.waitFor("Nobody is monitoring anybody.")
                try await Scene.whileTalking { scene in
                    try await scene.withSupervisor("311") { supervisor in
                        try await supervisor.dial("*91101")
                        try await desk.browser.waitFor("Listen")
                        try await supervisor.hangUp()
                        try await desk.browser.waitFor("Nobody is monitoring anybody.")
                    }
                }
            }
        }

        /// A site of somebody else's on this machine.
        private static func serving(_ page: String, _ body: (String) async throws -> Void) async throws {
            let folder = FileManager.default.temporaryDirectory.appending(path: "earshot-neighbour-\(UUID())")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: folder) }
            try Data(page.utf8).write(to: folder.appending(path: "index.html"))
            let port = try FreePorts.pair()
            let server = try GuardedProcess(
                ["python3", "-u", "-m", "http.server", "\(port)", "--bind", "127.0.0.1", "--directory", folder.path],
                folder: folder.path
            )
            defer { server.end() }
            let deadline = ContinuousClock.now + .seconds(10)
            while !server.lastOutput().contains("Serving HTTP"), ContinuousClock.now < deadline {
                try await Task.sleep(for: .milliseconds(20))
            }
            try await body("http://127.0.0.1:\(port)/")
        }

        /// A certificate that nobody has signed but its owner, for 127.0.0.1.
        private struct Certificate {
            private let folder: URL
            var file: String { folder.appending(path: "page.pem").path }
            var key: String { folder.appending(path: "page.key").path }

            init() throws {
                folder = FileManager.default.temporaryDirectory.appending(path: "earshot-tls-\(UUID())")
                try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
                let openssl = Process()
                openssl.executableURL = URL(fileURLWithPath: "/usr/bin/env")
                openssl.arguments = [
                    "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-days", "1",
                    "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", file,
                ]
                openssl.standardError = FileHandle.nullDevice
                try openssl.run()
                openssl.waitUntilExit()
                #expect(openssl.terminationStatus == 0)
            }

            func remove() { try? FileManager.default.removeItem(at: folder) }
        }

        @Test(.timeLimit(.minutes(2)))
        func `several users are changed at once, in Romanian`() async throws {
            try await Self.sit(language: "ro") { desk in
                try await desk.enter()
                try await desk.browser.go(to: "\(desk.page)/users")
                try await desk.browser.waitFor("Cunoscute de Asterisk, neconfigurate aici")
                for user in ["300", "301"] { try await desk.browser.click("input[name=user][value='\(user)']") }
                try await desk.browser.choose("Ascultare", in: "#bulk-permission")
                try await desk.browser.type("vânzări", into: "#bulk-group")
                try await desk.browser.click("fieldset button")
                try await desk.browser.waitFor("Utilizatori modificați: 2.")
                let shown = try await desk.office.earshot("users", "show", "300").text
                #expect(shown.contains("Listen") && shown.contains("vânzări"))
                try await desk.browser.click("button[lang=en]")
                try await desk.browser.waitFor("Who may monitor calls")
            }
        }

        @Test(.timeLimit(.minutes(2)))
        func `of two administrators the second one is told, and a name is only a name`() async throws {
            try await Self.sit { desk in
                try await desk.enter()
                let script = "<script>document.title='caught'</script>"
                try await desk.browser.go(to: "\(desk.page)/users/300")
                try await desk.browser.type(script, into: "#name")
                try await desk.browser.click("form.card button")
                try await desk.browser.waitFor("The user was updated.")
                for path in ["/users", "/users/300", "/record"] {
                    try await desk.browser.go(to: desk.page + path)
                    #expect(try await desk.browser.run("arguments[0](document.title)").contains("Earshot"))
                    if path == "/users" { #expect(try await desk.browser.text().contains(script)) }
                }
                // Somebody else changes the user while the form is open.
                try await desk.browser.go(to: "\(desk.page)/users/300")
                try await desk.office.set("300", "--name", "Theirs")
                try await desk.browser.type("Mine", into: "#name")
                try await desk.browser.click("form.card button")
                try await desk.browser.waitFor("Somebody else was faster")
                #expect(try await desk.browser.text(of: "main table").contains("Theirs"))
                #expect(try await desk.office.earshot("users", "show", "300").text.contains("Theirs"))
                try await desk.browser.click("form.card button")
                try await desk.browser.waitFor("The user was updated.")
                #expect(try await desk.office.earshot("users", "show", "300").text.contains("Mine"))
            }
        }

        @Test(.timeLimit(.minutes(2)))
        func `a session that is over, another site, a path with a trick and a form of a megabyte change nothing`()
            async throws
        {
            try await Self.sit { desk in
                try await desk.enter()
                try await desk.office.set("300", "--name", "Before")
                func expectUnchanged(_ comment: Comment) async throws {
                    #expect(try await desk.office.earshot("users", "show", "300").text.contains("Before"), comment)
                }
                let form =
                    "<form method='post' action='\(desk.page)/users/300/remove'><input name='version' value='1'>"
                    + "<button>x</button></form>"
                // With a form of another site the browser sends no cookie.
                try await desk.browser.go(to: "data:text/html;base64,\(Data(form.utf8).base64EncodedString())")
                try await desk.browser.click("button")
                try await desk.browser.waitFor("You were signed out, and nothing was changed.")
                try await expectUnchanged("another site")
                // With one of another program on the same machine it does.
                try await Self.serving(form) { neighbour in
                    try await desk.browser.go(to: neighbour)
                    try await desk.browser.click("button")
                    try await desk.browser.waitFor("Not accepted")
                }
                try await expectUnchanged("another origin")

                try await desk.browser.go(to: "\(desk.page)/users/300")
                try await desk.browser.run(
                    "document.getElementById('name').removeAttribute('maxlength');"
                        + "document.getElementById('name').value = 'x'.repeat(1000000); arguments[0]()"
                )
                try await desk.browser.click("form.card button")
                try await desk.browser.waitFor("larger than 256 kilobytes")
                try await expectUnchanged("a megabyte")

                for path in ["/users/..%2f..%2fetc%2fpasswd", "/assets/..%2f..%2fearshot.db", "/users/a%00b", "/.git"] {
                    try await desk.browser.go(to: desk.page + path)
                    #expect(try await desk.browser.text().contains("There is no such page."), "\(path)")
                }

                // The account's password is changed: whoever is signed in is so no more.
                try await desk.browser.go(to: "\(desk.page)/users/300")
                let file = desk.office.file + ".password"
                let changed = try await desk.office.earshot("admin", "password", "maria", "--password-file", file)
                #expect(changed.status == 0, "\(changed.text)")
                try await desk.browser.type("After", into: "#name")
                try await desk.browser.click("form.card button")
                try await desk.browser.waitFor("You were signed out, and nothing was changed.")
                try await expectUnchanged("signed out")
                try await desk.browser.go(to: "\(desk.page)/users")
                try await desk.browser.waitFor("Account")
            }
        }

        @Test(.timeLimit(.minutes(3)), arguments: [(1280, false, "en"), (390, true, "ro")])
        func `axe-core finds nothing on any page`(width: Int, isDark: Bool, language: String) async throws {
            try await Self.sit(language: language, width: width, isDark: isDark) { desk in
                try await desk.office.set(
                    "305",
                    "--name",
                    "Ioana <script>",
                    "--permission",
                    "barge",
                    "--groups",
                    "leads"
                )
                try await desk.browser.go(to: "\(desk.page)/sign-in")
                #expect(try await Axe.violations(in: desk.browser) == [])
                try await desk.enter()
                for path in [
                    "/", "/users", "/users?search=nobody-of-this-name", "/users/305", "/users/305?form=simple",
                    "/users/999",
                    "/users/305?mode=barge&explain=101", "/now", "/record", "/dialing", "/me", "/no/such/page",
                ] {
                    try await desk.browser.go(to: desk.page + path)
                    #expect(try await desk.browser.text(of: ".who") == "maria", "\(path)")
                    #expect(try await Axe.violations(in: desk.browser) == [], "\(path)")
                    let isWide = try await desk.browser.run(
                        "arguments[0](document.documentElement.scrollWidth > window.innerWidth)"
                    )
                    #expect(isWide == "false", "\(path) is wider than the window")
                }
            }
        }
    }
}

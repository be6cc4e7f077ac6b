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
            _ body: (Desk) async throws -> Void
        ) async throws {
            let address = "127.0.0.1:\(try FreePorts.pair())"
            try await Office.open(["EARSHOT_WEB_LISTEN": address, "EARSHOT_RECORD_VISIBLE_TO_AGENTS": "at_once"]) {
                office in
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
                    try await body(Desk(office: office, browser: browser, page: "http://\(address)"))
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
                try await desk.signIn()
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
                try await desk.signIn()
                try await desk.browser.waitFor("Users")
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
        func `several users are changed at once, in Romanian`() async throws {
            try await Self.sit(language: "ro") { desk in
                try await desk.signIn()
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
                try await desk.signIn()
                for path in [
                    "/users", "/users?search=nobody-of-this-name", "/users/305", "/users/305?form=simple", "/users/999",
                    "/users/305?mode=barge&explain=101", "/now", "/record", "/dialing", "/me", "/no/such/page",
                ] {
                    try await desk.browser.go(to: desk.page + path)
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

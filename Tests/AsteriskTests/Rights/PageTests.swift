import Foundation
import LabSupport
import Testing

extension OnAsterisk.AsteriskServiceTests {
    /// The page of an Earshot that serves real phones, asked for as a browser would.
    @Suite struct PageTests {
        /// curl, with the cookies that it has been given.
        private struct Visitor {
            let office: Office
            let address: String

            /// - Returns: the page, with its status in the last line.
            @discardableResult
            func ask(_ path: String, _ fields: [String: String]? = nil) async throws -> String {
                let jar = office.file + ".cookies"
                var arguments = [
                    "curl", "-sS", "-b", jar, "-c", jar, "-w", "\n%{http_code}", "http://\(address)\(path)",
                ]
                for (name, value) in fields ?? [:] { arguments += ["--data-urlencode", "\(name)=\(value)"] }
                let process = Process()
                process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
                process.arguments = arguments
                let output = Pipe()
                process.standardOutput = output
                try process.run()
                let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
                process.waitUntilExit()
                return text
            }

            func token() async throws -> String {
                let page = try await ask("/now")
                return String(try #require(page.firstMatch(of: /name="token" value="([0-9a-f]+)"/)).1)
            }
        }

        private static func open(_ body: (Office, Visitor) async throws -> Void) async throws {
            let address = "127.0.0.1:\(try FreePorts.pair())"
            try await Office.open(["EARSHOT_WEB_LISTEN": address]) { office in
                let passwordFile = office.file + ".password"
                try Data("correct horse\n".utf8).write(to: URL(fileURLWithPath: passwordFile))
                let added = try await office.earshot(
                    "admin",
                    "add",
                    "maria",
                    "--role",
                    "administrator",
                    "--password-file",
                    passwordFile
                )
                #expect(added.status == 0, "\(added.text)")
                let visitor = Visitor(office: office, address: address)
                let answer = try await visitor.ask("/sign-in", ["name": "maria", "password": "correct horse"])
                #expect(answer.hasSuffix("303"))
                try await body(office, visitor)
            }
        }

        @Test(.timeLimit(.minutes(2)))
        func `a right that is given and taken away on the page counts in the call`() async throws {
            try await Self.open { _, visitor in
                let token = try await visitor.token()
                func update(_ permission: String, _ version: Int) async throws {
                    let page = try await visitor.ask(
                        "/users/300",
                        [
                            "token": token, "version": "\(version)", "SPY_PERMISSION": permission,
                            "SPY_PARAMS": "qESsb",
                            "DISABLE_SPY": "no", "MAY_MONITOR": "everybody",
                        ]
                    )
                    #expect(page.hasSuffix("200"))
                }
                try await update("Barge", 0)
                try await Scene.whileTalking { scene in
                    try await scene.withSupervisor("300") { supervisor in
                        try await supervisor.dial("*93101")
                        try await scene.client.waitToHear(.supervisor)
                        let now = try await visitor.ask("/now")
                        #expect(now.contains("300") && now.contains("Barge") && now.contains("101"))
                        let mark = scene.client.mark()
                        try await scene.earshot.line("session ended", of: "300", within: .seconds(10)) {
                            try await update("No permission", 1)
                        }
                        try await supervisor.waitFor(.closed)
                        #expect(scene.client.heard(since: mark).longestStretch(of: .supervisor) <= .seconds(1))
                    }
                }
            }
        }

        @Test(.timeLimit(.minutes(2)))
        func `a session is ended by a click, and the supervisor hears why`() async throws {
            try await Self.open { office, visitor in
                try await Scene.whileTalking { scene in
                    try await scene.withSupervisor("311") { supervisor in
                        try await supervisor.dial("*91101")
                        try await supervisor.waitToHear(.client)
                        let token = try await visitor.token()
                        let page = try await visitor.ask("/now")
                        let session = String(try #require(page.firstMatch(of: /name="session" value="([^"]+)"/)).1)
                        let mark = supervisor.mark()
                        try await scene.earshot.line("session ended", of: "311", within: .seconds(10)) {
                            try await visitor.ask("/now/end", ["token": token, "session": session])
                            try await supervisor.waitForSound(since: mark)
                        }
                        try await supervisor.waitFor(.closed)
                        let end = scene.earshot.log().last { $0["message"] == "session ended" }
                        #expect(end?["session.end_reason"] == "ended_by_administrator")
                        let record = try await office.earshot("record", "list").text
                        #expect(record.contains("session_end_requested") && record.contains("author=account:maria"))
                    }
                }
            }
        }
    }
}

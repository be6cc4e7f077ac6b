import Foundation
import GRDB
import Glibc
import LabSupport
import Testing

extension OnAsterisk.AsteriskServiceTests {
    /// Who heard whom stands in the file before they do.
    @Suite struct RecordTests {
        /// The entries of the record, the oldest first, as their fields.
        private static func entries(_ office: Office) async throws -> [[String: String]] {
            let texts = try await DatabaseQueue(path: office.file).read {
                try String.fetchAll($0, sql: "SELECT entry FROM record ORDER BY sequence")
            }
            return try texts.map { text in
                let object = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
                return object.mapValues { "\($0)" }
            }
        }

        @Test(.timeLimit(.minutes(2)))
        func `a session stands in the record from its first call to its end, and the record proves it`() async throws {
            try await Office.open { office in
                try await office.set("300", "--permission", "whisper", "--params", "qESsbd")
                var session: [[String: String]] = []
                try await Scene.whileTalking { scene in
                    try await scene.withSupervisor("300") { supervisor in
                        try await supervisor.dial("*91101")
                        try await supervisor.waitToHear(.client)
                        try await scene.press("5", on: supervisor, "mode changed")
                        try await scene.press("6", on: supervisor, "key refused")
                        try await scene.agent.hangUp()
                        try await supervisor.waitFor(.closed)
                        try await scene.earshot.waitForLog("session ended")
                        try await scene.expectRefusal(of: supervisor, dialling: "*93101", "mode_above_permission")
                        try await scene.earshot.waitForLog("session ended", after: scene.earshot.log().count - 1)
                        session = try await Self.entries(office).filter { $0["supervisor"] == "300" }
                    }
                }
                #expect(
                    session.map { $0["event"] } == [
                        "session_started", "mode_changed", "key_refused", "session_ended", "refused",
                    ]
                )
                #expect(session.map { $0["mode"] } == ["listen", "whisper", "whisper", "whisper", nil])
                #expect(session.allSatisfy { $0["target"] == "101" })
                let first = try #require(session.first)
                #expect(first["endpoint"] == "PJSIP/101")
                #expect(first["unique_id"]?.isEmpty == false && first["linked_id"]?.isEmpty == false)
                #expect(first["unique_id"] != first["linked_id"], "the client's channel began the call")
                #expect(
                    session.map { $0["result"] } == [
                        nil, nil, "mode_above_permission", "target_hung_up", "mode_above_permission",
                    ]
                )
                #expect(session[3]["duration_ms"].flatMap { Int($0) }.map { $0 > 0 } == true)
                let right = try #require(try await Self.entries(office).first { $0["event"] == "user_added" })
                #expect(right["subject"] == "300" && right["author"]?.hasPrefix("command-line:") == true)
                #expect(right["change"]?.contains("spy_permission: No permission -> Whisper") == true)

                let bench = try Bench.current
                try bench.earshot.send(signal: SIGTERM)
                try await bench.earshot.waitForEnd()
                let head = try #require(bench.earshot.log().last { $0["message"] == "record head" }?["record.hash"])
                #expect(try await office.earshot("record", "verify", "--head", head).status == 0)
                try await office.execute("DROP TRIGGER record_is_not_changed")
                try await office.execute(
                    "UPDATE record SET entry = replace(entry, 'whisper', 'listen') WHERE sequence = 4"
                )
                let verification = try await office.earshot("record", "verify", "--head", head)
                #expect(verification.status == 1)
                #expect(
                    verification.text
                        == "Entry 4 does not fit: it was changed, or the one before it together with its hash.\n"
                )
            }
        }

        @Test(.timeLimit(.minutes(2)), arguments: [true, false])
        func `who was heard with the agent stands in the record, an outside number only if that is wished`(
            keepsNumbers: Bool
        ) async throws {
            try await Office.open(["EARSHOT_RECORD_NUMBERS": "\(keepsNumbers)"]) { office in
                try await Scene.whileTalking { scene in
                    let client = try #require(try await scene.lab.channels().first { $0.endpoint == "201" })
                    // What a caller can choose must not disturb what is asked beside it.
                    let number = "+40-721,000"
                    _ = try await scene.lab.cli("dialplan set chanvar \(client.name) CALLERID(num) \(number)\u{1F}()}")
                    try await scene.withSupervisor("311") { supervisor in
                        try await scene.expectSession(of: supervisor, .listen)
                    }
                }
                let entries = try await Self.entries(office)
                let start = try #require(entries.first { $0["event"] == "session_started" })
                #expect(start["partner"] == "201")
                #expect(start["number"] == (keepsNumbers ? "+40721000" : nil), "\(start)")
                #expect(!entries.contains { $0["event"] == "partner_joined" }, "they were there")
                let found = try await office.earshot("record", "list", "--heard", "201", "--event", "session_started")
                #expect(found.text.contains("201"))
            }
        }

        @Test(.timeLimit(.minutes(2)))
        func `whoever joins a conference that is monitored stands in the record`() async throws {
            try await Office.open { office in
                let bench = try Bench.current
                let tones: [String: Tone?] = [
                    "101": .agent, "201": .client, "202": Monitored.third, "311": .supervisor,
                ]
                try await Scene.withPhones(tones, in: bench.lab) { phones in
                    let (agent, third) = (try phones["101"], try phones["202"])
                    for phone in [agent, try phones["201"]] {
                        try await phone.dial("720")
                        try await phone.waitFor(.established)
                    }
                    try await agent.waitToHear(.client)
                    let supervisor = try phones["311"]
                    try await supervisor.dial("*91101")
                    try await supervisor.waitToHear(.client)
                    try await bench.earshot.line("somebody has joined the call") {
                        try await third.dial("720")
                        try await supervisor.waitToHear(Monitored.third)
                    }
                    try await bench.earshot.line("session ended") { try await supervisor.hangUp() }
                }
                let entries = try await Self.entries(office).filter { $0["session"] != nil }
                #expect(entries.map { $0["event"] } == ["session_started", "partner_joined", "session_ended"])
                #expect(entries.map { $0["partner"] } == ["201", "202", nil])
                #expect(entries.allSatisfy { $0["target"] == "101" && $0["number"] == nil })
            }
            try await Scene.nothingIsLeft(in: try Lab.load())
        }

        @Test(.timeLimit(.minutes(2)))
        func `when the record cannot be written nobody hears anybody, and the log says so`() async throws {
            try await Office.open { office in
                try await office.execute(
                    "CREATE TRIGGER full BEFORE INSERT ON record BEGIN SELECT RAISE(ABORT, 'disk full'); END"
                )
                try await Scene.whileTalking { scene in
                    try await scene.withSupervisor("311") { supervisor in
                        let mark = supervisor.mark()
                        try await scene.earshot.line("record cannot be written") { try await supervisor.dial("*93101") }
                        try await supervisor.waitFor(.closed, within: .seconds(10))
                        #expect(supervisor.heard(since: mark).longestStretch(of: .client) <= .milliseconds(60))
                        let end = scene.earshot.log().last { $0["message"] == "supervisor refused" }
                        #expect(end?["permission.reason"] == "storage_unavailable")
                    }
                }
            }
        }

        @Test(.timeLimit(.minutes(2)))
        func `where the record is not required monitoring goes on, and the log says so loudly`() async throws {
            try await Office.open(["EARSHOT_RECORD_REQUIRED": "false"]) { office in
                try await office.execute(
                    "CREATE TRIGGER full BEFORE INSERT ON record BEGIN SELECT RAISE(ABORT, 'disk full'); END"
                )
                try await Scene.whileTalking { scene in
                    try await scene.withSupervisor("311") { supervisor in
                        try await scene.earshot.line("record cannot be written, and monitoring goes on") {
                            try await scene.expectSession(of: supervisor, .listen)
                        }
                    }
                }
            }
        }

        @Test(.timeLimit(.minutes(3)))
        func `an Earshot that is killed has written every session that was heard`() async throws {
            let folder = FileManager.default.temporaryDirectory.appending(path: "earshot-killed-\(UUID())")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: folder) }
            let office = Office(lab: try Lab.load(), file: folder.appending(path: "earshot.db").path)
            var heard = 0
            for round in 1...6 {
                try await Bench.run(environment: office.environment) {
                    try await Scene.whileTalking { scene in
                        try await scene.withSupervisor("311") { supervisor in
                            let mark = supervisor.mark()
                            let start = scene.earshot.log().count
                            try await supervisor.dial("*91101")
                            // At another step of the session in each round.
                            try await scene.earshot.waitForLog("session command", after: start) {
                                $0["command"]?.hasPrefix(["join", "createSnoop", "writeRecord"][round % 3]) == true
                            }
                            try scene.earshot.send(signal: SIGKILL)
                            _ = try await supervisor.listen(for: .milliseconds(300))
                            if supervisor.heard(since: mark).hears(.client) { heard += 1 }
                            try await supervisor.hangUp()
                        }
                        // Whatever is left is the next run's to remove.
                        try await scene.earshot.waitForEnd()
                        try await Bench.run(environment: office.environment) {
                            try await Scene.nothingIsLeft(in: scene.lab)
                        }
                    }
                }
            }
            let starts = try await Self.entries(office).count { $0["event"] == "session_started" }
            #expect(starts >= heard, "\(heard) were heard")
            #expect(try await office.earshot("record", "verify").status == 0)
        }
    }
}

import Foundation
import Glibc
import LabSupport
import Testing

/// What the service does when it comes and goes. Each of these tests runs an Earshot of its own, so they are no part of
/// the suite that shares one.
extension OnAsterisk.AsteriskServiceTests {
    @Suite struct TLSTests {
        @Test(.timeLimit(.minutes(1)), arguments: Mode.allCases)
        func `https and wss with the lab's own authority do the whole job`(mode: Mode) async throws {
            let lab = try Lab.load()
            try await Bench.run(url: lab.ari.tlsURL, environment: ["EARSHOT_ARI_CA_FILE": lab.ari.caFile]) {
                try await Scene.whileTalking { scene in
                    try await scene.withSupervisor("311") { supervisor in
                        try await supervisor.dial(mode.rawValue + "101")
                        try await supervisor.waitToHear(.client)
                        try await expect(scene.ears(supervisor, mode))
                        try await scene.agent.hangUp()
                        try await supervisor.waitFor(.closed)
                    }
                }
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func `a certificate of another authority is refused with a message that says so`() async throws {
            let lab = try Lab.load()
            let environment = ["EARSHOT_ARI_URL": lab.ari.tlsURL, "EARSHOT_ARI_CA_FILE": lab.ari.wrongCAFile]
            let check = try await EarshotProcess.output(Bench.command, ["check"], in: lab, environment: environment)
            #expect(check.status == 1)
            #expect(check.text.contains("not signed by an authority that is trusted here"))
            #expect(check.text.contains("EARSHOT_ARI_CA_FILE"))
            let earshot = try EarshotProcess.launch(Bench.command, ["serve"], in: lab, environment: environment)
            let line = try await earshot.waitForLog("cannot connect to Asterisk")
            #expect(line["error"]?.contains("not signed by an authority that is trusted here") == true)
            #expect(line["error.code"] == "tls_failed")
            await earshot.stop()
        }
    }

    @Suite struct LifeTests {
        @Test(.timeLimit(.minutes(1)), arguments: [SIGTERM, SIGINT, SIGHUP])
        func `a signal releases every supervisor, removes what is ours, and ends with success`(
            signal: Int32
        ) async throws {
            // With everything that runs beside the sessions, and must not end before them.
            let page = ["EARSHOT_WEB_LISTEN": "127.0.0.1:\(try FreePorts.pair())"]
            try await Office.open(page) { _ in
                try await Scene.whileTalking { scene in
                    try await Scene.withPhones(["311": .supervisor, "305": nil], in: scene.lab) { phones in
                        let monitoring = try phones["311"]
                        let announced = try phones["305"]
                        try await monitoring.dial("*93101")
                        try await monitoring.waitToHear(.client)
                        let mark = announced.mark()
                        try await announced.dial("*91101")
                        try await announced.waitForSound(since: mark)
                        try scene.earshot.send(signal: signal)
                        try await monitoring.waitFor(.closed)
                        try await announced.waitFor(.closed)
                        try await scene.earshot.waitForEnd()
                        let log = scene.earshot.log()
                        #expect(log.contains { $0["message"] == "stopped" })
                        #expect(log.count { $0["message"] == "session ended" } == 2)
                        let wrong = log.filter {
                            ["warning", "error", "critical"].contains($0["level"])
                                && $0["message"] != "this release of Asterisk has known faults"
                        }
                        #expect(wrong == [])
                        try await Scene.nothingIsLeft(in: scene.lab)
                        // What was under way when the snoop ended may still arrive.
                        _ = try await scene.client.listen(for: .milliseconds(200))
                        try await expect([
                            Ear(name: "client", phone: scene.client, hears: [.agent], isFreeOf: [.supervisor])
                        ])
                    }
                }
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func `without Earshot the dialplan answers, plays a prompt and hangs up`() async throws {
            let lab = try Lab.load()
            try await Scene.withPhones(["305": nil], in: lab) { phones in
                let supervisor = try phones["305"]
                let mark = supervisor.mark()
                try await supervisor.dial("*91101")
                try await supervisor.waitFor(.established)
                try await supervisor.waitForSound(since: mark)
                try await supervisor.waitFor(.closed, within: .seconds(10))
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func `whoever is refused by a prompt that Asterisk does not have hears three tones, and check names the sound`()
            async throws
        {
            let lab = try Lab.load()
            let settings = ["EARSHOT_PROMPTS_NO_PERMISSION": "sound:no-such-sound"]
            try await Bench.run(environment: settings) {
                let check = try await EarshotProcess.output(Bench.command, ["check"], in: lab, environment: settings)
                #expect(check.text.contains("no-such-sound"))
                try await Scene.withPhones(["300": nil], in: lab) { phones in
                    let supervisor = try phones["300"]
                    let mark = supervisor.mark()
                    try await supervisor.dial("*91101")
                    try await Bench.current.earshot.waitForLog("prompt is missing in Asterisk")
                    try await supervisor.waitFor(.closed, within: .seconds(10))
                    #expect(supervisor.heard(since: mark).beginnings(of: .replacement) == 3)
                }
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func `a second Earshot takes the name, and the first one ends and says why`() async throws {
            try await Bench.run {
                let first = try Bench.current.earshot
                try await Bench.run {
                    let line = try await first.waitForLog("ended by an error")
                    #expect(line["error"]?.contains("replaced") == true)
                    try await first.waitForEnd()
                    #expect(try Bench.current.earshot.isRunning)
                }
            }
        }
    }

    @Suite struct CheckTests {
        @Test(.timeLimit(.minutes(1)))
        func `check names Asterisk's version and finds everything there`() async throws {
            let lab = try Lab.load()
            try await Bench.run {
                let check = try await EarshotProcess.output(Bench.command, ["check"], in: lab)
                #expect(check.status == 0)
                #expect(check.text.contains("Asterisk \(lab.asteriskVersion)"))
                #expect(check.text.contains("an Earshot is connected as earshot"))
                #expect(!check.text.contains("problem"))
                // The check must not take the events of the one that serves.
                #expect(try Bench.current.earshot.isRunning)
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func `check finds that a user may only read`() async throws {
            let lab = try Lab.load()
            let check = try await EarshotProcess.output(
                Bench.command,
                ["check"],
                in: lab,
                environment: [
                    "EARSHOT_ARI_USERNAME": lab.ari.readOnlyUsername,
                    "EARSHOT_ARI_PASSWORD_FILE": lab.ari.readOnlyPasswordFile,
                ]
            )
            #expect(check.status == 1)
            #expect(check.text.contains("read_only = no"))
        }

        @Test(.timeLimit(.minutes(1)))
        func `check finds a wrong password, and tells it to nobody`() async throws {
            let lab = try Lab.load()
            let check = try await EarshotProcess.output(
                Bench.command,
                ["check"],
                in: lab,
                environment: ["EARSHOT_ARI_PASSWORD_FILE": lab.ari.readOnlyPasswordFile]
            )
            let password = try String(contentsOfFile: lab.ari.readOnlyPasswordFile, encoding: .utf8)
            #expect(check.status == 1)
            #expect(check.text.contains("ari.conf"))
            #expect(!check.text.contains(password.trimmingCharacters(in: .whitespacesAndNewlines)))
        }
    }
}

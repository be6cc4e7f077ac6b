import CurlTransport
import EarshotService
import Foundation
import Logging
import Monitoring
import Testing

@testable import earshot

@Suite(.timeLimit(.minutes(1)))
struct ConfigurationTests {
    // MARK: - Defaults and sources

    @Test func `without settings the defaults count`() async throws {
        let configuration = try configuration()
        #expect(configuration.url.description == "http://127.0.0.1:8088/ari")
        #expect(configuration.username == "earshot")
        #expect(configuration.password.reveal() == secret)
        #expect(configuration.caFile == nil)
        #expect(configuration.timeout == .seconds(3))
        #expect(configuration.connections == 8)
        #expect(!configuration.allowsPlainTextBeyondLoopback)
        #expect(configuration.service == ServiceConfiguration())
        #expect(configuration.logLevel == .info)
        #expect(configuration.logFormat == .automatic)
    }

    @Test(arguments: [1, 3, 10, 60])
    func `what a session waits for is longer than a request may take`(seconds: Int) async throws {
        let configuration = try configuration(["EARSHOT_ARI_TIMEOUT": "\(seconds)"])
        let session = configuration.service.registry.session
        #expect(session.attachTimeout > configuration.timeout)
        #expect(session.removalTimeout * SessionConfiguration.removalAttempts > configuration.timeout)
        #expect(configuration.service.shutdownLimit > session.removalTimeout * SessionConfiguration.removalAttempts)
    }

    static let fullFile = """
        ari:
          url: https://pbx.example.com:8089/ari
          username: monitor
          application: spy_1
          ca_file: /etc/ca.pem
          timeout: 7
          connections: 3
          allow_plain_text: true
        codes:
          listen: "#1"
          whisper: "#2"
          barge: "#3"
        targets:
          endpoints: ["PJSIP/{extension}-soft", "SIP/{extension}"]
          extensions: ["_1XX", "sales"]
          groups: ["agents"]
        sessions:
          maximum: 5
          each_supervisor: 2
        prompts:
          bad_code: ["sound:beep", "digits:12"]
        log:
          level: debug
          format: json
        """

    @Test func `a file sets everything`() async throws {
        let scratch = try Scratch()
        let configuration = try configuration(file: scratch.write(Self.fullFile))
        #expect(configuration.url.description == "https://pbx.example.com:8089/ari")
        #expect(configuration.username == "monitor")
        #expect(configuration.caFile == "/etc/ca.pem")
        #expect(configuration.timeout == .seconds(7))
        #expect(configuration.connections == 3)
        #expect(configuration.allowsPlainTextBeyondLoopback)
        let service = configuration.service
        #expect(service.application == "spy_1")
        #expect(service.registry.maximumSessions == 5)
        #expect(service.registry.maximumSessionsOfSupervisor == 2)
        #expect(service.registry.session.limits.extensions.map(\.description) == ["_1XX", "sales"])
        #expect(service.registry.session.limits.groups == ["agents"])
        #expect(
            service.registry.session.prefixes == (try FeatureCodePrefixes(listen: "#1", whisper: "#2", barge: "#3"))
        )
        #expect(
            service.registry.session.endpoints.templates.map(\.description) == [
                "PJSIP/{extension}-soft", "SIP/{extension}",
            ]
        )
        #expect(service.prompts == PromptBook(refusals: [.badCode: ["sound:beep", "digits:12"]]))
        #expect(configuration.logLevel == .debug)
        #expect(configuration.logFormat == .json)
    }

    @Test func `the environment wins over the file, setting by setting`() async throws {
        let scratch = try Scratch()
        let environment = [
            "EARSHOT_ARI_URL": "http://[::1]:1/x", "EARSHOT_SESSIONS_MAXIMUM": "9", "EARSHOT_LOG_FORMAT": "TEXT",
            "EARSHOT_TARGETS_ENDPOINTS": "IAX2/{extension},PJSIP/{extension}",
            "EARSHOT_PROMPTS_BAD_CODE": "sound:tt-weasels", "EARSHOT_ARI_ALLOW_PLAIN_TEXT": "false",
        ]
        let configuration = try configuration(environment, file: scratch.write(Self.fullFile))
        #expect(configuration.url.description == "http://[::1]:1/x")
        #expect(configuration.service.registry.maximumSessions == 9)
        #expect(configuration.logFormat == .text)
        #expect(
            configuration.service.registry.session.endpoints.templates.map(\.description) == [
                "IAX2/{extension}", "PJSIP/{extension}",
            ]
        )
        #expect(configuration.service.prompts.refusals[.badCode] == ["sound:tt-weasels"])
        #expect(!configuration.allowsPlainTextBeyondLoopback)
        #expect(configuration.username == "monitor", "the file still counts for the rest")
    }

    @Test func `every setting can be given in either place`() async throws {
        let scratch = try Scratch()
        for setting in Setting.all {
            let value = Self.values[setting.key] ?? "[\"sound:beep\"]"
            let keys = setting.key.split(separator: ".")
            var environment = [
                setting.environmentVariable: value.filter { !"[]\"".contains($0) }
            ]
            var file = "\(keys[0]):\n  \(keys[1]): \(value)\n"
            if setting == .ariPasswordFile || setting == .webMetricsTokenFile {
                let path = try scratch.write("0123456789abcdef", to: "secret")
                environment[setting.environmentVariable] = path
                file = "\(keys[0]):\n  \(keys[1]): \(path)\n"
            }
            if setting == .webListen {
                environment["EARSHOT_STORAGE_PATH"] = "earshot.db"
                file += "storage:\n  path: earshot.db\n"
            }
            let isPassword = setting == .ariPassword || setting == .ariPasswordFile
            #expect(problem(environment, hasPassword: !isPassword) == nil, "\(setting.environmentVariable)")
            #expect(problem(file: try scratch.write(file), hasPassword: !isPassword) == nil, "\(setting.key)")
        }
    }

    private static let values = [
        "ari.url": "http://localhost/ari", "ari.username": "u", "ari.password": "p", "ari.application": "a",
        "ari.ca_file": "f", "ari.timeout": "1", "ari.connections": "1", "ari.allow_plain_text": "true",
        "codes.listen": "\"*81\"", "codes.whisper": "\"*82\"", "codes.barge": "\"*83\"",
        "targets.endpoints": "[\"PJSIP/{extension}\"]", "sessions.maximum": "1",
        "targets.extensions": "[\"_X.\"]", "targets.groups": "[\"sales\"]", "sessions.each_supervisor": "1",
        "sessions.waiting_limit": "60", "service.stop": "hand_over", "storage.path": "earshot.db",
        "record.required": "false",
        "record.numbers": "true",
        "record.retention_days": "30",
        "record.visible_to_agents": "never", "web.listen": "127.0.0.1:8087", "web.certificate_file": "c",
        "web.key_file": "k",
        "web.allow_plain_text": "true", "web.behind_proxy": "true", "web.metrics_token": "0123456789abcdef",
        "log.level": "error",
        "log.format": "text",
    ]

    // MARK: - Unknown keys

    @Test func `an unknown key is named with its place`() async throws {
        #expect(
            problem(["EARSHOT_ARI_ULR": "x"])?.description.hasPrefix("EARSHOT_ARI_ULR (environment): ") == true
        )
        #expect(problem(["EARSHOT_": "x"])?.key == "EARSHOT_")
        #expect(problem(["EARSHOT_PROMPTS_NO_SUCH": "sound:beep"])?.key == "EARSHOT_PROMPTS_NO_SUCH")
        let scratch = try Scratch()
        let path = try scratch.write("ari:\n  username: x\n  usrname: y\n")
        #expect(problem(file: path)?.description.hasPrefix("ari.usrname (\(path)): unknown key") == true)
        #expect(problem(file: try scratch.write("nonsense: 1\n"))?.key == "nonsense")
        #expect(problem(file: try scratch.write("ari:\n  tls:\n    verify: x\n"))?.key == "ari.tls.verify")
        #expect(problem(file: try scratch.write("1: 2\n"))?.key == "1")
    }

    @Test func `other programs' variables and the lab's do not matter`() async throws {
        let environment = ["EARSHOT_LAB_DIR": "x", "EAR": "y", "PATH": "z", "earshot_ari_url": "w"]
        #expect(problem(environment) == nil)
    }

    // MARK: - Files that are none

    @Test(arguments: ["", "\n", "# only a comment\n", "text", "- a\n- b\n", "a: b: c\n", "\t- x", "{", "ari: *x\n"])
    func `a file that is no configuration is named`(text: String) async throws {
        let scratch = try Scratch()
        let path = try scratch.write(text)
        let found = try #require(problem(file: path))
        #expect(found.source == path && found.key == nil)
    }

    @Test func `a file that cannot be read is named`() async throws {
        let scratch = try Scratch()
        for path in [scratch.path("missing.yaml"), scratch.path("")] {
            #expect(problem(file: path) == ConfigurationProblem(key: nil, source: path, reason: "cannot be read"))
        }
        let binary = scratch.path("binary.yaml")
        try Data([0xFF, 0xFE, 0x00]).write(to: URL(filePath: binary))
        #expect(problem(file: binary)?.source == binary)
    }

    @Test(arguments: [
        "ari:\n", "ari:\n  username:\n", "sessions:\n  maximum:\n", "ari: text\n", "log: [a]\n",
        "ari:\n  url:\n    host: x\n", "targets:\n  groups: sales\n", "ari:\n  username: [a, b]\n",
        "sessions:\n  maximum: ~\n",
        "targets:\n  groups: [\"a\\x1Fb\"]\n",
    ])
    func `a key without a value of its kind is named`(text: String) async throws {
        let scratch = try Scratch()
        let path = try scratch.write(text)
        let found = try #require(problem(file: path))
        #expect(found.source == path && found.key != nil)
    }
}

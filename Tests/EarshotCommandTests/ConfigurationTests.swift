import CurlTransport
import EarshotService
import Foundation
import Logging
import Monitoring
import Testing

@testable import earshot

/// Reads a configuration from a file's text and environment variables.
private func configuration(
    file text: String? = nil,
    environment: [String: String] = [:]
) async throws -> EarshotConfiguration {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("earshot-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    var path: String?
    if let text {
        let file = folder.appendingPathComponent("earshot.yaml")
        try Data(text.utf8).write(to: file)
        path = file.path
    }
    return try EarshotConfiguration(from: try await ConfigurationSource(path: path, environment: environment))
}

/// The problem that is reported.
private func problem(
    file: String? = nil,
    environment: [String: String] = [:]
) async throws -> ConfigurationProblem {
    let problem = await #expect(throws: ConfigurationProblem.self) {
        _ = try await configuration(file: file, environment: environment)
    }
    return try #require(problem)
}

@Suite struct ConfigurationTests {
    static let password = ["EARSHOT_ARI_PASSWORD": "secret"]

    @Test func `a password is all that is needed`() async throws {
        let configuration = try await configuration(environment: Self.password)
        #expect(configuration.url.description == "http://127.0.0.1:8088/ari")
        #expect(configuration.username == "earshot")
        #expect(configuration.password.reveal() == "secret")
        #expect(configuration.service.application == "earshot")
        #expect(configuration.service.session.prefixes == .standard)
        #expect(configuration.service.session.endpointTemplates == [.standard])
        #expect(configuration.connections == 8)
        #expect(configuration.timeout == .seconds(3))
        #expect(configuration.logLevel == .info)
        #expect(configuration.logFormat == .automatic)
        #expect(!configuration.allowsPlainTextBeyondLoopback)
    }

    @Test func `a file sets everything, and the environment wins`() async throws {
        let configuration = try await configuration(
            file: """
                ari:
                  url: https://pbx.example.com:8089/ari
                  username: monitor
                  password: from-file
                  application: spy-room
                  ca_file: /etc/ca.pem
                  timeout: 7
                  connections: 4
                codes: {listen: "*31", whisper: "*32", barge: "*33"}
                targets:
                  endpoints: ["PJSIP/{extension}", "SIP/{extension}-b"]
                sessions: {maximum: 12}
                prompts:
                  nobody_talking: ["sound:beep", "digits:12"]
                log: {level: debug, format: json}
                """,
            environment: ["EARSHOT_ARI_PASSWORD": "from-environment", "EARSHOT_ARI_TIMEOUT": "9"]
        )
        #expect(configuration.url.host == "pbx.example.com")
        #expect(configuration.username == "monitor")
        #expect(configuration.password.reveal() == "from-environment")
        #expect(configuration.service.application == "spy-room")
        #expect(configuration.caFile == "/etc/ca.pem")
        #expect(configuration.timeout == .seconds(9))
        #expect(configuration.connections == 4)
        #expect(configuration.service.session.prefixes[.barge] == "*33")
        #expect(
            configuration.service.session.endpointTemplates.map(\.description) == [
                "PJSIP/{extension}", "SIP/{extension}-b",
            ]
        )
        #expect(configuration.service.maximumSessions == 12)
        #expect(configuration.service.prompts.refusals[.nobodyTalking] == ["sound:beep", "digits:12"])
        #expect(configuration.service.prompts.refusals[.badCode] == ["sound:cannot-complete-as-dialed"])
        #expect(configuration.logLevel == .debug)
        #expect(configuration.logFormat == .json)
    }

    @Test func `lists in the environment are separated by commas`() async throws {
        let environment = Self.password.merging(["EARSHOT_TARGETS_ENDPOINTS": "IAX2/{extension},PJSIP/{extension}"]) {
            $1
        }
        let templates = try await configuration(environment: environment).service.session.endpointTemplates
        #expect(templates.map(\.description) == ["IAX2/{extension}", "PJSIP/{extension}"])
    }

    @Test func `the password can be in a file`() async throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
        try Data("first line\nsecond line\n".utf8).write(to: URL(fileURLWithPath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        let found = try await configuration(environment: ["EARSHOT_ARI_PASSWORD_FILE": path])
        #expect(found.password.reveal() == "first line")
        #expect("\(found)".contains("first line") == false)
    }

    @Test func `variables of the lab are none of ours`() async throws {
        let environment = Self.password.merging(["EARSHOT_LAB_DIRECTORY": "/x", "PATH": "/bin"]) { $1 }
        _ = try await configuration(environment: environment)
    }

    // MARK: - What is wrong is named with its source

    @Test func `a missing password`() async throws {
        let problem = try await problem()
        #expect(problem.key == "EARSHOT_ARI_PASSWORD")
        #expect(problem.reason.contains("EARSHOT_ARI_PASSWORD_FILE"))
    }

    @Test(arguments: [
        ("EARSHOT_ARI_URI", "http://x/ari"), ("EARSHOT_", "1"), ("EARSHOT_PROMPTS_NO_SUCH", "sound:beep"),
    ])
    func `an unknown variable`(name: String, value: String) async throws {
        let problem = try await problem(environment: Self.password.merging([name: value]) { $1 })
        #expect(problem.key == name)
        #expect(problem.source == "environment")
    }

    @Test(arguments: ["ari:\n  uri: x", "arl: {url: x}", "ari: {url: {deep: x}}", "log: text"])
    func `an unknown key in the file`(text: String) async throws {
        let problem = try await problem(file: text, environment: Self.password)
        #expect(problem.key != nil)
        #expect(problem.source.hasSuffix("earshot.yaml"))
        #expect(problem.reason.contains("unknown key"))
    }

    @Test(arguments: ["", "just a text", "- a\n- list", "ari: [unclosed"])
    func `a file that holds no keys`(text: String) async throws {
        let problem = try await problem(file: text, environment: Self.password)
        #expect(problem.key == nil)
        #expect(problem.source.hasSuffix("earshot.yaml"))
    }

    @Test func `a file that is not there`() async throws {
        let problem = await #expect(throws: ConfigurationProblem.self) {
            _ = try await ConfigurationSource(path: "/nowhere/earshot.yaml", environment: Self.password)
        }
        #expect(problem?.source == "/nowhere/earshot.yaml")
    }

    @Test(arguments: [
        ("EARSHOT_ARI_TIMEOUT", "soon"), ("EARSHOT_ARI_TIMEOUT", "0"), ("EARSHOT_ARI_TIMEOUT", "61"),
        ("EARSHOT_ARI_TIMEOUT", "99999999999999999999"), ("EARSHOT_ARI_CONNECTIONS", "-1"),
        ("EARSHOT_SESSIONS_MAXIMUM", "0"), ("EARSHOT_ARI_URL", "ftp://pbx/ari"), ("EARSHOT_ARI_URL", "not a url"),
        ("EARSHOT_ARI_URL", "http://user:word@127.0.0.1/ari"), ("EARSHOT_ARI_APPLICATION", "ear,shot"),
        ("EARSHOT_ARI_APPLICATION", ""), ("EARSHOT_ARI_ALLOW_PLAIN_TEXT", "perhaps"),
        ("EARSHOT_CODES_LISTEN", "abc"), ("EARSHOT_CODES_LISTEN", "*9"), ("EARSHOT_TARGETS_ENDPOINTS", "PJSIP/101"),
        ("EARSHOT_PROMPTS_BAD_CODE", "beep"), ("EARSHOT_LOG_LEVEL", "loud"), ("EARSHOT_LOG_FORMAT", "xml"),
    ])
    func `a bad value`(name: String, value: String) async throws {
        let problem = try await problem(environment: Self.password.merging([name: value]) { $1 })
        #expect(problem.key == name)
        #expect(problem.source == "environment")
        #expect(!problem.reason.isEmpty)
        #expect(!problem.description.contains("word@"), "the URL's password must not be repeated")
    }

    @Test func `a bad value in the file names the file's key`() async throws {
        let problem = try await problem(file: "sessions: {maximum: many}", environment: Self.password)
        #expect(problem.key == "sessions.maximum")
        #expect(problem.source.hasSuffix("earshot.yaml"))
    }

    @Test func `two passwords, an empty one, a file without one`() async throws {
        let both = ["EARSHOT_ARI_PASSWORD": "a", "EARSHOT_ARI_PASSWORD_FILE": "/b"]
        #expect(try await problem(environment: both).key == "EARSHOT_ARI_PASSWORD_FILE")
        #expect(try await problem(environment: ["EARSHOT_ARI_PASSWORD": ""]).key == "EARSHOT_ARI_PASSWORD")
        let path = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
        try Data("\n".utf8).write(to: URL(fileURLWithPath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        let empty = ["EARSHOT_ARI_PASSWORD_FILE": path]
        #expect(try await problem(environment: empty).reason.contains("no password"))
        let missing = ["EARSHOT_ARI_PASSWORD_FILE": "/nowhere/password"]
        #expect(try await problem(environment: missing).reason.contains("cannot be read"))
    }

    @Test func `every setting has a name of its own in file and environment, and a meaning`() {
        #expect(Set(Setting.all.map(\.key)).count == Setting.all.count)
        #expect(Set(Setting.all.map(\.environmentVariable)).count == Setting.all.count)
        #expect(Setting.all.allSatisfy { !$0.meaning.isEmpty && Setting.help.contains($0.environmentVariable) })
        for name in ["URL", "USERNAME", "PASSWORD", "PASSWORD_FILE", "APPLICATION"] {
            #expect(Setting.all.contains { $0.environmentVariable == "EARSHOT_ARI_\(name)" })
        }
    }
}

import Administration
import EarshotService
import Foundation
import Monitoring
import Testing

@testable import earshot

@Suite(.timeLimit(.minutes(1)))
struct BadValueTests {
    @Test(arguments: [
        ("ARI_URL", ""), ("ARI_URL", "pbx"), ("ARI_URL", "ftp://pbx/ari"), ("ARI_URL", "http://:8088/ari"),
        ("ARI_URL", "http://pbx:0/ari"), ("ARI_URL", "http://pbx:99999/ari"), ("ARI_URL", "http://pbx/ari?api_key=x"),
        ("ARI_URL", "http://u:p@pbx/ari"), ("ARI_USERNAME", ""), ("ARI_PASSWORD", ""), ("ARI_CA_FILE", ""),
        ("ARI_APPLICATION", ""), ("ARI_APPLICATION", "ear shot"), ("ARI_APPLICATION", "a,b"),
        ("ARI_APPLICATION", "ä"), ("ARI_APPLICATION", String(repeating: "a", count: 65)),
        ("ARI_TIMEOUT", "0"), ("ARI_TIMEOUT", "61"), ("ARI_TIMEOUT", "-1"), ("ARI_TIMEOUT", "3.5"),
        ("ARI_TIMEOUT", "soon"), ("ARI_TIMEOUT", ""), ("ARI_CONNECTIONS", "0"), ("ARI_CONNECTIONS", "65"),
        ("ARI_CONNECTIONS", "99999999999999999999"), ("ARI_ALLOW_PLAIN_TEXT", "perhaps"),
        ("CODES_LISTEN", ""), ("CODES_LISTEN", "91a"), ("CODES_LISTEN", "*9"), ("CODES_LISTEN", "*92"),
        ("CODES_WHISPER", "*911"), ("CODES_BARGE", "*91"), ("TARGETS_ENDPOINTS", ""),
        ("TARGETS_ENDPOINTS", "PJSIP/101"), ("TARGETS_ENDPOINTS", "{extension}"),
        ("TARGETS_ENDPOINTS", "PJSIP/{extension},SIP/x"), ("TARGETS_ENDPOINTS", "PJSIP/{extension}{extension}"),
        ("SESSIONS_MAXIMUM", "0"), ("SESSIONS_MAXIMUM", "10001"), ("LOG_LEVEL", "loud"), ("LOG_LEVEL", ""),
        ("LOG_FORMAT", "xml"), ("PROMPTS_BAD_CODE", ""), ("PROMPTS_BAD_CODE", "beep"),
    ])
    func `a bad value in the environment is named`(name: String, value: String) async throws {
        let variable = "EARSHOT_" + name
        let found = try #require(problem([variable: value]))
        #expect(found.key == variable && found.source == "environment")
        #expect(!found.reason.isEmpty)
    }

    @Test(arguments: [
        ("ari.timeout", "soon"), ("ari.timeout", "[3]"), ("ari.timeout", "3.5"), ("ari.connections", "many"),
        ("ari.allow_plain_text", "7"), ("ari.url", "[a]"), ("codes.listen", "\"x\""), ("codes.barge", "\"*92\""),
        ("targets.endpoints", "[]"), ("targets.endpoints", "[\"PJSIP/101\"]"), ("targets.endpoints", "[[a]]"),
        ("sessions.maximum", "0"), ("sessions.each_supervisor", "0"), ("targets.extensions", "[\"_1.X\"]"),
        ("targets.groups", "[]"), ("log.level", "loud"), ("log.format", "xml"), ("prompts.bad_code", "[]"),
        ("prompts.bad_code", "[\"sound:a,sound:b\"]"), ("prompts.no_permission", "[\"beep\"]"),
        ("prompts.key_refused", "[\"tone:busy\"]"), ("sessions.waiting_limit", "0"),
    ])
    func `a bad value in the file is named`(key: String, value: String) async throws {
        let scratch = try Scratch()
        let parts = key.split(separator: ".")
        let path = try scratch.write("\(parts[0]):\n  \(parts[1]): \(value)\n")
        let found = try #require(problem(file: path))
        #expect(found.key == key && found.source == path)
    }

    @Test func `a range is told with the value that is outside of it`() async {
        #expect(problem(["EARSHOT_ARI_TIMEOUT": "61"])?.reason == "must be a whole number from 1 to 60")
        #expect(
            problem(["EARSHOT_LOG_FORMAT": "xml"])?.reason == "must be one of auto, text, json"
        )
    }

    @Test func `a prefix that begins another is told with both`() async {
        let found = problem(["EARSHOT_CODES_BARGE": "*9"])
        #expect(found?.key == "EARSHOT_CODES_BARGE")
        #expect(found?.reason == "*9 begins *91: the codes could not be told apart")
    }
}

/// The page's settings that cannot be.
@Suite struct PageSettingTests {
    private static func found(_ more: [String: String]) -> ConfigurationProblem? {
        problem(["EARSHOT_STORAGE_PATH": "earshot.db"].merging(more) { $1 })
    }

    @Test(arguments: ["8087", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", ":8087", "127.0.0.1:70000"])
    func `an address without a port is told`(listen: String) {
        #expect(Self.found(["EARSHOT_WEB_LISTEN": listen])?.key == "EARSHOT_WEB_LISTEN")
    }

    @Test(arguments: ["127.0.0.1:8087", "localhost:8087", "[::1]:8087", "127.0.0.1:0"])
    func `loopback needs no certificate`(listen: String) {
        #expect(Self.found(["EARSHOT_WEB_LISTEN": listen]) == nil)
    }

    @Test func `other machines need one, or the word that none is wanted`() {
        let open = ["EARSHOT_WEB_LISTEN": "0.0.0.0:8087"]
        #expect(Self.found(open)?.reason.contains("passwords in clear") == true)
        #expect(Self.found(open.merging(["EARSHOT_WEB_ALLOW_PLAIN_TEXT": "true"]) { $1 }) == nil)
        let tls = ["EARSHOT_WEB_CERTIFICATE_FILE": "c.pem", "EARSHOT_WEB_KEY_FILE": "k.pem"]
        #expect(Self.found(open.merging(tls) { $1 }) == nil)
        #expect(Self.found(open.merging(["EARSHOT_WEB_KEY_FILE": "k.pem"]) { $1 })?.key == "EARSHOT_WEB_KEY_FILE")
    }

    @Test(arguments: [
        "short", "0123456789abcde", "0123456789abcdef ", "0123456789 abcdef", "0123456789abcdefä", "0123456789abcdef\t",
        String(repeating: "x", count: 257), "",
    ])
    func `a token that no header can carry, or anybody guess, is told without being shown`(token: String) {
        let found = Self.found(["EARSHOT_WEB_METRICS_TOKEN": token])
        #expect(found?.key == "EARSHOT_WEB_METRICS_TOKEN")
        #expect(token.isEmpty || found?.description.contains(token) == false)
    }

    @Test func `a token comes from the setting or from a file, and from one of them alone`() throws {
        let scratch = try Scratch()
        let path = try scratch.write("0123456789abcdef\nsecond line\n", to: "token")
        let page = ["EARSHOT_STORAGE_PATH": "earshot.db", "EARSHOT_WEB_LISTEN": "127.0.0.1:8087"]
        let file = page.merging(["EARSHOT_WEB_METRICS_TOKEN_FILE": path]) { $1 }
        #expect(try configuration(file).page?.metricsToken != nil)
        #expect(try configuration(page).page?.metricsToken == nil)
        let both = file.merging(["EARSHOT_WEB_METRICS_TOKEN": "0123456789abcdef"]) { $1 }
        #expect(problem(both)?.reason == "is set together with EARSHOT_WEB_METRICS_TOKEN; set one of them")
        let empty = try scratch.write("\n", to: "empty")
        #expect(
            problem(["EARSHOT_WEB_METRICS_TOKEN_FILE": empty])?.reason == "\(empty) has no token in its first line"
        )
        var dumped = ""
        dump(try configuration(file), to: &dumped)
        #expect(!dumped.contains("0123456789abcdef"))
    }

    @Test func `a page needs the file that it shows`() {
        #expect(problem(["EARSHOT_WEB_LISTEN": "127.0.0.1:8087"])?.reason.contains("storage.path") == true)
    }
}

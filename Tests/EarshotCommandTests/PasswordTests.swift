import CurlTransport
import EarshotService
import Foundation
import Testing

@testable import earshot

@Suite(.timeLimit(.minutes(1)))
struct PasswordTests {
    @Test func `a missing password is named with both ways to give it`() async {
        let found = problem(hasPassword: false)
        #expect(found?.key == "EARSHOT_ARI_PASSWORD")
        #expect(found?.reason.contains("EARSHOT_ARI_PASSWORD_FILE") == true)
    }

    @Test func `two passwords are one too many`() async throws {
        let scratch = try Scratch()
        let path = try scratch.write(secret, to: "password")
        let found = problem(["EARSHOT_ARI_PASSWORD_FILE": path])
        #expect(found?.key == "EARSHOT_ARI_PASSWORD_FILE")
        #expect(found?.reason == "is set together with EARSHOT_ARI_PASSWORD; set one of them")
        let file = try scratch.write("ari:\n  password: x\n")
        #expect(problem(["EARSHOT_ARI_PASSWORD_FILE": path], file: file, hasPassword: false)?.key != nil)
    }

    @Test(arguments: [
        secret, secret + "\n", secret + "\r\n", secret + "\n\n", secret + "\nuser: x\n", secret + "\r\nsecond\r\n",
    ])
    func `the first line of the file is the password`(text: String) async throws {
        let scratch = try Scratch()
        let path = try scratch.write(text, to: "password")
        let configuration = try configuration(["EARSHOT_ARI_PASSWORD_FILE": path], hasPassword: false)
        #expect(configuration.password.reveal() == secret)
    }

    @Test(arguments: [" p w ", "päss:wörd", "\"quoted\"", "*star", "#hash", "\ttab"])
    func `the password is taken as it is`(password: String) async throws {
        let scratch = try Scratch()
        let path = try scratch.write(password + "\n", to: "password")
        let fromFile = try configuration(["EARSHOT_ARI_PASSWORD_FILE": path], hasPassword: false)
        #expect(fromFile.password.reveal() == password)
        let direct = try configuration(["EARSHOT_ARI_PASSWORD": password])
        #expect(direct.password.reveal() == password)
    }

    @Test(arguments: ["", "\n", "\r\n", "\nsecond line\n"])
    func `an empty first line is no password`(text: String) async throws {
        let scratch = try Scratch()
        let path = try scratch.write(text, to: "password")
        let found = problem(["EARSHOT_ARI_PASSWORD_FILE": path], hasPassword: false)
        #expect(found?.key == "EARSHOT_ARI_PASSWORD_FILE")
        #expect(found?.reason == "\(path) has no password in its first line")
    }

    @Test func `a file that cannot be read is named`() async throws {
        let scratch = try Scratch()
        for path in [scratch.path("missing"), scratch.path("")] {
            let found = problem(["EARSHOT_ARI_PASSWORD_FILE": path], hasPassword: false)
            #expect(found?.reason == "\(path) cannot be read")
        }
    }

    @Test func `a file in the configuration file is found`() async throws {
        let scratch = try Scratch()
        let path = try scratch.write(secret, to: "password")
        let file = try scratch.write("ari:\n  password_file: \(path)\n")
        #expect(try configuration(file: file, hasPassword: false).password.reveal() == secret)
    }

    @Test(arguments: ["123456", "007", "true", "1.50", "~x"])
    func `a password in the configuration file needs no quotes to be a text`(password: String) async throws {
        let scratch = try Scratch()
        let file = try scratch.write("ari:\n  password: \(password)\n")
        #expect(try configuration(file: file, hasPassword: false).password.reveal() == password)
    }

    // MARK: - It is never seen

    @Test func `a description never shows the password`() async throws {
        let configuration = try configuration()
        var dumped = ""
        dump(configuration, to: &dumped)
        for text in ["\(configuration)", String(reflecting: configuration), dumped] {
            #expect(!text.contains(secret))
        }
        #expect(!"\(CurlConfiguration(configuration))".contains(secret))
    }

    @Test(arguments: [
        "ari:\n  password: \"\(secret)\n", "ari:\n  password: [\(secret)\n", "ari:\n  password: {\(secret)\n",
        "ari:\n  password: [\(secret)]\n", "ari:\n  password: \(secret): x\n", "ari:\n  password: '\(secret)'x\n",
        "ari:\n\tpassword: \(secret)\n", "ari:\n  password: \"\\q\(secret)\"\n", "ari:\n  password: *\(secret)\n",
        "ari:\n  password: {\(secret): x}\n", "ari:\n  password: !\(secret)\n", "password: \(secret)\n",
        "ari:\n  - password: \(secret)\n", "ari:\n  password: \(secret)\n  password: \(secret)\n",
    ])
    func `a problem with the file never shows the password`(text: String) async throws {
        let scratch = try Scratch()
        let found = try #require(problem(file: try scratch.write(text), hasPassword: false))
        #expect(!found.description.contains(secret), "\(found)")
    }

    @Test func `a problem with an address never shows the password in it`() async throws {
        let found = try #require(problem(["EARSHOT_ARI_URL": "http://earshot:\(secret)@pbx:8088/ari"]))
        #expect(found.key == "EARSHOT_ARI_URL" && !found.description.contains(secret))
    }
}

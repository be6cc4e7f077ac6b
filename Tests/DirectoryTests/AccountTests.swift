import Directory
import Testing

/// Accounts and their passwords.
@Suite struct AccountTests {
    @Test func `a password is matched by itself alone, and stored so that nobody can read it`() throws {
        let first = try PasswordHash(of: "correct horse")
        let second = try PasswordHash(of: "correct horse")
        #expect(first.text != second.text)
        #expect(!first.text.contains("correct"))
        #expect(first.matches("correct horse"))
        #expect(!first.matches("correct horsf"))
        #expect(!first.matches(""))
        #expect(PasswordHash(stored: first.text).matches("correct horse"))
    }

    @Test(arguments: [
        "", "scrypt", "scrypt$1$2$3$4$5", "scrypt$0$0$0$$", "scrypt$-1$8$1$AAAA$AAAA", "md5$1$8$1$AAAA$AAAA",
        "scrypt$3$8$1$AAAA$AAAAAAAAAAAAAAAAAAAAAAAA", "scrypt$-16384$8$1$AAAA$AAAAAAAAAAAAAAAAAAAAAAAA",
        "scrypt$16384$99999999$1$AAAA$AAAAAAAAAAAAAAAAAAAAAAAA",
        "scrypt$9223372036854775807$8$1$AAAA$AAAAAAAAAAAAAAAAAAAAAAAA",
    ])
    func `what is stored and is no hash matches nothing`(text: String) {
        #expect(!PasswordHash(stored: text).matches(""))
        #expect(!PasswordHash(stored: text).matches("password"))
    }

    @Test func `nobody's hash matches nothing`() {
        #expect(!PasswordHash.ofNobody.matches("password"))
    }

    @Test func `a password that is too short or too long is refused`() {
        #expect(throws: PasswordProblem.tooShort) { try PasswordHash(of: "ninechars") }
        #expect(throws: PasswordProblem.tooLong) { try PasswordHash(of: String(repeating: "x", count: 1025)) }
    }

    @Test func `an account is added once, changed by who has seen it, and removed`() async throws {
        let directory = try DirectoryScene().directory
        let name = try #require(AccountName("Maria"))
        let password = try PasswordHash(of: "long enough")
        let account = Account(name, role: .user, extension: "203", password: password)
        try await directory.add(account, by: DirectoryScene.author)
        await #expect(throws: DirectoryError.accountExists("maria")) {
            try await directory.add(account, by: DirectoryScene.author)
        }
        var stored = try #require(try await directory.account(name))
        #expect(stored.`extension` == "203" && stored.role == .user && stored.version == 1)
        stored.role = .auditor
        try await directory.change(stored, by: DirectoryScene.author)
        await #expect(throws: DirectoryError.accountChangedMeanwhile("maria")) {
            try await directory.change(stored, by: DirectoryScene.author)
        }
        #expect(try await directory.accounts().map(\.version) == [2])
        try await directory.removeAccount(name, by: DirectoryScene.author)
        await #expect(throws: DirectoryError.unknownAccount("maria")) {
            try await directory.removeAccount(name, by: DirectoryScene.author)
        }
    }

    @Test(arguments: ["", "a b", "ana:1", String(repeating: "a", count: 65), "Ștefan"])
    func `a name that could be mistaken for another is none`(text: String) {
        #expect(AccountName(text) == nil)
    }
}

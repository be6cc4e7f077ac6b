import Directory
import Monitoring
import Testing

/// Users from files and into files.
@Suite struct ExchangeTests {
    private static let users = [
        DirectoryScene.user("9", .none),
        DirectoryScene.user(
            "203",
            .upTo(.barge),
            name: "=HYPERLINK(\"x\"), Ștefan 'o",
            endpoints: ["PJSIP/a", "SIP/b"],
            groups: ["sales", "Front Office"],
            scope: MonitoringScope(extensions: ["101", "102"], groups: [])
        ),
    ]

    @Test(arguments: UserFile.allCases)
    func `what is exported is imported as it was`(format: UserFile) async throws {
        let directory = try DirectoryScene().directory
        let plan = try await directory.plan(try format.entries(in: format.text(of: Self.users)))
        #expect(plan.users == Self.users)
        try await directory.save(plan.users, by: DirectoryScene.author)
        let stored = try await directory.users()
        let again = try await directory.plan(try format.entries(in: format.text(of: stored)))
        #expect(again.users.isEmpty && again.steps == stored.map { .keep($0) })
    }

    @Test func `no field of a CSV file is a formula for a spreadsheet`() {
        let text = UserFile.csv.text(of: Self.users)
        for line in text.split(separator: "\r\n") {
            for field in line.split(separator: ",") { #expect(!"=+-@".contains(field.first { $0 != "\"" } ?? " ")) }
        }
    }

    @Test(arguments: [
        "extension;spy_permission\r\n203;Barge\r\n", "\u{FEFF}Extension, SPY_PERMISSION\n203 , barge\n\n",
        "extension\tspy_permission\n203\tBARGE",
    ])
    func `a CSV file is read as spreadsheets write it`(text: String) throws {
        let entries = try UserFile.csv.entries(in: text)
        #expect(entries.map(\.`extension`) == ["203"])
        #expect(entries.first?.edit.permission == .upTo(.barge))
        #expect(entries.first?.edit.name == nil)
    }

    @Test(arguments: [
        ("extension,colour\n203,red", UserFileError.unknownField("colour", 1)),
        ("name\nAna", .noExtension(1)),
        ("extension\n1\n1", .twice("1", 2)),
        (
            "extension,spy_permission\n203,all",
            .field(UserFieldError(field: .spyPermission, text: "all", reason: .noPermissionOfOurs), 1)
        ),
        (
            "extension,spy_params\n9,b\n203,ESz",
            .field(UserFieldError(field: .spyParams, text: "ESz", reason: .params(.unknownLetter("z"))), 2)
        ),
        (
            "extension,disable_spy\n203,maybe",
            .field(UserFieldError(field: .disableSpy, text: "maybe", reason: .neitherYesNorNo), 1)
        ),
        ("extension\n20 3", .field(UserFieldError(field: .extension, text: "20 3", reason: .noExtension), 1)),
    ])
    func `what is wrong with a file is told with its place`(text: String, error: UserFileError) {
        #expect(throws: error) { try UserFile.csv.entries(in: text) }
    }

    @Test(arguments: ["a: b", "- [x]", "- extension: {a: b}", "[", "- 1"])
    func `YAML that is no list of users is refused`(text: String) {
        #expect(throws: UserFileError.self) { try UserFile.yaml.entries(in: text) }
    }

    @Test func `an import changes what the file mentions and leaves the rest`() async throws {
        let directory = try DirectoryScene().directory
        try await directory.save(Self.users, by: DirectoryScene.author)
        let entries = try UserFile.yaml.entries(
            in: "- {extension: '203', spy_permission: listen}\n- extension: '301'\n"
        )
        let plan = try await directory.plan(entries)
        #expect(plan.users.map(\.`extension`) == ["203", "301"])
        try await directory.save(plan.users, by: DirectoryScene.author)
        let user = try #require(try await directory.user("203"))
        #expect(user.rights.permission == .upTo(.listen) && user.endpoints == ["PJSIP/a", "SIP/b"])
        #expect(try await directory.user("301")?.rights == UserRights())
        #expect(try await directory.user("9") != nil)
    }
}

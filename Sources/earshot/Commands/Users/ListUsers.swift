import ArgumentParser
import Directory
import Monitoring

/// `earshot users list`
struct ListUsers: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List users, one in a line.")

    @OptionGroup var options: ConfigurationOptions
    @Option(help: "Only users in this group.") var group: GroupName?
    @Argument(help: "Only users with this text in extension or name.") var text: String?

    func run() async throws {
        let users = try await reportingErrors {
            try await Store(options).directory.users(matching: text, in: group)
        }
        let fields: [UserField] = [.extension, .name, .spyPermission, .disableSpy, .spyParams, .mayMonitor, .groups]
        printTable([fields.map { $0.rawValue.uppercased() }] + users.map { user in fields.map { $0.text(of: user) } })
    }
}

/// `earshot users show`
struct ShowUser: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Show everything about a user.")

    @OptionGroup var options: ConfigurationOptions
    @Argument(help: "The user's extension.") var `extension`: Extension

    func run() async throws {
        try await reportingErrors {
            guard let user = try await Store(options).directory.user(`extension`) else {
                throw DirectoryError.unknownUser(`extension`)
            }
            printTable(UserField.allCases.map { [$0.rawValue, $0.text(of: user)] })
        }
    }
}

import ArgumentParser
import Directory
import Monitoring

/// `earshot users remove`
struct RemoveUsers: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove",
        abstract: "Remove users: Asterisk's configuration counts for them again."
    )

    @OptionGroup var options: ConfigurationOptions
    @Argument(help: "The users' extensions.") var extensions: [Extension]

    func run() async throws {
        try await reportingErrors { try await Store(options).directory.remove(extensions, by: Store.author) }
        print("\(extensions.count) \(extensions.count == 1 ? "user" : "users") removed.")
    }
}

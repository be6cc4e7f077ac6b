import ArgumentParser
import Foundation

/// The command: reads the configuration, puts the modules together, and runs.
@main
struct Earshot: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "earshot",
        abstract: "Supervisor call monitoring for Asterisk.",
        discussion: """
            A supervisor dials a code and an extension, and is in the agent's live call: *91 to listen, *92 to whisper to \
            the agent, *93 to barge in.
            """,
        version: "0.1.0",
        subcommands: [Serve.self, Check.self, Users.self, Explain.self, RecordCommand.self, Admin.self, Backup.self]
    )
}

/// Options that all subcommands have.
struct ConfigurationOptions: ParsableArguments {
    @Option(
        name: .long,
        help: """
            The configuration file, in YAML. The environment wins over it. The command that a package has installed reads \
            /etc/earshot/earshot.yaml without being told.
            """,
        completion: .file()
    )
    var config: String?

    /// The configuration file that counts; nil for none.
    var path: String? { config ?? Self.installed }

    private static let installedCommand = "/usr/bin/earshot"
    private static let installedFile = "/etc/earshot/earshot.yaml"

    /// The package's file, if this is the package's command. One that was built elsewhere does not read it: what is tried out beside a
    /// service must not come to the service's users and record.
    private static var installed: String? {
        let files = FileManager.default
        let command = try? files.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        return command == installedCommand && files.fileExists(atPath: installedFile) ? installedFile : nil
    }
}

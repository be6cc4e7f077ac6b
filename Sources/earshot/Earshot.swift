import ArgumentParser

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
    @Option(name: .long, help: "The configuration file, in YAML. The environment wins over it.", completion: .file())
    var config: String?
}

import ArgumentParser
import Directory
import Foundation
import Monitoring

/// `earshot admin`: who may sign in to the page.
struct Admin: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Accounts: who may sign in to the page.",
        subcommands: [AddAccount.self, ListAccounts.self, SetPassword.self, RemoveAccount.self]
    )
}

extension AccountName: ExpressibleByArgument {
    public init?(argument: String) { self.init(argument) }
}

extension AccountRole: ExpressibleByArgument {}

/// Where a password comes from: asked for twice, or the first line of a file.
struct PasswordOptions: ParsableArguments {
    @Option(
        help:
            "A file with the password in its first line; - for standard input. Without it the password is asked for, twice."
    )
    var passwordFile: String?

    func password() throws -> PasswordHash {
        let password = try passwordFile.map(read) ?? ask()
        do {
            return try PasswordHash(of: password)
        } catch {
            throw CommandFailure(error.description)
        }
    }

    private func read(_ path: String) throws -> String {
        if path == "-" { return readLine() ?? "" }
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw CommandFailure("\(path) cannot be read")
        }
        return String(text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).first ?? "")
    }

    private func ask() throws -> String {
        guard isatty(STDIN_FILENO) == 1 else {
            throw CommandFailure("there is no terminal to ask for the password: use --password-file -")
        }
        let first = prompt("Password: ")
        guard first == prompt("Once more: ") else { throw CommandFailure("the two passwords are not the same") }
        return first
    }

    /// Asks without showing what is typed.
    private func prompt(_ text: String) -> String {
        // The C library owns the text, which is copied at once.
        guard let typed = unsafe getpass(text) else { return "" }
        return unsafe String(cString: typed)
    }
}

/// `earshot admin add`
struct AddAccount: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Add an account.",
        discussion: """
            An administrator may do everything, an auditor sees who is monitoring whom and the record, a user has a page of their own.
            """
    )

    @OptionGroup var options: ConfigurationOptions
    @OptionGroup var password: PasswordOptions
    @Argument(help: "1 to 64 letters, digits, dots, dashes, underscores or @.") var name: AccountName
    @Option(help: "administrator, auditor or user.") var role: AccountRole
    @Option(help: "The user whose own page the account shows.") var `extension`: Extension?

    func run() async throws {
        try await reportingErrors {
            let directory = try Store(options).directory
            if try await directory.account(name) != nil { throw DirectoryError.accountExists(name.rawValue) }
            let account = Account(name, role: role, extension: `extension`, password: try password.password())
            try await directory.add(account, by: Store.author)
        }
        print("Account \(name) was added: \(role.rawValue).")
    }
}

/// `earshot admin list`
struct ListAccounts: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List accounts.")

    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        let accounts = try await reportingErrors { try await Store(options).directory.accounts() }
        printTable(
            [["NAME", "ROLE", "EXTENSION"]]
                + accounts.map { [$0.name.rawValue, $0.role.rawValue, $0.`extension`?.digits ?? ""] }
        )
    }
}

/// `earshot admin password`
struct SetPassword: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "password",
        abstract: "Give an account another password. Whoever is signed in with it is signed out."
    )

    @OptionGroup var options: ConfigurationOptions
    @OptionGroup var password: PasswordOptions
    @Argument var name: AccountName

    func run() async throws {
        try await reportingErrors {
            let directory = try Store(options).directory
            guard var account = try await directory.account(name) else {
                throw DirectoryError.unknownAccount(name.rawValue)
            }
            account.password = try password.password()
            try await directory.change(account, by: Store.author)
        }
        print("Account \(name) has another password.")
    }
}

/// `earshot admin remove`
struct RemoveAccount: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove",
        abstract: "Remove an account. Whoever is signed in with it is signed out."
    )

    @OptionGroup var options: ConfigurationOptions
    @Argument var name: AccountName

    func run() async throws {
        try await reportingErrors { try await Store(options).directory.removeAccount(name, by: Store.author) }
        print("Account \(name) was removed.")
    }
}

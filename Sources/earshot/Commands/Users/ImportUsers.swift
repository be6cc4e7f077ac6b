import ArgumentParser
import Directory
import Foundation
import Monitoring

/// `earshot users import`
struct ImportUsers: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Add and change users by a CSV or YAML file.",
        discussion: """
            Says what it would change, and does it with --yes: all of it or nothing. Users who are not in the file stay, and so \
            does what the file does not mention. Columns or keys: \(UserField.allCases.map(\.rawValue).joined(separator: ", ")).
            """
    )

    @OptionGroup var options: ConfigurationOptions
    @Flag(name: .long, help: "Do it.") var yes = false
    @Argument(help: "The file, whose name ends in .csv, .yaml or .yml.", completion: .file()) var file: String

    func run() async throws {
        guard let format = UserFile(path: file) else {
            throw ValidationError("The file's name must end in .csv, .yaml or .yml.")
        }
        try await reportingErrors {
            let entries = try format.entries(in: try text())
            let directory = try Store(options).directory
            let plan = try await directory.plan(entries)
            for step in plan.steps { print(step) }
            guard !plan.users.isEmpty else { return print("Nothing to change.") }
            guard yes else {
                return print("\(plan.users.count) of \(plan.steps.count) users would change. Do it by --yes.")
            }
            let changed = try await directory.save(plan.users, by: Store.author)
            print("\(changed) of \(plan.steps.count) users changed.")
        }
    }

    private func text() throws -> String {
        guard let text = try? String(contentsOfFile: file, encoding: .utf8) else {
            throw CommandFailure("\(file) cannot be read, or is not UTF-8")
        }
        return text
    }

    private func print(_ step: ImportPlan.Step) {
        switch step {
        case .add(let user):
            let fields = UserField.allCases.filter { $0 != .extension && !$0.text(of: user).isEmpty }
            print(
                "+ \(user.`extension`)  " + fields.map { "\($0.rawValue)=\($0.text(of: user))" }.joined(separator: " ")
            )
        case .change(let before, let after):
            let changes = before.differences(to: after).map { "\($0.field.rawValue): \($0.before) -> \($0.after)" }
            print("~ \(after.`extension`)  " + changes.joined(separator: ", "))
        case .keep: break
        }
    }

    private func print(_ line: String) { Swift.print(line) }
}

/// `earshot users export`
struct ExportUsers: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write all users as CSV or YAML, as import reads them."
    )

    @OptionGroup var options: ConfigurationOptions
    @Option(help: "csv or yaml.") var format: UserFile = .csv

    func run() async throws {
        let users = try await reportingErrors { try await Store(options).directory.users() }
        print(format.text(of: users), terminator: "")
    }
}

extension UserFile: ExpressibleByArgument {}

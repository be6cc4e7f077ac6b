import ArgumentParser
import Directory
import Monitoring
import Storage

/// `earshot users`: who may monitor whom.
struct Users: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Users and their rights: who may monitor whom.",
        discussion: """
            The users stand in the file that storage.path names (EARSHOT_STORAGE_PATH). A change counts at once, also in \
            sessions that run. Whoever is not in the file has the rights that Asterisk's configuration gives them.
            """,
        subcommands: [
            ListUsers.self, ShowUser.self, SetUser.self, RemoveUsers.self, ImportUsers.self, ExportUsers.self,
        ]
    )
}

extension Extension: ExpressibleByArgument {
    public init?(argument: String) { try? self.init(argument) }
}

extension GroupName: ExpressibleByArgument {
    public init?(argument: String) { self.init(argument) }
}

/// Runs a command's work, and tells in a sentence what keeps it from being done.
func reportingErrors<Value>(_ body: () async throws -> Value) async throws -> Value {
    do {
        return try await body()
    } catch let error as StorageError {
        throw CommandFailure(error.description)
    } catch let error as DirectoryError {
        throw CommandFailure(error.sentence)
    } catch let error as UserFieldError {
        throw CommandFailure(error.description)
    } catch let error as UserFileError {
        throw CommandFailure(error.description)
    }
}

/// What a command could not do, in a sentence. The exit status is 1.
struct CommandFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

extension DirectoryError {
    /// What happened, and what to do.
    fileprivate var sentence: String {
        switch self {
        case .changedMeanwhile(let user, _):
            "somebody else has changed user \(user) at this moment; look at it and try again"
        case .endpointTaken(let endpoint, let owner): "\(endpoint) belongs to user \(owner) already"
        case .problems(let user, let problems): "user \(user): " + problems.map(\.sentence).joined(separator: "; ")
        case .unknownUser(let user): "there is no user \(user); earshot users list shows all"
        case .accountExists(let name): "there is an account \(name) already"
        case .unknownAccount(let name): "there is no account \(name); earshot admin list shows all"
        case .accountChangedMeanwhile(let name): "somebody else has changed account \(name) at this moment; try again"
        }
    }
}

extension UserProblem {
    fileprivate var sentence: String {
        switch self {
        case .badName: "the name may have \(User.longestName) characters, all of them visible"
        case .badParams(let error): "SPY_PARAMS: \(error)"
        case .monitorsNobody: "nobody is named whom they may monitor; everybody, group:NAME and extensions can be"
        }
    }
}

/// Prints lines of columns, each as wide as it has to be.
func printTable(_ rows: [[String]]) {
    let widths = (rows.first ?? []).indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    for row in rows {
        let cells = zip(row, widths).map { text, width in text + String(repeating: " ", count: width - text.count) }
        var line = cells.joined(separator: "  ")
        while line.last == " " { line.removeLast() }
        print(line)
    }
}

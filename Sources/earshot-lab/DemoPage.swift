import Foundation
import LabSupport

/// What `demo --keep` shows beside the calls: a directory with users, and the page of an administrator.
struct DemoPage {
    let address: String
    /// The file with the users.
    let file: String
    let account = "admin"
    /// A new one for each demonstration.
    let password: String
    /// Settings of the Earshot that serves it.
    let environment: [String: String]

    /// Makes a fresh file with the demonstration's users and an account.
    static func make(for lab: Lab, command: String) async throws -> DemoPage {
        let file = lab.directory + "/earshot.db"
        for ending in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: file + ending) }
        let port = try FreePorts.pair()
        let address = "127.0.0.1:\(port)"
        let page = DemoPage(
            address: "http://\(address)",
            file: file,
            password: newPassword(),
            environment: ["EARSHOT_STORAGE_PATH": file, "EARSHOT_WEB_LISTEN": address]
        )
        let passwordFile = lab.directory + "/page-password"
        let isWritten = FileManager.default.createFile(
            atPath: passwordFile,
            contents: Data(page.password.utf8),
            attributes: [.posixPermissions: 0o600]
        )
        guard isWritten else { throw LabError("\(passwordFile) cannot be written") }
        defer { try? FileManager.default.removeItem(atPath: passwordFile) }
        let users = lab.directory + "/users.csv"
        try Data(Self.users.utf8).write(to: URL(fileURLWithPath: users))
        for arguments in [
            ["admin", "add", page.account, "--role", "administrator", "--password-file", passwordFile],
            ["users", "import", "--yes", users],
        ] {
            let (status, text) = try await EarshotProcess.output(
                command,
                arguments,
                in: lab,
                environment: page.environment
            )
            guard status == 0 else { throw LabError("earshot \(arguments[0]) failed: \(text)") }
        }
        return page
    }

    /// The people of the demonstration.
    private static let users = """
        extension,name,groups,spy_permission,spy_params,may_monitor,disable_spy
        101,Ana (agent),sales,,,,
        102,Dan (agent),sales,,,,
        103,Mihai (agent),support,,,,
        110,The director,,,,,yes
        304,Vlad (trainer),,Whisper,ESsb,group:support,
        305,Ioana (supervisor),,Barge,ESsb,"group:sales,103",
        311,Radu (supervisor),,Barge,qESsb,everybody,

        """

    private static func newPassword() -> String {
        let letters = Array("abcdefghjkmnpqrstuvwxyz23456789")
        return String((0..<14).map { _ in letters[Int.random(in: letters.indices)] })
    }
}

import Foundation
import GRDB
import LabSupport
import Testing

/// An Earshot with a file of its own, and the command that changes it.
struct Office {
    let lab: Lab
    let file: String
    var environment: [String: String] { ["EARSHOT_STORAGE_PATH": file] }

    /// - Parameter settings: of Earshot, beside the file.
    static func open(
        _ settings: [String: String] = [:],
        _ body: (Office) async throws -> Void
    ) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "earshot-users-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let office = Office(lab: try Lab.load(), file: folder.appending(path: "earshot.db").path)
        try await Bench.run(environment: office.environment.merging(settings) { $1 }) { try await body(office) }
    }

    /// - Returns: what the command said, and its exit status.
    @discardableResult
    func earshot(_ arguments: String...) async throws -> (status: Int32, text: String) {
        try await EarshotProcess.output(Bench.command, arguments, in: lab, environment: environment)
    }

    func set(_ arguments: String...) async throws {
        let (status, text) = try await EarshotProcess.output(
            Bench.command,
            ["users", "set"] + arguments,
            in: lab,
            environment: environment
        )
        #expect(status == 0, "\(text)")
    }

    /// Changes the file as another program would.
    func execute(_ sql: String) async throws {
        var configuration = Configuration()
        configuration.busyMode = .timeout(5)
        try await DatabaseQueue(path: file, configuration: configuration).write { try $0.execute(sql: sql) }
    }
}

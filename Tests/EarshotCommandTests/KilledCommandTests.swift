import Foundation
import Testing

/// A command that ends in the middle of what it does.
@Suite(.timeLimit(.minutes(2))) struct KilledCommandTests {
    private static let users = 200
    /// Each commits some hundreds of kilobytes.
    private static let rounds = 16

    @Test func `a change of many users that is killed at any moment is there wholly or not at all, with its entries`()
        throws
    {
        let scratch = try Scratch()
        let environment = ["EARSHOT_STORAGE_PATH": scratch.path("earshot.db")]
        var (stored, changes, killed) = (0, 0, 0)
        for round in 1...Self.rounds {
            let lines = (1...Self.users).map { "\(1000 + $0),round \(round)" }
            let file = try scratch.write((["extension,name"] + lines).joined(separator: "\n"), to: "users.csv")
            let command = try BuiltCommand.start(["users", "import", file, "--yes"], environment: environment)
            // In later rounds it has written more when it is killed; what it does meanwhile is chance.
            let log = scratch.path("earshot.db-wal")
            while command.isRunning, Self.size(of: log) < (round - 1) * 40_000 {}
            kill(command.processIdentifier, SIGKILL)
            command.waitUntilExit()
            let isAcknowledged = command.terminationReason == .exit && command.terminationStatus == 0
            if !isAcknowledged { killed += 1 }

            let export = try BuiltCommand.run(["users", "export"], environment: environment)
            #expect(export.status == 0)
            let names = Set(export.text.matches(of: /round (\d+)/).compactMap { Int($0.1) })
            let count = export.text.matches(of: /round \d+/).count
            #expect(names.count <= 1 && (count == 0 || count == Self.users), "\(names) \(count)")
            let now = names.first ?? 0
            #expect(isAcknowledged ? now == round : [stored, round].contains(now))
            if now == round { changes += Self.users }
            stored = now
            let record = try BuiltCommand.run(["record", "export"], environment: environment)
            #expect(record.text.matches(of: /,user_(added|changed),/).count == changes)
            #expect(try BuiltCommand.run(["record", "verify"], environment: environment).status == 0)
        }
        // A command that is never killed, or never gets anywhere, proves nothing.
        #expect(killed > 0 && changes > 0, "\(killed) killed, \(changes) changes")
    }

    private static func size(of path: String) -> Int {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        return (attributes?[.size] as? NSNumber)?.intValue ?? 0
    }
}

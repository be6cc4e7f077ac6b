import Foundation
import LabSupport

/// A line of the table that `scripts/bench all` makes of all measurements.
struct Figure {
    let name: String
    let goal: String
    let earshot: String
    /// What the other one has shown in the same run.
    var peer = "-"

    /// The variable that names the file to which lines are added; without it nobody collects them. Earshot, which inherits it, takes what
    /// begins so for the lab's.
    private static let file = "EARSHOT_LAB_FIGURES"

    /// Adds the line to the table, if there is one.
    ///
    /// - Throws: ``LabError`` when it cannot be written.
    func tell() throws {
        guard let path = ProcessInfo.processInfo.environment[Self.file] else { return }
        guard let file = FileHandle(forWritingAtPath: path) else { throw LabError("\(path) cannot be written") }
        defer { try? file.close() }
        try file.seekToEnd()
        try file.write(contentsOf: Data("\(name)|\(goal)|\(earshot)|\(peer)\n".utf8))
    }
}

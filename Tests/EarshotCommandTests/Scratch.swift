import Foundation
import Locking
import Logging

@testable import earshot

/// A folder of its own for one test, removed at its end.
struct Scratch: ~Copyable {
    let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "earshot-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    deinit {
        // What cannot be removed is the system's to tidy up.
        try? FileManager.default.removeItem(at: folder)
    }

    /// Writes a file.
    ///
    /// - Returns: its path.
    func write(_ text: String, to name: String = "earshot.yaml") throws -> String {
        let file = folder.appending(path: name)
        try Data(text.utf8).write(to: file)
        return file.path(percentEncoded: false)
    }

    func path(_ name: String) -> String { folder.appending(path: name).path(percentEncoded: false) }
}

/// Reads a configuration as the command does.
///
/// - Parameters:
///   - file: the path of a YAML file; nil for none.
///   - environment: beside a password, unless there is one in it or the file has one.
func configuration(
    _ environment: [String: String] = [:],
    file: String? = nil,
    hasPassword: Bool = true
) throws(ConfigurationProblem) -> EarshotConfiguration {
    var environment = environment
    if hasPassword { environment["EARSHOT_ARI_PASSWORD"] = environment["EARSHOT_ARI_PASSWORD"] ?? secret }
    return try EarshotConfiguration(from: try ConfigurationSource(path: file, environment: environment))
}

/// The problem of a configuration; nil if it has none.
func problem(
    _ environment: [String: String] = [:],
    file: String? = nil,
    hasPassword: Bool = true
) -> ConfigurationProblem? {
    do throws(ConfigurationProblem) {
        _ = try configuration(environment, file: file, hasPassword: hasPassword)
        return nil
    } catch {
        return error
    }
}

/// A password that must not be seen anywhere.
let secret = "gEheim-7731"

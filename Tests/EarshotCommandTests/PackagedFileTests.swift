import Foundation
import Testing

@testable import earshot

/// The configuration file that the package installs.
@Suite(.timeLimit(.minutes(1)))
struct PackagedFileTests {
    private let text: String

    init() throws {
        let checkout = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        text = try String(contentsOf: checkout.appending(path: "scripts/packaging/earshot.yaml"), encoding: .utf8)
    }

    private func fault(in text: String) throws -> ConfigurationProblem? {
        let scratch = try Scratch()
        // The files that it names are not on this machine.
        let environment = [
            "EARSHOT_ARI_PASSWORD_FILE": try scratch.write("x", to: "password"),
            "EARSHOT_WEB_METRICS_TOKEN_FILE": try scratch.write("0123456789abcdef", to: "token"),
        ]
        return problem(environment, file: try scratch.write(text), hasPassword: false)
    }

    @Test func `it is right as it is`() throws {
        #expect(try fault(in: text) == nil)
    }

    @Test func `it is right with everything that it holds back`() throws {
        // Words follow a space, settings do not.
        let everything = text.replacing(/(?<indent> *)#(?<name>[a-z_]+:)/) { "\($0.output.indent)\($0.output.name)" }
        #expect(everything != text)
        #expect(try fault(in: everything) == nil)
    }
}

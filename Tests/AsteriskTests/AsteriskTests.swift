import Foundation
import LabSupport
import Testing

/// Everything that is proved on a real Asterisk with real phones. `scripts/test` starts the lab for it.
///
/// One Asterisk serves all of these tests, so they run one after the other.
@Suite(.serialized, .earshot) enum AsteriskTests {}

/// The lab, and the `earshot serve` that serves it while the tests of a suite run.
struct Bench: Sendable {
    let lab: Lab
    let earshot: EarshotProcess

    @TaskLocal private static var running: Bench?

    static var current: Bench {
        get throws {
            guard let running else { throw LabError("no Earshot is running: the suite lacks the trait .earshot") }
            return running
        }
    }

    /// The command that the package has built, or the one that `EARSHOT_LAB_COMMAND` names.
    static var command: String {
        if let path = ProcessInfo.processInfo.environment["EARSHOT_LAB_COMMAND"] { return path }
        let products = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
        return products.appendingPathComponent("earshot").path
    }

    /// Runs `body` while an Earshot of its own serves the lab.
    static func run(_ body: () async throws -> Void) async throws {
        let lab = try Lab.load()
        let earshot = try await EarshotProcess.start(command, in: lab)
        let result: Result<Void, any Error>
        do {
            try await $running.withValue(Bench(lab: lab, earshot: earshot)) { try await body() }
            result = .success(())
        } catch {
            result = .failure(error)
        }
        await earshot.stop()
        try result.get()
    }
}

/// Starts one Earshot for a whole suite.
struct EarshotTrait: SuiteTrait, TestScoping {
    let isRecursive = false

    func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing function: @Sendable @concurrent () async throws -> Void
    ) async throws {
        try await Bench.run(function)
    }
}

extension Trait where Self == EarshotTrait {
    static var earshot: Self { Self() }
}

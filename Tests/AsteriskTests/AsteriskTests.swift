import Foundation
import LabSupport
import Testing

/// Everything that is proved on a real Asterisk with real phones. `scripts/test` starts the lab for it.
///
/// One Asterisk serves all of these tests, so they run one after the other.
@Suite(.serialized) enum OnAsterisk {
    /// Tests that share one Earshot.
    @Suite(.serialized, .earshot) enum AsteriskTests {}

    /// Tests that start Earshots of their own.
    @Suite(.serialized) enum AsteriskServiceTests {}
}

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
    ///
    /// - Parameters:
    ///   - url: nil for the lab's plain ARI.
    ///   - environment: further settings of Earshot.
    static func run(
        url: String? = nil,
        environment: [String: String] = [:],
        _ body: () async throws -> Void
    ) async throws {
        let lab = try Lab.load()
        var environment = environment
        environment["EARSHOT_ARI_URL"] = url
        let earshot = try await EarshotProcess.start(command, in: lab, environment: environment)
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
        try await Bench.run { try await function() }
    }
}

extension Trait where Self == EarshotTrait {
    static var earshot: Self { Self() }
}

import Foundation
import Locking
import Testing

extension OnAsterisk {
    /// What goes wrong between Earshot and Asterisk, and with Earshot itself: whatever it is, a session works or ends with an answer for its
    /// supervisor, the monitored call goes on undisturbed, and nothing is left.
    ///
    /// A short selection runs always; the rest, each fault at each request, with `scripts/test --long`.
    @Suite(.serialized, .tallied) enum FaultTests {}
}

/// Tests that take too long for every day.
enum LongTests {
    /// `scripts/test --long` wants them.
    static let areWanted = ProcessInfo.processInfo.environment["EARSHOT_LAB_LONG"]?.isEmpty == false
}

/// Says at a suite's end what became of all its sessions.
struct TallyTrait: SuiteTrait, TestScoping {
    let isRecursive = false

    func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing function: @Sendable @concurrent () async throws -> Void
    ) async throws {
        try await function()
        print("faults: all together: \(Tally.ofAll.withLock { $0 })")
    }
}

extension Trait where Self == TallyTrait {
    static var tallied: Self { Self() }
}

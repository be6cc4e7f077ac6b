import Foundation
import LabSupport
import Testing

extension OnAsterisk.AsteriskServiceTests {
    /// Sequences of keys, hang-ups, calls and transfers that nobody has thought of.
    @Suite struct StoryTests {
        /// The first seed; another one from `EARSHOT_LAB_SEED`.
        private static let firstSeed = ProcessInfo.processInfo.environment["EARSHOT_LAB_SEED"].flatMap(UInt64.init) ?? 1
        private static let count: UInt64 = 32

        @Test(.timeLimit(.minutes(3)))
        func `whatever happens, nobody is heard beyond their mode and nothing is left`() async throws {
            // A log of its own, which is read again and again.
            try await Bench.run {
                let bench = try Bench.current
                try await Scene.withPhones(Story.cast, in: bench.lab) { phones in
                    for seed in Self.firstSeed..<(Self.firstSeed + Self.count) {
                        var story = Story(seed: seed, phones, bench)
                        try await story.tell()
                    }
                }
            }
        }
    }
}

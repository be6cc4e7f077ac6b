import Foundation
import Glibc
import Testing

@testable import LabSupport

/// A guarded program leaves nothing behind.
struct GuardedProcessTests {
    @Test
    func `with the program end the programs that it has started`() async throws {
        let folder = try makeTemporaryFolder()
        let file = folder + "/child"
        let process = try GuardedProcess(["sh", "-c", "sleep 600 & echo $! >'\(file)'; wait"], folder: folder)
        defer { process.end() }
        try await waitUntil { Self.text(file).hasSuffix("\n") }
        let id = try #require(pid_t(Self.text(file).trimmingCharacters(in: .newlines)))
        #expect(kill(id, 0) == 0)
        process.end()
        // Whoever inherits a killed process waits for it, sooner or later; until then it is a zombie.
        func isGone() -> Bool {
            let state = Self.text("/proc/\(id)/stat")
            return state.isEmpty || state.contains(") Z ")
        }
        try await waitUntil(isGone)
        #expect(isGone())
        #expect(!FileManager.default.fileExists(atPath: folder))
    }

    private static func text(_ path: String) -> String {
        String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
    }
}

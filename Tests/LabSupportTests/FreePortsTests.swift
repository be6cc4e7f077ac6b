import Testing

@testable import LabSupport

@Suite(.serialized)
struct FreePortsTests {
    @Test
    func `phones that start together get ports of their own`() async throws {
        let ports = try await withThrowingTaskGroup(of: [UInt16].self) { group in
            for _ in 0..<8 {
                group.addTask { try (0..<25).map { _ in try FreePorts.pair() } }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(ports.count == 200)
        #expect(Set(ports).count == 200)
    }

    @Test
    func `phones of two processes that start together get ports of their own`() async throws {
        _ = try FreePorts.pair()
        // A block is claimed from this process as from another one.
        let others = try (0..<3).map { _ in try FreePorts.claimBlock() }
        let ports = try (0..<200).map { _ in try FreePorts.pair() }
        for other in others { #expect(!ports.contains { other.halves.contains($0 / 2) }) }
    }
}

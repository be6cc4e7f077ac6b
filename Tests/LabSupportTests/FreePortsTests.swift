import Testing

@testable import LabSupport

struct FreePortsTests {
    @Test
    func `phones that start together get ports of their own`() async throws {
        let ports = try await withThrowingTaskGroup(of: [UInt16].self) { group in
            for _ in 0..<8 {
                group.addTask { try (0..<70).map { _ in try FreePorts.pair() } }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(ports.count == 560)
        #expect(Set(ports).count == 560)
    }

    @Test
    func `phones of two processes that start together get ports of their own`() async throws {
        _ = try FreePorts.pair()
        // A block is claimed from this process as from another one.
        var others: [FreePorts.Block] = []
        while let block = try? FreePorts.claimBlock() { others.append(block) }
        #expect(!others.isEmpty)
        let ports = try (0..<560).map { _ in try FreePorts.pair() }
        for other in others { #expect(!ports.contains { other.halves.contains($0 / 2) }) }
    }
}

import Testing

@testable import LabSupport

struct FreePortsTests {
    @Test
    func `phones that start together get ports of their own`() async throws {
        let ports = try await withThrowingTaskGroup(of: [UInt16].self) { group in
            for _ in 0..<8 {
                group.addTask { try (0..<100).map { _ in try FreePorts.pair() } }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(ports.count == 800)
        #expect(Set(ports).count == 800)
    }
}

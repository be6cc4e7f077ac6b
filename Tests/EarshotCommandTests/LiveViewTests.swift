import EarshotService
import Monitoring
import MonitoringRecord
import Testing

@testable import earshot

/// Browsers that look at who is monitoring whom now.
@Suite(.timeLimit(.minutes(1))) struct LiveViewTests {
    @Test func `of too many who look none is told, and whoever goes makes place`() async throws {
        let scratch = try Scratch()
        let store = try Store(path: scratch.path("earshot.db"), templates: [.standard], origin: "earshot-test")
        let live = LiveView(control: SessionControl(), record: store.record)
        var viewers: [AsyncStream<Void>] = []
        for _ in 1...LiveView.mostViewers { viewers.append(await live.changes()) }
        #expect(await Self.isTold(await live.changes()) == false)
        viewers.removeLast()
        #expect(await Self.isTold(await live.changes()))
        // The others still look, and the folder is there.
        #expect(viewers.count == LiveView.mostViewers - 1 && !scratch.path("earshot.db").isEmpty)
    }

    private static func isTold(_ changes: AsyncStream<Void>) async -> Bool {
        for await _ in changes { return true }
        return false
    }
}

import ARITestSupport
import Testing

@testable import ARITestServer

/// What the small Asterisk does when its events are not taken.
struct LoopbackAsteriskTests {
    private let asterisk = LoopbackAsterisk(AsteriskWorld())
    private let full = [[UInt8]](repeating: [], count: LoopbackAsterisk.mostWaitingEvents)

    @Test func `while the queue is full, nobody goes on`() async throws {
        _ = await asterisk.connect("earshot")
        try await asterisk.send(full)
        let asterisk = asterisk
        let change = Task { try await asterisk.change { _ in } }
        // It waits until then.
        change.cancel()
        await #expect(throws: CancellationError.self) { try await change.value }
    }

    @Test func `when the events have been taken, everybody goes on`() async throws {
        let (id, _) = await asterisk.connect("earshot")
        try await asterisk.send(full)
        #expect(await asterisk.takeEvents(of: id, afterWaiting: .zero).count == full.count)
        try await asterisk.change { _ in }
    }

    @Test func `a WebSocket that closes does not stop anybody`() async throws {
        let (id, _) = await asterisk.connect("earshot")
        try await asterisk.send(full)
        await asterisk.disconnect(id)
        try await asterisk.change { _ in }
        #expect(await !asterisk.look { $0.isConnected("earshot") })
    }
}

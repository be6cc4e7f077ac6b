import ARI
import ARITestSupport
import EarshotService
import Testing

@Suite(.timeLimit(.minutes(5)))
struct GarbledAnswerTests {
    @Test(arguments: ["channels.snoopChannelWithId", "bridges.createWithId", "channels.playWithId"])
    func `what was made is removed although its answer is not understood`(operation: String) async throws {
        let options = Stage.Options(transport: { GarblingTransport(asterisk: $0, operation: operation) })
        try await Stage.run(.office(), options) { stage in
            let scene = await stage.dial()
            try await stage.until("in the call, or out again") { world in
                world.isMonitoring(scene.supervisor, scene.agent) || world.leg(scene.supervisor) == nil
            }
            await stage.hangUp(scene.supervisor)
            try await stage.untilEnded()
            #expect(await stage.asterisk.current.leftovers == [])
        }
    }
}

/// Lets everything be done, and answers one operation with what is no JSON.
private struct GarblingTransport: ARITransport {
    let asterisk: InMemoryAsterisk
    let operation: String

    func send(_ request: ARIHTTPRequest) async throws -> ARIHTTPResponse {
        var response = try await asterisk.send(request)
        if request.operation == operation { response.body = Array("<html>".utf8) }
        return response
    }

    func withEventMessages<Result: Sendable>(
        of request: ARIEventsRequest,
        _ body: (AsyncThrowingStream<[[UInt8]], any Error>) async throws -> Result
    ) async throws -> Result {
        try await asterisk.withEventMessages(of: request, body)
    }
}

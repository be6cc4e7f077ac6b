import ARI
import ARIOverCurl
import ARITestServer
import ARITestSupport
import CurlTransport
import Logging
import Testing

/// The small Asterisk as libcurl meets it.
struct LoopbackServerTests {
    @Test func `a request is answered, and its event comes over the WebSocket`() async throws {
        try await whileServing { asterisk, transport in
            let request = ARIEventsRequest(application: "earshot")
            try await transport.withEventMessages(of: request) { messages in
                try await connected(asterisk)
                try await ARIClient(transport: transport).emitUserEvent("hello", application: "earshot")
                let event = try await first(messages)
                #expect(event?.contains(#""eventname":"hello""#) == true)
            }
        }
    }

    @Test func `what people do comes over the WebSocket in order`() async throws {
        try await whileServing { asterisk, transport in
            let request = ARIEventsRequest(application: "earshot")
            try await transport.withEventMessages(of: request) { messages in
                try await connected(asterisk)
                try await asterisk.change { world in
                    let supervisor = world.dial(from: "305", "*91101")
                    world.hangUp(supervisor)
                }
                var types: [String] = []
                for try await batch in messages {
                    types += batch.map { ARIEvent(message: $0).metricLabel }
                    if types.contains("StasisEnd") { break }
                }
                #expect(types.first == "StasisStart")
            }
        }
    }

    @Test func `a channel is found by a name with a slash`() async throws {
        try await whileServing { asterisk, transport in
            let supervisor = try await asterisk.change { $0.dial(from: "305", "*91101") }
            let name = await asterisk.look { $0.leg(supervisor)?.channel.name ?? "" }
            let channel = try await ARIClient(transport: transport).channel(Channel.ID(name))
            #expect(channel.id == supervisor)
        }
    }

    @Test func `what does not exist is refused`() async throws {
        try await whileServing { _, transport in
            let client = ARIClient(transport: transport)
            let error = await #expect(throws: ARIError.self) { try await client.channel(Channel.ID("17.1")) }
            #expect(error?.code == .notFound)
        }
    }

    // MARK: -

    private func whileServing(_ body: (LoopbackAsterisk, CurlARITransport) async throws -> Void) async throws {
        var world = AsteriskWorld()
        world.addEndpoint("305")
        let asterisk = LoopbackAsterisk(world)
        try await LoopbackServer.whileServing(asterisk) { url in
            let curl = try CurlClient(
                configuration: CurlConfiguration(
                    baseURL: try CurlBaseURL(url),
                    credentials: CurlCredentials(username: "earshot", password: Secret("secret"))
                ),
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            )
            do {
                try await body(asterisk, CurlARITransport(client: curl))
            } catch {
                await curl.shutdown()
                throw error
            }
            await curl.shutdown()
        }
    }

    /// The WebSocket is open before Asterisk knows the application.
    private func connected(_ asterisk: LoopbackAsterisk) async throws {
        while await !asterisk.look({ $0.isConnected("earshot") }) { try await Task.sleep(for: .milliseconds(1)) }
    }

    private func first(_ messages: AsyncThrowingStream<[[UInt8]], any Error>) async throws -> String? {
        for try await batch in messages { return batch.first.map { String(decoding: $0, as: UTF8.self) } }
        return nil
    }
}

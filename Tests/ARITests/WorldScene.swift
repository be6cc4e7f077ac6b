import ARI
import ARITestSupport

/// A call between a client and an agent, a supervisor who dialled, and the application connected.
struct WorldScene {
    let asterisk: InMemoryAsterisk
    let client: ARIClient
    let call: AsteriskWorld.Call
    let supervisor: Channel.ID

    init() async {
        var world = AsteriskWorld(extensions: ["101", "102", "201", "300"])
        world.connect("earshot")
        asterisk = InMemoryAsterisk(world)
        client = ARIClient(transport: asterisk)
        call = await asterisk.change { $0.placeCall(from: "201", to: "101") }
        supervisor = await asterisk.change { $0.dial(from: "300", "*91101") }
    }

    /// Makes a snoop on the agent.
    func snoop(_ name: String = "sn-1", spy: AudioDirection = .both, whisper: AudioDirection = .none) async throws {
        let id = Channel.ID(name)
        try await client.snoop(on: call.callee, as: id, spy: spy, whisper: whisper, application: "earshot")
    }

    /// Makes a snoop on the agent, and a bridge with it and the supervisor.
    func monitor(_ name: String = "1", spy: AudioDirection = .both, whisper: AudioDirection = .none) async throws {
        let bridge = Bridge.ID("br-\(name)")
        try await client.createBridge(bridge)
        try await snoop("sn-\(name)", spy: spy, whisper: whisper)
        try await client.addChannels([supervisor, Channel.ID("sn-\(name)")], to: bridge)
    }

    /// The types of the events that were sent after the first `count` ones.
    func events(after count: Int) async -> [String] {
        await asterisk.delivered.dropFirst(count).map(\.type)
    }

    /// The types of the events that come of what `body` does, in order.
    func events(of body: () async throws -> Void) async rethrows -> [String] {
        let count = await asterisk.delivered.count
        try await body()
        return await events(after: count)
    }

    /// Changes the world, and tells the types of the events that come of it.
    func events(of change: @Sendable (inout AsteriskWorld) -> Void) async -> [String] {
        await events { await asterisk.change { change(&$0) } }
    }

    var world: AsteriskWorld {
        get async { await asterisk.current }
    }
}

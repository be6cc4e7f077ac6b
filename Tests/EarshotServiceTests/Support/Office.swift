import ARI
import ARITestSupport
import EarshotService
import Monitoring
import Testing

/// The cast of most tests: agent 101 talks to client 200, and supervisor 305 dials.
struct Scene: Sendable {
    var call: AsteriskWorld.Call
    var supervisor: Channel.ID

    /// The agent's leg.
    var agent: Channel.ID { call.callee }
    var client: Channel.ID { call.caller }
}

extension AsteriskWorld {
    /// An Asterisk with the extensions 101, 200 and 305.
    static func office(
        supervisor: [String: String] = ["SPY_PERMISSION": "Barge"],
        agent: [String: String] = [:]
    ) -> AsteriskWorld {
        var world = AsteriskWorld()
        world.addEndpoint("101", variables: agent)
        world.addEndpoint("200")
        world.addEndpoint("305", variables: supervisor)
        return world
    }

    /// The supervisor is in a bridge with a snoop on this channel, so that they hear its call.
    func isMonitoring(_ supervisor: Channel.ID, _ target: Channel.ID) -> Bool {
        guard let bridge = leg(supervisor)?.bridge else { return false }
        return snoops.contains { $0.bridge == bridge && $0.snoop?.target == target }
    }
}

extension Stage {
    /// A call on 101, and the supervisor who dials. Nothing of what follows has happened yet.
    func dial(_ code: String = "*91101", from: String = "305") async -> Scene {
        await asterisk.change { world in
            let call = world.placeCall(from: "200", to: "101")
            return Scene(call: call, supervisor: world.dial(from: from, code))
        }
    }

    /// Dials and waits until the supervisor is in the call.
    func monitor(_ code: String = "*91101") async throws -> Scene {
        let scene = await dial(code)
        try await until("\(code) is in the call") { $0.isMonitoring(scene.supervisor, scene.agent) }
        return scene
    }

    func hangUp(_ channel: Channel.ID) async {
        await asterisk.change { $0.hangUp(channel) }
    }

    /// The media that the supervisor was played, one list for each prompt.
    func prompts(of supervisor: Channel.ID) async -> [[String]] {
        await requests("channels.playWithId").filter { $0.path[1] == supervisor.rawValue }.map { $0["media"] }
            .map { $0?.split(separator: ",").map(String.init) ?? [] }
    }

    /// The requests of one operation, in order.
    func requests(_ operation: String) async -> [ARIHTTPRequest] {
        await asterisk.exchanges.map(\.request).filter { $0.operation == operation }
    }

    /// What the dialplan is told in `EARSHOT_RESULT`.
    func result(of supervisor: Channel.ID) async -> String? {
        await asterisk.current.variable("EARSHOT_RESULT", of: supervisor)
    }

    // MARK: - What must be true in the end

    /// Nothing of ours is left, nothing was asked that never makes sense, and whatever was removed was removed once.
    func expectTidy(_ options: Options, _ sourceLocation: SourceLocation) async {
        let world = await asterisk.current
        #expect(world.leftovers == options.leftovers, sourceLocation: sourceLocation)
        #expect(world.violations.filter { !options.tolerated($0) } == [], sourceLocation: sourceLocation)
        let removals = await asterisk.exchanges.filter { exchange in
            ["channels.hangup", "bridges.destroy"].contains(exchange.request.operation) && exchange.status == 204
        }
        let names = removals.map { $0.request.path[1] }
        #expect(Set(names).count == names.count, "removed twice: \(names)", sourceLocation: sourceLocation)
    }

    /// No snoop speaks where the mode does not, and none hears less than everything.
    func expectDirections(of mode: MonitoringMode, sourceLocation: SourceLocation = #_sourceLocation) async {
        for request in await requests("channels.snoopChannelWithId") {
            #expect(request["spy"] == "both", sourceLocation: sourceLocation)
            #expect(request["whisper"] == mode.whisperDirection.rawValue, sourceLocation: sourceLocation)
        }
    }
}

extension ARIHTTPRequest {
    subscript(parameter: String) -> String? { query.first { $0.name == parameter }?.value }
}

extension MonitoringMode {
    /// What the supervisor dials for agent 101.
    var code: String { FeatureCodePrefixes.standard[self] + "101" }
}

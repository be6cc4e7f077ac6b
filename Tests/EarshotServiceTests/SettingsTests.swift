import ARI
import ARITestSupport
import EarshotService
import Monitoring
import Testing

@Suite(.timeLimit(.minutes(5)))
struct SettingsTests {
    private static let variables = ["SPY_PERMISSION", "DISABLE_SPY", "SPY_PARAMS"]

    @Test func `settings are asked for on the supervisor's channel`() async throws {
        try await Stage.run { stage in
            let scene = try await stage.monitor()
            #expect(await asked(stage, of: scene.supervisor) == Self.variables.sorted())
        }
    }

    @Test func `settings that came with the event are not asked for again`() async throws {
        var world = AsteriskWorld.office(supervisor: ["SPY_PERMISSION": "Listen"])
        world.listedVariables = Self.variables
        try await Stage.run(world) { stage in
            let scene = try await stage.monitor()
            #expect(await asked(stage, of: scene.supervisor) == [])
        }
    }

    @Test func `what of the settings did not come with the event is asked for`() async throws {
        var world = AsteriskWorld.office(supervisor: ["SPY_PERMISSION": "Listen", "SPY_PARAMS": "qESsb"])
        world.listedVariables = ["SPY_PERMISSION"]
        try await Stage.run(world) { stage in
            let scene = try await stage.monitor()
            #expect(await asked(stage, of: scene.supervisor) == ["DISABLE_SPY", "SPY_PARAMS"])
            #expect(await stage.prompts(of: scene.supervisor) == [], "q came from the channel")
        }
    }

    @Test func `an empty variable of the event is one that is not set`() async throws {
        var world = AsteriskWorld.office(supervisor: [:])
        world.listedVariables = Self.variables
        try await Stage.run(world) { stage in
            let scene = await stage.dial()
            try await stage.untilEnded()
            #expect(await stage.result(of: scene.supervisor) == "no_permission")
            #expect(await asked(stage, of: scene.supervisor) == [])
        }
    }

    @Test(arguments: [
        (["SPY_PERMISSION": "Chief"], "SPY_PERMISSION", "unknown value, which means no permission"),
        (["SPY_PERMISSION": "Listen", "DISABLE_SPY": "jein"], "DISABLE_SPY", "unknown value, which means yes"),
        (["SPY_PERMISSION": "Listen", "SPY_PARAMS": "ESsbw"], "SPY_PARAMS", "w is ignored: the mode comes from"),
        (
            ["SPY_PERMISSION": "Listen", "SPY_PARAMS": "ESsbw"], "SPY_PARAMS",
            "w is ignored: the mode comes from the code dialled"
        ),
        (["SPY_PERMISSION": "Listen", "SPY_PARAMS": "ESsbv(2"], "SPY_PARAMS", "the argument of v has no closing"),
        (
            ["SPY_PERMISSION": "Listen", "SPY_PARAMS": "ESZ"], "SPY_PARAMS",
            "Z is no option, so the default ESsb counts"
        ),
        (["SPY_PERMISSION": "Listen", "SPY_PARAMS": "ESsbv(9)"], "SPY_PARAMS", "the argument of v is not one that"),
    ])
    func `a setting that is not as it should be gets one warning`(
        variables: [String: String],
        name: String,
        text: String
    ) async throws {
        try await Stage.run(.office(supervisor: variables)) { stage in
            let scene = await stage.dial()
            try await stage.until("decided") { world in
                world.isMonitoring(scene.supervisor, scene.agent) || world.leg(scene.supervisor) == nil
            }
            let warnings = stage.lines("user's setting is not as it should be")
            #expect(warnings.map { $0[.setting] } == [name])
            #expect(warnings.first?[.error]?.hasPrefix(text) == true, "\(warnings.first?[.error] ?? "none")")
            #expect(warnings.first?[.supervisor] == "305")
        }
    }

    /// The names of the variables that were asked for on a channel, sorted.
    private func asked(_ stage: Stage, of channel: Channel.ID) async -> [String] {
        await stage.requests("channels.getChannelVar").filter { $0.path[1] == channel.rawValue }
            .compactMap { $0["variable"] }.sorted()
    }
}

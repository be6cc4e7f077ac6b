import ARI
import ARITestSupport
import EarshotService
import Monitoring
import Testing

@Suite(.timeLimit(.minutes(5)))
struct SettingsTests {
    @Test func `the supervisor's endpoint is asked for its settings, and the channel once for everything else`()
        async throws
    {
        try await Stage.run { stage in
            let scene = try await stage.monitor()
            #expect(await stage.requests("asterisk.getObject").first?.path.last == "305")
            let asked = await stage.requests("channels.getChannelVar").map { $0.path[1] }
            #expect(asked.count { $0 == scene.supervisor.rawValue } == 1)
        }
    }

    @Test func `variables that the dialplan sets count when it names the endpoint`() async throws {
        try await Stage.run(.office(supervisor: [:])) { stage in
            let dialled = await stage.asterisk.change { world in
                _ = world.placeCall(from: "200", to: "101")
                let rights = ["SPY_PERMISSION": "Barge", "SPY_PARAMS": "qESsb"]
                return [
                    world.dial(from: "305", "*91101", variables: rights),
                    world.dial(from: "305", "*91101", variables: rights.merging(["EARSHOT_OWNER": "305"]) { $1 }),
                ]
            }
            try await stage.until("the second one is in the call") { $0.leg(dialled[1])?.bridge != nil }
            try await stage.until("the first one is refused") { $0.leg(dialled[0]) == nil }
            #expect(await stage.result(of: dialled[0]) == "no_permission")
            #expect(stage.lines("user's setting is not as it should be").map { $0[.setting] } == ["SPY_PERMISSION"])
        }
    }

    @Test func `a global variable gives nobody a right`() async throws {
        var world = AsteriskWorld.office(supervisor: [:])
        world.globalVariables["SPY_PERMISSION"] = "Barge"
        try await Stage.run(world) { stage in
            let scene = await stage.asterisk.change { world in
                Scene(
                    call: world.placeCall(from: "200", to: "101"),
                    supervisor: world.dial(from: "305", "*91101", variables: ["EARSHOT_OWNER": "305"])
                )
            }
            try await stage.untilEnded()
            #expect(await stage.result(of: scene.supervisor) == "no_permission")
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
}

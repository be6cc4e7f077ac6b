import ARI
import ARITestSupport
import EarshotService
import Logging
import Testing

@Suite(.timeLimit(.minutes(5)))
struct AsteriskCheckTests {
    private static let neededModules = [
        "app_stasis", "res_stasis", "res_stasis_answer", "res_stasis_playback", "res_stasis_snoop",
        "res_http_websocket", "res_ari_applications", "res_ari_bridges", "res_ari_channels", "res_ari_endpoints",
        "res_ari_events", "res_ari_playbacks", "bridge_simple", "bridge_softmix",
        "res_ari_asterisk", "func_channel", "func_strings", "res_timing_timerfd",
    ]

    /// What a letter of `SPY_PARAMS` or a setting needs.
    private static let usefulModules = [
        "func_callerid", "func_volume", "func_dialplan", "res_ari_recordings", "res_stasis_recording", "format_wav",
    ]

    private static var modules: [String] { neededModules + usefulModules }

    /// Checks an Asterisk in memory, in a time that passes only when nothing else can happen.
    private func check(
        _ asterisk: InMemoryAsterisk,
        modules: [(name: String, status: String)] = modules.map { ($0, "Running") }
    ) async -> [CheckFinding] {
        let list = modules.map { "{\"name\":\"\($0.name).so\",\"status\":\"\($0.status)\"}" }.joined(separator: ",")
        await asterisk.inject(.answer(status: 200, body: "[\(list)]"), into: "asterisk.listModules")
        let clock = ManualClock()
        let client = ARIClient(transport: asterisk)
        let check = AsteriskCheck(
            client: client,
            application: "earshot",
            prompts: PromptBook(notices: [.waiting: ["sound:custom/wait", "sound:/srv/own", "digits:1"]]),
            connection: ARIEventConnection(
                client: client,
                application: "earshot-check",
                clock: clock,
                random: { 7 },
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            )
        )
        let executor = OrderedExecutor()
        return await withTaskExecutorPreference(executor) {
            await withTaskGroup(of: [CheckFinding]?.self) { group in
                group.addTask { await check.run() }
                group.addTask {
                    while !Task.isCancelled {
                        await executor.settle()
                        guard let next = clock.deadlines.first else { return nil }
                        clock.advance(by: clock.now.duration(to: next))
                    }
                    return nil
                }
                var findings: [CheckFinding] = []
                for await result in group { findings += result ?? [] }
                return findings
            }
        }
    }

    /// What is not as it should be.
    private func faults(_ findings: [CheckFinding]) -> [CheckFinding] {
        findings.filter { $0.severity != .good }
    }

    @Test func `a global variable of a user's right is a warning, which says what it means`() async {
        var world = AsteriskWorld()
        world.globalVariables["SPY_PERMISSION"] = "Barge"
        world.globalVariables["DISABLE_SPY"] = "yes"
        let texts = faults(await check(InMemoryAsterisk(world))).map(\.text)
        #expect(texts.contains("the global variable SPY_PERMISSION counts for nobody"))
        #expect(texts.contains("the global variable DISABLE_SPY protects everybody"))
    }

    @Test func `sounds that Asterisk does not have are named, those in other folders are not asked for`() async {
        var world = AsteriskWorld()
        world.missingMedia = ["sound:custom/wait", "sound:pbx-invalid", "sound:/srv/own"]
        let found = faults(await check(InMemoryAsterisk(world))).first { $0.text.contains("sounds") }
        #expect(found?.text.hasSuffix(": custom/wait, pbx-invalid") == true)
        #expect(found?.severity == .warning)
    }

    @Test func `a list of sounds that cannot be read is a warning that names the module`() async {
        let asterisk = InMemoryAsterisk(AsteriskWorld())
        await asterisk.inject(.answer(status: 404, body: "Not Found"), into: "sounds.get")
        let found = faults(await check(asterisk)).first { $0.text.contains("sounds") }
        #expect(found?.cure?.contains("res_ari_sounds") == true)
    }

    @Test func `an Asterisk that has everything is found good, and left as it was`() async {
        var world = AsteriskWorld.office()
        world.connect("earshot")
        let asterisk = InMemoryAsterisk(world)
        let findings = await check(asterisk)
        #expect(faults(findings) == [])
        #expect(findings.map(\.text).contains("Asterisk 22.10.1"))
        let after = await asterisk.current
        #expect(after.isConnected("earshot"), "the service that runs keeps its events")
        #expect(after.livingLegs.isEmpty && after.leftovers.isEmpty)
    }

    @Test func `a service that is not connected is a warning`() async {
        let findings = faults(await check(InMemoryAsterisk()))
        #expect(findings.map(\.severity) == [.warning])
        #expect(findings.first?.text.hasPrefix("no Earshot is connected as earshot") == true)
    }

    @Test(arguments: neededModules.dropLast())
    func `a module that is missing or not running is a problem with its cure`(module: String) async {
        var world = AsteriskWorld.office()
        world.connect("earshot")
        let missing = await check(
            InMemoryAsterisk(world),
            modules: Self.modules.filter { $0 != module }.map { ($0, "Running") }
        )
        let stopped = await check(
            InMemoryAsterisk(world),
            modules: Self.modules.map { ($0, $0 == module ? "Not Running" : "Running") }
        )
        for findings in [faults(missing), faults(stopped)] {
            #expect(findings.map(\.severity) == [.problem])
            #expect(findings.first?.text.contains(module) == true)
            #expect(findings.first?.cure == "load \(module).so in modules.conf")
        }
    }

    @Test(arguments: usefulModules)
    func `a module that only a letter needs is a warning with its cure`(module: String) async {
        var world = AsteriskWorld()
        world.connect("earshot")
        let findings = faults(
            await check(
                InMemoryAsterisk(world),
                modules: Self.modules.filter { $0 != module }.map { ($0, "Running") }
            )
        )
        #expect(findings.map(\.severity) == [.warning])
        #expect(findings.first?.text.contains(module) == true)
        #expect(findings.first?.cure == "load \(module).so in modules.conf")
    }

    @Test func `a PBX without a timer cannot monitor, and dahdi alone is a warning`() async {
        let others = Self.modules.filter { !$0.hasPrefix("res_timing_") }
        let none = await check(InMemoryAsterisk(), modules: others.map { ($0, "Running") })
        #expect(none.contains { $0.severity == .problem && $0.text == "no timing module is running" })
        let dahdi = await check(InMemoryAsterisk(), modules: (others + ["res_timing_dahdi"]).map { ($0, "Running") })
        #expect(dahdi.contains { $0.severity == .warning && $0.text.contains("res_timing_dahdi") })
    }

    @Test func `a list of modules that cannot be read is a warning`() async {
        let asterisk = InMemoryAsterisk()
        await asterisk.inject(Failure.gone.action, into: "asterisk.listModules")
        let findings = await check(asterisk)
        #expect(findings.contains { $0.severity == .warning && $0.cure == "load res_ari_asterisk in modules.conf" })
    }

    @Test func `a user who may only read is a problem`() async {
        let asterisk = InMemoryAsterisk()
        await asterisk.inject(
            .answer(status: 403, body: #"{"message":"Write access denied"}"#),
            into: "channels.hangup"
        )
        let findings = await check(asterisk)
        #expect(findings.contains { $0.severity == .problem && $0.cure == "set `read_only = no` in ari.conf" })
    }

    @Test(arguments: [ConnectionFault.neverActive, .refuse(ARITransportError(.upgradeRefused(status: 404), "404"))])
    func `events that do not arrive are a problem`(fault: ConnectionFault) async {
        let asterisk = InMemoryAsterisk()
        await asterisk.inject(fault)
        let findings = await check(asterisk)
        #expect(findings.contains { $0.severity == .problem && $0.text.hasPrefix("no events arrive") })
    }

    @Test func `a release with known faults is a warning for each`() async {
        var world = AsteriskWorld.office()
        world.version = "22.2.0"
        let findings = await check(InMemoryAsterisk(world))
        #expect(findings.contains { $0.severity == .warning && $0.text.contains("stutter") })
        #expect(findings.contains { $0.severity == .good && $0.text == "Asterisk 22.2.0" })
    }

    @Test(arguments: [
        (ARITransportError.Kind.connectionFailed, "is Asterisk running"), (.tlsFailed, "EARSHOT_ARI_CA_FILE"),
        (.timedOut, "compare EARSHOT_ARI_URL"),
    ])
    func `an Asterisk that cannot be reached is one problem`(kind: ARITransportError.Kind, cure: String) async {
        let asterisk = InMemoryAsterisk()
        await asterisk.inject(.fail(ARITransportError(kind, "detail")), into: "asterisk.getInfo")
        let findings = await check(asterisk)
        #expect(findings.map(\.severity) == [.problem])
        #expect(findings.first?.cure?.hasPrefix(cure) == true)
    }

    @Test(arguments: [
        (401, #"{"error":"Unauthorized"}"#, "compare user name and password"), (403, "", "see `permit`"),
        (404, "<html>", "EARSHOT_ARI_URL must end in /ari"), (500, "", "compare EARSHOT_ARI_URL"),
        (200, "<html>", "compare EARSHOT_ARI_URL"),
    ])
    func `an answer that is none says what to look at`(status: Int, body: String, cure: String) async {
        let asterisk = InMemoryAsterisk()
        await asterisk.inject(.answer(status: status, body: body), into: "asterisk.getInfo")
        let findings = await check(asterisk)
        #expect(findings.map(\.severity) == [.problem])
        #expect(findings.first?.cure?.hasPrefix(cure) == true)
    }
}

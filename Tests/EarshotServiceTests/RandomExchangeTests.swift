import ARI
import ARITestSupport
import EarshotService
import Locking
import Monitoring
import Testing

/// Calls are picked up and transferred, Local channels stand between, the service is killed and started again: in an order that
/// the seed chooses. Nothing gets lost here, so what must hold holds whenever nothing more can happen by itself.
@Suite(.timeLimit(.minutes(5)))
struct RandomExchangeTests {
    /// What each user of the office may do. Nobody else may do anything, and 110 is protected.
    private static let permissions: [String: SpyPermission] = ["305": .upTo(.barge), "306": .upTo(.listen)]
    private static let protected = "110"

    private static let params = ["q", "qb", "qd", "qSbd", "ESsb", "qo", "sr(a)", "qdx(7)"]
    private static let agents = ["101", "102"]
    private static let callers = ["200", "201", "200", "201", "200", "201", "300", "110"]
    private static let supervisors = ["305", "305", "305", "306", "300", "110"]

    private static func world(_ seed: UInt64) -> AsteriskWorld {
        let params = params[Int(seed % UInt64(params.count))]
        var world = AsteriskWorld.office(supervisor: ["SPY_PERMISSION": "Barge", "SPY_PARAMS": params])
        for name in ["102", "201", "300"] { world.addEndpoint(name) }
        world.addEndpoint("110", variables: ["DISABLE_SPY": "yes"])
        world.addEndpoint("306", variables: ["SPY_PERMISSION": "Listen", "SPY_PARAMS": "qd"])
        return world
    }

    private struct Seen: Sendable {
        var refusals: Set<String> = []
        var sessions = 0
    }

    @Test func `whoever comes to be whose channel, nobody without a right hears or is heard, and nobody protected is`()
        async throws
    {
        let seen = LockedBox(Seen())
        for seed in UInt64(0)..<150 {
            try await Stage.run(Self.world(seed), Stage.Options(seed: seed, tolerated: { _ in true })) { stage in
                let isRight = try await Self.tell(seed, stage)
                try await Self.finish(stage)
                seen.withLock { seen in
                    seen.refusals.formUnion(stage.lines("supervisor refused").compactMap { $0[.refusal] })
                    seen.sessions += stage.lines("session started").count
                }
                if !isRight { throw CancellationError() }
            }
        }
        // Stories that never come to what they are about prove nothing.
        let (refusals, sessions) = seen.withLock { ($0.refusals, $0.sessions) }
        #expect(refusals.isSuperset(of: ["no_permission", "mode_above_permission", "target_protected", "transferred"]))
        #expect(sessions > 300)
    }

    /// - Returns: false when something was wrong, which is recorded.
    private static func tell(_ seed: UInt64, _ stage: Stage) async throws -> Bool {
        var random = SplitMix64(seed: seed)
        var story: [String] = []
        for _ in 0..<60 {
            story.append(try await step(stage, &random))
            await stage.settle()
            let faults = faults(await stage.asterisk.current)
            guard faults.isEmpty else {
                Issue.record("seed \(seed): \(faults) after:\n\((story + stage.story).joined(separator: "\n"))")
                return false
            }
        }
        return true
    }

    // MARK: - What happens

    private static func step(_ stage: Stage, _ random: inout SplitMix64) async throws -> String {
        let choice = random.next(below: 24)
        switch choice {
        case 20:
            await stage.kill()
            var story = "killed"
            for _ in 0..<random.next(below: 4) { story += ", " + (await inAsterisk(stage, &random)) }
            try await reconnect(stage) { stage.start() }
            return story + ", started"
        case 21:
            try await reconnect(stage) {
                await stage.asterisk.dropConnection(with: ARITransportError(.connectionLost, "reset"))
            }
            return "the connection broke"
        case 22, 23:
            let time = Duration.milliseconds(random.next(below: 2500))
            stage.clock.advance(by: time)
            return "\(time) passed"
        default:
            return await inAsterisk(stage, &random)
        }
    }

    private static func reconnect(_ stage: Stage, _ act: () async -> Void) async throws {
        let before = stage.lines("connected to Asterisk").count
        await act()
        try await stage.until("connected again") { _ in stage.lines("connected to Asterisk").count > before }
    }

    private static func inAsterisk(_ stage: Stage, _ random: inout SplitMix64) async -> String {
        let seed = random.next()
        return await stage.asterisk.change { world in
            var random = SplitMix64(seed: seed)
            return act(in: &world, &random)
        }
    }

    private static func act(in world: inout AsteriskWorld, _ random: inout SplitMix64) -> String {
        func one<Element>(of all: [Element]) -> Element? { all.isEmpty ? nil : all[random.next(below: all.count)] }
        let agent = one(of: agents) ?? ""
        let other = one(of: callers) ?? ""
        let phones = world.livingLegs.filter { $0.snoop == nil && $0.channel.name.hasPrefix("PJSIP/") }
        let talking = phones.filter { $0.place == .dialplan && $0.bridge != nil }.map(\.channel)
        let monitoring = phones.filter { $0.place == .stasis(application: "earshot") }.map(\.channel)
        switch random.next(below: 18) {
        case 0, 1, 2:
            let call = world.placeCall(from: other, to: agent)
            return "\(other) talks to \(agent): \(call)"
        case 3, 17:
            _ = world.placeCallThroughLocal(from: other, to: agent)
            return "\(other) talks to \(agent) through a Local channel"
        case 4, 5, 6, 7:
            let supervisor = one(of: supervisors) ?? ""
            let code = "*9\(1 + random.next(below: 3))\(one(of: agents + agents + ["110"]) ?? "")"
            return "\(supervisor) dials \(code): \(world.dial(from: supervisor, code))"
        case 8:
            let called = one(of: agents + ["305"]) ?? ""
            let call = world.pickUp(world.ring(from: other, to: called), from: one(of: callers) ?? "")
            guard called == "305", let picker = world.leg(call.callee) else { return "\(call) was picked up" }
            _ = world.transfer(call.caller, toCode: "*93101")
            return "\(picker.channel.name) picked up a supervisor's call and was transferred to *93101"
        case 9:
            let code = "*9\(1 + random.next(below: 3))\(agent)"
            let call = world.placeCall(from: other, to: "305")
            return "305 was transferred to \(code): \(world.transfer(call.caller, toCode: code).map(\.rawValue) ?? "")"
        case 10:
            guard let waiting = one(of: monitoring), let name = waiting.name.dropFirst(6).split(separator: "-").first
            else { return "nothing" }
            let call = world.placeCall(from: String(name), to: other)
            _ = world.transfer(call.caller, toPlaceOf: waiting.id)
            return "\(other) came into the place of \(waiting.name)"
        case 11:
            guard let channel = one(of: monitoring), let new = world.replace(channel.id, by: other) else {
                return "nothing"
            }
            return "\(channel.name) transferred its call to \(other): \(new)"
        case 12, 16:
            let new = random.next(below: 2) == 0 ? protected : other
            guard let channel = one(of: talking), let call = world.transfer(channel.id, to: new) else {
                return "nothing"
            }
            world.answer(call)
            return "\(channel.name) transferred its call to \(new): \(call)"
        case 13:
            guard let channel = one(of: monitoring) else { return "nothing" }
            let key = one(of: ["4", "5", "6", "*", "#", "1", "0", "2"] as [Character]) ?? "4"
            world.press(key, on: channel.id)
            return "\(channel.name) presses \(key)"
        case 14:
            // A call that rings, and is picked up while somebody may be on the ringing channel.
            let call = world.ring(from: other, to: agent)
            guard random.next(below: 2) == 0 else { return "\(agent) rings: \(call)" }
            world.answer(call)
            return "\(agent) answers: \(call)"
        default:
            if let call = one(of: world.ringingCalls), random.next(below: 2) == 0 {
                return "\(call) was picked up: \(world.pickUp(call, from: other))"
            }
            guard let phone = one(of: phones) else { return "nothing" }
            world.hangUp(phone.channel.id)
            return "\(phone.channel.name) hangs up"
        }
    }

    // MARK: - What must hold

    private static func faults(_ world: AsteriskWorld) -> [String] {
        guard !world.snoops.isEmpty else { return [] }  // Then nobody hears anybody by us.
        var faults: [String] = []
        let heard = world.heard
        let phones = world.livingLegs.filter { $0.snoop == nil }
        for leg in phones where leg.bridge?.rawValue.hasPrefix("earshot-") == true {
            let (id, name) = (leg.channel.id, leg.channel.name)
            let permission = permissions[user(of: name)] ?? .none
            let others = phones.filter { $0.channel.id != id }
            let speakers = others.filter { heard[id, default: []].contains($0.channel.id) }
            let listeners = others.filter { heard[$0.channel.id, default: []].contains(id) }
            if !speakers.isEmpty, !permission.allows(.listen) { faults.append("\(name) hears without a right") }
            if !listeners.isEmpty, !permission.allows(.whisper) { faults.append("\(name) is heard without a right") }
            let barges = world.snoops.contains { $0.bridge == leg.bridge && $0.snoop?.whisper == .both }
            if barges, !permission.allows(.barge) { faults.append("\(name) barges without a right") }
            let isTransferred = ["BLINDTRANSFER", "ATTENDEDTRANSFER"].contains { leg.variables[$0] != nil }
            if isTransferred, !(speakers + listeners).isEmpty { faults.append("\(name) has dialled nothing") }
            for one in speakers + listeners where user(of: one.channel.name) == protected {
                faults.append("\(name) hears \(one.channel.name), who is protected, or is heard by them")
            }
        }
        return faults
    }

    private static func user(of name: String) -> String {
        name.hasPrefix("PJSIP/") ? String(name.dropFirst(6).prefix { $0 != "-" }) : name
    }

    /// All phones hang up, and nothing is left.
    private static func finish(_ stage: Stage) async throws {
        await stage.asterisk.change { world in
            while let phone = world.livingLegs.first(where: { $0.snoop == nil }) { world.hangUp(phone.channel.id) }
        }
        try await stage.until("nothing is left") { $0.leftovers.isEmpty }
    }
}

import ARI
import ARITestSupport
import EarshotService
import Monitoring
import Testing

/// Everything at once, in an order that the seed chooses: phones, faults, lost connections, time, tasks.
@Suite(.timeLimit(.minutes(5)))
struct RandomOrderTests {
    private static let supervisors = ["305": MonitoringMode.barge, "306": .listen]
    private static let agents = ["101", "102"]

    private static let params = ["", "qSbd", "bd", "qbdr", "ESsbdX", "sbr(a)x(7)", "qdv(2)", "Sbg(sales)d"]
    private static let keys: [Character] = ["4", "5", "6", "4", "5", "6", "*", "#", "1", "0", "2", "7", "9"]

    private static func world(_ seed: UInt64) -> AsteriskWorld {
        var world = AsteriskWorld.office(supervisor: [
            "SPY_PERMISSION": "Barge", "SPY_PARAMS": params[Int(seed % UInt64(params.count))],
        ])
        world.dialplan = [DialplanPlace(context: "lab", exten: "9")]
        world.addEndpoint("102")
        world.addEndpoint("201")
        world.addEndpoint("306", variables: ["SPY_PERMISSION": "Listen", "SPY_PARAMS": "qsbd"])
        return world
    }

    @Test(arguments: 0..<150)
    func `whatever happens in whatever order, nothing is left and nobody hears what they may not`(
        seed: UInt64
    ) async throws {
        // The faults make requests overtake each other; what must hold is what is left, and who may speak.
        try await Stage.run(Self.world(seed), Stage.Options(seed: seed, tolerated: { _ in true })) { stage in
            var random = SplitMix64(seed: seed)
            for _ in 0..<60 {
                await Self.step(stage, &random)
                if random.next(below: 3) > 0 { await stage.settle() }
                await Self.expectRights(stage)
            }
            try await Self.finish(stage)
        }
    }

    private static func step(_ stage: Stage, _ random: inout SplitMix64) async {
        let asterisk = stage.asterisk
        let choice = random.next()
        switch random.next(below: 20) {
        case 0, 1:
            await asterisk.change { _ = $0.placeCall(from: "200", to: agents[Int(choice % 2)]) }
        case 2, 3, 4, 5:
            let supervisor = choice.isMultiple(of: 3) ? "306" : "305"
            await asterisk.change { _ = $0.dial(from: supervisor, "*9\(1 + choice % 3)\(agents[Int(choice % 2)])") }
        case 6, 7, 8:
            await asterisk.change { world in
                let phones = world.livingLegs.filter { $0.snoop == nil }
                guard !phones.isEmpty else { return }
                world.hangUp(phones[Int(choice % UInt64(phones.count))].channel.id)
            }
        case 9:
            let failure = Failure.allCases[Int(choice % UInt64(Failure.allCases.count))]
            guard !failure.isUntrue else { return }
            await asterisk.inject(failure.action, occurrence: 1 + Int(choice % 7))
        case 10:
            if choice.isMultiple(of: 2) { await asterisk.holdEvents() } else { await asterisk.releaseEvents() }
        case 11:
            await asterisk.release()
        case 12:
            guard choice.isMultiple(of: 4) else { return }
            await asterisk.dropConnection(with: ARITransportError(.connectionLost, "reset"))
        case 13, 14, 15, 16, 17:
            await asterisk.change { world in
                let phones = world.livingLegs.filter { leg in
                    supervisors.keys.contains { leg.channel.name.hasPrefix("PJSIP/\($0)-") }
                }
                guard !phones.isEmpty else { return }
                let phone = phones[Int(choice % UInt64(phones.count))].channel.id
                world.press(keys[Int(choice / 7 % UInt64(keys.count))], on: phone)
            }
        case 18:
            await asterisk.change { world in
                let phones = world.livingLegs.filter { $0.snoop == nil && $0.place == .dialplan && $0.bridge != nil }
                guard !phones.isEmpty else { return }
                let phone = phones[Int(choice % UInt64(phones.count))].channel.id
                if choice.isMultiple(of: 2) { _ = world.transfer(phone, to: "201") } else { _ = world.park(phone) }
            }
        default:
            stage.clock.advance(by: .milliseconds(Int(choice % 2500)))
        }
    }

    /// No snoop ever speaks where its session's mode does not, and no mode is above its supervisor's rights.
    private static func expectRights(_ stage: Stage) async {
        let world = await stage.asterisk.current
        let speaking = world.snoops.filter { $0.snoop?.whisper != AudioDirection.none }
        for leg in speaking {
            let listeners = world.livingLegs.filter { $0.bridge != nil && $0.bridge == leg.bridge && $0.snoop == nil }
            #expect(listeners.allSatisfy { !$0.channel.name.hasPrefix("PJSIP/306-") }, "306 may only listen")
        }
        #expect(world.doubledSnoops.isEmpty)
    }

    /// All phones hang up, and the service compares with Asterisk until the last fault has done its harm.
    private static func finish(_ stage: Stage) async throws {
        await stage.asterisk.releaseEvents()
        await stage.asterisk.change { world in
            while let phone = world.livingLegs.first(where: { $0.snoop == nil }) { world.hangUp(phone.channel.id) }
        }
        for _ in 0..<20 {
            let connections = stage.lines("connected to Asterisk").count
            await stage.asterisk.dropConnection(with: ARITransportError(.connectionLost, "reset"))
            try await stage.until("connected again") { _ in
                stage.lines("connected to Asterisk").count > connections
            }
        }
        try await stage.untilEnded(sessions: stage.lines("supervisor arrived").count)
    }
}

extension Failure {
    /// Asterisk says what is not true: that somebody is gone who is there, or that something was done.
    var isUntrue: Bool { saysGone || self == .emptyPromise || self == .garbage }
}

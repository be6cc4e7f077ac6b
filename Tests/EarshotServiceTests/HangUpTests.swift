import ARI
import ARITestSupport
import EarshotService
import Monitoring
import Testing

/// Somebody hangs up at the moment of one request.
struct HangUpCase: Sendable, CustomTestStringConvertible {
    enum Party: CaseIterable, Sendable { case supervisor, agent, client }

    /// The requests from dialling until the supervisor is in the call.
    static let requestsUntilInTheCall = 16

    var party: Party
    /// The request that is on its way then, counted from dialling.
    var request: Int
    /// Asterisk has done it already, and only the answer is on its way.
    var isDone: Bool
    var seed: UInt64

    static let all: [HangUpCase] = Party.allCases.flatMap { party in
        (1...requestsUntilInTheCall).flatMap { request in
            [false, true].flatMap { isDone in
                (0..<4).map { HangUpCase(party: party, request: request, isDone: isDone, seed: $0) }
            }
        }
    }

    var testDescription: String {
        "\(party) at request \(request)\(isDone ? ", which is done" : ""), order \(seed)"
    }
}

@Suite(.timeLimit(.minutes(5)))
struct HangUpTests {
    @Test(arguments: HangUpCase.all)
    func `a phone that hangs up between two requests leaves nothing behind`(hangUp: HangUpCase) async throws {
        let options = Stage.Options(seed: hangUp.seed, tolerated: { !hangUp.isDone && Self.isOvertaken($0) })
        try await Stage.run(.office(), options) { stage in
            await stage.asterisk.inject(hangUp.isDone ? .holdAnswer : .holdRequest, occurrence: hangUp.request)
            let scene = await stage.dial()
            await stage.settle()
            #expect(await stage.asterisk.heldRequests == 1)
            switch hangUp.party {
            case .supervisor: await stage.hangUp(scene.supervisor)
            case .agent: await stage.hangUp(scene.agent)
            case .client: await stage.hangUp(scene.client)
            }
            await stage.settle()
            await stage.asterisk.release()
            try await stage.untilEnded()
            let world = await stage.asterisk.current
            #expect(world.leftovers == [])
            #expect(world.leg(scene.supervisor) == nil)
            #expect(stage.lines("something could not be removed").isEmpty)
            await stage.expectDirections(of: .listen)
            guard hangUp.party != .supervisor else { return }
            let result = await stage.result(of: scene.supervisor)
            #expect(result == "nobody_talking" || result == "target_hung_up")
        }
    }

    /// What the request that was held came too late for. A snoop's StasisStart may come after its removal, and then it is
    /// removed once more.
    private static func isOvertaken(_ violation: AsteriskWorld.Violation) -> Bool {
        ["playbacks.stop", "bridges.addChannel"].contains(violation.operation)
            || (violation.operation == "channels.hangup" && violation.reason.hasSuffix("was hung up before"))
    }

    @Test(arguments: 1...HangUpCase.requestsUntilInTheCall, 0..<4)
    func `the agent's next call is found whenever the first one ends`(request: Int, seed: UInt64) async throws {
        let world = AsteriskWorld.office(supervisor: ["SPY_PERMISSION": "Listen", "SPY_PARAMS": "sb"])
        try await Stage.run(world, Stage.Options(seed: seed, tolerated: Self.isOvertaken)) { stage in
            await stage.asterisk.inject(.holdRequest, occurrence: request)
            let scene = await stage.dial()
            await stage.settle()
            let next = await stage.asterisk.change { world in
                world.hangUp(scene.agent)
                return world.placeCall(from: "200", to: "101")
            }
            await stage.settle()
            await stage.asterisk.release()
            try await stage.until("in the next call, or out again") { world in
                world.isMonitoring(scene.supervisor, next.callee) || world.leg(scene.supervisor) == nil
            }
            let isOut = await stage.asterisk.current.leg(scene.supervisor) == nil
            #expect(!isOut || stage.lines("supervisor refused").first?[.refusal] == "nobody_talking")
            await stage.expectDirections(of: .listen)
        }
    }

    @Test(arguments: [1, 5, 40, 100], 0..<3)
    func `codes dialled and hung up in a row leave nothing behind`(count: Int, seed: UInt64) async throws {
        try await Stage.run(.office(), Stage.Options(seed: seed)) { stage in
            let call = await stage.asterisk.change { $0.placeCall(from: "200", to: "101") }
            for _ in 0..<count {
                let supervisor = await stage.asterisk.change { $0.dial(from: "305", "*91101") }
                await stage.hangUp(supervisor)
            }
            try await stage.untilEnded(sessions: count)
            let world = await stage.asterisk.current
            #expect(world.leftovers == [])
            #expect(world.heard(by: call.caller) == [call.callee] && world.heard(by: call.callee) == [call.caller])
        }
    }
}

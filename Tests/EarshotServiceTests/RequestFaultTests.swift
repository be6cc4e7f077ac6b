import ARI
import ARITestSupport
import EarshotService
import Monitoring
import Testing

/// One request of a session that goes wrong.
struct FaultCase: Sendable, CustomTestStringConvertible {
    /// How the session ends if the fault does not end it.
    enum Ending: CaseIterable, Sendable { case agentHangsUp, supervisorHangsUp }

    var operation: String
    var occurrence: Int
    var failure: Failure
    var ending: Ending

    /// The requests of a session in the order of its life, with how often each is made.
    static let requests: KeyValuePairs<String, Int> = [
        "channels.answer": 1, "channels.getChannelVar": 5, "endpoints.get": 1, "channels.get": 1,
        "channels.snoopChannelWithId": 1, "bridges.createWithId": 1, "channels.playWithId": 2, "bridges.addChannel": 2,
        "channels.setChannelVar": 1, "channels.continueInDialplan": 1, "channels.hangup": 1, "bridges.destroy": 1,
    ]

    static let all: [FaultCase] = requests.flatMap { operation, count in
        (1...count).flatMap { occurrence in
            Failure.allCases.flatMap { failure in
                Ending.allCases.map {
                    FaultCase(operation: operation, occurrence: occurrence, failure: failure, ending: $0)
                }
            }
        }
    }.filter { !$0.deceives }

    var testDescription: String { "\(operation) \(occurrence): \(failure), then \(ending)" }

    /// Asterisk says that the supervisor's channel is gone, and it is not: they are forgotten, because nothing else can be
    /// known of them.
    var lies: Bool {
        guard failure.saysGone else { return false }
        return ["channels.answer", "channels.getChannelVar", "channels.continueInDialplan"].contains(operation)
    }

    /// Nothing that Earshot can do makes the supervisor hear a prompt.
    var isMute: Bool { lies || operation == "channels.answer" || operation == "channels.playWithId" }

    /// Asterisk says that something was removed, and it was not. It is believed: there is nobody else to ask.
    private var deceives: Bool { isRemoval && [.gone, .emptyPromise, .garbage].contains(failure) }

    /// Nobody knows whether it was done. So what may have been made is removed, and what may have been removed is removed
    /// again: requests that would make no sense if one knew.
    var isUncertain: Bool {
        // A refusal of a creation is no certainty either: a request that was sent twice is refused the second time.
        if operation == "channels.snoopChannelWithId" || operation == "bridges.createWithId" { return true }
        return failure == .answerLost && isRemoval
    }

    private var isRemoval: Bool { operation == "channels.hangup" || operation == "bridges.destroy" }
}

@Suite(.timeLimit(.minutes(5)))
struct RequestFaultTests {
    @Test(arguments: FaultCase.all)
    func `one request that goes wrong leaves nothing behind and nobody in silence`(fault: FaultCase) async throws {
        try await Stage.run(.office(), Stage.Options(tolerated: { _ in fault.isUncertain })) { stage in
            await stage.asterisk.inject(fault.failure.action, into: fault.operation, occurrence: fault.occurrence)
            let scene = await stage.dial()
            try await stage.until("in the call, or out again") { world in
                world.isMonitoring(scene.supervisor, scene.agent) || world.leg(scene.supervisor) == nil
                    || !stage.lines("session ended").isEmpty
            }
            if stage.lines("session ended").isEmpty, await stage.asterisk.current.leg(scene.supervisor) != nil {
                await stage.hangUp(fault.ending == .agentHangsUp ? scene.agent : scene.supervisor)
            } else if !fault.isMute {
                await expectRefusal(of: scene.supervisor, stage)
            }
            try await stage.untilEnded()
            await stage.settle()
            let world = await stage.asterisk.current
            #expect(world.leftovers == [])
            #expect(stage.lines("something could not be removed").isEmpty)
            #expect(fault.lies || world.leg(scene.supervisor) == nil, "the supervisor is left alone")
            await stage.expectDirections(of: .listen)
        }
    }

    /// The supervisor heard why, and so did the dialplan and the log.
    private func expectRefusal(of supervisor: Channel.ID, _ stage: Stage) async {
        let refusals = stage.lines("supervisor refused").compactMap { $0[.refusal] }
        #expect(refusals.count == 1)
        let refusal = refusals.first.flatMap(Refusal.init(rawValue:))
        #expect(await stage.prompts(of: supervisor).last == refusal.flatMap { PromptBook().refusals[$0] })
    }

    @Test(arguments: MonitoringMode.allCases, Failure.allCases)
    func `no failure widens what the supervisor may say`(mode: MonitoringMode, failure: Failure) async throws {
        try await Stage.run(.office(), Stage.Options(tolerated: { $0.reason.hasSuffix("never existed") })) { stage in
            await stage.asterisk.inject(failure.action, into: "channels.snoopChannelWithId")
            let scene = await stage.dial(mode.code)
            try await stage.until("in the call, or out again") { world in
                world.isMonitoring(scene.supervisor, scene.agent) || world.leg(scene.supervisor) == nil
            }
            await stage.expectDirections(of: mode)
        }
    }
}

import Monitoring
import Testing

@Suite struct SimulationTests {
    static let stories = 800

    @Test(.timeLimit(.minutes(2)), arguments: [false, true], [false, true])
    func `in any order of events nothing leaks, nobody hears too much, and every session ends`(
        losesRequests: Bool,
        repeatsEvents: Bool
    ) {
        let chances = Simulation.Chances(losesRequests: losesRequests, repeatsEvents: repeatsEvents)
        var seen: Set<String> = []
        var reported: Set<String> = []
        for seed in 1...UInt64(Self.stories) {
            var simulation = Simulation(seed: seed, chances: chances)
            var steps = 0
            while simulation.step(), steps < 4000 {
                steps += 1
                guard simulation.faults.isEmpty else { break }
            }
            seen.formUnion(simulation.states)
            reported.formUnion(simulation.facts.map(\.change.kind))
            let wrong = simulation.faults + (simulation.faults.isEmpty ? simulation.remains : [])
            guard wrong.isEmpty else {
                Issue.record(
                    """
                    seed \(seed), losesRequests \(losesRequests), repeatsEvents \(repeatsEvents): \(wrong)
                    \(simulation.story.joined(separator: "\n"))
                    """
                )
                return
            }
        }
        // A simulation that never gets anywhere proves nothing.
        #expect(
            seen == [
                "created", "preparing", "attaching", "monitoring", "reattaching", "seeking", "waiting", "explaining",
                "releasing",
                "ended",
            ]
        )
        guard !losesRequests else { return }
        #expect(
            reported.isSuperset(of: [
                "refused", "started", "modeChanged", "targetChanged", "partnerChanged", "partnersJoined", "keyRefused",
                "waiting",
                "rightsLowered",
                "recordingStarted",
                "ended supervisor_left", "ended supervisor_exited", "ended target_hung_up", "ended no_call_left",
                "ended waiting_limit", "ended supervisor_hung_up", "ended service_stopping",
            ])
        )
    }
}

/// Every event in every state: none traps, and none makes a command that the state does not allow.
@Suite struct SessionTableTests {
    /// How to bring a session into each of its states.
    static let states: [(name: String, arrive: @Sendable (inout Dialogue) throws -> Void)] = [
        ("created", { _ in }),
        ("preparing", { $0.on(.supervisorArrived(refusal: nil)) }),
        ("attaching", { try $0.prepare() }),
        ("monitoring", { try $0.monitor() }),
        (
            "reattaching",
            {
                try $0.monitor()
                $0.on(.leg(.unhooks))
            }
        ),
        (
            "seeking",
            {
                try $0.monitor(Dialogue.settings(params: "qSb"))
                $0.on(.snoopEnded(Dialogue.snoop))
            }
        ),
        ("explaining", { try $0.refuse() }),
        (
            "waiting",
            {
                try $0.monitor(Dialogue.settings(params: "qbd"))
                $0.on(.snoopEnded(Dialogue.snoop))
                try $0.answer(to: \.isWatch)
                try $0.answer(.targets(.channels([])), to: \.isFindTargets)
            }
        ),
        (
            "releasing",
            {
                try $0.monitor()
                $0.on(.stop)
            }
        ),
        (
            "ended",
            {
                try $0.monitor()
                $0.on(.supervisorLeft)
                try $0.answer(to: \.isRemoveSnoop)
                try $0.answer(to: \.isRemoveBridge)
            }
        ),
    ]

    static let events: [SessionEvent] = [
        .supervisorArrived(refusal: nil), .supervisorArrived(refusal: .noCapacity), .supervisorLeft, .stop,
        .snoopStarted(Dialogue.snoop), .snoopStarted("stranger"), .snoopEnded(Dialogue.snoop), .snoopEnded("stranger"),
        .enteredBridge(Dialogue.snoop, Dialogue.bridge), .enteredBridge(Dialogue.supervisor, Dialogue.bridge),
        .enteredBridge("stranger", Dialogue.bridge), .enteredBridge(Dialogue.supervisor, "strange"),
        .playbackFinished("earshot-test-1-1-pb", wasHeard: true), .playbackFinished("strange", wasHeard: false),
        .targetsChanged, .eventsMissed, .mustEnd(.noPermission), .playbackContinued("strange"),
        .recordingFailed(RecordingName("strange")),
        .recordingFinished(RecordingName("strange")), .keyPressed(.hash), .leg(.unhooks), .leg(.hooksGone),
        .leg(.gone), .leg(.hasProtectedPartner), .leg(.isUnclear),
        .leg(.talksTo([CallParty(channel: "PJSIP/x-1", endpoint: nil, number: "1")])),
        .rightsChanged(RightsChangeTests.ofSupervisor),
        .rightsChanged(RightsChangeTests.ofTarget),
        .supervisorFound(SessionMark(supervisor: Dialogue.supervisor, mode: .barge, extension: "101", target: "agent")),
    ]

    @Test func `every event is taken in every state`() throws {
        for (name, arrive) in Self.states {
            for event in Self.events {
                var dialogue = Dialogue()
                try arrive(&dialogue)
                #expect(dialogue.session.stateName == name)
                let requests = dialogue.on(event)
                if name == "ended" { #expect(requests.isEmpty) }
                // Only a decision of the policy makes a snoop, and no event of these is one.
                #expect(!requests.contains { $0.isCreateSnoop }, "\(event) in \(name)")
            }
        }
    }

    @Test func `every answer, right or wrong, is taken in every state`() throws {
        let answers: [SessionAnswer] = [
            .done, .failed(.gone), .failed(.refused), .failed(.unknown),
            .settings(.init(permission: .none, isDisabled: true, params: .standard)),
            .targets(.unknownExtension), .targets(.channels([])), .exit(nil),
        ]
        for (_, arrive) in Self.states {
            var arrived = Dialogue()
            try arrive(&arrived)
            for open in arrived.requests {
                for answer in answers {
                    var dialogue = arrived
                    dialogue.on(.answered(open.id, answer))
                    // Whatever it was, the session can still be ended, and then ends.
                    dialogue.on(.supervisorLeft)
                    var rounds = 0
                    while !dialogue.session.isEnded, rounds < 20 {
                        rounds += 1
                        for request in dialogue.requests { dialogue.on(.answered(request.id, .failed(.gone))) }
                        if dialogue.timer != nil { try dialogue.expireTimer() }
                    }
                    #expect(dialogue.session.isEnded, "\(open.request) answered by \(answer)")
                }
            }
        }
    }
}

extension SessionReport {
    fileprivate var kind: String {
        if case .ended(let end) = self { return "ended \(end.word)" }
        // The name of the case.
        return String(String(describing: self).prefix { $0 != "(" })
    }
}

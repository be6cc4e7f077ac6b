import Monitoring
import Testing

/// What keys do while a supervisor is in a call.
@Suite struct KeyTests {
    static let newSnoop = ChannelID("earshot-test-1-3-sn")
    static let newBridge = BridgeID("earshot-test-1-4-br")

    static func key(_ character: Character) throws -> SessionEvent {
        .keyPressed(try #require(TelephoneKey(character)))
    }

    /// A session in a call, with these parameters.
    static func monitoring(
        _ params: String,
        dialled: String = "*91101",
        permission: SpyPermission = .upTo(.barge)
    ) throws -> Dialogue {
        var dialogue = Dialogue(dialled: dialled)
        try dialogue.monitor(Dialogue.settings(permission, params: params))
        return dialogue
    }

    // MARK: - Modes

    @Test(arguments: [
        ("*91101", "5", WhisperDirection.out), ("*91101", "6", .both), ("*92101", "4", .none), ("*92101", "6", .both),
        ("*93101", "4", .none), ("*93101", "5", .out),
    ])
    func `a mode key makes a new link beside the old one, and drops that when the supervisor is over`(
        dialled: String,
        key: Character,
        whisper: WhisperDirection
    ) throws {
        var dialogue = try Self.monitoring("qSd", dialled: dialled)
        #expect(
            try dialogue.on(Self.key(key)) == [
                .createSnoop(Self.newSnoop, target: "agent", SnoopAudio(hears: .both, speaks: whisper)),
                .createBridge(Self.newBridge),
            ]
        )
        try dialogue.answer(to: \.isCreateSnoop)
        try dialogue.answer(to: \.isCreateBridge)
        #expect(
            dialogue.on(.snoopStarted(Self.newSnoop)) == [.join(Self.newBridge, [Self.newSnoop, Dialogue.supervisor])]
        )
        dialogue.on(.enteredBridge(Self.newSnoop, Self.newBridge))
        #expect(
            dialogue.on(.enteredBridge(Dialogue.supervisor, Self.newBridge)) == [
                .removeSnoop(Dialogue.snoop), .removeBridge(Dialogue.bridge),
            ]
        )
        #expect(dialogue.reports.contains { if case .modeChanged = $0 { true } else { false } })
        #expect(dialogue.timer == nil)
    }

    @Test func `a mode above the permission is refused by a tone, and nothing changes`() throws {
        var dialogue = try Self.monitoring("qSd", permission: .upTo(.whisper))
        let requests = try dialogue.on(Self.key("6"))
        #expect(requests == [.play("earshot-test-1-3-pb", .keyRefused)])
        #expect(dialogue.reports.last == .keyRefused(.modeAbovePermission))
    }

    @Test func `the present mode, and keys without d, change nothing`() throws {
        var dialogue = try Self.monitoring("qSd")
        #expect(try dialogue.on(Self.key("4")).isEmpty)
        #expect(try dialogue.on(Self.key("7")).isEmpty)
        var without = try Self.monitoring("qS")
        #expect(try without.on(Self.key("6")).isEmpty)
    }

    @Test func `keys wait until the switch under way is over, and end in the last mode`() throws {
        var dialogue = try Self.monitoring("qSd")
        try dialogue.on(Self.key("5"))
        for key: Character in ["6", "4", "5"] { #expect(try dialogue.on(Self.key(key)).isEmpty) }
        var whispers: [WhisperDirection] = []
        for round in 0..<4 {
            let snoop = ChannelID("earshot-test-1-\(3 + 2 * round)-sn")
            let bridge = BridgeID("earshot-test-1-\(4 + 2 * round)-br")
            if case .createSnoop(_, _, let audio)? = dialogue.requests.last(where: { $0.request.isCreateSnoop })?
                .request
            {
                whispers.append(audio.speaks)
            }
            try dialogue.answer(to: \.isCreateSnoop)
            try dialogue.answer(to: \.isCreateBridge)
            dialogue.on(.snoopStarted(snoop))
            dialogue.on(.enteredBridge(snoop, bridge))
            dialogue.on(.enteredBridge(Dialogue.supervisor, bridge))
        }
        #expect(whispers == [.out, .both, .none, .out])
        #expect(dialogue.machine.state.name == "monitoring")
    }

    @Test func `a higher mode that fails leaves the old one`() throws {
        var dialogue = try Self.monitoring("qSd")
        try dialogue.on(Self.key("6"))
        try dialogue.answer(to: \.isCreateBridge)
        let requests = try dialogue.answer(.failed(.refused), to: \.isCreateSnoop)
        #expect(requests.contains(.removeSnoop(Self.newSnoop)))
        #expect(requests.contains(.removeBridge(Self.newBridge)))
        #expect(requests.contains { if case .play(_, .keyRefused) = $0 { true } else { false } })
        #expect(!requests.contains(.removeSnoop(Dialogue.snoop)))
        #expect(dialogue.machine.state.name == "monitoring")
    }

    @Test(arguments: ["4", "5"] as [Character])
    func `a lower mode that fails ends the session, for he would be heard where he believes he is not`(
        key: Character
    ) throws {
        var dialogue = try Self.monitoring("qSd", dialled: "*93101")
        try dialogue.on(Self.key(key))
        let requests = try dialogue.answer(.failed(.unknown), to: \.isCreateBridge)
        #expect(requests.contains(.removeSnoop(Dialogue.snoop)))
        #expect(requests.contains(.removeBridge(Dialogue.bridge)))
        #expect(dialogue.machine.state.name == "explaining")
    }

    @Test func `a switch that takes too long is given up`() throws {
        var dialogue = try Self.monitoring("qSd")
        try dialogue.on(Self.key("5"))
        try dialogue.expireTimer()
        #expect(dialogue.machine.state.name == "monitoring")
        #expect(dialogue.reports.last == .keyRefused(.asteriskRefused))
        // What comes into being all the same is removed.
        #expect(dialogue.on(.snoopStarted(Self.newSnoop)).contains(.removeSnoop(Self.newSnoop)))
    }

    @Test func `nobody knows where the supervisor is when his move fails, so he goes`() throws {
        var dialogue = try Self.monitoring("qSd")
        try dialogue.on(Self.key("6"))
        try dialogue.answer(to: \.isCreateBridge)
        dialogue.on(.snoopStarted(Self.newSnoop))
        try dialogue.answer(.failed(.unknown), to: \.isJoin)
        let requests = try dialogue.expireTimer()
        #expect(requests.contains(.removeSnoop(Dialogue.snoop)))
        #expect(requests.contains(.removeSnoop(Self.newSnoop)))
        #expect(dialogue.machine.state.name == "explaining")
    }

    @Test func `the target's end during a switch is the target's end`() throws {
        for (dialled, key, params) in [("*91101", "6" as Character, "qSEd"), ("*93101", "4", "qd")] {
            for snoop in [Dialogue.snoop, Self.newSnoop] {
                var dialogue = try Self.monitoring(params, dialled: dialled)
                try dialogue.on(Self.key(key))
                try dialogue.answer(to: \.isCreateSnoop)
                #expect(dialogue.on(.snoopEnded(snoop)).contains(.setVariable(.result, "target_hung_up")))
            }
        }
    }

    @Test func `a call that was switched to barge ends with its target, and one that was switched away need not`()
        throws
    {
        var barged = try Self.monitoring("qd")
        try Self.switchMode(&barged, by: "6")
        #expect(barged.on(.snoopEnded(Self.newSnoop)).contains(.setVariable(.result, "target_hung_up")))
        var listening = try Self.monitoring("qd", dialled: "*93101")
        try Self.switchMode(&listening, by: "4")
        listening.on(.snoopEnded(Self.newSnoop))
        #expect(listening.machine.state.name == "waiting")
    }

    static func switchMode(_ dialogue: inout Dialogue, by key: Character) throws {
        try dialogue.on(Self.key(key))
        try dialogue.answer(to: \.isCreateSnoop)
        try dialogue.answer(to: \.isCreateBridge)
        dialogue.on(.snoopStarted(newSnoop))
        dialogue.on(.enteredBridge(newSnoop, newBridge))
        dialogue.on(.enteredBridge(Dialogue.supervisor, newBridge))
    }

    // MARK: - Leaving

    @Test func `x leaves`() throws {
        var dialogue = try Self.monitoring("qSx(7)")
        #expect(try dialogue.on(Self.key("7")).contains(.setVariable(.result, "supervisor_left")))
    }

    @Test func `the next key leaves with E`() throws {
        var dialogue = try Self.monitoring("qESc(1)")
        #expect(try dialogue.on(Self.key("*")).isEmpty)
        #expect(try dialogue.on(Self.key("1")).contains(.setVariable(.result, "supervisor_left")))
    }

    @Test func `with X a digit leads to the dialplan's extension, with the channel that was monitored`() throws {
        var dialogue = try Self.monitoring("qSX")
        #expect(try dialogue.on(Self.key("5")) == [.findExit(try #require(TelephoneKey("5")))])
        let place = DialplanPlace(context: "exits", extension: "5")
        let requests = try dialogue.answer(.exit(place), to: \.isFindExit)
        #expect(requests.contains(.setVariable(.spyChannel, Dialogue.target.name)))
        #expect(requests.contains(.setVariable(.result, "supervisor_exited")))
        try dialogue.answer(to: { $0 == .setVariable(.spyChannel, Dialogue.target.name) })
        #expect(try dialogue.answer(to: \.isSetResult) == [.releaseSupervisor(to: place)])
    }

    @Test func `with X a digit that is no extension keeps its other meaning`() throws {
        var dialogue = try Self.monitoring("qSXd")
        try dialogue.on(Self.key("5"))
        #expect(try dialogue.answer(.exit(nil), to: \.isFindExit).contains { $0.isCreateSnoop })
        var failing = try Self.monitoring("qSXx(5)")
        try failing.on(Self.key("5"))
        #expect(
            try failing.answer(.failed(.unknown), to: \.isFindExit).contains(.setVariable(.result, "supervisor_left"))
        )
    }

    // MARK: - Volume

    @Test func `hash goes through the volumes and round`() throws {
        var dialogue = try Self.monitoring("qSv(3)")
        #expect(dialogue.requests.contains { $0.request == .setVariable(.volume, "3") })
        try dialogue.answer(to: { $0 == .setVariable(.volume, "3") })
        for level in ["4", "-4", "-3"] {
            #expect(try dialogue.on(Self.key("#")) == [.setVariable(.volume, level)])
            #expect(try dialogue.answer(to: { $0 == .setVariable(.volume, level) }).isEmpty)
        }
        // One request at a time, and the last one is what was asked for last.
        try dialogue.on(Self.key("#"))
        for _ in 1...3 { #expect(try dialogue.on(Self.key("#")).isEmpty) }
        #expect(
            try dialogue.answer(to: { $0 == .setVariable(.volume, "-2") }) == [.setVariable(.volume, "1")]
        )
        try dialogue.answer(to: { $0 == .setVariable(.volume, "1") })
        try dialogue.on(Self.key("#"))
        try dialogue.answer(to: { $0 == .setVariable(.volume, "2") })
        // What comes after the session is as loud as it was before.
        #expect(dialogue.on(.stop).contains(.setVariable(.volume, "1")))
    }

    // MARK: - Other targets

    @Test func `without E the next key goes to the extension's next channel`() throws {
        var dialogue = try Self.monitoring("qS")
        #expect(try dialogue.on(Self.key("*")).first?.isFindTargets == true)
        let second = MonitoringPolicyTests.channel("second", created: 1)
        let requests = try dialogue.answer(.targets(.channels([second, Dialogue.target])), to: \.isFindTargets)
        #expect(requests.contains(.removeSnoop(Dialogue.snoop)))
        #expect(!requests.contains(.removeBridge(Dialogue.bridge)), "he stays in it until he is in the next one")
        #expect(requests.contains { if case .createSnoop(_, "second", _) = $0 { true } else { false } })
    }

    @Test func `without another channel the next key is refused`() throws {
        var dialogue = try Self.monitoring("qS")
        try dialogue.on(Self.key("*"))
        let requests = try dialogue.answer(.targets(.channels([Dialogue.target])), to: \.isFindTargets)
        #expect(requests == [.play("earshot-test-1-3-pb", .keyRefused)])
        #expect(dialogue.machine.state.name == "monitoring")
    }

    @Test func `digits and hash go to that extension, with the rights of a dialled code`() throws {
        var dialogue = try Self.monitoring("qSe(101:102)")
        for digit: Character in ["1", "0", "2"] { #expect(try dialogue.on(Self.key(digit)).isEmpty) }
        #expect(
            try dialogue.on(Self.key("#")) == [.findTargets([EndpointName(technology: "PJSIP", resource: "102")])]
        )
        let colleague = TargetChannel(
            id: "colleague",
            name: "PJSIP/102-1",
            endpoint: EndpointName(technology: "PJSIP", resource: "102"),
            isUp: true,
            isBridged: true,
            isProtected: false,
            createdAt: 1
        )
        let requests = try dialogue.answer(.targets(.channels([colleague])), to: \.isFindTargets)
        #expect(requests.contains(.removeSnoop(Dialogue.snoop)))
        #expect(requests.contains { if case .createSnoop(_, "colleague", _) = $0 { true } else { false } })
        var refused = try Self.monitoring("qSe(101)")
        for digit: Character in ["1", "0", "2", "#"] { try refused.on(Self.key(digit)) }
        #expect(
            try refused.answer(.targets(.channels([colleague])), to: \.isFindTargets) == [
                .play("earshot-test-1-3-pb", .refusal(.notInGroup))
            ]
        )
        #expect(refused.machine.state.name == "monitoring")
    }

    @Test func `the next key forgets the digits before it`() throws {
        var dialogue = try Self.monitoring("qS")
        try dialogue.on(Self.key("7"))
        try dialogue.on(Self.key("*"))
        try dialogue.answer(.targets(.channels([Dialogue.target])), to: \.isFindTargets)
        #expect(try dialogue.on(Self.key("#")) == [.setVariable(.volume, "1")])
    }

    @Test func `more digits than an extension can have are refused`() throws {
        var dialogue = try Self.monitoring("qS")
        for _ in 0...32 { try dialogue.on(Self.key("1")) }
        try dialogue.on(Self.key("#"))
        #expect(dialogue.reports.last == .keyRefused(.badCode))
    }

    // MARK: - Keys and events that cross

    @Test func `keys during the announcement are kept for the call`() throws {
        var dialogue = Dialogue()
        try dialogue.prepare(Dialogue.settings(params: "Sbd"))
        #expect(try dialogue.on(Self.key("5")).isEmpty)
        dialogue.on(.snoopStarted(Dialogue.snoop))
        try dialogue.answer(to: \.isCreateBridge)
        dialogue.on(.playbackFinished("earshot-test-1-3-pb", wasHeard: true))
        dialogue.on(.enteredBridge(Dialogue.snoop, Dialogue.bridge))
        #expect(dialogue.on(.enteredBridge(Dialogue.supervisor, Dialogue.bridge)).contains { $0.isCreateSnoop })
    }

    @Test func `the key to leave a target that has just ended does not leave the next one`() throws {
        var dialogue = try Self.monitoring("qS")
        try dialogue.on(Self.key("*"))
        dialogue.on(.snoopEnded(Dialogue.snoop))
        #expect(dialogue.machine.state.name == "seeking")
        let second = MonitoringPolicyTests.channel("second", created: 1)
        // The first search was for the key; its answer comes late, and counts no more.
        let key = try #require(dialogue.requests.first { $0.request.isFindTargets }?.id)
        #expect(dialogue.on(.answered(key, .targets(.channels([second])))).isEmpty)
        let requests = try dialogue.answer(.targets(.channels([second])), to: \.isFindTargets)
        #expect(requests.contains { if case .createSnoop(_, "second", _) = $0 { true } else { false } })
    }

    @Test func `a higher mode chosen as the target ends is not for the next one, a lower one is`() throws {
        for (dialled, key, speaks) in [("*91101", "5" as Character, WhisperDirection.none), ("*92101", "4", .none)] {
            var dialogue = try Self.monitoring("qSd", dialled: dialled)
            try dialogue.on(Self.key(key))
            try dialogue.on(Self.key("6"))
            dialogue.on(.snoopEnded(Dialogue.snoop))
            let second = MonitoringPolicyTests.channel("second", created: 1)
            let requests = try dialogue.answer(.targets(.channels([second])), to: \.isFindTargets)
            let audio = SnoopAudio(hears: .both, speaks: speaks)
            #expect(requests.contains(.createSnoop("earshot-test-1-5-sn", target: "second", audio)))
            dialogue.on(.snoopStarted("earshot-test-1-5-sn"))
            try dialogue.answer(to: { $0 == .createBridge("earshot-test-1-6-br") })
            dialogue.on(.enteredBridge("earshot-test-1-5-sn", "earshot-test-1-6-br"))
            let attached = dialogue.on(.enteredBridge(Dialogue.supervisor, "earshot-test-1-6-br"))
            #expect(!attached.contains { $0.isCreateSnoop })
        }
    }

    @Test func `what was looked for in the last call is not taken for the extension that is waited for`() throws {
        // The answer for 102 comes when the session waits for 101 again.
        var dialogue = try Self.monitoring("qe(101)")
        for digit: Character in ["1", "0", "2", "#"] { try dialogue.on(Self.key(digit)) }
        dialogue.on(.snoopEnded(Dialogue.snoop))
        let late = try #require(dialogue.requests.last { $0.request.isFindTargets }?.id)
        var colleague = Dialogue.target
        colleague.endpoint = EndpointName(technology: "PJSIP", resource: "102")
        #expect(dialogue.on(.answered(late, .targets(.channels([colleague])))).isEmpty)
        #expect(dialogue.machine.isWaiting)
    }

    @Test func `a target that becomes a supervisor is monitored no longer`() throws {
        for params in ["qSE", "qS", "q"] {
            var dialogue = try Self.monitoring(params)
            #expect(dialogue.on(.targetSupervises("stranger")).isEmpty)
            #expect(dialogue.on(.targetSupervises(Dialogue.target.id)).contains(.removeSnoop(Dialogue.snoop)))
        }
        var attaching = Dialogue()
        try attaching.prepare()
        attaching.on(.targetSupervises(Dialogue.target.id))
        #expect(attaching.reports.last == .refused(.nobodyTalking))
    }

    @Test func `a supervisor does not stay in a bridge with a snoop that cannot be removed`() throws {
        var dialogue = try Self.monitoring("qS", dialled: "*92101")
        try dialogue.on(Self.key("*"))
        let second = MonitoringPolicyTests.channel("second", created: 1)
        try dialogue.answer(.targets(.channels([second, Dialogue.target])), to: \.isFindTargets)
        #expect(
            try dialogue.answer(.failed(.unknown), to: \.isRemoveSnoop) == [.removeBridge(Dialogue.bridge)]
        )
        // And where not even that succeeds, the session ends.
        try dialogue.answer(.failed(.refused), to: \.isRemoveBridge)
        #expect(dialogue.machine.state.name == "explaining")
    }

    @Test func `a late join of an earlier link does not keep the supervisor out of the call`() throws {
        var dialogue = try Self.monitoring("qSd")
        try Self.switchMode(&dialogue, by: "5")
        #expect(
            dialogue.on(.enteredBridge(Dialogue.supervisor, Dialogue.bridge)) == [
                .join(Self.newBridge, [Dialogue.supervisor])
            ]
        )
        // The bridge that he belongs into is never removed for it.
        #expect(!dialogue.on(.snoopStarted("stranger")).contains(.removeBridge(Self.newBridge)))
    }

    @Test func `a prompt under way does not hold up a lower mode`() throws {
        var dialogue = try Self.monitoring("qSd", dialled: "*92101", permission: .upTo(.whisper))
        try dialogue.on(Self.key("6"))
        try dialogue.answer(to: \.isPlay)
        #expect(try dialogue.on(Self.key("4")).contains(.stopPlayback("earshot-test-1-3-pb")))
        // Its end was lost: that it is not there any more says the same.
        dialogue.on(.snoopStarted("earshot-test-1-4-sn"))
        try dialogue.answer(to: \.isCreateBridge)
        let requests = try dialogue.answer(.failed(.gone), to: { if case .stopPlayback = $0 { true } else { false } })
        #expect(requests.contains { $0.isJoin })
    }
}

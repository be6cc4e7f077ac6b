import Monitoring
import Testing

/// What keys do while a supervisor is in a call.
@Suite struct KeyTests {
    static func key(_ character: Character) throws -> SessionEvent {
        .keyPressed(try #require(TelephoneKey(character)))
    }

    /// A session in a call, with these parameters. With `d` the supervisor has pressed the key of the mode that they are in.
    static func monitoring(
        _ params: String,
        dialled: String = "*91101",
        permission: SpyPermission = .upTo(.barge)
    ) throws -> Dialogue {
        var dialogue = Dialogue(dialled: dialled)
        try dialogue.monitor(Dialogue.settings(permission, params: params))
        if params.contains("d") {
            let mode = try #require(
                MonitoringMode.allCases.first { dialled.hasPrefix(FeatureCodePrefixes.standard[$0]) }
            )
            try dialogue.askForSpares(in: mode)
        }
        return dialogue
    }

    // MARK: - Modes

    /// The spare link for a mode, as it is named in a session that began in `first`.
    struct Spare {
        let snoop: ChannelID
        let bridge: BridgeID

        init(_ mode: MonitoringMode, from first: MonitoringMode = .listen) throws {
            let others = MonitoringMode.allCases.filter { $0 != first }
            let index = try #require(others.firstIndex(of: mode))
            snoop = ChannelID("earshot-test-1-\(3 + 2 * index)-sn")
            bridge = BridgeID("earshot-test-1-\(4 + 2 * index)-br")
        }

        /// Asterisk has made it.
        func arrive(in dialogue: inout Dialogue) throws {
            let (snoop, bridge) = (snoop, bridge)
            try dialogue.answer(to: { if case .createSnoop(snoop, _, _) = $0 { true } else { false } })
            try dialogue.answer(to: { $0 == .createBridge(bridge) })
            dialogue.on(.snoopStarted(snoop))
        }

        /// The supervisor is in it.
        @discardableResult
        func enter(_ dialogue: inout Dialogue) -> [SessionRequest] {
            dialogue.on(.enteredBridge(Dialogue.supervisor, bridge))
        }
    }

    @Test(arguments: [
        (MonitoringMode.listen, "5" as Character, MonitoringMode.whisper), (.listen, "6", .barge),
        (.whisper, "4", .listen), (.whisper, "6", .barge), (.barge, "4", .listen), (.barge, "5", .whisper),
    ])
    func `a mode key moves the supervisor into the link that is ready, and the old one stays without them`(
        first: MonitoringMode,
        key: Character,
        second: MonitoringMode
    ) throws {
        let spare = try Spare(second, from: first)
        var dialogue = try Self.monitoring("qSd", dialled: FeatureCodePrefixes.standard[first] + "101")
        let audio = SnoopAudio(hears: .both, speaks: second.whisperDirection)
        #expect(dialogue.requests.contains { $0.request == .createSnoop(spare.snoop, target: "agent", audio) })
        try spare.arrive(in: &dialogue)
        #expect(
            try dialogue.on(Self.key(key)) == [
                .join(spare.bridge, Dialogue.supervisor, isMuted: second == .listen)
            ]
        )
        #expect(spare.enter(&dialogue).isEmpty)
        #expect(dialogue.reports.last == .modeChanged(second))
        #expect(dialogue.timer == nil)
        // And back, into the first one, where its snoop still is.
        let back: Character = first == .listen ? "4" : first == .whisper ? "5" : "6"
        #expect(
            try dialogue.on(Self.key(back)) == [
                .join(Dialogue.bridge, Dialogue.supervisor, isMuted: first == .listen)
            ]
        )
        dialogue.on(.enteredBridge(Dialogue.supervisor, Dialogue.bridge))
        #expect(dialogue.reports.last == .modeChanged(first))
    }

    @Test func `links are made beforehand from the first key for a mode on, and go a minute after the last one`() throws
    {
        var dialogue = Dialogue()
        try dialogue.monitor(Dialogue.settings(params: "qSd"))
        #expect(!dialogue.requests.contains { $0.request.isCreateSnoop })
        #expect(dialogue.spareTimer == nil)
        // The first one makes its own link, and the other one when the supervisor is in it.
        let (whisper, barge) = (try Spare(.whisper), try Spare(.barge))
        #expect(try dialogue.on(Self.key("5")).count { $0.isCreateSnoop } == 1)
        try whisper.arrive(in: &dialogue)
        let audio = SnoopAudio(hears: .both, speaks: .both)
        try dialogue.answer(to: \.isJoin)
        #expect(whisper.enter(&dialogue).contains(.createSnoop(barge.snoop, target: "agent", audio)))
        try barge.arrive(in: &dialogue)
        let first = try #require(dialogue.spareTimer)
        // Another key: it counts from then on.
        dialogue.now = .seconds(59)
        try dialogue.on(Self.key("5"))
        dialogue.now = .seconds(60)
        #expect(dialogue.on(.timerExpired(first)).isEmpty)
        dialogue.now = .seconds(119)
        let requests = dialogue.on(.timerExpired(try #require(dialogue.spareTimer)))
        let gone: [SessionRequest] = [
            .removeSnoop(Dialogue.snoop), .removeBridge(Dialogue.bridge),
            .removeSnoop(barge.snoop), .removeBridge(barge.bridge),
        ]
        #expect(requests.count == gone.count && gone.allSatisfy(requests.contains))
        #expect(dialogue.spareTimer == nil)
        #expect(dialogue.session.stateName == "monitoring")
        #expect(try dialogue.on(Self.key("4")).contains { $0.isCreateSnoop })
    }

    @Test
    func `who wants to be heard by more has the time that a link may take, who wants to be heard by fewer a second`()
        throws
    {
        for (dialled, key, limit) in [("*91101", "6", Duration.seconds(5)), ("*93101", "4", .seconds(1))] {
            var dialogue = Dialogue(dialled: dialled)
            try dialogue.monitor(Dialogue.settings(params: "qSd"))
            let started = dialogue.timers.count
            try dialogue.on(Self.key(Character(key)))
            #expect(dialogue.timers.dropFirst(started).contains(limit), "\(dialled)")
            let link = dialogue.requests.compactMap { request -> ChannelID? in
                if case .createSnoop(let snoop, _, _) = request.request { snoop } else { nil }
            }
            try dialogue.answer(to: \.isCreateSnoop)
            try dialogue.answer(to: \.isCreateBridge)
            dialogue.on(.snoopStarted(try #require(link.last)))
            #expect(dialogue.timers.last == .seconds(1), "\(dialled)")
        }
    }

    @Test func `a key above the permission asks for no links`() throws {
        var dialogue = Dialogue()
        try dialogue.monitor(Dialogue.settings(.upTo(.whisper), params: "qSd"))
        #expect(try !dialogue.on(Self.key("6")).contains { $0.isCreateSnoop })
        #expect(dialogue.spareTimer == nil)
    }

    @Test func `links are made beforehand only with d, and only for what is permitted`() throws {
        let without = try Self.monitoring("qS")
        #expect(!without.requests.contains { $0.request.isCreateSnoop })
        let whisper = try Self.monitoring("qSd", permission: .upTo(.whisper))
        let made = whisper.requests.compactMap { request -> WhisperDirection? in
            if case .createSnoop(_, _, let audio) = request.request { audio.speaks } else { nil }
        }
        #expect(made == [.out])
        let listen = try Self.monitoring("qSd", permission: .upTo(.listen))
        #expect(!listen.requests.contains { $0.request.isCreateSnoop })
    }

    @Test func `every spare link goes with the call`() throws {
        for event: SessionEvent in [.supervisorLeft, .stop, .snoopEnded(Dialogue.snoop), .supervisorReplaced] {
            var dialogue = try Self.monitoring("qSd")
            let spares = [try Spare(.whisper), try Spare(.barge)]
            for spare in spares { try spare.arrive(in: &dialogue) }
            let requests = dialogue.on(event)
            for spare in spares {
                #expect(requests.contains(.removeSnoop(spare.snoop)), "\(event)")
                #expect(requests.contains(.removeBridge(spare.bridge)), "\(event)")
            }
        }
    }

    @Test func `a mode above the permission is refused by a tone, and nothing changes`() throws {
        var dialogue = try Self.monitoring("qSd", permission: .upTo(.whisper))
        let requests = try dialogue.on(Self.key("6"))
        #expect(requests == [.play("earshot-test-1-5-pb", .keyRefused)])
        #expect(dialogue.reports.last == .keyRefused(.modeAbovePermission))
    }

    @Test func `the present mode, and keys without d, change nothing`() throws {
        var dialogue = try Self.monitoring("qSd")
        #expect(try dialogue.on(Self.key("4")).isEmpty)
        #expect(try dialogue.on(Self.key("7")).isEmpty)
        var without = try Self.monitoring("qS")
        #expect(try without.on(Self.key("6")).isEmpty)
    }

    @Test func `a key before the link is ready waits for it, and further keys for their turn`() throws {
        let (whisper, barge) = (try Spare(.whisper), try Spare(.barge))
        var dialogue = try Self.monitoring("qSd")
        for key: Character in ["5", "6", "4", "5"] { #expect(try dialogue.on(Self.key(key)).isEmpty) }
        try barge.arrive(in: &dialogue)
        try whisper.arrive(in: &dialogue)
        #expect(
            whisper.enter(&dialogue) == [
                .join(barge.bridge, Dialogue.supervisor, isMuted: false)
            ]
        )
        #expect(
            barge.enter(&dialogue) == [.join(Dialogue.bridge, Dialogue.supervisor, isMuted: true)]
        )
        #expect(
            dialogue.on(.enteredBridge(Dialogue.supervisor, Dialogue.bridge)) == [
                .join(whisper.bridge, Dialogue.supervisor, isMuted: false)
            ]
        )
        dialogue.on(.enteredBridge(Dialogue.supervisor, whisper.bridge))
        #expect(dialogue.reports.suffix(4) == [.whisper, .barge, .listen, .whisper].map { .modeChanged($0) })
    }

    @Test func `a spare link that fails is made anew when its key is pressed`() throws {
        let spare = try Spare(.barge)
        var dialogue = try Self.monitoring("qSd")
        let requests = try dialogue.answer(
            .failed(.refused),
            to: { if case .createSnoop(spare.snoop, _, _) = $0 { true } else { false } }
        )
        #expect(requests.contains(.removeSnoop(spare.snoop)))
        #expect(try dialogue.on(Self.key("6")).contains { $0.isCreateSnoop })
    }

    @Test func `a higher mode that fails leaves the old one`() throws {
        let spare = try Spare(.barge)
        var dialogue = try Self.monitoring("qSd")
        try dialogue.on(Self.key("6"))
        try dialogue.answer(
            .failed(.refused),
            to: { if case .createSnoop(spare.snoop, _, _) = $0 { true } else { false } }
        )
        // Asterisk says so too of a channel that is just ending: that would be told now.
        let requests = try dialogue.expireTimer()
        #expect(requests.contains(.removeSnoop(spare.snoop)))
        #expect(requests.contains { if case .play(_, .keyRefused) = $0 { true } else { false } })
        #expect(!requests.contains(.removeSnoop(Dialogue.snoop)))
        #expect(dialogue.session.stateName == "monitoring")
    }

    @Test(arguments: ["4", "5"] as [Character])
    func `a lower mode that fails ends the session, for they would be heard where they believe they are not`(
        key: Character
    ) throws {
        var dialogue = try Self.monitoring("qSd", dialled: "*93101")
        let spare = try Spare(key == "4" ? .listen : .whisper, from: .barge)
        try dialogue.on(Self.key(key))
        let requests = try dialogue.answer(.failed(.unknown), to: { $0 == .createBridge(spare.bridge) })
        #expect(requests.contains(.removeSnoop(Dialogue.snoop)))
        #expect(requests.contains(.leave(Dialogue.bridge)))
        #expect(dialogue.session.stateName == "explaining")
    }

    @Test func `a switch that takes too long is given up`() throws {
        var dialogue = try Self.monitoring("qSd")
        try dialogue.on(Self.key("5"))
        try dialogue.expireTimer()
        #expect(dialogue.session.stateName == "monitoring")
        #expect(dialogue.reports.last == .keyRefused(.asteriskRefused))
        // What comes into being all the same is removed.
        let snoop = try Spare(.whisper).snoop
        #expect(dialogue.on(.snoopStarted(snoop)).contains(.removeSnoop(snoop)))
    }

    @Test func `nobody knows where the supervisor is when their move fails, so they go`() throws {
        let spare = try Spare(.barge)
        var dialogue = try Self.monitoring("qSd")
        try spare.arrive(in: &dialogue)
        try dialogue.on(Self.key("6"))
        try dialogue.answer(.failed(.unknown), to: \.isJoin)
        let requests = try dialogue.expireTimer()
        #expect(requests.contains(.removeSnoop(Dialogue.snoop)))
        #expect(requests.contains(.removeSnoop(spare.snoop)))
        #expect(dialogue.session.stateName == "explaining")
    }

    @Test func `the target's end during a switch is the target's end`() throws {
        for (first, key, params) in [(MonitoringMode.listen, "6" as Character, "qSEd"), (.barge, "4", "qd")] {
            let spare = try Spare(first == .listen ? .barge : .listen, from: first)
            for snoop in [Dialogue.snoop, spare.snoop] {
                var dialogue = try Self.monitoring(params, dialled: FeatureCodePrefixes.standard[first] + "101")
                try spare.arrive(in: &dialogue)
                try dialogue.on(Self.key(key))
                #expect(dialogue.on(.snoopEnded(snoop)).contains(.setVariable(.result, "target_hung_up")))
            }
        }
    }

    @Test func `a call that was switched to barge ends with its target, and one that was switched away need not`()
        throws
    {
        var barged = try Self.monitoring("qd")
        let barge = try Spare(.barge)
        try barge.arrive(in: &barged)
        try barged.on(Self.key("6"))
        barge.enter(&barged)
        #expect(barged.on(.snoopEnded(barge.snoop)).contains(.setVariable(.result, "target_hung_up")))
        var listening = try Self.monitoring("qd", dialled: "*93101")
        let listen = try Spare(.listen, from: .barge)
        try listen.arrive(in: &listening)
        try listening.on(Self.key("4"))
        listen.enter(&listening)
        listening.on(.snoopEnded(listen.snoop))
        #expect(listening.session.stateName == "waiting")
    }

    @Test func `a key to be heard by more counts in no other call than the next one that was asked for`() throws {
        var dialogue = try Self.monitoring("qSd")
        try dialogue.on(Self.key("*"))
        try dialogue.answer(.targets(.channels([Dialogue.target])), to: \.isFindTargets)
        #expect(dialogue.reports.last == .keyRefused(.nobodyTalking))
        // The supervisor hears that there is none, and has pressed on.
        let requests = try dialogue.on(Self.key("6"))
        #expect(!requests.contains { $0.isJoin || $0.isCreateSnoop })
        #expect(dialogue.reports.last == .keyRefused(.nobodyTalking))
        let tone = try #require(dialogue.requests.compactMap(\.request.playback).first)
        dialogue.on(.playbackFinished(tone, wasHeard: true))
        try dialogue.on(Self.key("6"))
        #expect(dialogue.session.target == "agent")
        #expect(dialogue.reports.count { $0 == .keyRefused(.nobodyTalking) } == 2)
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
        #expect(try dialogue.on(Self.key("5")) == [.findExit(try #require(TelephoneKey("5")), context: nil)])
        let place = DialplanPlace(context: "exits", extension: "5")
        let requests = try dialogue.answer(.exit(place), to: \.isFindExit)
        #expect(requests.contains(.setVariable(.spyChannel, Dialogue.target.name)))
        #expect(requests.contains(.setVariable(.result, "supervisor_exited")))
        try dialogue.answer(to: { $0 == .setVariable(.spyChannel, Dialogue.target.name) })
        #expect(try dialogue.answer(to: \.isSetResult) == [.releaseSupervisor(to: place)])
    }

    @Test func `with X a digit that is no extension keeps its other meaning`() throws {
        var dialogue = try Self.monitoring("qSXd")
        let spare = try Spare(.whisper)
        try spare.arrive(in: &dialogue)
        try dialogue.on(Self.key("5"))
        #expect(try dialogue.answer(.exit(nil), to: \.isFindExit).contains { $0.isJoin })
        var leaving = try Self.monitoring("qSXx(5)")
        try leaving.on(Self.key("5"))
        #expect(try leaving.answer(.exit(nil), to: \.isFindExit).contains(.setVariable(.result, "supervisor_left")))
    }

    @Test(arguments: [.gone, .refused, .unknown] as [RequestFailure])
    func `with X a key does nothing when Asterisk does not tell where it leads`(failure: RequestFailure) throws {
        var dialogue = try Self.monitoring("qSXd")
        let spare = try Spare(.barge)
        try spare.arrive(in: &dialogue)
        try dialogue.on(Self.key("6"))
        let requests = try dialogue.answer(.failed(failure), to: \.isFindExit)
        #expect(requests.count == 1)
        #expect(requests.contains { if case .play(_, .keyRefused) = $0 { true } else { false } })
        #expect(dialogue.reports.last == .keyRefused(.asteriskRefused))
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
        #expect(dialogue.on(.stop).contains(.setVariable(.volume, "0")))
    }

    // MARK: - Other targets

    @Test func `without E the next key goes to the extension's next channel`() throws {
        var dialogue = try Self.monitoring("qS")
        #expect(try dialogue.on(Self.key("*")).first?.isFindTargets == true)
        let second = MonitoringPolicyTests.channel("second", created: 1)
        let requests = try dialogue.answer(.targets(.channels([second, Dialogue.target])), to: \.isFindTargets)
        #expect(requests.contains(.removeSnoop(Dialogue.snoop)))
        #expect(!requests.contains(.removeBridge(Dialogue.bridge)), "they stay in it until they are in the next one")
        #expect(requests.contains { if case .createSnoop(_, "second", _) = $0 { true } else { false } })
    }

    @Test func `without another channel the next key is refused`() throws {
        var dialogue = try Self.monitoring("qS")
        try dialogue.on(Self.key("*"))
        let requests = try dialogue.answer(.targets(.channels([Dialogue.target])), to: \.isFindTargets)
        #expect(requests == [.play("earshot-test-1-3-pb", .keyRefused)])
        #expect(dialogue.session.stateName == "monitoring")
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
        #expect(refused.session.stateName == "monitoring")
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

    // MARK: - Floods

    /// A supervisor who is on their way into a call, so that keys wait.
    private static func attaching(dialled: String = "*91101", params: String = "qSd") throws -> Dialogue {
        var dialogue = Dialogue(dialled: dialled)
        try dialogue.makeLink(Dialogue.settings(params: params))
        return dialogue
    }

    @Test func `of too many keys that wait none has an effect, and the supervisor hears it`() throws {
        var dialogue = try Self.attaching(params: "qSx(7)")
        for _ in 1...100 { #expect(try dialogue.on(Self.key("7")).isEmpty) }
        #expect(try dialogue.on(Self.key("7")).contains { if case .play(_, .keyRefused) = $0 { true } else { false } })
        #expect(dialogue.reports.last == .keysForgotten(101))
        dialogue.on(.enteredBridge(Dialogue.snoop, Dialogue.bridge))
        dialogue.on(.enteredBridge(Dialogue.supervisor, Dialogue.bridge))
        #expect(dialogue.session.stateName == "monitoring", "they have not left")
        #expect(try dialogue.on(Self.key("7")).contains(.setVariable(.result, "supervisor_left")), "further keys count")
    }

    @Test func `of too many keys that wait a lower mode counts all the same, and a higher one does not`() throws {
        for (dialled, key, counts) in [
            ("*93101", "4" as Character, true), ("*92101", "4", true), ("*91101", "6", false),
        ] {
            var dialogue = try Self.attaching(dialled: dialled)
            try dialogue.on(Self.key(key))
            for _ in 1...100 { try dialogue.on(Self.key("1")) }
            #expect(dialogue.reports.last == .keysForgotten(counts ? 100 : 101), "\(dialled)")
            let tone = try #require(dialogue.requests.compactMap(\.request.playback).last)
            dialogue.on(.playbackFinished(tone, wasHeard: true))
            try dialogue.answer(to: \.isJoin)
            dialogue.on(.enteredBridge(Dialogue.supervisor, Dialogue.bridge))
            dialogue.on(.enteredBridge(Dialogue.snoop, Dialogue.bridge))
            #expect(dialogue.session.stateName == "monitoring", "\(dialled)")
            dialogue.makeSpares()
            #expect(dialogue.requests.contains { $0.request.isJoin } == counts, "\(dialled)")
        }
    }

    @Test func `the rest of an extension of which keys were forgotten is none`() throws {
        var dialogue = try Self.attaching(params: "qS")
        for _ in 1...101 { try dialogue.on(Self.key("9")) }
        dialogue.on(.enteredBridge(Dialogue.snoop, Dialogue.bridge))
        dialogue.on(.enteredBridge(Dialogue.supervisor, Dialogue.bridge))
        for key: Character in ["1", "0", "2", "#"] { try dialogue.on(Self.key(key)) }
        #expect(!dialogue.requests.contains { $0.request.isFindTargets })
        #expect(dialogue.reports.last == .keyRefused(.badCode))
    }

    @Test func `a flood of keys that are refused is told by two tones, one after the other, and each key is reported`()
        throws
    {
        var dialogue = try Self.monitoring("qSd", permission: .upTo(.listen))
        for _ in 1...50 { try dialogue.on(Self.key("6")) }
        let tones = dialogue.requests.compactMap(\.request.playback)
        #expect(tones.count == 2)
        #expect(dialogue.reports.count { $0 == .keyRefused(.modeAbovePermission) } == 50)
        dialogue.on(.playbackFinished(try #require(tones.first), wasHeard: true))
        // The second one is being heard: who presses on hears a further one.
        #expect(try dialogue.on(Self.key("6")).contains { $0.isPlay })
    }

    @Test func `after a flood of the next key nobody is barged into before the last tone is over`() throws {
        var dialogue = try Self.monitoring("qSd")
        for _ in 1...5 {
            try dialogue.on(Self.key("*"))
            try dialogue.answer(.targets(.channels([Dialogue.target])), to: \.isFindTargets)
        }
        let tones = dialogue.requests.compactMap(\.request.playback)
        #expect(tones.count == 2)
        dialogue.on(.playbackFinished(try #require(tones.first), wasHeard: true))
        #expect(try dialogue.on(Self.key("6")).allSatisfy { !$0.isJoin && !$0.isCreateSnoop })
        #expect(dialogue.reports.last == .keyRefused(.nobodyTalking))
    }

    // MARK: - Keys and events that cross

    @Test func `keys during the announcement are kept for the call`() throws {
        var dialogue = Dialogue()
        try dialogue.prepare(Dialogue.settings(params: "Sbx(7)"))
        #expect(try dialogue.on(Self.key("7")).isEmpty)
        dialogue.on(.snoopStarted(Dialogue.snoop))
        try dialogue.answer(to: \.isCreateBridge)
        dialogue.on(.playbackFinished("earshot-test-1-3-pb", wasHeard: true))
        dialogue.on(.enteredBridge(Dialogue.snoop, Dialogue.bridge))
        let requests = dialogue.on(.enteredBridge(Dialogue.supervisor, Dialogue.bridge))
        #expect(requests.contains(.setVariable(.result, "supervisor_left")))
    }

    @Test func `the key to leave a target that has just ended does not leave the next one`() throws {
        var dialogue = try Self.monitoring("qS")
        try dialogue.on(Self.key("*"))
        dialogue.on(.snoopEnded(Dialogue.snoop))
        #expect(dialogue.session.stateName == "seeking")
        let second = MonitoringPolicyTests.channel("second", created: 1)
        // The first search was for the key; its answer comes late, and counts no more.
        let key = try #require(dialogue.requests.first { $0.request.isFindTargets }?.id)
        #expect(dialogue.on(.answered(key, .targets(.channels([second])))).isEmpty)
        let requests = try dialogue.answer(.targets(.channels([second])), to: \.isFindTargets)
        #expect(requests.contains { if case .createSnoop(_, "second", _) = $0 { true } else { false } })
    }

    @Test func `a higher mode chosen as the target ends is not for the next one, a lower one is`() throws {
        for (dialled, key) in [("*91101", "5" as Character), ("*92101", "4")] {
            var dialogue = try Self.monitoring("qSd", dialled: dialled)
            try dialogue.on(Self.key(key))
            try dialogue.on(Self.key("6"))
            dialogue.on(.snoopEnded(Dialogue.snoop))
            let second = MonitoringPolicyTests.channel("second", created: 1)
            let requests = try dialogue.answer(.targets(.channels([second])), to: \.isFindTargets)
            let (snoop, bridge) = (ChannelID("earshot-test-1-7-sn"), BridgeID("earshot-test-1-8-br"))
            #expect(
                requests.contains(.createSnoop(snoop, target: "second", SnoopAudio(hears: .both, speaks: .none)))
            )
            dialogue.on(.snoopStarted(snoop))
            try dialogue.answer(to: { $0 == .createBridge(bridge) })
            dialogue.on(.enteredBridge(snoop, bridge))
            let attached = dialogue.on(.enteredBridge(Dialogue.supervisor, bridge))
            #expect(!attached.contains { $0.isJoin })
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
        #expect(dialogue.session.isWaiting)
    }

    @Test func `a target that is a supervisor now is monitored no longer`() throws {
        for params in ["qSE", "qS", "q"] {
            var dialogue = try Self.monitoring(params)
            #expect(dialogue.on(.leg(.gone)).contains(.removeSnoop(Dialogue.snoop)))
            #expect(dialogue.monitored == nil)
        }
        var attaching = Dialogue()
        try attaching.prepare()
        attaching.on(.leg(.gone))
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
        #expect(dialogue.session.stateName == "explaining")
    }

    @Test func `a late join of an earlier link does not keep the supervisor out of the call`() throws {
        var dialogue = try Self.monitoring("qSd")
        let spare = try Spare(.whisper)
        try spare.arrive(in: &dialogue)
        try dialogue.on(Self.key("5"))
        spare.enter(&dialogue)
        #expect(
            dialogue.on(.enteredBridge(Dialogue.supervisor, Dialogue.bridge)) == [
                .join(spare.bridge, Dialogue.supervisor, isMuted: false)
            ]
        )
    }

    @Test func `a prompt under way does not hold up a lower mode`() throws {
        var dialogue = try Self.monitoring("qSd", dialled: "*92101", permission: .upTo(.whisper))
        let spare = try Spare(.listen, from: .whisper)
        try spare.arrive(in: &dialogue)
        try dialogue.on(Self.key("6"))
        try dialogue.answer(to: \.isPlay)
        #expect(try dialogue.on(Self.key("4")) == [.stopPlayback("earshot-test-1-5-pb")])
        // Its end was lost: that it is not there any more says the same.
        let requests = try dialogue.answer(.failed(.gone), to: { if case .stopPlayback = $0 { true } else { false } })
        #expect(requests.contains { $0.isJoin })
    }
}

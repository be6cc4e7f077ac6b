import Monitoring
import Testing

/// When the target talks to somebody else.
@Suite struct PartnerTests {
    static let colleague: ChannelName = "PJSIP/202-00000002"

    static func talking(to names: Set<ChannelName>, protected: Bool = false) -> SessionAnswer {
        .targets(.channels([MonitoringPolicyTests.channel("agent", partners: names, protected: protected)]))
    }

    /// A session whose target has just got somebody else to talk to, and whose snoop has gone.
    static func unhooking(
        dialled: String = "*91101",
        _ settings: SessionAnswer = Dialogue.settings()
    ) throws -> Dialogue {
        var dialogue = Dialogue(dialled: dialled)
        try dialogue.monitor(settings)
        dialogue.on(.partnersChanged("agent", [colleague]))
        try dialogue.answer(to: \.isRemoveSnoop)
        return dialogue
    }

    @Test func `snoops go, then their hooks, then the target is looked at, and attached to without a word`() throws {
        var dialogue = Dialogue(dialled: "*93101")
        try dialogue.monitor(Dialogue.settings(params: "ESsb"))
        #expect(dialogue.on(.partnersChanged("agent", [Self.colleague])) == [.removeSnoop(Dialogue.snoop)])
        #expect(dialogue.timer != nil)
        #expect(dialogue.on(.snoopEnded(Dialogue.snoop)).isEmpty, "its hooks are still there")
        #expect(try dialogue.expireTimer().contains { $0.isFindTargets })
        let requests = try dialogue.answer(Self.talking(to: [Self.colleague]), to: \.isFindTargets)
        let snoop = ChannelID("earshot-test-1-4-sn")
        #expect(
            requests == [
                .createSnoop(snoop, target: "agent", SnoopAudio(hears: .both, speaks: .both)),
                .createBridge("earshot-test-1-5-br"), .findPartners("agent"),
            ]
        )
        try dialogue.answer(to: \.isCreateBridge)
        #expect(dialogue.on(.snoopStarted(snoop)).contains { $0.isJoin })
        dialogue.on(.enteredBridge(snoop, "earshot-test-1-5-br"))
        dialogue.on(.enteredBridge(Dialogue.supervisor, "earshot-test-1-5-br"))
        guard case .partnerChanged(.barge, let target) = dialogue.reports.last else {
            Issue.record("not reported: \(dialogue.reports)")
            return
        }
        #expect(target.partners == [Self.colleague])
        // He hears this one; another change is another one.
        #expect(dialogue.on(.partnersChanged("agent", [Self.colleague])).isEmpty)
        #expect(dialogue.on(.partnersChanged("agent", [Dialogue.client.name])) == [.removeSnoop(snoop)])
    }

    @Test func `spare links and the recording go too`() throws {
        var dialogue = Dialogue()
        try dialogue.monitor(Dialogue.settings(params: "qESsbdr(a)"))
        let snoops = dialogue.requests.compactMap { open in
            if case .createSnoop(let snoop, _, _) = open.request { snoop } else { nil }
        }
        #expect(snoops.count == 3, "two spare links and the recording's")
        for snoop in snoops { dialogue.on(.snoopStarted(snoop)) }
        let requests = dialogue.on(.partnersChanged("agent", [Self.colleague]))
        for snoop in snoops + [Dialogue.snoop] { #expect(requests.contains(.removeSnoop(snoop))) }
        for snoop in snoops + [Dialogue.snoop] {
            #expect(!(try dialogue.expireIfUnhooking()), "while one is left, the hooks are")
            dialogue.on(.snoopEnded(snoop))
        }
        #expect(try dialogue.expireIfUnhooking())
    }

    @Test func `a snoop that was asked for and is not there yet is awaited`() throws {
        var dialogue = Dialogue()
        try dialogue.prepare()
        #expect(dialogue.on(.partnersChanged("agent", [Self.colleague])).isEmpty)
        #expect(try dialogue.answer(to: \.isCreateSnoop) == [.removeSnoop(Dialogue.snoop)])
        try dialogue.answer(to: \.isRemoveSnoop)
        #expect(try dialogue.expireIfUnhooking())
    }

    @Test func `a colleague who joins is looked at, and nothing else happens while one is left`() throws {
        var dialogue = Dialogue()
        try dialogue.monitor()
        let both: Set<ChannelName> = [Dialogue.client.name, Self.colleague]
        #expect(dialogue.on(.partnersChanged("agent", both)) == [.findPartners("agent")])
        #expect(try dialogue.answer(.partners(both.map { Partner(name: $0) }), to: \.isFindPartners).isEmpty)
        #expect(dialogue.on(.partnersChanged("agent", [Dialogue.client.name])).isEmpty)
        #expect(dialogue.on(.partnersChanged("agent", both)).isEmpty, "he is known")
        // The conference becomes a call of two again, with packets whose numbers no hook has seen.
        #expect(dialogue.on(.partnersChanged("agent", [Self.colleague])) == [.removeSnoop(Dialogue.snoop)])
    }

    @Test func `somebody protected is not heard, whether he joins or takes the client's place`() throws {
        let boss = Partner(name: Self.colleague, isProtected: true)
        var joined = Dialogue()
        try joined.monitor()
        joined.on(.partnersChanged("agent", [Dialogue.client.name, boss.name]))
        let requests = try joined.answer(.partners([Dialogue.client, boss]), to: \.isFindPartners)
        #expect(requests == [.removeSnoop(Dialogue.snoop), .leave(Dialogue.bridge)])
        #expect(joined.reports.last == .refused(.targetProtected))

        var alone = try Self.unhooking()
        try alone.expireTimer()
        let answer = Self.talking(to: [boss.name], protected: true)
        #expect(try !alone.answer(answer, to: \.isFindTargets).contains { $0.isCreateSnoop })
        #expect(alone.reports.last == .refused(.targetProtected))
    }

    @Test func `a change that happened before Asterisk told of changes is found`() throws {
        var dialogue = Dialogue()
        try dialogue.prepare()
        #expect(try dialogue.answer(to: \.isWatch) == [.findPartners("agent")])
        dialogue.on(.snoopStarted(Dialogue.snoop))
        let requests = try dialogue.answer(.partners([Partner(name: Self.colleague)]), to: \.isFindPartners)
        #expect(requests == [.removeSnoop(Dialogue.snoop)])
        // And one that happened while no events came.
        var monitoring = Dialogue()
        try monitoring.monitor()
        #expect(monitoring.on(.eventsMissed) == [.findPartners("agent")])
    }

    @Test(arguments: [.refused, .unknown] as [RequestFailure])
    func `in doubt nobody is heard, and after three questions without an answer the session ends`(
        failure: RequestFailure
    ) throws {
        var dialogue = Dialogue()
        try dialogue.monitor()
        dialogue.on(.partnersChanged("agent", [Dialogue.client.name, Self.colleague]))
        #expect(try dialogue.answer(.failed(failure), to: \.isFindPartners) == [.removeSnoop(Dialogue.snoop)])
        #expect(dialogue.machine.stateName == "reattaching")
        #expect(dialogue.reports.last == .started(.listen, target: Dialogue.target))
        dialogue.on(.snoopEnded(Dialogue.snoop))
        try dialogue.expireTimer()
        // It is looked for again after a while.
        #expect(try dialogue.answer(.failed(failure), to: \.isFindTargets).isEmpty)
        #expect(try dialogue.expireTimer().contains { $0.isFindTargets })
        #expect(dialogue.machine.stateName == "reattaching")
        var ended = dialogue
        try ended.answer(.failed(failure), to: \.isFindTargets)
        #expect(ended.reports.last == .refused(.asteriskRefused))
        // An answer in between, and it counts anew.
        try dialogue.answer(.targets(.channels([Dialogue.target])), to: \.isFindTargets)
        try dialogue.answer(.partners([Dialogue.client]), to: \.isFindPartners)
        dialogue.on(.partnersChanged("agent", [Dialogue.client.name, "PJSIP/203-1"]))
        try dialogue.answer(.failed(failure), to: \.isFindPartners)
        #expect(dialogue.machine.stateName == "reattaching")
    }

    @Test func `a subscription that cannot be had is asked for again`() throws {
        var dialogue = Dialogue()
        try dialogue.prepare()
        for _ in 1...2 {
            #expect(try dialogue.answer(.failed(.unknown), to: \.isWatch).contains { $0.isWatch })
            #expect(dialogue.machine.stateName == "reattaching")
        }
        try dialogue.answer(.failed(.unknown), to: \.isWatch)
        #expect(dialogue.reports.last == .refused(.asteriskRefused))
    }

    @Test func `a target that is no more when it is watched or looked at has ended, whatever its snoop says`() throws {
        // Somebody has picked its call up, and has its audio hooks now.
        for asked in [\SessionRequest.isWatch, \.isFindPartners] {
            var ended = Dialogue()
            try ended.prepare()
            if asked == \.isFindPartners { try ended.answer(to: \.isWatch) }
            try ended.answer(.failed(.gone), to: { $0[keyPath: asked] })
            #expect(ended.reports == [.refused(.nobodyTalking)])
        }
        var monitored = Dialogue()
        try monitored.monitor()
        #expect(monitored.on(.targetGone("agent")).contains(.removeSnoop(Dialogue.snoop)))
        #expect(monitored.machine.stateName == "releasing")
    }

    @Test func `snoops that cannot be removed end the session`() throws {
        var dialogue = Dialogue()
        try dialogue.monitor()
        dialogue.on(.partnersChanged("agent", [Self.colleague]))
        for _ in 1...2 {
            try dialogue.answer(.failed(.unknown), to: \.isRemoveSnoop)
            #expect(try dialogue.expireTimer() == [.removeSnoop(Dialogue.snoop)])
        }
        try dialogue.answer(.failed(.unknown), to: \.isRemoveSnoop)
        try dialogue.expireTimer()
        #expect(dialogue.reports.last == .refused(.asteriskRefused))
    }

    @Test func `whoever is alone in a bridge by then is monitored on`() throws {
        var dialogue = try Self.unhooking()
        try dialogue.expireTimer()
        let alone = MonitoringPolicyTests.channel("agent", bridged: false, partners: [Self.colleague])
        let requests = try dialogue.answer(.targets(.channels([alone])), to: \.isFindTargets)
        #expect(requests.contains { $0.isCreateSnoop })
    }

    @Test func `a target that ends meanwhile is a target that ends, and another channel does not take its place`()
        throws
    {
        var dialogue = try Self.unhooking()
        try dialogue.expireTimer()
        let other = MonitoringPolicyTests.talking("second")
        let requests = try dialogue.answer(.targets(.channels([other])), to: \.isFindTargets)
        #expect(requests.contains(.setVariable(.result, "target_hung_up")))
    }

    @Test func `keys are kept until he is in the call again`() throws {
        var dialogue = try Self.unhooking(Dialogue.settings(params: "qESsb"))
        #expect(try dialogue.on(KeyTests.key("#")).isEmpty)
        try dialogue.expireTimer()
        try dialogue.answer(Self.talking(to: [Self.colleague]), to: \.isFindTargets)
        let (snoop, bridge) = (ChannelID("earshot-test-1-3-sn"), BridgeID("earshot-test-1-4-br"))
        try dialogue.answer(to: \.isCreateBridge)
        dialogue.on(.snoopStarted(snoop))
        dialogue.on(.enteredBridge(snoop, bridge))
        #expect(dialogue.on(.enteredBridge(Dialogue.supervisor, bridge)).contains(.setVariable(.volume, "1")))
    }

    /// A session with `d` whose partner changes while a key's mode switch is under way.
    private static func switching(_ dialled: String, _ key: Character) throws -> (Dialogue, [ChannelID]) {
        var dialogue = Dialogue(dialled: dialled)
        try dialogue.monitor(Dialogue.settings(params: "qbd"))
        let snoops = dialogue.openSnoops
        for snoop in snoops { dialogue.on(.snoopStarted(snoop)) }
        try dialogue.on(KeyTests.key(key))
        dialogue.on(.partnersChanged("agent", [colleague]))
        return (dialogue, snoops + [Dialogue.snoop])
    }

    @Test func `a lower mode that was under way counts at once`() throws {
        var (dialogue, snoops) = try Self.switching("*93101", "4")
        #expect(dialogue.reports.last == .modeChanged(.listen))
        for snoop in snoops { dialogue.on(.snoopEnded(snoop)) }
        try dialogue.expireTimer()
        let requests = try dialogue.answer(Self.talking(to: [Self.colleague]), to: \.isFindTargets)
        let speaks = requests.compactMap { if case .createSnoop(_, _, let audio) = $0 { audio.speaks } else { nil } }
        #expect(speaks == [.none])
    }

    @Test func `a higher mode that was under way is not chosen for those who come next`() throws {
        var (dialogue, snoops) = try Self.switching("*91101", "6")
        for snoop in snoops { dialogue.on(.snoopEnded(snoop)) }
        try dialogue.expireTimer()
        var ended = dialogue
        let requests = try dialogue.answer(Self.talking(to: [Self.colleague]), to: \.isFindTargets)
        let link = requests.compactMap {
            if case .createSnoop(let snoop, _, let audio) = $0 { (snoop, audio.speaks) } else { nil }
        }
        #expect(link.map(\.1) == [.none])
        let bridge = try #require(
            requests.compactMap { if case .createBridge(let bridge) = $0 { bridge } else { nil } }.first
        )
        try dialogue.answer(to: { $0 == .createBridge(bridge) })
        dialogue.on(.snoopStarted(link[0].0))
        dialogue.on(.enteredBridge(link[0].0, bridge))
        let links = dialogue.on(.enteredBridge(Dialogue.supervisor, bridge))
        guard case .partnerChanged(.listen, _) = dialogue.reports.last else {
            Issue.record("\(dialogue.reports)")
            return
        }
        for link in links {
            if case .createSnoop(let snoop, _, _) = link { dialogue.on(.snoopStarted(snoop)) }
        }
        let bridges = links.filter(\.isCreateBridge)
        let joins = try bridges.flatMap { bridge in try dialogue.answer(to: { $0 == bridge }) }.filter(\.isJoin)
        #expect(joins.isEmpty, "it was pressed for those who were heard then")
        #expect(dialogue.reports.contains(.keyRefused(.nobodyTalking)))
        // The target has ended meanwhile: he waits, and would be heard by nobody.
        try ended.answer(.targets(.channels([])), to: \.isFindTargets)
        #expect(ended.machine.isWaiting)
        try ended.answer(to: \.isWatch)
        let next = MonitoringPolicyTests.talking("second")
        let audio = try ended.answer(.targets(.channels([next])), to: \.isFindTargets).compactMap {
            if case .createSnoop(_, _, let audio) = $0 { audio.speaks } else { nil }
        }
        #expect(audio == [.none])
    }

    @Test func `a change while another call is being announced leaves the announcement and the report`() throws {
        var dialogue = Dialogue()
        try dialogue.monitor(Dialogue.settings(params: "sb"))
        for digit: Character in ["1", "0", "2", "#"] { try dialogue.on(KeyTests.key(digit)) }
        let colleague = TargetChannel(
            id: "other",
            name: "PJSIP/102-1",
            endpoint: EndpointName(technology: "PJSIP", resource: "102"),
            isUp: true,
            isBridged: true,
            partners: ["Local/102@queue-00000001;1"],
            isProtected: false,
            createdAt: 0
        )
        let requests = try dialogue.answer(.targets(.channels([colleague])), to: \.isFindTargets)
        #expect(requests.contains { if case .play(_, .announcement) = $0 { true } else { false } })
        for snoop in dialogue.openSnoops { dialogue.on(.snoopStarted(snoop)) }
        let change = dialogue.on(.partnersChanged("other", [Dialogue.client.name]))
        #expect(!change.contains { $0.isStopPlayback })
        for request in change { if case .removeSnoop(let snoop) = request { dialogue.on(.snoopEnded(snoop)) } }
        dialogue.on(.snoopEnded(Dialogue.snoop))
        try dialogue.expireTimer()
        var changed = colleague
        changed.partners = [Dialogue.client.name]
        let again = try dialogue.answer(.targets(.channels([changed])), to: \.isFindTargets)
        #expect(!again.contains { $0.isPlay || $0.isStopPlayback }, "what is being said goes on")
        let snoop = try #require(dialogue.openSnoops.last)
        let bridge = try #require(
            again.compactMap { if case .createBridge(let bridge) = $0 { bridge } else { nil } }.first
        )
        try dialogue.answer(to: { $0 == .createBridge(bridge) })
        #expect(dialogue.on(.snoopStarted(snoop)).isEmpty, "the announcement is not over")
        let playback = try #require(dialogue.requests.lastPlayback)
        #expect(dialogue.on(.playbackFinished(playback, wasHeard: true)).contains { $0.isJoin })
        dialogue.on(.enteredBridge(snoop, bridge))
        dialogue.on(.enteredBridge(Dialogue.supervisor, bridge))
        #expect(dialogue.reports.contains(.targetChanged(.listen, target: changed)))
    }

    @Test func `whoever comes to a lone target, or into a conference, is only looked at`() throws {
        var lone = Dialogue()
        try lone.prepare(
            Dialogue.settings(params: "q"),
            .channels([MonitoringPolicyTests.channel("agent", partners: [])])
        )
        // Before Asterisk has been asked, somebody may have come and gone.
        var early = lone
        #expect(early.on(.partnersChanged("agent", [Dialogue.client.name])).isEmpty)
        #expect(early.machine.stateName == "reattaching")
        try lone.answer(to: \.isWatch)
        try lone.answer(.partners([]), to: \.isFindPartners)
        #expect(lone.on(.partnersChanged("agent", [Dialogue.client.name])) == [.findPartners("agent")])
        try lone.answer(.partners([Dialogue.client]), to: \.isFindPartners)
        #expect(try lone.answer(to: \.isCreateSnoop).isEmpty)
        // The next one takes his place.
        #expect(lone.on(.partnersChanged("agent", [Self.colleague])) == [.removeSnoop(Dialogue.snoop)])

        var conference = Dialogue()
        try conference.monitor()
        #expect(conference.on(.partnersChanged("agent", [Self.colleague, "PJSIP/203-1"])) == [.findPartners("agent")])
    }

    @Test func `a session goes along when another one takes its snoops off the target`() throws {
        var dialogue = Dialogue()
        try dialogue.monitor()
        #expect(dialogue.on(.hooksMustGo("stranger")).isEmpty)
        #expect(dialogue.on(.hooksMustGo("agent")) == [.removeSnoop(Dialogue.snoop)])
        #expect(dialogue.machine.channelBeingUnhooked == "agent")
        #expect(dialogue.on(.hooksMustGo("agent")).isEmpty)
    }

    @Test func `an answer about earlier partners counts no more`() throws {
        var dialogue = Dialogue()
        try dialogue.monitor()
        dialogue.on(.partnersChanged("agent", [Dialogue.client.name, "PJSIP/110-1"]))
        let late = try #require(dialogue.requests.last { $0.request.isFindPartners }?.id)
        dialogue.on(.partnersChanged("agent", [Self.colleague]))
        dialogue.on(.snoopEnded(Dialogue.snoop))
        try dialogue.expireTimer()
        try dialogue.answer(Self.talking(to: [Self.colleague]), to: \.isFindTargets)
        dialogue.on(.answered(late, .partners([Partner(name: "PJSIP/110-1", isProtected: true)])))
        #expect(dialogue.machine.stateName == "attaching")
    }
}

extension Dialogue {
    /// The snoops that Asterisk has been asked for, without an answer.
    fileprivate var openSnoops: [ChannelID] {
        requests.compactMap { open in if case .createSnoop(let snoop, _, _) = open.request { snoop } else { nil } }
    }

    /// Lets the present timer expire in a copy, and tells whether it was the one for the hooks.
    fileprivate func expireIfUnhooking() throws -> Bool {
        var copy = self
        return try copy.expireTimer().contains { $0.isFindTargets }
    }
}

extension [(id: CommandID, request: SessionRequest)] {
    fileprivate var lastPlayback: PlaybackID? {
        compactMap { open in if case .play(let playback, _) = open.request { playback } else { nil } }.last
    }
}

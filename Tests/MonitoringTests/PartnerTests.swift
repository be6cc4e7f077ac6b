import Monitoring
import Testing

/// What a session does when its target talks to somebody else, as its leg tells.
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
        dialogue.on(.leg(.unhooks))
        try dialogue.answer(to: \.isRemoveSnoop)
        return dialogue
    }

    @Test func `snoops go, then the target is looked at, and attached to without a word`() throws {
        var dialogue = Dialogue(dialled: "*93101")
        try dialogue.monitor(Dialogue.settings(params: "ESsb"))
        #expect(dialogue.on(.leg(.unhooks)) == [.removeSnoop(Dialogue.snoop)])
        #expect(dialogue.on(.leg(.unhooks)).isEmpty)
        #expect(dialogue.timer != nil)
        #expect(dialogue.on(.snoopEnded(Dialogue.snoop)).isEmpty, "its hooks are still there")
        #expect(dialogue.timer == nil, "the leg tells")
        #expect(dialogue.on(.leg(.hooksGone)).contains { $0.isFindTargets })
        let requests = try dialogue.answer(Self.talking(to: [Self.colleague]), to: \.isFindTargets)
        let snoop = ChannelID("earshot-test-1-4-sn")
        #expect(
            requests == [
                .createSnoop(snoop, target: "agent", SnoopAudio(hears: .both, speaks: .both)),
                .createBridge("earshot-test-1-5-br"),
            ]
        )
        #expect(dialogue.monitored?.partners == [Self.colleague])
        try dialogue.answer(to: \.isCreateBridge)
        #expect(dialogue.on(.snoopStarted(snoop)).contains { $0.isJoin })
        dialogue.on(.enteredBridge(snoop, "earshot-test-1-5-br"))
        dialogue.on(.enteredBridge(Dialogue.supervisor, "earshot-test-1-5-br"))
        guard case .partnerChanged(.barge, let target) = dialogue.reports.last else {
            Issue.record("not reported: \(dialogue.reports)")
            return
        }
        #expect(target.partners == [Self.colleague])
    }

    @Test func `spare taps and the recording go too`() throws {
        var dialogue = Dialogue()
        try dialogue.monitor(Dialogue.settings(params: "qESsbdr(a)"))
        try dialogue.askForSpares()
        let snoops = dialogue.openSnoops
        #expect(snoops.count == 3, "two spare taps and the recording's")
        for snoop in snoops { dialogue.on(.snoopStarted(snoop)) }
        let requests = dialogue.on(.leg(.unhooks))
        for snoop in snoops + [Dialogue.snoop] { #expect(requests.contains(.removeSnoop(snoop))) }
        for snoop in snoops + [Dialogue.snoop] {
            #expect(dialogue.timer != nil, "one is left")
            dialogue.on(.snoopEnded(snoop))
        }
        #expect(dialogue.timer == nil)
        #expect(dialogue.session.snoops(on: "agent").isEmpty)
    }

    @Test func `a snoop on another target, which cannot be removed, is not awaited`() throws {
        var dialogue = Dialogue()
        try dialogue.monitor(Dialogue.settings(params: "qSb"))
        try dialogue.on(KeyTests.key("*"))
        try dialogue.answer(
            .targets(.channels([Dialogue.target, MonitoringPolicyTests.talking("second")])),
            to: \.isFindTargets
        )
        let second = try #require(dialogue.openSnoops.last)
        dialogue.on(.snoopStarted(second))
        try dialogue.answer(.failed(.unknown), to: { $0 == .removeSnoop(Dialogue.snoop) })
        dialogue.on(.leg(.unhooks))
        dialogue.on(.snoopEnded(second))
        #expect(dialogue.session.snoops(on: "agent") == [Dialogue.snoop])
        #expect(dialogue.on(.leg(.hooksGone)).contains { $0.isFindTargets })
    }

    @Test func `a snoop that was asked for and is not there yet is awaited`() throws {
        var dialogue = Dialogue()
        try dialogue.prepare()
        #expect(dialogue.on(.leg(.unhooks)).isEmpty)
        #expect(try dialogue.answer(to: \.isCreateSnoop) == [.removeSnoop(Dialogue.snoop)])
        try dialogue.answer(to: \.isRemoveSnoop)
        #expect(dialogue.on(.leg(.hooksGone)).contains { $0.isFindTargets })
    }

    @Test func `somebody protected is not heard, whether they join or take the client's place`() throws {
        var joined = Dialogue()
        try joined.monitor()
        #expect(
            joined.on(.leg(.hasProtectedPartner)) == [
                .setVariable(.result, "target_protected"), .removeSnoop(Dialogue.snoop), .leave(Dialogue.bridge),
            ]
        )
        #expect(joined.reports.last == .refused(.targetProtected))

        var alone = try Self.unhooking()
        alone.on(.leg(.hooksGone))
        let answer = Self.talking(to: [Self.colleague], protected: true)
        #expect(try !alone.answer(answer, to: \.isFindTargets).contains { $0.isCreateSnoop })
        #expect(alone.reports.last == .refused(.targetProtected))
    }

    @Test(arguments: [.refused, .unknown] as [RequestFailure])
    func `after three looks without an answer the session ends`(failure: RequestFailure) throws {
        var dialogue = try Self.unhooking()
        dialogue.on(.leg(.hooksGone))
        for _ in 1...2 {
            #expect(try dialogue.answer(.failed(failure), to: \.isFindTargets).isEmpty)
            #expect(dialogue.session.stateName == "reattaching")
            #expect(try dialogue.expireTimer().contains { $0.isFindTargets })
        }
        var ended = dialogue
        try ended.answer(.failed(failure), to: \.isFindTargets)
        #expect(ended.reports.last == .refused(.asteriskRefused))
        try dialogue.answer(.targets(.channels([Dialogue.target])), to: \.isFindTargets)
        #expect(dialogue.session.stateName == "attaching")
    }

    @Test func `a session ends when its leg is gone, or in doubt whether it may be heard`() throws {
        var gone = Dialogue()
        try gone.monitor()
        #expect(gone.on(.leg(.gone)).contains(.removeSnoop(Dialogue.snoop)))
        #expect(gone.session.stateName == "releasing")
        var unclear = Dialogue()
        try unclear.monitor()
        #expect(unclear.on(.leg(.isUnclear)).contains(.removeSnoop(Dialogue.snoop)))
        #expect(unclear.reports.last == .refused(.asteriskRefused))
        for dialogue in [gone, unclear] { #expect(dialogue.monitored == nil) }
    }

    @Test func `snoops that cannot be removed end the session`() throws {
        var dialogue = Dialogue()
        try dialogue.monitor()
        dialogue.on(.leg(.unhooks))
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
        dialogue.on(.leg(.hooksGone))
        let alone = MonitoringPolicyTests.channel("agent", bridged: false, partners: [Self.colleague])
        let requests = try dialogue.answer(.targets(.channels([alone])), to: \.isFindTargets)
        #expect(requests.contains { $0.isCreateSnoop })
    }

    @Test func `a target that ends meanwhile is a target that ends, and another channel does not take its place`()
        throws
    {
        var dialogue = try Self.unhooking()
        dialogue.on(.leg(.hooksGone))
        let other = MonitoringPolicyTests.talking("second")
        let requests = try dialogue.answer(.targets(.channels([other])), to: \.isFindTargets)
        #expect(requests.contains(.setVariable(.result, "target_hung_up")))
    }

    @Test func `keys are kept until the supervisor is in the call again`() throws {
        var dialogue = try Self.unhooking(Dialogue.settings(params: "qESsb"))
        #expect(try dialogue.on(KeyTests.key("#")).isEmpty)
        dialogue.on(.leg(.hooksGone))
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
        try dialogue.askForSpares(in: dialled.hasPrefix("*93") ? .barge : .listen)
        let snoops = dialogue.openSnoops
        for snoop in snoops { dialogue.on(.snoopStarted(snoop)) }
        try dialogue.on(KeyTests.key(key))
        dialogue.on(.leg(.unhooks))
        return (dialogue, snoops + [Dialogue.snoop])
    }

    @Test func `a lower mode that was under way counts at once`() throws {
        var (dialogue, snoops) = try Self.switching("*93101", "4")
        #expect(dialogue.reports.last == .modeChanged(.listen))
        for snoop in snoops { dialogue.on(.snoopEnded(snoop)) }
        dialogue.on(.leg(.hooksGone))
        let requests = try dialogue.answer(Self.talking(to: [Self.colleague]), to: \.isFindTargets)
        let speaks = requests.compactMap { if case .createSnoop(_, _, let audio) = $0 { audio.speaks } else { nil } }
        #expect(speaks == [.none])
    }

    @Test func `a higher mode that was under way is not chosen for those who come next`() throws {
        var (dialogue, snoops) = try Self.switching("*91101", "6")
        for snoop in snoops { dialogue.on(.snoopEnded(snoop)) }
        dialogue.on(.leg(.hooksGone))
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
        let tone = try #require(dialogue.requests.compactMap(\.request.playback).last)
        #expect(dialogue.on(.playbackFinished(tone, wasHeard: true)).contains { $0.isJoin })
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
        // The target has ended meanwhile: the supervisor waits, and would be heard by nobody.
        try ended.answer(.targets(.channels([])), to: \.isFindTargets)
        #expect(ended.session.isWaiting)
        try ended.answer(to: \.isWatch)
        let next = MonitoringPolicyTests.talking("second")
        let audio = try ended.answer(.targets(.channels([next])), to: \.isFindTargets).compactMap {
            if case .createSnoop(_, _, let audio) = $0 { audio.speaks } else { nil }
        }
        #expect(audio == [.none])
    }

    @Test func `a key to barge while a new partner is brought in silently does not count in their call`() throws {
        var dialogue = try Self.unhooking(Dialogue.settings(params: "qSbd"))
        for snoop in dialogue.openSnoops { dialogue.on(.snoopStarted(snoop)) }
        for snoop in dialogue.session.snoops(on: "agent") { dialogue.on(.snoopEnded(snoop)) }
        dialogue.on(.leg(.hooksGone))
        try dialogue.answer(Self.talking(to: [Self.colleague]), to: \.isFindTargets)
        #expect(dialogue.session.stateName == "attaching")
        try dialogue.on(KeyTests.key("6"))
        #expect(dialogue.reports.last == .keyRefused(.nobodyTalking))
    }

    @Test func `looks that fail are counted in a row, not over the whole session`() throws {
        var dialogue = Dialogue()
        try dialogue.monitor()
        for _ in 1...4 {
            dialogue.on(.leg(.unhooks))
            for snoop in dialogue.session.snoops(on: "agent") { dialogue.on(.snoopEnded(snoop)) }
            dialogue.on(.leg(.hooksGone))
            try dialogue.answer(.failed(.unknown), to: \.isFindTargets)
            try dialogue.expireTimer()
            try dialogue.answer(.targets(.channels([Dialogue.target])), to: \.isFindTargets)
            #expect(dialogue.session.stateName == "attaching")
        }
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
            parties: ["Local/102@queue-00000001;1": []],
            isProtected: false,
            createdAt: 0
        )
        let requests = try dialogue.answer(.targets(.channels([colleague])), to: \.isFindTargets)
        #expect(requests.contains { if case .play(_, .announcement) = $0 { true } else { false } })
        for snoop in dialogue.openSnoops { dialogue.on(.snoopStarted(snoop)) }
        let change = dialogue.on(.leg(.unhooks))
        #expect(!change.contains { $0.isStopPlayback })
        for request in change { if case .removeSnoop(let snoop) = request { dialogue.on(.snoopEnded(snoop)) } }
        dialogue.on(.snoopEnded(Dialogue.snoop))
        dialogue.on(.leg(.hooksGone))
        var changed = colleague
        changed.parties = [Dialogue.client.name: []]
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
}

extension Dialogue {
    /// The snoops that Asterisk has been asked for, without an answer.
    fileprivate var openSnoops: [ChannelID] {
        requests.compactMap { open in if case .createSnoop(let snoop, _, _) = open.request { snoop } else { nil } }
    }
}

extension [(id: CommandID, request: SessionRequest)] {
    fileprivate var lastPlayback: PlaybackID? {
        compactMap { open in if case .play(let playback, _) = open.request { playback } else { nil } }.last
    }
}

import Testing

@testable import Monitoring

/// What is known of a monitored channel, and what its sessions are told.
@Suite struct MonitoredLegTests {
    static let session = SessionID(instance: "test", number: 1)
    static let client: ChannelName = "PJSIP/201-00000001"
    static let colleague: ChannelName = "PJSIP/202-00000002"
    static let third: ChannelName = "PJSIP/203-00000003"

    /// A leg with one session, and whatever it wanted at first.
    private static func attached(to partners: Set<ChannelName> = [client], relays: Set<ChannelID> = []) -> MonitoredLeg
    {
        var leg = MonitoredLeg("agent", SessionConfiguration())
        var target = MonitoringPolicyTests.channel("agent", partners: partners)
        target.relays = relays
        leg.attached(session, target)
        return leg
    }

    /// A leg of which Asterisk tells, and whose partners are known.
    private static func steady(_ partners: Set<ChannelName> = [client]) throws -> MonitoredLeg {
        var leg = attached(to: partners)
        leg.watched(try leg.takeEffects().watchCommand(), .done)
        leg.partnersAnswered(try leg.takeEffects().partnersCommand(), .found(partners.map { Partner(name: $0) }))
        #expect(leg.takeEffects().isEmpty)
        return leg
    }

    @Test func `Asterisk is asked to tell, and then whom the target talks to`() throws {
        var leg = Self.attached()
        let effects = leg.takeEffects()
        #expect(effects == [.watch([.channel("agent")], try effects.watchCommand())])
        leg.watched(try effects.watchCommand(), .done)
        let asked = leg.takeEffects()
        #expect(asked == [.findPartners(try asked.partnersCommand(), known: [Self.client])])
        leg.partnersAnswered(try asked.partnersCommand(), .foundKnown([Self.client]))
        #expect(leg.takeEffects().isEmpty)
        // From then on nobody can have come and gone unknown.
        leg.partnersChanged([Self.colleague], isComplete: true)
        #expect(leg.takeEffects().contains(.tell(.unhooks)))
    }

    @Test func `a question that takes an open one's place asks for everything`() throws {
        var leg = Self.attached()
        let watch = try leg.takeEffects().watchCommand()
        // Somebody's rights have changed meanwhile.
        leg.ask()
        _ = leg.takeEffects()
        leg.watched(watch, .done)
        let asked = leg.takeEffects()
        #expect(asked == [.findPartners(try asked.partnersCommand(), known: [])])
    }

    @Test func `whoever of several is the only partner by then lets all hooks go, known or not`() throws {
        var leg = Self.attached(to: [Self.client, Self.colleague])
        leg.watched(try leg.takeEffects().watchCommand(), .done)
        // One of the two has stayed: what the hooks have heard of the other one is not known.
        leg.partnersAnswered(try leg.takeEffects().partnersCommand(), .foundKnown([Self.colleague]))
        #expect(leg.takeEffects().contains(.tell(.unhooks)))
    }

    @Test func `who is heard through a Local channel, or has left meanwhile, is looked at again`() throws {
        var leg = Self.attached(relays: ["relay"])
        leg.watched(try leg.takeEffects().watchCommand(), .done)
        let asked = leg.takeEffects()
        #expect(asked == [.findPartners(try asked.partnersCommand(), known: [])])
        leg = Self.attached(to: [Self.client, Self.colleague])
        leg.watched(try leg.takeEffects().watchCommand(), .done)
        let command = try leg.takeEffects().partnersCommand()
        // Both have left, and come back.
        leg.partnersChanged([], isComplete: true)
        _ = leg.takeEffects()
        leg.partnersAnswered(command, .foundKnown([Self.client, Self.colleague]))
        let again = leg.takeEffects()
        #expect(again == [.findPartners(try again.partnersCommand(), known: [])])
    }

    @Test func `a newcomer in the only partner's place lets all hooks go, and they are off when their time is over`()
        throws
    {
        var leg = try Self.steady()
        leg.partnersChanged([Self.colleague], isComplete: true)
        let leaving = leg.takeEffects()
        #expect(leaving.contains(.tell(.unhooks)))
        #expect(leg.isBeingUnhooked)
        leg.snoopsGone()
        let fading = leg.takeEffects()
        #expect(fading.contains(.cancelTimer(try leaving.timer())))
        leg.expired(try leaving.timer())
        #expect(leg.takeEffects().isEmpty, "it expired while it was being cancelled")
        leg.expired(try fading.timer())
        #expect(leg.takeEffects() == [.tell(.hooksGone)])
        #expect(!leg.isBeingUnhooked)
    }

    /// A leg whose hooks have come anew, because the client's place is another one's, and when they are renewed.
    private static func replaced() throws -> (leg: MonitoredLeg, renewal: TimerID) {
        var leg = try steady()
        leg.partnersChanged([colleague], isComplete: true)
        #expect(leg.takeEffects().timer(of: SessionConfiguration.renewalTime) == nil, "they come later")
        let renewal = try leg.attachAnew(to: colleague)
        return (leg, renewal)
    }

    @Test func `hooks that have come for somebody else go once more a little later`() throws {
        var (leg, renewal) = try Self.replaced()
        leg.expired(renewal)
        #expect(leg.takeEffects().contains(.tell(.unhooks)))
        leg.snoopsGone()
        leg.expired(try leg.takeEffects().timer())
        leg.attached(Self.session, MonitoringPolicyTests.channel("agent", partners: [Self.colleague]))
        #expect(leg.takeEffects().timer(of: SessionConfiguration.renewalTime) == nil, "only once")
    }

    @Test func `whoever comes while the hooks go for others has them renewed too`() throws {
        var (leg, renewal) = try Self.replaced()
        leg.expired(renewal)
        _ = leg.takeEffects()
        // Nobody asks about them now.
        leg.partnersChanged([Self.client], isComplete: true)
        let next = try leg.attachAnew(to: Self.client)
        // And somebody else after that: what follows them counts.
        leg.partnersChanged([Self.third], isComplete: true)
        leg.snoopsGone()
        leg.expired(try leg.takeEffects().timer())
        leg.attached(Self.session, MonitoringPolicyTests.channel("agent", partners: [Self.third]))
        #expect(leg.takeEffects().contains(.cancelTimer(next)))
    }

    @Test func `a doubt does not keep the hooks from being renewed`() throws {
        var (leg, renewal) = try Self.replaced()
        leg.ask()
        leg.partnersAnswered(try leg.takeEffects().partnersCommand(), .failed(.unknown))
        #expect(!leg.takeEffects().contains(.cancelTimer(renewal)))
        #expect(leg.isBeingUnhooked)
    }

    @Test func `nothing is renewed while Asterisk tells nothing, nor for those who have left`() throws {
        var (leg, renewal) = try Self.replaced()
        leg.expired(renewal, isTold: false)
        let later = try #require(leg.takeEffects().timer(of: SessionConfiguration.renewalTime))
        #expect(!leg.isBeingUnhooked)
        leg.left(Self.session)
        #expect(leg.takeEffects().contains(.cancelTimer(later)))
    }

    @Test func `Asterisk is asked whether the hooks of snoops that have gone are off the channel`() throws {
        var leg = try Self.steady()
        leg.partnersChanged([Self.colleague], isComplete: true)
        _ = leg.takeEffects()
        leg.snoopsGone(["snoop"])
        let asking = leg.takeEffects()
        let question = try #require(
            asking.compactMap { if case .findHooks(let command, ["snoop"]) = $0 { command } else { nil } }.first
        )
        leg.hooksAnswered(question, areGone: false)
        leg.hooksAnswered(CommandID(question.number + 100), areGone: true)
        #expect(leg.takeEffects().isEmpty && leg.isBeingUnhooked, "not yet, and not what was asked")
        var silent = leg
        leg.hooksAnswered(question, areGone: true)
        #expect(leg.takeEffects() == [.cancelTimer(try asking.timer()), .tell(.hooksGone)])
        #expect(!leg.isBeingUnhooked)
        // A channel without any packet: nothing of it is missed.
        silent.expired(try asking.timer())
        #expect(silent.takeEffects() == [.tell(.hooksGone)])
        silent.hooksAnswered(question, areGone: true)
        #expect(silent.takeEffects().isEmpty)
    }

    @Test func `nobody asks about the hooks of those who have all left`() throws {
        var leg = try Self.steady()
        leg.left(Self.session)
        _ = leg.takeEffects()
        leg.snoopsGone(["snoop"])
        let effects = leg.takeEffects()
        #expect(!effects.contains { if case .findHooks = $0 { true } else { false } })
        leg.expired(try effects.timer())
        #expect(leg.isUnused)
    }

    @Test func `when the last session leaves, its hooks have to go before the next one's come`() throws {
        var leg = try Self.steady()
        leg.left(Self.session)
        let timer = try leg.takeEffects().timer()
        #expect(leg.isBeingUnhooked && !leg.isUnused)
        let next = SessionID(instance: "test", number: 2)
        leg.attached(next, MonitoringPolicyTests.channel("agent", partners: [Self.colleague]))
        #expect(leg.takeEffects().map(\.isWatch) == [true], "it is told anew")
        leg.snoopsGone()
        let effects = leg.takeEffects()
        #expect(effects.contains(.cancelTimer(timer)))
        leg.expired(try effects.timer())
        let attached = leg.takeEffects()
        #expect(attached.first == .tell(.hooksGone) && attached.timer(of: SessionConfiguration.renewalTime) != nil)
        leg.partnersChanged([Self.colleague], isComplete: true)
        #expect(leg.takeEffects().isEmpty, "no hook has heard anybody else")

        var alone = try Self.steady()
        alone.left(Self.session)
        _ = alone.takeEffects()
        alone.snoopsGone()
        alone.expired(try alone.takeEffects().timer())
        #expect(alone.isUnused)
    }

    @Test func `snoops that never go are not waited for`() throws {
        var leg = try Self.steady()
        leg.partnersChanged([Self.colleague], isComplete: true)
        leg.expired(try leg.takeEffects().timer())
        leg.expired(try leg.takeEffects().timer())
        #expect(leg.takeEffects() == [.tell(.hooksGone)])
    }

    @Test func `a colleague who joins is looked at, and nothing else happens while one is left`() throws {
        var leg = try Self.steady()
        leg.partnersChanged([Self.client, Self.colleague], isComplete: true)
        let command = try leg.takeEffects().partnersCommand()
        leg.partnersAnswered(command, .found([Partner(name: Self.client), Partner(name: Self.colleague)]))
        leg.partnersChanged([Self.client, Self.colleague], isComplete: true)
        leg.partnersChanged([Self.client], isComplete: true)
        #expect(leg.takeEffects().isEmpty, "they are known")
        leg.partnersChanged([Self.client, Self.colleague], isComplete: true)
        let again = try leg.takeEffects().partnersCommand()
        leg.partnersAnswered(again, .found([Partner(name: Self.client), Partner(name: Self.colleague)]))
        // The conference becomes a call of two again, with packets whose numbers no hook has seen.
        leg.partnersChanged([Self.colleague], isComplete: true)
        #expect(leg.takeEffects().contains(.tell(.unhooks)))
    }

    @Test func `who is heard beside the target is told, also when somebody joins or leaves`() throws {
        func partner(_ name: ChannelName, _ endpoint: String) -> Partner {
            Partner(name: name, parties: [CallParty(channel: name, endpoint: EndpointName(endpoint))])
        }
        func heard(_ endpoints: String...) -> [MonitoredLeg.Effect] {
            let names: [String: ChannelName] = ["PJSIP/201": Self.client, "PJSIP/202": Self.colleague]
            return [
                .tell(
                    .talksTo(
                        Set(endpoints.map { CallParty(channel: names[$0] ?? "", endpoint: EndpointName($0)) })
                    )
                )
            ]
        }
        var leg = try Self.steady()
        leg.partnersChanged([Self.client, Self.colleague], isComplete: true)
        let command = try leg.takeEffects().partnersCommand()
        leg.partnersAnswered(
            command,
            .found([partner(Self.client, "PJSIP/201"), partner(Self.colleague, "PJSIP/202")])
        )
        #expect(leg.takeEffects() == heard("PJSIP/201", "PJSIP/202"))
        leg.partnersChanged([Self.client], isComplete: true)
        #expect(leg.takeEffects() == heard("PJSIP/201"))
        // Whoever comes back is asked for again.
        leg.partnersChanged([Self.client, Self.colleague], isComplete: true)
        let again = try leg.takeEffects().partnersCommand()
        leg.partnersAnswered(
            again,
            .found([partner(Self.client, "PJSIP/201"), Partner(name: Self.colleague, isProtected: true)])
        )
        #expect(leg.takeEffects() == [.tell(.hasProtectedPartner)])
        leg.partnersChanged([], isComplete: true)
        #expect(leg.takeEffects() == heard())
    }

    @Test func `of a conference of many, whoever is not named is asked for`() throws {
        var leg = try Self.steady([Self.client, Self.colleague])
        leg.partnersChanged([Self.client, Self.colleague], isComplete: false)
        _ = try leg.takeEffects().partnersCommand()
    }

    @Test func `somebody protected is told of`() throws {
        var leg = try Self.steady()
        leg.partnersChanged([Self.client, Self.colleague], isComplete: true)
        let command = try leg.takeEffects().partnersCommand()
        leg.partnersAnswered(command, .found([Partner(name: Self.colleague, isProtected: true)]))
        #expect(leg.takeEffects() == [.tell(.hasProtectedPartner)])
    }

    @Test func `a change that happened before Asterisk told of changes is found`() throws {
        var leg = Self.attached()
        leg.watched(try leg.takeEffects().watchCommand(), .done)
        leg.partnersAnswered(try leg.takeEffects().partnersCommand(), .found([Partner(name: Self.colleague)]))
        #expect(leg.takeEffects().contains(.tell(.unhooks)))
    }

    @Test func `whoever comes to a lone target is only looked at, once it is certain that nobody was there`() throws {
        var early = Self.attached(to: [])
        // Before Asterisk has been asked, somebody may have come and gone.
        early.partnersChanged([Self.client], isComplete: true)
        #expect(early.takeEffects().contains(.tell(.unhooks)))

        var lone = try Self.steady([])
        lone.partnersChanged([Self.client], isComplete: true)
        let command = try lone.takeEffects().partnersCommand()
        lone.partnersAnswered(command, .found([Partner(name: Self.client)]))
        #expect(lone.takeEffects().isEmpty)
        // The next one takes the first one's place.
        lone.partnersChanged([Self.colleague], isComplete: true)
        #expect(lone.takeEffects().contains(.tell(.unhooks)))
    }

    @Test(arguments: [.refused, .unknown] as [RequestFailure])
    func `in doubt the hooks go, and after three questions without an answer the sessions are told`(
        failure: RequestFailure
    ) throws {
        var leg = try Self.steady()
        for _ in 1...2 {
            leg.ask()
            leg.partnersAnswered(try leg.takeEffects().partnersCommand(), .failed(failure))
            let effects = leg.takeEffects()
            #expect(effects.contains(.tell(.unhooks)))
            leg.expired(try effects.timer())
            leg.expired(try leg.takeEffects().timer())
            #expect(leg.takeEffects() == [.tell(.hooksGone)])
            leg.attached(Self.session, MonitoringPolicyTests.channel("agent", partners: [Self.client]))
        }
        var ended = leg
        ended.partnersAnswered(try ended.takeEffects().partnersCommand(), .failed(failure))
        #expect(ended.takeEffects() == [.tell(.isUnclear)])
        // An answer in between, and it counts anew.
        leg.partnersAnswered(try leg.takeEffects().partnersCommand(), .found([Partner(name: Self.client)]))
        leg.ask()
        leg.partnersAnswered(try leg.takeEffects().partnersCommand(), .failed(failure))
        #expect(leg.takeEffects().contains(.tell(.unhooks)))
    }

    @Test func `a subscription that cannot be had is asked for again`() throws {
        var leg = Self.attached()
        var effects = leg.takeEffects()
        for attempt in 1...3 {
            leg.watched(try effects.watchCommand(), .failed(.unknown))
            effects = leg.takeEffects()
            #expect(effects.contains(.tell(.isUnclear)) == (attempt == 3))
        }
    }

    @Test func `a channel that is no more when it is watched or looked at is gone`() throws {
        var watched = Self.attached()
        var asked = watched
        watched.watched(try watched.takeEffects().watchCommand(), .failed(.gone))
        #expect(watched.takeEffects() == [.tell(.gone)])
        asked.watched(try asked.takeEffects().watchCommand(), .done)
        asked.partnersAnswered(try asked.takeEffects().partnersCommand(), .failed(.gone))
        #expect(asked.takeEffects() == [.tell(.gone)])
    }

    @Test func `an answer about earlier partners counts no more`() throws {
        var leg = try Self.steady()
        leg.partnersChanged([Self.client, Self.third], isComplete: true)
        let late = try leg.takeEffects().partnersCommand()
        leg.partnersChanged([Self.colleague], isComplete: true)
        _ = leg.takeEffects()
        leg.partnersAnswered(late, .found([Partner(name: Self.third, isProtected: true)]))
        #expect(leg.takeEffects().isEmpty)
    }

    @Test func `who stands behind a Local channel is asked for when its other half gets somebody`() throws {
        var leg = Self.attached(to: ["Local/101@queue-1;1"], relays: ["far"])
        let effects = leg.takeEffects()
        #expect(effects == [.watch([.channel("agent"), .channel("far")], try effects.watchCommand())])
        leg.relayChanged("far")
        _ = try leg.takeEffects().partnersCommand()
        leg.relayChanged("stranger")
        #expect(leg.takeEffects().isEmpty)
    }

    @Test func `a second session is told what the first one's hooks have seen`() throws {
        var leg = try Self.steady()
        let other = SessionID(instance: "test", number: 2)
        leg.attached(other, MonitoringPolicyTests.channel("agent", partners: [Self.colleague]))
        // Its lookup may be older or newer than the last event: Asterisk is asked.
        leg.partnersAnswered(try leg.takeEffects().partnersCommand(), .found([Partner(name: Self.colleague)]))
        #expect(leg.takeEffects().contains(.tell(.unhooks)))
        #expect(leg.sessions == [Self.session, other])
    }

    @Test func `a session that attaches while the hooks go is as if it attached afterwards`() throws {
        var leg = try Self.steady()
        leg.partnersChanged([Self.colleague], isComplete: true)
        let other = SessionID(instance: "test", number: 2)
        leg.attached(other, MonitoringPolicyTests.channel("agent", partners: [Self.colleague]))
        leg.expired(try leg.takeEffects().timer())
        leg.expired(try leg.takeEffects().timer())
        let effects = leg.takeEffects()
        let renewal = try #require(effects.timer(of: SessionConfiguration.renewalTime))
        #expect(
            effects == [
                .tell(.hooksGone), .startTimer(renewal, after: SessionConfiguration.renewalTime),
                .findPartners(try effects.partnersCommand(), known: []),
            ]
        )
        leg.partnersChanged([Self.colleague], isComplete: true)
        #expect(leg.takeEffects().isEmpty)
    }
}

extension MonitoredLeg {
    /// Lets the hooks go that are about to, and the session attach anew.
    ///
    /// - Returns: when they are renewed.
    fileprivate mutating func attachAnew(to partner: ChannelName) throws -> TimerID {
        snoopsGone()
        expired(try takeEffects().timer())
        attached(MonitoredLegTests.session, MonitoringPolicyTests.channel("agent", partners: [partner]))
        return try #require(takeEffects().timer(of: SessionConfiguration.renewalTime))
    }
}

extension MonitoredLeg.Effect {
    fileprivate var isWatch: Bool { if case .watch = self { true } else { false } }
}

extension [MonitoredLeg.Effect] {
    fileprivate func partnersCommand() throws -> CommandID {
        try #require(compactMap { if case .findPartners(let command, _) = $0 { command } else { nil } }.last)
    }

    fileprivate func watchCommand() throws -> CommandID {
        try #require(compactMap { if case .watch(_, let command) = $0 { command } else { nil } }.last)
    }

    fileprivate func timer(of duration: Duration) -> TimerID? {
        compactMap { if case .startTimer(let timer, duration) = $0 { timer } else { nil } }.last
    }

    fileprivate func timer() throws -> TimerID {
        try #require(compactMap { if case .startTimer(let timer, _) = $0 { timer } else { nil } }.last)
    }
}

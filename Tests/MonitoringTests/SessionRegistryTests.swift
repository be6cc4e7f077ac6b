import Testing

@testable import Monitoring

/// What holds between sessions, and between Asterisks.
@Suite struct SessionRegistryTests {
    /// A registry and whoever carries out its commands.
    private struct Switchboard {
        var registry: SessionRegistry
        var commands: [RegistryCommand] = []

        init(_ configuration: RegistryConfiguration = RegistryConfiguration(), connected nodes: [NodeID] = [one]) {
            registry = SessionRegistry(configuration, instance: "test")
            for node in nodes { on(.connected, from: node) }
        }

        @discardableResult
        mutating func on(_ input: RegistryInput, from node: NodeID = one) -> [RegistryCommand] {
            let new = registry.handle(input, from: node, at: .zero)
            commands += new
            return new
        }

        mutating func expire(_ timer: RegistryTimer) -> [RegistryCommand] {
            let new = registry.expired(timer, at: .zero)
            commands += new
            return new
        }

        /// Answers the newest request of a session that matches, once.
        mutating func answer(_ answer: SessionAnswer, _ matches: (SessionRequest) -> Bool) throws {
            let index = try #require(
                commands.lastIndex {
                    if case .request(_, _, let request, _) = $0 { matches(request) } else { false }
                }
            )
            guard case .request(let session, let id, let request, let supervisor) = commands.remove(at: index) else {
                return
            }
            on(.answered(session, id, request, answer), from: supervisor.node)
        }

        /// A supervisor dials, and is let in: their snoop and bridge are being made.
        mutating func dial(_ channel: ChannelID, from user: String, on node: NodeID = one) throws {
            let supervisor = Supervisor(
                leg: LegID(node: node, channel: channel),
                endpoint: EndpointName(technology: "PJSIP", resource: user),
                dialled: "*91101"
            )
            on(.supervisorArrived(Arrival(supervisor)), from: node)
            try answer(Dialogue.settings(params: "qSb")) { $0 == .readSettings }
            try answer(.done) { $0 == .answerSupervisor }
            try answer(.targets(.channels([Dialogue.target])), \.isFindTargets)
        }

        func states() -> [String] { registry.sessionsByAge.compactMap { registry.sessions[$0]?.session.stateName } }

        var facts: [SessionReport] {
            commands.compactMap { if case .publish(let fact) = $0 { fact.change } else { nil } }
        }
    }

    static let one = NodeID("one")
    static let two = NodeID("two")

    private func snoops(_ commands: [RegistryCommand]) -> [ChannelID] {
        commands.compactMap {
            if case .request(_, _, .createSnoop(let snoop, _, _), _) = $0 { snoop } else { nil }
        }
    }

    private func timer(_ commands: [RegistryCommand]) throws -> RegistryTimer {
        let timers = commands.compactMap { command -> RegistryTimer? in
            if case .startTimer(.leg(let leg, let id), _) = command { .leg(leg, id) } else { nil }
        }
        return try #require(timers.last)
    }

    @Test func `channels of two Asterisks with one ID are two channels`() throws {
        var board = Switchboard(connected: [Self.one, Self.two])
        try board.dial("sup", from: "305", on: Self.one)
        try board.dial("sup", from: "305", on: Self.two)
        #expect(board.registry.legs.keys.map(\.description).sorted() == ["one/agent", "two/agent"])
        board.on(.channelGone("agent"), from: Self.two)
        #expect(board.states() == ["attaching", "seeking"])
        board.on(.channelLeft("sup"), from: Self.one)
        #expect(board.states() == ["releasing", "seeking"])
    }

    @Test func `one question serves all sessions of a channel, and all are told`() throws {
        var board = Switchboard()
        try board.dial("sup1", from: "305")
        board.on(.subscribed(.channel("agent"), .done))
        try board.dial("sup2", from: "306")
        let asked = board.commands.compactMap { if case .findPartners(_, let id, _) = $0 { id } else { nil } }
        let boss = Partner(name: "PJSIP/110-1", isProtected: true)
        board.on(.partnersAnswered("agent", try #require(asked.last), .found([boss])))
        #expect(board.states() == ["explaining", "explaining"])
        #expect(board.facts.count { $0 == .refused(.targetProtected) } == 2)
    }

    @Test func `a snoop is not made while others are being taken off, nor before their hooks have gone`() throws {
        var board = Switchboard()
        try board.dial("sup1", from: "305")
        let first = try #require(snoops(board.commands).last)
        try board.answer(.done, \.isCreateSnoop)
        board.on(.subscribed(.channel("agent"), .done))
        let unhooking = board.on(.partnersChanged("agent", ["PJSIP/202-2"], isComplete: true))
        #expect(board.states() == ["reattaching"])
        let before = board.commands.count
        try board.dial("sup2", from: "306")
        #expect(snoops(Array(board.commands.dropFirst(before))).isEmpty, "it is held back")
        #expect(try timer(unhooking) == timer(board.commands))
        let fading = board.on(.channelLeft(first))
        let question = try #require(
            fading.compactMap { if case .findHooks(_, let id, [first]) = $0 { id } else { nil } }.first
        )
        #expect(board.on(.hooksAnswered("agent", question, areGone: false)).isEmpty)
        let released = board.on(.hooksAnswered("agent", question, areGone: true))
        #expect(snoops(released).count == 1)
        #expect(released.contains { if case .request(_, _, .findTargets, _) = $0 { true } else { false } })
    }

    @Test func `a supervisor who hangs up while their snoop is held back leaves nothing`() throws {
        var board = Switchboard()
        try board.dial("sup1", from: "305")
        try board.answer(.done, \.isCreateSnoop)
        board.on(.subscribed(.channel("agent"), .done))
        board.on(.partnersChanged("agent", ["PJSIP/202-2"], isComplete: true))
        try board.dial("sup2", from: "306")
        board.on(.channelLeft("sup2"))
        try board.answer(.done, \.isCreateBridge)
        #expect(board.states().first == "reattaching")
        #expect(!snoops(board.commands).contains { $0.rawValue.hasPrefix("earshot-test-2-") })
    }

    @Test func `without events sessions end after a time, unless Asterisk has told by then what was missed`() throws {
        var board = Switchboard()
        try board.dial("sup", from: "305")
        let limit = RegistryCommand.startTimer(.outage(Self.one), after: .seconds(60))
        #expect(board.on(.disconnected) == [limit])
        #expect(board.on(.disconnected).isEmpty, "it is told with every attempt that fails")
        var back = board
        #expect(!back.on(.connected).contains(.cancelTimer(.outage(Self.one))), "nobody knows yet what was missed")
        var compared = back
        let there = ComparisonFindings(channels: ["sup"], bridges: [:], endpoints: [])
        let known = compared.on(.compared(compared.registry.expectation(of: Self.one), there))
        #expect(known.contains(.cancelTimer(.outage(Self.one))))
        #expect(compared.expire(.outage(Self.one)).isEmpty, "it expired while it was being cancelled")
        for var lost in [board, back] {
            #expect(lost.expire(.outage(Self.one)).contains(limit))
            #expect(lost.facts.last == .refused(.asteriskRefused))
            #expect(lost.states() == ["explaining"])
        }
    }

    @Test func `an answer to an earlier session's question says nothing about the next one's`() throws {
        var board = Switchboard()
        func questions(_ board: Switchboard) -> [CommandID] {
            board.commands.compactMap { if case .findPartners(_, let id, _) = $0 { id } else { nil } }
        }
        try board.dial("sup1", from: "305")
        board.on(.subscribed(.channel("agent"), .done))
        let old = try #require(questions(board).last)
        let fading = board.on(.channelLeft("sup1"))
        try board.answer(.failed(.gone), \.isCreateSnoop)
        _ = fading
        while !board.registry.legs.isEmpty { _ = board.expire(try timer(board.commands)) }
        board.on(.unsubscribed(.channel("agent"), isCertain: true))
        try board.dial("sup2", from: "306")
        board.on(.subscribed(.channel("agent"), .done))
        let new = try #require(questions(board).last)
        #expect(old != new)
        board.on(.partnersAnswered("agent", old, .found([Partner(name: "PJSIP/201-1")])))
        board.on(.partnersAnswered("agent", new, .found([Partner(name: "PJSIP/110-1", isProtected: true)])))
        #expect(board.states().last == "explaining")
    }

    @Test func `a session that waits for hooks to go looks again when the partner changes meanwhile`() throws {
        var board = Switchboard()
        try board.dial("sup1", from: "305")
        try board.answer(.done, \.isCreateSnoop)
        board.on(.subscribed(.channel("agent"), .done))
        board.on(.channelLeft("sup1"))
        try board.dial("sup2", from: "306")
        let commands = board.on(.partnersChanged("agent", ["PJSIP/110-1"], isComplete: true))
        #expect(snoops(commands).isEmpty)
        #expect(board.states().last == "reattaching")
        board.on(.channelLeft("earshot-test-1-1-sn"))
        let looking = board.expire(try timer(board.commands))
        #expect(snoops(looking).isEmpty)
        #expect(looking.contains { if case .request(_, _, .findTargets, _) = $0 { true } else { false } })
    }

    @Test func `Asterisk is asked to tell when it can: with the next connection`() throws {
        var board = Switchboard()
        board.on(.disconnected)
        try board.dial("sup", from: "305")
        let subscription = RegistryCommand.subscribe(.channel("agent"), Self.one)
        #expect(!board.commands.contains(subscription))
        #expect(board.on(.connected).contains(subscription))
    }

    @Test func `there are as many sessions as there may be, in all and of each supervisor`() throws {
        var board = Switchboard(RegistryConfiguration(maximumSessions: 2, maximumSessionsOfSupervisor: 1))
        try board.dial("sup1", from: "305")
        try board.dial("sup2", from: "306")
        for (channel, user, refusal) in [("sup3", "307", Refusal.noCapacity), ("sup4", "305", .tooManySessions)] {
            let supervisor = Supervisor(
                leg: LegID(node: Self.one, channel: ChannelID(channel)),
                endpoint: EndpointName(technology: "PJSIP", resource: user),
                dialled: "*91101"
            )
            board.on(.supervisorArrived(Arrival(supervisor)))
            #expect(board.facts.contains(.refused(refusal)))
        }
    }

    // MARK: - Overload

    private func arrival(_ number: Int, found: FoundMark? = nil) -> RegistryInput {
        let supervisor = Supervisor(
            leg: LegID(node: Self.one, channel: ChannelID("sup\(number)")),
            endpoint: EndpointName(technology: "PJSIP", resource: "\(number)"),
            dialled: "*91101"
        )
        return .supervisorArrived(Arrival(supervisor, found: found))
    }

    @Test func `while Asterisk has too much to answer, whoever dials is refused, and those before them are not`() throws
    {
        var board = Switchboard(RegistryConfiguration(maximumSessions: 10_000))
        var number = 0
        while board.registry.unansweredCount < SessionRegistry.mostUnanswered {
            number += 1
            board.on(arrival(number))
        }
        #expect(!board.facts.contains(.refused(.asteriskOverloaded)))
        board.on(arrival(number + 1))
        #expect(board.facts.count { $0 == .refused(.asteriskOverloaded) } == 1)
        // Whoever was in a session before goes on.
        board.on(arrival(number + 2, found: .nothing))
        #expect(board.facts.count { $0 == .refused(.asteriskOverloaded) } == 1)
        // As soon as enough is answered, there is a place again.
        for gone in 1...number + 2 { board.on(.channelGone(ChannelID("sup\(gone)"))) }
        while board.registry.unansweredCount >= SessionRegistry.mostUnanswered {
            try board.answer(.failed(.gone)) { $0 == .readSettings }
        }
        board.on(arrival(number + 3))
        #expect(board.facts.count { $0 == .refused(.asteriskOverloaded) } == 1)
    }

    @Test func `every request is answered once, and then none is open`() throws {
        var board = Switchboard()
        try board.dial("sup1", from: "305")
        #expect(board.registry.unansweredCount > 0)
        var rounds = 0
        // Whatever is asked for fails, until nothing is asked for any more.
        while let index = board.commands.firstIndex(where: \.isAnswered) {
            rounds += 1
            try #require(rounds < 1000)
            switch board.commands.remove(at: index) {
            case .request(let session, let id, let request, let supervisor):
                board.on(.answered(session, id, request, .failed(.gone)), from: supervisor.node)
            case .findPartners(let leg, let id, _):
                board.on(.partnersAnswered(leg.channel, id, .failed(.gone)), from: leg.node)
            case .subscribe(let source, let node): board.on(.subscribed(source, .done), from: node)
            case .unsubscribe(let source, let node): board.on(.unsubscribed(source, isCertain: true), from: node)
            default: Issue.record("nothing answers it")
            }
        }
        #expect(board.registry.unansweredCount == 0)
    }
}

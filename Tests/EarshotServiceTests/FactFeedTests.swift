import Monitoring
import Testing

@testable import EarshotService

/// Facts reach every subscriber, and one who is slow misses some, and holds nobody up.
@Suite struct FactFeedTests {
    private struct Nobody: FactSubscriber {
        let name: String
        func receive(_ facts: AsyncStream<SessionFact>) async {}
    }

    private static func fact(_ number: Int) -> SessionFact {
        var registry = SessionRegistry(RegistryConfiguration(), instance: "test")
        let supervisor = Supervisor(
            leg: LegID(node: NodeID("pbx"), channel: ChannelID("\(number)")),
            endpoint: nil,
            dialled: "*91101"
        )
        let commands = registry.handle(
            .supervisorArrived(Arrival(supervisor)),
            from: supervisor.node,
            at: .seconds(number)
        )
        return commands.compactMap { if case .publish(let fact) = $0 { fact } else { nil } }[0]
    }

    @Test func `a subscriber who is too far behind misses facts, which is told, and the others do not`() async {
        let (feed, queues) = FactFeed.make(for: [Nobody(name: "log"), Nobody(name: "slow")])
        var quick = queues[0].makeAsyncIterator()
        for number in 0..<FactFeed.limit {
            #expect(feed.publish(Self.fact(number)).isEmpty)
            #expect(await quick.next()?.time == .seconds(number))
        }
        #expect(feed.publish(Self.fact(FactFeed.limit)) == ["slow"])
        #expect(await quick.next()?.time == .seconds(FactFeed.limit))
        feed.finish()
        #expect(await quick.next() == nil)
        var received = 0
        for await _ in queues[1] { received += 1 }
        #expect(received == FactFeed.limit)
    }
}

/// What must happen in the order in which it was asked for.
@Suite struct JobOrderTests {
    private static func job(_ request: SessionRequest, _ channel: ChannelID = ChannelID("sup")) -> NodeJob {
        let leg = LegID(node: NodeID("pbx"), channel: channel)
        let supervisor = Supervisor(leg: leg, endpoint: nil, dialled: "*91101")
        return .request(SessionID(instance: "test", number: 1), CommandID(1), request, supervisor)
    }

    private func bridge(_ job: NodeJob?) -> BridgeID? {
        switch job {
        case .request(_, _, .join(let bridge, _, _), _), .request(_, _, .leave(let bridge), _): bridge
        default: nil
        }
    }

    @Test func `a supervisor is brought from bridge to bridge one request after the other`() {
        var order = JobOrder()
        let jobs = [
            SessionRequest.join(BridgeID("one"), ChannelID("sup"), isMuted: true),
            .join(BridgeID("two"), ChannelID("sup"), isMuted: false),
            .leave(BridgeID("two")),
        ].map { Self.job($0) }
        #expect(jobs.map { order.begin($0) } == [true, false, false])
        let other = Self.job(
            .join(BridgeID("three"), ChannelID("other"), isMuted: true),
            ChannelID("other")
        )
        #expect(order.begin(other) == true, "another supervisor waits for nobody")
        #expect(order.begin(Self.job(.removeBridge(BridgeID("one")))) == true)
        let snoop = Self.job(.join(BridgeID("two"), ChannelID("snoop"), isMuted: false))
        #expect(order.begin(snoop) == true, "no supervisor waits for a snoop")
        #expect(bridge(order.finished(jobs[0])) == BridgeID("two"))
        #expect(bridge(order.finished(jobs[1])) == BridgeID("two"))
        #expect(order.finished(jobs[2]) == nil)
        #expect(order.begin(jobs[0]) == true, "nothing is under way any more")
    }
}

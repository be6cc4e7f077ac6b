import Monitoring
import Testing

/// Subscriptions are counted over all sessions: one for as long as somebody waits.
@Suite struct WatchListTests {
    static let agent = WatchedSource.endpoint(EndpointName(technology: "PJSIP", resource: "101"))
    static let soft = WatchedSource.endpoint(EndpointName(technology: "PJSIP", resource: "101-soft"))

    static func session(_ number: Int) -> WatchList.Watcher {
        .session(SessionID(instance: "test", number: number))
    }
    static func command(_ number: Int) -> CommandID { CommandID(number) }

    @Test func `Asterisk is asked once, however many wait, and each is told`() {
        var list = WatchList()
        #expect(list.watch([Self.agent], for: Self.session(1), Self.command(7)) == [.subscribe(Self.agent)])
        #expect(list.watch([Self.agent], for: Self.session(2), Self.command(8)) == [])
        #expect(
            list.subscribed(to: Self.agent, .done) == [
                .answer(Self.session(1), Self.command(7), .done),
                .answer(Self.session(2), Self.command(8), .done),
            ]
        )
        #expect(
            list.watch([Self.agent], for: Self.session(3), Self.command(9)) == [
                .answer(Self.session(3), Self.command(9), .done)
            ]
        )
        #expect(list.watchers(of: Self.agent).count == 3)
    }

    @Test func `the last one's leaving takes the subscription back`() {
        var list = WatchList()
        _ = list.watch([Self.agent], for: Self.session(1), Self.command(1))
        _ = list.watch([Self.agent], for: Self.session(2), Self.command(1))
        _ = list.subscribed(to: Self.agent, .done)
        #expect(list.unwatch(Self.session(1)) == [])
        #expect(list.unwatch(Self.session(2)) == [.unsubscribe(Self.agent)])
        #expect(list.unsubscribed(from: Self.agent) == [])
        #expect(list.watchers(of: Self.agent).isEmpty)
    }

    @Test func `no request overtakes another one of the same endpoint`() {
        var list = WatchList()
        _ = list.watch([Self.agent], for: Self.session(1), Self.command(1))
        // They leave before Asterisk has answered; the end comes after the answer.
        #expect(list.unwatch(Self.session(1)) == [.answer(Self.session(1), Self.command(1), .failed(.gone))])
        #expect(list.subscribed(to: Self.agent, .done) == [.unsubscribe(Self.agent)])
        // And the next one's beginning comes after that.
        #expect(list.watch([Self.agent], for: Self.session(2), Self.command(2)) == [])
        #expect(list.unsubscribed(from: Self.agent) == [.subscribe(Self.agent)])
        #expect(
            list.subscribed(to: Self.agent, .done) == [.answer(Self.session(2), Self.command(2), .done)]
        )
    }

    @Test func `of several devices those that exist are enough`() {
        var list = WatchList()
        #expect(
            list.watch([Self.agent, Self.soft], for: Self.session(1), Self.command(1)) == [
                .subscribe(Self.agent), .subscribe(Self.soft),
            ]
        )
        #expect(list.subscribed(to: Self.soft, .unknownSource) == [])
        #expect(
            list.subscribed(to: Self.agent, .done) == [.answer(Self.session(1), Self.command(1), .done)]
        )
        #expect(list.unwatch(Self.session(1)) == [.unsubscribe(Self.agent)])
    }

    @Test func `without any the session is told that nobody will tell it`() {
        var list = WatchList()
        _ = list.watch([Self.agent], for: Self.session(1), Self.command(1))
        #expect(
            list.subscribed(to: Self.agent, .unknownSource) == [
                .answer(Self.session(1), Self.command(1), .failed(.gone))
            ]
        )
    }

    @Test func `a subscription of which nobody knows is taken back`() {
        var list = WatchList()
        _ = list.watch([Self.agent], for: Self.session(1), Self.command(1))
        #expect(
            list.subscribed(to: Self.agent, .unclear) == [
                .unsubscribe(Self.agent), .answer(Self.session(1), Self.command(1), .failed(.unknown)),
            ]
        )
        #expect(list.watchers(of: Self.agent).isEmpty)
    }

    @Test func `who was told that it is watched stays so when asking again fails`() {
        var list = WatchList()
        _ = list.watch([Self.agent], for: Self.session(1), Self.command(1))
        _ = list.subscribed(to: Self.agent, .done)
        #expect(list.compare(expecting: list.subscriptions, with: []) == [.subscribe(Self.agent)])
        #expect(list.subscribed(to: Self.agent, .unclear) == [.unsubscribe(Self.agent)])
        #expect(list.unsubscribed(from: Self.agent) == [.subscribe(Self.agent)])
        #expect(list.watchers(of: Self.agent) == [Self.session(1)])
        // What happened meanwhile nobody told.
        #expect(list.subscribed(to: Self.agent, .done) == [.renewed(Self.session(1))])
    }

    @Test func `another extension takes the first one's place`() {
        var list = WatchList()
        _ = list.watch([Self.agent], for: Self.session(1), Self.command(1))
        _ = list.subscribed(to: Self.agent, .done)
        #expect(
            list.watch([Self.soft], for: Self.session(1), Self.command(2)) == [
                .unsubscribe(Self.agent), .subscribe(Self.soft),
            ]
        )
    }

    @Test func `comparing takes back what nobody needs and asks for what is missing`() {
        var list = WatchList()
        _ = list.watch([Self.agent], for: Self.session(1), Self.command(1))
        _ = list.subscribed(to: Self.agent, .done)
        #expect(
            list.compare(expecting: [Self.agent], with: [Self.soft]) == [
                .unsubscribe(Self.soft), .subscribe(Self.agent),
            ]
        )
        #expect(list.subscribed(to: Self.agent, .done) == [.renewed(Self.session(1))])
        #expect(list.compare(expecting: [Self.agent], with: [Self.agent]) == [])
    }

    @Test func `what was subscribed to while Asterisk was asked is not missing`() {
        var list = WatchList()
        let expected = list.subscriptions
        _ = list.watch([Self.agent], for: Self.session(1), Self.command(1))
        _ = list.subscribed(to: Self.agent, .done)
        #expect(list.compare(expecting: expected, with: []) == [])
    }

    @Test func `a channel that nobody watches is left alone`() {
        var list = WatchList()
        #expect(list.compare(expecting: [], with: [.channel(ChannelID("supervisor"))]) == [])
    }
}

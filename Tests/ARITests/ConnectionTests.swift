import ARI
import ARITestSupport
import Testing

/// The connection of events proves itself, and comes back when it breaks.
@Suite(.timeLimit(.minutes(1)))
struct ConnectionTests {
    // MARK: - Proof of life

    @Test func `connected is reported once the echo has come back`() async throws {
        let harness = ConnectionHarness()
        try await harness.run { updates in
            #expect(await updates.next() == "connected 1")
        }
        let asked = await harness.asterisk.exchanges.map(\.request.path)
        #expect(asked == [["events", "user", "earshot-echo-7"]])
    }

    @Test func `events that overtake the echo are delivered behind connected, in order`() async throws {
        let asterisk = InMemoryAsterisk(AsteriskWorld(extensions: ["300"]))
        let harness = ConnectionHarness(asterisk)
        await asterisk.inject(.holdRequest, into: "events.userEvent")
        try await harness.run { updates in
            try await asterisk.untilAsked("events.userEvent")
            await asterisk.change { world in
                let supervisor = world.dial(from: "300", "*91101")
                world.hangUp(supervisor)
            }
            await asterisk.release()
            #expect(await updates.next() == "connected 1")
            #expect(await updates.next() == "event StasisStart")
            #expect(await updates.next() == "event unknown")
            #expect(await updates.next() == "event StasisEnd")
        }
    }

    @Test func `an application that Asterisk registers late is asked for its echo again`() async throws {
        let harness = ConnectionHarness()
        await harness.asterisk.inject(.registerAfter(2))
        try await harness.run { updates in
            for wait in [50, 100] {
                try await harness.clock.waitForSleepers()
                harness.clock.advance(by: .milliseconds(wait))
            }
            #expect(await updates.next() == "connected 1")
        }
        #expect(await harness.asterisk.exchanges.map(\.status) == [404, 404, 204])
    }

    @Test func `an open WebSocket without events is given up and made anew`() async throws {
        let harness = ConnectionHarness()
        await harness.asterisk.inject(.neverActive)
        try await harness.run { updates in
            for wait in [50, 100, 200, 400, 800, 1450] {
                try await harness.clock.waitForSleepers()
                harness.clock.advance(by: .milliseconds(wait))
            }
            #expect(await updates.next() == "disconnected not_active, was not connected, retry in 100 ms")
            try await harness.clock.waitForSleepers()
            harness.clock.advance(by: .milliseconds(100))
            #expect(await updates.next() == "connected 1")
        }
    }

    @Test func `an echo that comes twice is no event`() async throws {
        let asterisk = InMemoryAsterisk(AsteriskWorld(extensions: ["300"]))
        try await ConnectionHarness(asterisk).run { updates in
            #expect(await updates.next() == "connected 1")
            await asterisk.repeatLastEvent("ChannelUserevent")
            await asterisk.change { _ = $0.dial(from: "300", "*91101") }
            #expect(await updates.next() == "event StasisStart")
        }
    }

    @Test func `a user event of somebody else is an event`() async throws {
        let harness = ConnectionHarness()
        try await harness.run { updates in
            #expect(await updates.next() == "connected 1")
            try await ARIClient(transport: harness.asterisk).emitUserEvent("hello", application: "earshot")
            #expect(await updates.next() == "event ChannelUserevent")
        }
    }

    @Test func `a user who may only read is told so, and asked again slowly`() async throws {
        let harness = ConnectionHarness()
        await harness.asterisk.inject(.answer(status: 403, body: #"{"message":"Write access denied"}"#))
        try await harness.run { updates in
            #expect(await updates.next() == "disconnected forbidden, was not connected, retry in 15000 ms")
            try await harness.clock.waitForSleepers()
            harness.clock.advance(by: .seconds(15))
            #expect(await updates.next() == "connected 1")
        }
    }

    @Test func `a connection that breaks before the echo was never connected`() async throws {
        let harness = ConnectionHarness()
        await harness.asterisk.inject(.holdRequest, into: "events.userEvent")
        try await harness.run { updates in
            try await harness.asterisk.untilAsked("events.userEvent")
            await harness.asterisk.dropConnection(with: ARITransportError(.connectionLost, "reset"))
            #expect(await updates.next() == "disconnected connection_lost, was not connected, retry in 100 ms")
        }
    }

    @Test func `a connection on which nothing comes any more is given up within five seconds`() async throws {
        let harness = ConnectionHarness()
        try await harness.run { updates in
            #expect(await updates.next() == "connected 1")
            await harness.asterisk.holdEvents()
            for look in 1...8 {
                try await harness.clock.waitForSleepers()
                harness.clock.advance(by: .milliseconds(500))
                // Once to begin with, then at each look from two seconds on.
                if (4...7).contains(look) { try await harness.asterisk.untilAsked("events.userEvent", times: look - 2) }
            }
            #expect(await updates.next() == "disconnected not_active, was connected, retry in 100 ms")
        }
    }

    @Test func `a quiet connection whose echo comes is kept`() async throws {
        let asterisk = InMemoryAsterisk(AsteriskWorld(extensions: ["300"]))
        var harness = ConnectionHarness(asterisk)
        harness.policy = ReconnectPolicy(jitter: 0, looksUntilLost: 20)
        try await harness.run { updates in
            #expect(await updates.next() == "connected 1")
            for _ in 1...100 {
                try await harness.clock.waitForSleepers()
                harness.clock.advance(by: .milliseconds(500))
            }
            await asterisk.change { _ = $0.dial(from: "300", "*91101") }
            #expect(await updates.next() == "event StasisStart")
        }
        #expect(await asterisk.exchanges.count > 2)
    }

    @Test func `requests for the echo that fail do no harm while events come`() async throws {
        let asterisk = InMemoryAsterisk(AsteriskWorld(extensions: ["300"]))
        let harness = ConnectionHarness(asterisk)
        try await harness.run { updates in
            #expect(await updates.next() == "connected 1")
            let failed = RequestFault.Action.answer(status: 500, body: "{}")
            for _ in 1...3 { await asterisk.inject(failed, into: "events.userEvent") }
            for look in 1...7 {
                try await harness.clock.waitForSleepers()
                harness.clock.advance(by: .milliseconds(500))
                if look >= 4 { try await asterisk.untilAsked("events.userEvent", times: look - 2) }
            }
            await asterisk.change { _ = $0.dial(from: "300", "*91101") }
            #expect(await updates.next() == "event StasisStart")
        }
    }

    @Test func `a connection is not given up for a receiver that takes its time`() async throws {
        let asterisk = InMemoryAsterisk(AsteriskWorld(extensions: ["300"]))
        let harness = ConnectionHarness(asterisk)
        let (gate, opener) = AsyncStream<Never>.makeStream()
        let (news, feed) = AsyncStream<String>.makeStream()
        let connection = harness.connection()
        try await withThrowingTaskGroup { group in
            group.addTask {
                try await connection.run { updates in
                    for update in updates {
                        switch update {
                        case .connected: feed.yield("connected")
                        case .event(let event):
                            feed.yield(event.metricLabel)
                            for await _ in gate {}
                        case .disconnected: feed.yield("disconnected")
                        }
                    }
                }
            }
            var updates = news.makeAsyncIterator()
            #expect(await updates.next() == "connected")
            await asterisk.change { $0.hangUp($0.dial(from: "300", "*91101")) }
            #expect(await updates.next() == "StasisStart")
            for _ in 1...20 {
                try await harness.clock.waitForSleepers()
                harness.clock.advance(by: .milliseconds(500))
            }
            opener.finish()
            #expect(await updates.next() == "unknown")
            group.cancelAll()
        }
    }

    // MARK: - Coming back

    @Test(arguments: [
        (ARITransportError(.connectionLost, "reset"), "connection_lost"),
        (ARITransportError(.overflowed, "too fast"), "overflowed"),
        (nil, "connection_closed"),
    ])
    func `a lost connection is told with its cause and made again`(error: ARITransportError?, code: String) async throws
    {
        let harness = ConnectionHarness()
        try await harness.run { updates in
            #expect(await updates.next() == "connected 1")
            await harness.asterisk.dropConnection(with: error)
            #expect(await updates.next() == "disconnected \(code), was connected, retry in 100 ms")
            try await harness.clock.waitForSleepers()
            harness.clock.advance(by: .milliseconds(100))
            #expect(await updates.next() == "connected 2")
        }
    }

    @Test func `waits double up to the longest one`() async throws {
        let harness = ConnectionHarness()
        let refused = ConnectionFault.refuse(ARITransportError(.connectionFailed, "refused"))
        for _ in 1...8 { await harness.asterisk.inject(refused) }
        try await harness.run { updates in
            for wait in [100, 200, 400, 800, 1600, 3200, 5000, 5000] {
                #expect(
                    await updates.next() == "disconnected connection_failed, was not connected, retry in \(wait) ms"
                )
                try await harness.clock.waitForSleepers()
                harness.clock.advance(by: .milliseconds(wait))
            }
            #expect(await updates.next() == "connected 1")
        }
    }

    @Test func `a connection that breaks at once does not begin the waits anew`() async throws {
        let harness = ConnectionHarness()
        try await harness.run { updates in
            for (number, wait) in [(1, 100), (2, 200), (3, 400)] {
                #expect(await updates.next() == "connected \(number)")
                await harness.asterisk.dropConnection()
                #expect(await updates.next() == "disconnected connection_closed, was connected, retry in \(wait) ms")
                try await harness.clock.waitForSleepers()
                harness.clock.advance(by: .milliseconds(wait))
            }
        }
    }

    @Test func `a connection that lived begins the waits anew`() async throws {
        let harness = ConnectionHarness()
        try await harness.run { updates in
            for number in 1...3 {
                #expect(await updates.next() == "connected \(number)")
                harness.clock.advance(by: .seconds(5))
                await harness.asterisk.dropConnection()
                #expect(await updates.next() == "disconnected connection_closed, was connected, retry in 100 ms")
                try await harness.clock.waitForSleepers()
                harness.clock.advance(by: .milliseconds(100))
            }
        }
    }

    @Test func `a wrong password is told each time and never given up`() async throws {
        let harness = ConnectionHarness()
        let refused = ConnectionFault.refuse(ARITransportError(.upgradeRefused(status: 401), "no"))
        await harness.asterisk.inject(refused, refused, refused)
        try await harness.run { updates in
            for _ in 1...3 {
                #expect(await updates.next() == "disconnected unauthorized, was not connected, retry in 15000 ms")
                try await harness.clock.waitForSleepers()
                harness.clock.advance(by: .seconds(15))
            }
            #expect(await updates.next() == "connected 1")
        }
    }

    @Test func `chance shortens a wait by the jitter at most`() async throws {
        var harness = ConnectionHarness()
        harness.policy = ReconnectPolicy(jitter: 0.2)
        harness.random = { .max }
        await harness.asterisk.inject(.refuse(ARITransportError(.connectionFailed, "refused")))
        try await harness.run { updates in
            #expect(await updates.next() == "disconnected connection_failed, was not connected, retry in 80 ms")
        }
    }

    // MARK: - The end

    @Test func `when another process takes the name, it ends and does not come back`() async throws {
        let harness = ConnectionHarness()
        let error = try await harness.run { updates in
            #expect(await updates.next() == "connected 1")
            await harness.asterisk.change { $0.connect("earshot") }
            #expect(await updates.next() == "disconnected replaced, was connected, no retry")
            #expect(await updates.next() == "over")
        }
        #expect(error?.code == .replaced)
        #expect(await harness.asterisk.connectionAttempts == 1)
    }

    @Test func `an attempt that was given up and comes through after all is no other process`() async throws {
        let harness = ConnectionHarness()
        await harness.asterisk.inject(.refuse(ARITransportError(.connectionFailed, "no answer")))
        let error = try await harness.run { updates in
            #expect(await updates.next() == "disconnected connection_failed, was not connected, retry in 100 ms")
            try await harness.clock.waitForSleepers()
            harness.clock.advance(by: .milliseconds(100))
            #expect(await updates.next() == "connected 1")
            await harness.asterisk.change { $0.connect("earshot") }
            #expect(await updates.next() == "disconnected replaced, was connected, retry in 200 ms")
            try await harness.clock.waitForSleepers()
            harness.clock.advance(by: .milliseconds(200))
            #expect(await updates.next() == "connected 2")
            await harness.asterisk.change { $0.connect("earshot") }
            #expect(await updates.next() == "disconnected replaced, was connected, no retry")
        }
        #expect(error?.code == .replaced)
    }

    @Test func `a connection that has lived is replaced by another process alone, whatever was before it`() async throws
    {
        let harness = ConnectionHarness()
        await harness.asterisk.inject(.refuse(ARITransportError(.connectionFailed, "refused")))
        let error = try await harness.run { updates in
            _ = await updates.next()
            try await harness.clock.waitForSleepers()
            harness.clock.advance(by: .milliseconds(100))
            #expect(await updates.next() == "connected 1")
            harness.clock.advance(by: .seconds(5))
            await harness.asterisk.change { $0.connect("earshot") }
            #expect(await updates.next() == "disconnected replaced, was connected, no retry")
        }
        #expect(error?.code == .replaced)
    }

    @Test func `another application that is replaced is none of our business`() async throws {
        let asterisk = InMemoryAsterisk(AsteriskWorld(extensions: ["300"]))
        try await ConnectionHarness(asterisk).run { updates in
            #expect(await updates.next() == "connected 1")
            await asterisk.deliver(Array(#"{"type":"ApplicationReplaced","application":"other"}"#.utf8), to: "earshot")
            #expect(await updates.next() == "event ApplicationReplaced")
            await asterisk.change { _ = $0.dial(from: "300", "*91101") }
            #expect(await updates.next() == "event StasisStart")
        }
    }

    @Test func `cancelling ends it while it is connected, and leaves no connection`() async throws {
        let harness = ConnectionHarness()
        let error = try await harness.run { updates in
            #expect(await updates.next() == "connected 1")
        }
        #expect(error == nil)
        #expect(await harness.asterisk.current.isConnected("earshot") == false)
    }

    @Test func `cancelling ends it while it waits for the next attempt`() async throws {
        let harness = ConnectionHarness()
        await harness.asterisk.inject(.refuse(ARITransportError(.connectionFailed, "refused")))
        let error = try await harness.run { updates in
            _ = await updates.next()
            try await harness.clock.waitForSleepers()
        }
        #expect(error == nil)
    }

    @Test func `cancelling ends it while it waits for the echo`() async throws {
        let harness = ConnectionHarness()
        await harness.asterisk.inject(.neverActive)
        let error = try await harness.run { _ in
            try await harness.clock.waitForSleepers()
        }
        #expect(error == nil)
    }
}

extension ARITransportError: CustomTestStringConvertible {
    public var testDescription: String { detail }
}

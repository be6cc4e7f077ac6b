import Foundation
import Glibc
import Testing

@testable import LabSupport

/// Each fault does what it says, between a client and a tiny server.
@Suite(.timeLimit(.minutes(1)))
struct FaultyRoadTests {
    private static let answer = RequestPattern(method: "GET", path: "/channels/*/answer")

    private func withRoad(_ body: (FaultyRoad, TinyServer) async throws -> Void) async throws {
        let server = try TinyServer()
        let road = try FaultyRoad(toPort: server.port, path: "/ari")
        defer {
            road.stop()
            server.stop()
        }
        try await body(road, server)
    }

    /// One request on a connection of its own.
    private func ask(_ path: String, _ road: FaultyRoad) async throws -> Caller.Received {
        let caller = try Caller(port: road.port)
        try caller.ask(path)
        return try await caller.receive()
    }

    // MARK: - Without a fault

    @Test(arguments: ["/ari/plain", "/ari/chunked", "/ari/empty", "/ari/until-the-end"])
    func `whatever form an answer has, it comes through byte by byte`(path: String) async throws {
        try await withRoad { road, server in
            let direct = try Caller(port: server.port)
            try direct.ask(path)
            let expected = try await direct.receive(within: .milliseconds(200)) { _ in false }
            let caller = try Caller(port: road.port)
            try caller.ask(path)
            let received = try await caller.receive(within: .milliseconds(500)) { $0 == expected.text }
            #expect(!expected.text.isEmpty)
            #expect(received.text == expected.text)
        }
    }

    @Test
    func `requests are carried one after the other on one connection, and counted by their kind`() async throws {
        try await withRoad { road, server in
            let caller = try Caller(port: road.port)
            for path in ["/channels/17.1/answer", "/endpoints/PJSIP/101?x=1", "/channels/PJSIP%2Fa/answer"] {
                try caller.ask("/ari" + path)
                #expect(try await caller.receive().status == 200)
            }
            let kinds = road.requests().map(\.pattern.description)
            #expect(kinds == ["GET /channels/*/answer", "GET /endpoints/PJSIP/*", "GET /channels/*/answer"])
            #expect(road.requests(from: 1).first?.query == "x=1")
            #expect(road.requestCount == 3)
            #expect(server.requests.count == 3)
        }
    }

    // MARK: - Answers

    @Test
    func `an answer is delayed, and the ones after it are not`() async throws {
        try await withRoad { road, _ in
            road.inject(.delayAnswer(.milliseconds(300)))
            let start = ContinuousClock.now
            let first = try await ask("/ari/plain", road)
            #expect(first.status == 200)
            let between = ContinuousClock.now
            #expect(between - start >= .milliseconds(300))
            let second = try await ask("/ari/plain", road)
            #expect(second.status == 200)
            #expect(ContinuousClock.now - between < .milliseconds(300))
        }
    }

    @Test
    func `an answer is lost after the server has acted`() async throws {
        try await withRoad { road, server in
            road.inject(.loseAnswer)
            let received = try await ask("/ari/plain", road)
            #expect(received.text.isEmpty)
            #expect(received.hasEnded)
            #expect(server.requests.count == 1)
        }
    }

    @Test
    func `an answer is cut in the middle`() async throws {
        try await withRoad { road, server in
            road.inject(.cutAnswer)
            let received = try await ask("/ari/plain", road)
            #expect(received.text.hasPrefix("HTTP/1.1 200"))
            #expect(!received.text.contains("hello"))
            #expect(received.hasEnded)
            #expect(server.requests.count == 1)
        }
    }

    @Test(arguments: [404, 409, 422, 500, 503])
    func `an answer is replaced after the server has acted, and refused without it`(status: Int) async throws {
        try await withRoad { road, server in
            road.inject(.replaceAnswer(status: status))
            road.inject(.refuse(status: status))
            let caller = try Caller(port: road.port)
            for acted in [1, 1, 2] {
                try caller.ask("/ari/channels/1.1/answer")
                let received = try await caller.receive { text in "o}>".contains(where: { text.last == $0 }) }
                #expect(received.status == (acted == 2 ? 200 : status))
                #expect(server.requests.count == acted)
            }
        }
    }

    @Test
    func `a request is lost`() async throws {
        try await withRoad { road, server in
            road.inject(.loseRequest)
            let answer = try await ask("/ari/plain", road)
            #expect(answer.hasEnded)
            #expect(server.requests.isEmpty)
        }
    }

    @Test
    func `a rule is for its own kind, lets some through, and ends after its times`() async throws {
        try await withRoad { road, _ in
            road.inject(.refuse(status: 500), into: Self.answer, after: 1, times: 2)
            var statuses: [Int] = []
            for path in ["/ari/plain"] + (1...4).map({ "/ari/channels/\($0).1/answer" }) + ["/ari/plain"] {
                statuses.append(try await ask(path, road).status)
            }
            #expect(statuses == [200, 200, 500, 500, 200, 200])
            #expect(road.faultCount == 2)
        }
    }

    // MARK: - The whole road

    @Test
    func `a frozen road answers nobody and ends nothing, and goes on when it is thawed`() async throws {
        try await withRoad { road, server in
            let early = try Caller(port: road.port)
            try early.ask("/ari/plain")
            #expect(try await early.receive().status == 200)
            road.freeze()
            let late = try Caller(port: road.port)
            for caller in [early, late] {
                try caller.ask("/ari/plain")
                let received = try await caller.receive(within: .milliseconds(200))
                #expect(received.text.isEmpty)
                #expect(!received.hasEnded)
            }
            #expect(server.requests.count == 1)
            road.thaw()
            for caller in [early, late] { #expect(try await caller.receive().status == 200) }
        }
    }

    @Test
    func `a road freezes at a request, which goes on when it is thawed`() async throws {
        try await withRoad { road, server in
            road.inject(.freezeRoad, into: Self.answer)
            let caller = try Caller(port: road.port)
            try caller.ask("/ari/channels/1.1/answer")
            #expect(try await caller.receive(within: .milliseconds(200)).text.isEmpty)
            #expect(server.requests.isEmpty)
            road.thaw()
            #expect(try await caller.receive().status == 200)
        }
    }

    @Test
    func `a client that has gone while the road was frozen is heard all the same`() async throws {
        try await withRoad { road, server in
            road.freeze()
            do {
                let caller = try Caller(port: road.port)
                try caller.ask("/ari/late")
            }
            road.thaw()
            try await waitUntil { !server.requests.isEmpty }
            #expect(server.requests == ["GET /ari/late"])
        }
    }

    @Test(arguments: [Fault.cutRoad, .closeRoad])
    func `all connections end at a request, and come about again or not`(fault: Fault) async throws {
        try await withRoad { road, server in
            let other = try Caller(port: road.port)
            try other.ask("/ari/plain")
            #expect(try await other.receive().status == 200)
            road.inject(fault)
            let lost = try await ask("/ari/plain", road)
            #expect(lost.hasEnded)
            #expect(try await other.receive().hasEnded)
            #expect(server.requests.count == 1)
            if fault == .closeRoad {
                // Until the thread has followed its own wish.
                road.close()
                #expect(throws: LabError.self) { try Caller(port: road.port) }
                road.open()
            }
            let answer = try await ask("/ari/plain", road)
            #expect(answer.status == 200)
        }
    }

    @Test
    func `a road is cut, closed, opened and stopped`() async throws {
        try await withRoad { road, _ in
            let caller = try Caller(port: road.port)
            try caller.ask("/ari/plain")
            #expect(try await caller.receive().status == 200)
            road.cut()
            #expect(try await caller.receive().hasEnded)
            road.close()
            #expect(throws: LabError.self) { try Caller(port: road.port) }
            road.open()
            let last = try Caller(port: road.port)
            try last.ask("/ari/plain")
            #expect(try await last.receive().status == 200)
            road.stop()
            #expect(try await last.receive().hasEnded)
            #expect(throws: LabError.self) { try Caller(port: road.port) }
        }
    }

    @Test
    func `mending a road forgets its faults and lets everything through`() async throws {
        try await withRoad { road, _ in
            road.inject(.refuse(status: 500), times: .max)
            road.freeze()
            road.close()
            road.mend()
            let answer = try await ask("/ari/plain", road)
            #expect(answer.status == 200)
        }
    }

    // MARK: - Events

    private static let events = "onetwo"

    /// The frames' texts: letters, where their heads have none.
    private static func texts(_ received: String) -> String {
        guard let end = received.range(of: "\r\n\r\n") else { return "" }
        return String(received[end.upperBound...]).filter(\.isLetter)
    }

    @Test
    func `frames of a WebSocket come through in order`() async throws {
        try await withRoad { road, _ in
            let caller = try Caller(port: road.port)
            try caller.ask("/ari/events")
            let received = try await caller.receive { Self.texts($0) == Self.events }
            #expect(received.status == 101)
            #expect(Self.texts(received.text) == Self.events)
        }
    }

    @Test
    func `frames are held back, and come together and in order`() async throws {
        try await withRoad { road, _ in
            road.holdEvents(for: .milliseconds(300))
            let caller = try Caller(port: road.port)
            let start = ContinuousClock.now
            try caller.ask("/ari/events")
            let upgrade = try await caller.receive(within: .milliseconds(150))
            #expect(upgrade.status == 101)
            #expect(Self.texts(upgrade.text).isEmpty)
            let frames = try await caller.receive { $0.hasSuffix("two") }
            #expect(frames.text.filter(\.isLetter) == Self.events)
            #expect(ContinuousClock.now - start >= .milliseconds(300))
        }
    }

    @Test
    func `frames that are held back come at once when that ends`() async throws {
        try await withRoad { road, _ in
            road.holdEvents(for: .seconds(60))
            let caller = try Caller(port: road.port)
            try caller.ask("/ari/events")
            #expect(try await caller.receive(within: .milliseconds(150)).status == 101)
            road.holdEvents(for: nil)
            let frames = try await caller.receive { $0.hasSuffix("two") }
            #expect(frames.text.filter(\.isLetter) == Self.events)
        }
    }

    // MARK: - Signals

    @Test(arguments: [false, true])
    func `a process is killed before the server is asked, or when it has acted`(isDone: Bool) async throws {
        try await withRoad { road, server in
            let process = try GuardedProcess(["sleep", "60"], folder: try makeTemporaryFolder())
            defer { process.end() }
            try await waitUntil { process.programID != nil }
            let id = try #require(process.programID)
            road.inject(.signal(SIGKILL, process: id, isDone: isDone), into: Self.answer)
            let caller = try Caller(port: road.port)
            try caller.ask("/ari/channels/1.1/answer")
            try await waitUntil { !process.isRunning }
            #expect(!process.isRunning)
            let received = try await caller.receive(within: .milliseconds(100))
            #expect(received.text.isEmpty)
            #expect(!received.hasEnded)
            #expect(server.requests.count == (isDone ? 1 : 0))
        }
    }
}

import Foundation
import LabSupport
import Testing

/// Two phones call each other directly. Needs baresip (scripts/setup installs it), no Asterisk.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct PhoneTests {
    private func pair(answering: PhoneSettings.Answering = .automatic) async throws -> (caller: Phone, called: Phone) {
        let caller = try await Phone.start(PhoneSettings(user: "caller", registrar: nil, tone: .client))
        let called = try await Phone.start(
            PhoneSettings(user: "called", registrar: nil, tone: .agent, answering: answering)
        )
        return (caller, called)
    }

    @Test
    func `each hears the other's tone and not its own`() async throws {
        let (caller, called) = try await pair()
        try await caller.dial(called.address)
        try await caller.waitFor(.established)
        try await called.waitToHear(.client)
        try await caller.waitToHear(.agent)
        async let atCaller = caller.listen(for: .milliseconds(500))
        async let atCalled = called.listen(for: .milliseconds(500))
        let (callerHeard, calledHeard) = try await (atCaller, atCalled)
        #expect(callerHeard.hears(.agent))
        #expect(callerHeard.isFree(of: .client))
        #expect(calledHeard.hears(.client))
        #expect(calledHeard.isFree(of: .agent))
        #expect(calledHeard.isFree(of: .supervisor))
        await caller.stop()
        await called.stop()
    }

    @Test
    func `hanging up reaches the other side, and a second call is heard in its own recording`() async throws {
        let (caller, called) = try await pair()
        for _ in 0..<2 {
            try await caller.dial(called.address)
            try await called.waitFor(.established)
            let mark = called.mark()
            try await called.waitToHear(.client, since: mark)
            let hungUp = try await caller.hangUp()
            let closed = try await called.waitFor(.closed)
            #expect(closed.at - hungUp < .seconds(1))
        }
        await caller.stop()
        await called.stop()
    }

    @Test
    func `a phone that does not answer rings until it is told to`() async throws {
        let (caller, called) = try await pair(answering: .manual)
        try await caller.dial(called.address)
        try await called.waitFor(.incoming)
        try await caller.waitFor(.ringing)
        #expect(!caller.history.contains { $0.name == .established })
        try await called.answer()
        try await caller.waitFor(.established)
        await caller.stop()
        await called.stop()
    }

    @Test
    func `a refused call fails the wait for its answer at once, and says why`() async throws {
        let (caller, called) = try await pair(answering: .manual)
        try await caller.dial(called.address)
        try await called.waitFor(.incoming)
        try await called.hangUp()
        let error = await #expect(throws: LabError.self) {
            try await caller.waitFor(.established, within: .seconds(20))
        }
        #expect(error?.description.contains("the call ended") == true)
        await caller.stop()
        await called.stop()
    }

    @Test
    func `keys arrive at the other side`() async throws {
        let (caller, called) = try await pair()
        try await caller.dial(called.address)
        try await caller.waitFor(.established)
        try await called.waitToHear(.client)
        try await caller.sendDTMF("5*#")
        for key in ["5", "*", "#"] {
            #expect(try await called.waitFor(.key).detail == key)
        }
        await caller.stop()
        await called.stop()
    }

    @Test
    func `a phone on hold says nothing, and speaks again afterwards`() async throws {
        let (caller, called) = try await pair()
        try await caller.dial(called.address)
        try await caller.waitFor(.established)
        try await called.waitToHear(.client)
        try await caller.hold()
        // What was under way may still arrive.
        _ = try await called.listen(for: .milliseconds(100))
        #expect(try await called.listen(for: .milliseconds(300)).isFree(of: .client))
        try await caller.resume()
        try await called.waitToHear(.client)
        try await caller.waitToHear(.agent)
        await caller.stop()
        await called.stop()
    }

    @Test
    func `of two calls one is on hold, each can be used, and the one that is left is resumed`() async throws {
        let (caller, called) = try await pair()
        let other = try await Phone.start(PhoneSettings(user: "other", registrar: nil, tone: .supervisor))
        try await caller.dial(called.address)
        try await caller.waitFor(.established)
        try await called.waitToHear(.client)
        try await caller.hold()
        try await caller.dial(other.address)
        try await caller.waitFor(.established)
        try await other.waitToHear(.client)
        try await caller.waitForCalls(2)
        try await caller.hold()
        try await caller.use(line: 1)
        try await caller.resume()
        try await called.waitToHear(.client)
        await #expect(throws: LabError.self) { try await caller.use(line: 3) }
        try await caller.hangUp()
        try await called.waitFor(.closed)
        let mark = other.mark()
        try await other.waitToHear(.client, since: mark)
        try await caller.waitForCalls(1)
        for phone in [caller, called, other] { await phone.stop() }
    }

    @Test
    func `a phone in wideband hears and is heard`() async throws {
        let caller = try await Phone.start(
            PhoneSettings(user: "caller", registrar: nil, tone: .supervisor, codecs: [.g722])
        )
        let called = try await Phone.start(
            PhoneSettings(user: "called", registrar: nil, tone: .agent, codecs: [.g722, .pcmu])
        )
        try await caller.dial(called.address)
        try await caller.waitToHear(.agent)
        try await called.waitToHear(.supervisor)
        async let atCaller = caller.listen(for: .milliseconds(500))
        async let atCalled = called.listen(for: .milliseconds(500))
        let (callerHeard, calledHeard) = try await (atCaller, atCalled)
        #expect(callerHeard.hears(.agent))
        #expect(callerHeard.isFree(of: .supervisor))
        #expect(calledHeard.hears(.supervisor))
        #expect(calledHeard.isFree(of: .agent))
        await caller.stop()
        await called.stop()
    }

    @Test
    func `a wait for what does not happen ends with the phone's last words`() async throws {
        let phone = try await Phone.start(PhoneSettings(user: "lonely", registrar: nil, tone: nil))
        let error = await #expect(throws: LabError.self) {
            try await phone.waitFor(.incoming, within: .milliseconds(50))
        }
        #expect(error?.description.contains("lonely") == true)
        #expect(error?.description.contains("baresip is ready") == true)
        await phone.stop()
    }

    @Test
    func `nothing is left of a stopped phone`() async throws {
        let phone = try await Phone.start(PhoneSettings(user: "gone", registrar: nil, tone: nil))
        let folder = phone.folder
        #expect(FileManager.default.fileExists(atPath: folder + "/config"))
        await phone.stop()
        #expect(!FileManager.default.fileExists(atPath: folder))
        await #expect(throws: LabError.self) { try await phone.dial(phone.address) }
    }
}

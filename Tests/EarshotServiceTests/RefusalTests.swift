import ARI
import ARITestSupport
import EarshotService
import Monitoring
import Testing

/// Somebody who may not monitor, or cannot.
struct RefusalCase: Sendable, CustomTestStringConvertible {
    var what: String
    var refusal: Refusal
    var code = "*91101"
    var supervisor = ["SPY_PERMISSION": "Barge"]
    var agent: [String: String] = [:]
    /// What the agent does.
    var agentsCall = AgentsCall.talks

    enum AgentsCall { case talks, rings, calls, listensToAnnouncement, none }

    var testDescription: String { what }

    static let all: [RefusalCase] = [
        RefusalCase(what: "no variable", refusal: .noPermission, supervisor: [:]),
        RefusalCase(what: "No permission", refusal: .noPermission, supervisor: ["SPY_PERMISSION": "No permission"]),
        RefusalCase(what: "unknown permission", refusal: .noPermission, supervisor: ["SPY_PERMISSION": "Everything"]),
        RefusalCase(
            what: "no permission, and the extension is unknown",
            refusal: .noPermission,
            code: "*91999",
            supervisor: [:]
        ),
        RefusalCase(
            what: "whisper with Listen",
            refusal: .modeAbovePermission,
            code: "*92101",
            supervisor: ["SPY_PERMISSION": "Listen"]
        ),
        RefusalCase(
            what: "barge with Whisper",
            refusal: .modeAbovePermission,
            code: "*93101",
            supervisor: ["SPY_PERMISSION": "whisper"]
        ),
        RefusalCase(
            what: "the supervisor is kept out",
            refusal: .monitoringDisabled,
            supervisor: ["SPY_PERMISSION": "Barge", "DISABLE_SPY": "yes"]
        ),
        RefusalCase(
            what: "DISABLE_SPY of the supervisor is not understood",
            refusal: .monitoringDisabled,
            supervisor: ["SPY_PERMISSION": "Barge", "DISABLE_SPY": "perhaps"]
        ),
        RefusalCase(what: "the agent is protected", refusal: .targetProtected, agent: ["DISABLE_SPY": "yes"]),
        RefusalCase(what: "their own extension", refusal: .ownExtension, code: "*91305"),
        RefusalCase(what: "an unknown extension", refusal: .unknownExtension, code: "*91999"),
        RefusalCase(what: "the beginning of an extension", refusal: .unknownExtension, code: "*9110"),
        RefusalCase(what: "more than an extension", refusal: .unknownExtension, code: "*911010"),
        RefusalCase(what: "an extension like a path", refusal: .notAnAgent, code: "*91.."),
        RefusalCase(what: "an idle extension", refusal: .nobodyTalking, agentsCall: .none),
        RefusalCase(what: "a ringing extension", refusal: .nobodyTalking, agentsCall: .rings),
        RefusalCase(what: "an extension that calls", refusal: .nobodyTalking, agentsCall: .calls),
        RefusalCase(what: "an announcement, with b", refusal: .nobodyTalking, agentsCall: .listensToAnnouncement),
        RefusalCase(what: "no extension", refusal: .badCode, code: "*91"),
        RefusalCase(what: "another prefix", refusal: .badCode, code: "*94101"),
        RefusalCase(what: "a slash", refusal: .badCode, code: "*91101/../102"),
        RefusalCase(what: "33 digits", refusal: .badCode, code: "*91" + String(repeating: "1", count: 33)),
    ]
}

@Suite(.timeLimit(.minutes(5)))
struct RefusalTests {
    @Test(arguments: RefusalCase.all)
    func `whoever is refused hears why, is told apart in the dialplan, and leaves`(refused: RefusalCase) async throws {
        try await Stage.run(.office(supervisor: refused.supervisor, agent: refused.agent)) { stage in
            let supervisor = await stage.asterisk.change { world in
                switch refused.agentsCall {
                case .talks: _ = world.placeCall(from: "200", to: "101")
                case .rings: _ = world.ring(from: "200", to: "101")
                case .calls: _ = world.ring(from: "101", to: "200")
                case .listensToAnnouncement: _ = world.listenToAnnouncement("101")
                case .none: break
                }
                return world.dial(from: "305", refused.code)
            }
            try await stage.untilEnded()
            #expect(await stage.prompts(of: supervisor) == [PromptBook().refusals[refused.refusal]])
            #expect(await stage.result(of: supervisor) == refused.refusal.word)
            #expect(await stage.asterisk.current.leg(supervisor) == nil)
            #expect(await stage.asterisk.current.snoopsMade == 0)
            #expect(stage.lines("supervisor refused").map { $0[.refusal] } == [refused.refusal.word])
            #expect(stage.clock.now.offset == .zero)
        }
    }

    @Test func `without b an announcement is heard`() async throws {
        try await Stage.run(.office(supervisor: ["SPY_PERMISSION": "Listen", "SPY_PARAMS": "ESs"])) { stage in
            let (agent, supervisor) = await stage.asterisk.change { world in
                (world.listenToAnnouncement("101"), world.dial(from: "305", "*91101"))
            }
            try await stage.until("the announcement is heard") { $0.isMonitoring(supervisor, agent) }
        }
    }

    @Test func `a supervisor who has no place hears so, and who leaves makes place`() async throws {
        var options = Stage.Options()
        options.configuration.registry.maximumSessions = 1
        try await Stage.run(.office(), options) { stage in
            let scene = try await stage.monitor()
            let second = await stage.asterisk.change { $0.dial(from: "305", "*91101") }
            try await stage.untilEnded()
            #expect(await stage.result(of: second) == "no_capacity")
            #expect(await stage.prompts(of: second) == [["sound:all-circuits-busy-now"]])
            #expect(await stage.asterisk.current.isMonitoring(scene.supervisor, scene.agent))
            await stage.hangUp(scene.supervisor)
            try await stage.untilEnded(sessions: 2)
            let third = await stage.asterisk.change { $0.dial(from: "305", "*91101") }
            try await stage.until("the third one is in the call") { $0.isMonitoring(third, scene.agent) }
        }
    }

    @Test func `who is told that there is no place takes none`() async throws {
        var options = Stage.Options()
        options.configuration.registry.maximumSessions = 1
        var world = AsteriskWorld.office()
        world.playbacksEndAtOnce = false
        world.addEndpoint("306", variables: ["SPY_PERMISSION": "Listen", "SPY_PARAMS": "qESsb"])
        try await Stage.run(world, options) { stage in
            let call = await stage.asterisk.change { $0.placeCall(from: "200", to: "101") }
            let first = await stage.asterisk.change { $0.dial(from: "306", "*91101") }
            await stage.settle()
            let refused = await stage.asterisk.change { $0.dial(from: "306", "*91101") }
            await stage.settle()
            await stage.hangUp(first)
            await stage.settle()
            #expect(await stage.asterisk.current.leg(refused) != nil, "they still hear the prompt")
            let third = await stage.asterisk.change { $0.dial(from: "306", "*91101") }
            // The audio hooks of the one who has just left go with the agent's next packets.
            try await stage.until("the third one is in the call") { $0.isMonitoring(third, call.callee) }
            #expect(stage.clock.now.offset == SessionConfiguration().unhookTime)
        }
    }

    @Test func `who dials in a loop costs two requests for each attempt too many, and keeps nobody out`() async throws {
        var world = AsteriskWorld.office(supervisor: [:])
        world.playbacksEndAtOnce = false
        world.addEndpoint("306", variables: ["SPY_PERMISSION": "Listen", "SPY_PARAMS": "qESsb"])
        try await Stage.run(world) { stage in
            let call = await stage.asterisk.change { $0.placeCall(from: "200", to: "101") }
            // Those who are being told why not.
            for _ in 1...4 { await stage.asterisk.change { _ = $0.dial(from: "305", "*91101") } }
            await stage.settle()
            let before = await stage.asterisk.exchanges.count
            for _ in 1...20 { await stage.asterisk.change { _ = $0.dial(from: "305", "*91101") } }
            await stage.settle()
            #expect(await stage.asterisk.exchanges.count - before == 40)
            #expect(stage.lines("supervisor refused").count { $0[.refusal] == "too_many_sessions" } == 20)
            let other = await stage.asterisk.change { $0.dial(from: "306", "*91101") }
            await stage.settle()
            #expect(await stage.asterisk.current.isMonitoring(other, call.callee))
        }
    }

    @Test func `whoever is refused hears tones when Asterisk does not have the prompt, and is released after them`()
        async throws
    {
        var world = AsteriskWorld.office(supervisor: [:])
        world.missingMedia = ["sound:feature-not-avail-line"]
        try await Stage.run(world) { stage in
            let scene = await stage.dial()
            await stage.settle()
            let tone = try #require(PromptBook().media(for: .tone(.refused)).first)
            #expect(await stage.asterisk.current.currentPlaybacks.map(\.mediaURI) == [tone])
            try await stage.untilEnded()
            #expect(await stage.result(of: scene.supervisor) == "no_permission")
            #expect(stage.clock.now.offset == SessionConfiguration.toneTime)
            let lines = stage.lines("prompt is missing in Asterisk")
            #expect(lines.count == 1 && lines.first?[.prompt] == "no_permission")
        }
    }

    @Test func `a prompt whose end gets lost does not keep the supervisor for ever`() async throws {
        var world = AsteriskWorld.office(supervisor: [:])
        world.playbacksEndAtOnce = false
        try await Stage.run(world) { stage in
            let scene = await stage.dial()
            try await stage.untilEnded()
            #expect(await stage.result(of: scene.supervisor) == "no_permission")
            #expect(stage.clock.now.offset == SessionConfiguration().promptTimeout)
        }
    }

    @Test func `every refusal has a prompt of Asterisk's core sounds`() {
        for refusal in Refusal.allCases {
            let media = PromptBook().media(for: .refusal(refusal))
            #expect(!media.isEmpty && media.allSatisfy { $0.hasPrefix("sound:") }, "\(refusal)")
        }
    }

    @Test func `chosen prompts replace the standard ones one by one`() {
        let book = PromptBook(refusals: [.badCode: ["sound:beep"]])
        #expect(book.media(for: .refusal(.badCode)) == ["sound:beep"])
        #expect(book.media(for: .refusal(.noCapacity)) == PromptBook().media(for: .refusal(.noCapacity)))
    }

    @Test(
        arguments: [
            ("101", "PJSIP", ["sound:beep", "sound:spy-sip", "digits:101"]),
            ("101", "IAX2", ["sound:beep", "sound:spy-iax2", "digits:101"]),
            ("sales", "Foo", ["sound:beep", "characters:Foo", "characters:sales"]),
            ("1a", nil, ["sound:beep", "characters:1a"]),
        ] as [(String, String?, [String])]
    )
    func `announcements say type and extension`(digits: String, technology: String?, media: [String]) throws {
        let target = try Extension(digits)
        #expect(PromptBook().media(for: .announcement(target, technology: technology)) == media)
    }
}

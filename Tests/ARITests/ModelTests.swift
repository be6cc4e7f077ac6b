import ARI
import Testing

/// What a real Asterisk answered is understood.
@Suite(.timeLimit(.minutes(1)))
struct ModelTests {
    private func client(_ recording: String) throws -> ARIClient {
        ARIClient(transport: ScriptedTransport(200, try Recording.bytes(recording)))
    }

    @Test func `a supervisor's channel tells what was dialled, where it is, and the listed variables`() async throws {
        let channel = try await client("channel.json").channel(Channel.ID("sup2"))
        #expect(channel.id == Channel.ID("sup2"))
        #expect(channel.name == "Local/*92101@lab-00000004;2")
        #expect(channel.state == .ring)
        #expect(channel.dialplan.context == "lab")
        #expect(channel.dialplan.exten == "*92101")
        #expect(channel.dialplan.appName == "Stasis")
        #expect(channel.dialplan.appData == "earshot")
        #expect(channel.variables == ["SPY_PERMISSION": "Barge", "DISABLE_SPY": "", "SPY_PARAMS": ""])
        #expect(channel.language == "en")
        #expect(channel.creationTime.millisecondsSince1970 == 1_795_371_424_160)
    }

    @Test func `a phone's channel tells its endpoint`() async throws {
        let channel = try await client("pjsip-channel.json").channel(Channel.ID("p1"))
        let endpoint = try #require(channel.endpoint)
        #expect(endpoint == ("PJSIP", "101"))
    }

    @Test(arguments: [
        ("PJSIP/101-00000001", "PJSIP 101"),
        ("PJSIP/sales-desk-00000001", "PJSIP sales-desk"),
        ("SIP/a/b-1", "SIP a/b"),
        ("PJSIP/-00000001", nil),
        ("PJSIP", nil),
        ("PJSIP/101", nil),
        ("/101-1", nil),
        ("a-b/101", nil),
        ("", nil),
    ])
    func `an endpoint is read from a channel's name, or there is none`(name: String, expected: String?) {
        let channel = Channel(
            id: "1",
            name: name,
            state: .up,
            dialplan: .init(context: "", exten: ""),
            creationTime: ARITimestamp("")
        )
        #expect(channel.endpoint.map { "\($0.technology) \($0.resource)" } == expected)
    }

    @Test func `a snoop is described`() async throws {
        let client = try client("snoop.json")
        let snoop = try await client.snoop(
            on: Channel.ID("call2"),
            as: Channel.ID("s1"),
            spy: .both,
            whisper: .out,
            application: "earshot"
        )
        #expect(snoop.id == Channel.ID("s1"))
        #expect(snoop.name == "Snoop/call2-00000000")
        #expect(snoop.state == .up)
    }

    @Test func `a bridge tells its members`() async throws {
        let bridge = try await client("bridge.json").bridge(Bridge.ID("b1"))
        #expect(bridge.id == Bridge.ID("b1"))
        #expect(bridge.technology == "simple_bridge")
        #expect(bridge.kind == .mixing)
        #expect(bridge.creator == "Stasis")
        #expect(bridge.name == "earshot")
        #expect(bridge.channels == [Channel.ID("s1"), Channel.ID("sup2")])
        #expect(bridge.creationTime?.text == "2026-11-22T18:17:04.663+0000")
    }

    @Test func `an endpoint tells its channels`() async throws {
        let endpoint = try await client("endpoint.json").endpoint(technology: "PJSIP", resource: "101")
        let expected = Endpoint(technology: "PJSIP", resource: "101", state: "online", channels: [Channel.ID("p1")])
        #expect(endpoint == expected)
    }

    @Test func `a playback of several media tells the first`() async throws {
        let playback = try await client("playback.json").play([], on: Channel.ID("sup2"), as: Playback.ID("pb1"))
        #expect(playback.id == Playback.ID("pb1"))
        #expect(playback.mediaURI == "sound:beep")
        #expect(playback.targetURI == "channel:sup2")
    }

    @Test func `an application tells what it is subscribed to`() async throws {
        let application = try await client("application.json").application("earshot")
        #expect(application.channels == [Channel.ID("s1"), Channel.ID("sup2")])
        #expect(application.bridges == [Bridge.ID("b1")])
        #expect(application.endpoints.isEmpty)
    }

    @Test func `Asterisk tells its version and when it started`() async throws {
        let info = try await client("info.json").asteriskInfo()
        #expect(info.version.hasPrefix("22.10.1"))
        #expect(info.entityID == "02:fc:00:00:00:01")
        #expect(info.startupTime?.millisecondsSince1970 == 1_795_371_267_487)
    }

    @Test func `a module that is loaded need not run`() async throws {
        let modules = try await client("modules.json").modules()
        let running = modules.filter(\.isRunning).map(\.name)
        #expect(modules.count == 3)
        #expect(running.sorted() == ["res_ari.so", "res_stasis_snoop.so"])
    }

    @Test func `states and types that nobody knows today survive`() async throws {
        let body = #"{"id":"b","technology":"new","bridge_type":"quantum","channels":[],"more":{"x":[1]}}"#
        let client = ARIClient(transport: ScriptedTransport(200, body))
        let bridge = try await client.bridge(Bridge.ID("b"))
        #expect(bridge.kind.rawValue == "quantum")
        #expect(bridge.creationTime == nil)
    }
}

extension Channel.ID: ExpressibleByStringLiteral {
    public init(stringLiteral value: String) { self.init(value) }
}

@Suite struct TimestampTests {
    @Test(
        arguments: [
            ("1970-01-01T00:00:00.000+0000", 0),
            ("2000-02-29T12:00:00.001+0000", 951_825_600_001),
            ("2026-11-22T18:17:04.663+0000", 1_795_371_424_663),
            ("2026-11-22T19:17:04.663+0100", 1_795_371_424_663),
            ("2026-11-22T12:47:04.663-0530", 1_795_371_424_663),
            ("2026-11-22T18:17:04Z", 1_795_371_424_000),
            ("2026-11-22T18:17:04.663+00:00", 1_795_371_424_663),
            ("1969-12-31T23:59:59.999+0000", -1),
        ] as [(String, Int64)]
    )
    func `a time of Asterisk is a moment`(text: String, milliseconds: Int64) {
        #expect(ARITimestamp(text).millisecondsSince1970 == milliseconds)
    }

    @Test(arguments: [
        "", "yesterday", "2026-13-01T00:00:00.000+0000", "2026-11-22T18:17:04.663", "2026-11-22T18:17:04.663+0000x",
        "2026-11-22 18:17:04.663+0000", "2026-11-22T24:00:00.000+0000", "2026-11-22T18:17:04.6+0000",
        "2026-11-00T18:17:04Z",
    ])
    func `a text of another form is kept, and is no moment`(text: String) {
        #expect(ARITimestamp(text).millisecondsSince1970 == nil)
        #expect(ARITimestamp(text).text == text)
    }

    @Test func `times are compared as moments, whatever their zone`() {
        #expect(ARITimestamp("2026-11-22T19:00:00.000+0100") < ARITimestamp("2026-11-22T18:30:00.000+0000"))
        #expect(ARITimestamp("unknown") < ARITimestamp("1970-01-01T00:00:00.000+0000"))
    }
}

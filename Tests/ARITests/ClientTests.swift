import ARI
import ARITestSupport
import Testing

/// What the client asks, and how it takes the answers that have two meanings.
@Suite(.timeLimit(.minutes(1)))
struct ClientTests {
    private func request(
        answer: ScriptedTransport = ScriptedTransport(204),
        _ body: (ARIClient) async throws -> Void
    ) async throws -> String {
        try await body(ARIClient(transport: answer))
        let request = try #require(await answer.requests.last)
        let query = request.query.map { "\($0.name)=\($0.value)" }.joined(separator: "&")
        return "\(request.method.rawValue) /\(request.path.joined(separator: "/")) \(query)"
    }

    @Test func `requests that change a channel are sent as ARI describes them`() async throws {
        #expect(try await request { try await $0.answer("1") } == "POST /channels/1/answer ")
        #expect(try await request { try await $0.hangUp("1") } == "DELETE /channels/1 ")
        #expect(
            try await request { try await $0.setVariable("A B", to: "c&d", on: "1") }
                == "POST /channels/1/variable variable=A B&value=c&d"
        )
    }

    @Test func `a channel goes on in the dialplan behind its line, or where it is sent to`() async throws {
        #expect(try await request { try await $0.continueInDialplan("1") } == "POST /channels/1/continue ")
        let place = DialplanPlace(context: "exits", exten: "#")
        #expect(
            try await request { try await $0.continueInDialplan("1", at: place) }
                == "POST /channels/1/continue context=exits&extension=#&priority=1"
        )
    }

    @Test func `a recording never overwrites one, and only an end of its channel ends it`() async throws {
        let answer = ScriptedTransport(
            201,
            #"{"name":"a/b","format":"wav","state":"queued","target_uri":"channel:1"}"#
        )
        let sent = try await request(answer: answer) { client in
            let recording = try await client.record("1", as: "a/b")
            #expect(recording.state == .queued)
            #expect(recording.targetURI == "channel:1")
        }
        #expect(sent == "POST /channels/1/record name=a/b&format=wav&ifExists=fail&terminateOn=none")
    }

    @Test func `a snoop is asked for with its own ID, both directions and the arguments`() async throws {
        let answer = ScriptedTransport(200, try Recording.bytes("snoop.json"))
        let sent = try await request(answer: answer) {
            try await $0.snoop(on: "1", as: "s", spy: .both, whisper: .none, application: "a", arguments: ["x", "y"])
        }
        #expect(sent == "POST /channels/1/snoop/s spy=both&whisper=none&app=a&appArgs=x,y")
    }

    @Test func `a snoop without arguments has no parameter for them`() async throws {
        let answer = ScriptedTransport(200, try Recording.bytes("snoop.json"))
        let sent = try await request(answer: answer) {
            try await $0.snoop(on: "1", as: "s", spy: .in, whisper: .out, application: "a")
        }
        #expect(sent == "POST /channels/1/snoop/s spy=in&whisper=out&app=a")
    }

    @Test func `requests about bridges are sent as ARI describes them`() async throws {
        let id = Bridge.ID("b")
        let bridge = ScriptedTransport(200, try Recording.bytes("bridge.json"))
        #expect(
            try await request(answer: bridge) { try await $0.createBridge(id, type: .mixing, name: "n") }
                == "POST /bridges/b type=mixing&name=n"
        )
        #expect(
            try await request { try await $0.addChannels(["1", "2"], to: id) }
                == "POST /bridges/b/addChannel channel=1,2"
        )
        #expect(
            try await request {
                try await $0.addChannels(["1"], to: id, role: "announcer", absorbDTMF: true, mute: true)
            }
                == "POST /bridges/b/addChannel channel=1&role=announcer&absorbDTMF=true&mute=true"
        )
        #expect(try await request { try await $0.destroyBridge(id) } == "DELETE /bridges/b ")
    }

    @Test func `media and event sources are lists with commas`() async throws {
        let playback = ScriptedTransport(201, try Recording.bytes("playback.json"))
        #expect(
            try await request(answer: playback) {
                try await $0.play(["sound:a", "digits:1"], on: "1", as: Playback.ID("p"))
            }
                == "POST /channels/1/play/p media=sound:a,digits:1"
        )
        let application = ScriptedTransport(200, try Recording.bytes("application.json"))
        let sources: [EventSource] = [
            .channel("1"), .bridge(Bridge.ID("b")), .endpoint(technology: "PJSIP", resource: "101"),
        ]
        #expect(
            try await request(answer: application) { try await $0.subscribe(application: "a", to: sources) }
                == "POST /applications/a/subscription eventSource=channel:1,bridge:b,endpoint:PJSIP/101"
        )
    }

    @Test func `each request has a time, which can be chosen`() async throws {
        let transport = ScriptedTransport(204)
        let client = ARIClient(transport: transport)
        try await client.answer("1")
        try await client.within(.milliseconds(200)).answer("1")
        #expect(await transport.requests.map(\.timeout) == [.seconds(5), .milliseconds(200)])
    }

    @Test(arguments: ["..", ".", ""])
    func `a name that would lead to another path is sent nowhere`(name: String) async throws {
        let transport = ScriptedTransport(200, "[]")
        let client = ARIClient(transport: transport)
        let error = try await ariError { _ = try await client.endpoint(technology: "PJSIP", resource: name) }
        #expect(error.code == .notFound)
        #expect(await transport.requests.isEmpty)
    }

    // MARK: - Answers with two meanings

    @Test func `a variable that a channel does not have is nil`() async throws {
        let transport = ScriptedTransport(404, #"{"message":"Provided variable was not found"}"#)
        #expect(try await ARIClient(transport: transport).variable("BRIDGEPEER", of: "1") == nil)
    }

    @Test func `a variable of a channel that is gone is an error`() async throws {
        let transport = ScriptedTransport(404, #"{"message":"Provided channel was not found"}"#)
        let error = try await ariError { _ = try await ARIClient(transport: transport).variable("BRIDGEPEER", of: "1") }
        #expect(error.code == .notFound)
    }

    @Test func `a variable with an empty value is not nil`() async throws {
        let transport = ScriptedTransport(200, #"{"value":""}"#)
        #expect(try await ARIClient(transport: transport).variable("X", of: "1") == "")
    }

    @Test func `a global variable without a value is nil, in whatever words`() async throws {
        let set = ScriptedTransport(200, #"{"value":"/var/spool/asterisk"}"#)
        #expect(try await ARIClient(transport: set).globalVariable("ASTSPOOLDIR") == "/var/spool/asterisk")
        let empty = ScriptedTransport(200, #"{"value":""}"#)
        #expect(try await ARIClient(transport: empty).globalVariable("X") == nil)
        let unknown = ScriptedTransport(404, #"{"message":"Provided variable was not found"}"#)
        #expect(try await ARIClient(transport: unknown).globalVariable("X") == nil)
        #expect(await unknown.requests.first?.path == ["asterisk", "variable"])
    }

    @Test func `what is gone counts as removed`() async throws {
        let gone = ARIClient(transport: ScriptedTransport(404, #"{"message":"Channel not found"}"#))
        #expect(try await gone.hangUp("1") == .alreadyGone)
        #expect(try await gone.destroyBridge(Bridge.ID("b")) == .alreadyGone)
        #expect(try await gone.stopPlayback(Playback.ID("p")) == .alreadyGone)
        #expect(try await gone.unsubscribe(application: "a", from: [.channel("1")]) == .alreadyGone)
        let there = ARIClient(transport: ScriptedTransport(204))
        #expect(try await there.hangUp("1") == .removed)
    }

    @Test func `a subscription that is not there counts as taken back`() async throws {
        let transport = ScriptedTransport(422, #"{"message":"Event source was not subscribed to"}"#)
        let client = ARIClient(transport: transport)
        #expect(try await client.unsubscribe(application: "a", from: [.channel("1")]) == .alreadyGone)
    }

    @Test func `a removal that is refused is an error`() async throws {
        let client = ARIClient(transport: ScriptedTransport(403, #"{"message":"Write access denied"}"#))
        let error = try await ariError { try await client.hangUp("1") }
        #expect(error.code == .forbidden)
    }
}

/// The list of operations is compared with the description that Asterisk serves.
@Suite struct APIDescriptionTests {
    /// A description in Asterisk's form, cut down to two operations.
    private static let sample = """
        {"basePath": "http://localhost:8088/ari", "apis": [
          {"path": "/channels/{channelId}/answer", "operations": [
            {"httpMethod": "POST", "nickname": "answer", "parameters": [
              {"name": "channelId", "paramType": "path"}]}]},
          {"path": "/channels/{channelId}", "operations": [
            {"httpMethod": "GET", "nickname": "get"},
            {"httpMethod": "DELETE", "nickname": "hangup", "parameters": [
              {"name": "channelId", "paramType": "path"}]}]},
          {"path": "/channels/{channelId}/variable", "operations": [
            {"httpMethod": "GET", "nickname": "getChannelVar", "parameters": [
              {"name": "channelId", "paramType": "path"}, {"name": "name", "paramType": "query"}]}]}
        ]}
        """

    private func differences(_ name: String, in text: String = sample) throws -> [String] {
        let operation = try #require(ARIOperation.all.first { $0.name == name })
        return try APIDescription(json: Array(text.utf8)).differences(from: operation)
    }

    @Test func `an operation that exists has no difference`() throws {
        #expect(try differences("channels.answer").isEmpty)
        #expect(try differences("channels.get").isEmpty)
    }

    @Test func `an operation that does not exist is named`() throws {
        let expected = "channels.playWithId: /channels/{channelId}/play/{playbackId} has no such operation"
        #expect(try differences("channels.playWithId") == [expected])
    }

    @Test func `a parameter that does not exist is named`() throws {
        #expect(try differences("channels.getChannelVar") == ["channels.getChannelVar: has no parameter variable"])
    }

    @Test func `another method is named`() throws {
        let changed = Self.sample.replacing("POST", with: "PUT")
        #expect(try differences("channels.answer", in: changed) == ["channels.answer: is PUT, not POST"])
    }

    @Test func `every resource is asked for once, and every operation compared`() async throws {
        nonisolated(unsafe) var asked: [String] = []
        let differences = try await APIDescription.differences { resource in
            asked.append(resource)
            return Array(#"{"apis":[]}"#.utf8)
        }
        #expect(
            asked == ["applications", "asterisk", "bridges", "channels", "endpoints", "events", "playbacks", "sounds"]
        )
        #expect(differences.count == ARIOperation.all.count)
    }
}

import ARI
import Testing

/// Whatever Asterisk or the network answers, the error says which operation failed, how, and in whose words.
@Suite(.timeLimit(.minutes(1)))
struct ErrorTests {
    @Test(arguments: [
        (400, "Invalid direction specified for spy", ARIError.Code.badRequest),
        (401, "Authentication required", .unauthorized),
        (403, "Write access denied", .forbidden),
        (404, "Channel not found", .notFound),
        (405, "Invalid method", .unexpectedStatus),
        (409, "Bridge with id 'b1' already exists", .conflict),
        (409, "Channel not in Stasis application", .notInStasis),
        (422, "Channel not in Stasis application", .notInStasis),
        (409, "Bridge not in Stasis application", .notInStasis),
        (422, "Channel not in this bridge", .unprocessable),
        (500, "Snoop channel could not be created", .serverError),
        (503, "Asterisk not booted", .notReady),
    ])
    func `a refusal keeps its status and Asterisk's words`(status: Int, words: String, code: ARIError.Code) async throws
    {
        let client = ARIClient(transport: ScriptedTransport(status, "{\"message\":\"\(words)\"}"))
        let error = try await ariError { try await client.answer("1") }
        #expect(error.code == code)
        #expect(error.status == status)
        #expect(error.message == words)
        #expect(error.operation == "channels.answer")
    }

    @Test(arguments: [
        (204, "", ARIOutcome.ok), (200, "{}", .ok), (400, "{\"message\":\"Invalid\"}", .denied),
        (401, "{\"error\":\"Authentication required\"}", .denied), (403, "{\"message\":\"No\"}", .denied),
        (404, "{\"message\":\"Channel not found\"}", .gone), (404, "<html>Not Found</html>", .error),
        (409, "{\"message\":\"Channel not in Stasis application\"}", .gone),
        (409, "{\"message\":\"Bridge exists\"}", .denied), (422, "{\"message\":\"No\"}", .denied),
        (500, "{\"message\":\"Allocation failed\"}", .error), (503, "", .error), (302, "", .error),
    ])
    func `how a request went is told in five words`(status: Int, body: String, outcome: ARIOutcome) {
        #expect(ARIOutcome(ARIHTTPResponse(status: status, body: Array(body.utf8))) == outcome)
    }

    @Test func `a request without an answer went wrong, unless nobody waits for it any more`() {
        #expect(ARIOutcome(ARITransportError(.timedOut, "late")) == .timeout)
        #expect(ARIOutcome(ARITransportError(.connectionLost, "reset")) == .error)
        #expect(ARIOutcome(ARITransportError(.notSent, "busy")) == .error)
        #expect(ARIOutcome(CancellationError()) == nil)
    }

    @Test func `the kinds of failure have a text each`() {
        let labels = ARIError.Code.all.map(\.metricLabel)
        #expect(Set(labels).count == labels.count)
        for code in [ARIError.Code.replaced, .connectionLost, .unauthorized] {
            #expect(ARIError.Code.all.contains(code))
        }
    }

    @Test func `a refusal in HTML is read without its tags`() async throws {
        let client = ARIClient(transport: ScriptedTransport(404, try Recording.bytes("not-found.html")))
        let error = try await ariError { _ = try await client.channels() }
        #expect(error.code == .notARI)
        #expect(error.message?.contains("Not Found") == true)
        #expect(error.message?.contains("<") == false)
    }

    @Test func `a 404 that is not ARI's does not count as removed`() async throws {
        let client = ARIClient(transport: ScriptedTransport(404, try Recording.bytes("not-found.html")))
        let error = try await ariError { try await client.hangUp("1") }
        #expect(error.code == .notARI)
    }

    @Test func `an endless refusal is cut`() async throws {
        let client = ARIClient(transport: ScriptedTransport(500, String(repeating: "boom ", count: 10_000)))
        let error = try await ariError { try await client.answer("1") }
        #expect((error.message?.count ?? 0) <= 200)
    }

    @Test(arguments: ["", "null", "[]", "{}", "{\"message\":7}", "\u{FF}", "{\"message\":\"\"}"])
    func `a refusal whose body says nothing is still a refusal`(body: String) async throws {
        let client = ARIClient(transport: ScriptedTransport(403, body))
        let error = try await ariError { try await client.answer("1") }
        #expect(error.code == .forbidden)
    }

    @Test(arguments: [
        ("{\"name\":\"x\",\"state\":\"Up\"}", "field id is missing"),
        ("{\"id\":7}", "field id is not a text"),
        ("{\"id\":null}", "field id is null"),
        ("[]", "field at the top is not an object"),
        ("<html>", "the text is not JSON"),
        ("", "the text is not JSON"),
    ])
    func `an answer that is not as described names the field`(body: String, problem: String) async throws {
        let client = ARIClient(transport: ScriptedTransport(200, body))
        let error = try await ariError { _ = try await client.channel("1") }
        #expect(error.code == .unexpectedAnswer)
        #expect(error.operation == "channels.get")
        #expect(error.message == problem)
    }

    @Test func `a missing field deep inside is named with its path`() async throws {
        let client = ARIClient(transport: ScriptedTransport(200, #"[{"name":"a.so","status":"Running"},{"name":"b"}]"#))
        let error = try await ariError { _ = try await client.modules() }
        #expect(error.message == "field [1].status is missing")
    }

    @Test func `a bridge that cannot be read does not hide the others`() async throws {
        let bridge = #"{"id":"b","technology":"t","bridge_type":"mixing","channels":["a"]}"#
        let client = ARIClient(transport: ScriptedTransport(200, "[{\"id\":\"c\"},\(bridge)]"))
        #expect(try await client.bridges().map(\.id.rawValue) == ["b"])
    }

    @Test(arguments: [
        (ARITransportError.Kind.connectionFailed, ARIError.Code.connectionFailed),
        (.connectionLost, .connectionLost),
        (.timedOut, .timeout),
        (.tlsFailed, .tlsFailed),
        (.protocolViolation, .protocolViolation),
        (.overflowed, .overflowed),
        (.upgradeRefused(status: 401), .unauthorized),
        (.upgradeRefused(status: 403), .forbidden),
        (.upgradeRefused(status: 404), .notARI),
        (.upgradeRefused(status: 503), .notReady),
        (.upgradeRefused(status: 500), .serverError),
        (.upgradeRefused(status: 200), .unexpectedStatus),
        (.other, .connectionFailed),
    ])
    func `a failed transport is told apart`(kind: ARITransportError.Kind, code: ARIError.Code) async throws {
        let client = ARIClient(transport: ScriptedTransport(failing: ARITransportError(kind, "why")))
        let error = try await ariError { try await client.answer("1") }
        #expect(error.code == code)
        #expect(error.message == "why")
        #expect(error.operation == "channels.answer")
    }

    @Test func `cancellation passes as it is`() async throws {
        let client = ARIClient(transport: ScriptedTransport(failing: CancellationError()))
        await #expect(throws: CancellationError.self) { try await client.answer("1") }
    }

    @Test func `an error that nobody expects is an ARI error with its cause`() async throws {
        struct Strange: Error {}
        let client = ARIClient(transport: ScriptedTransport(failing: Strange()))
        let error = try await ariError { try await client.answer("1") }
        #expect(error.underlying is Strange)
    }

    @Test func `the one line for people holds operation, code, status and words`() async throws {
        let client = ARIClient(transport: ScriptedTransport(404, "{\"message\":\"Channel not found\"}"))
        let error = try await ariError { try await client.answer("1") }
        #expect(error.description == "channels.answer: not_found (HTTP 404): Channel not found")
    }
}

import Testing

@testable import LabSupport

struct AnsweredCallTests {
    private func request(_ method: String, _ number: Int = 7, to: String = "<sip:5001@127.0.0.1:6000>") -> SIPMessage {
        SIPMessage(
            .request(method: method, uri: "sip:5001@127.0.0.1:6000"),
            fields: [
                ("Via", "v"), ("From", "<sip:6001@127.0.0.1>;tag=far"), ("To", to), ("Call-ID", "id"),
                ("CSeq", "\(number) \(method)"), ("Contact", "<sip:asterisk@127.0.0.1:5000>"),
            ],
            body: method == "INVITE" ? SessionDescription.text(port: 9_000) : ""
        )
    }

    private func call() throws -> AnsweredCall {
        try #require(AnsweredCall(request("INVITE"), localPort: 6_000, audioPort: 7_000, tag: "near"))
    }

    private func messages(_ actions: [SIPCall.Action]) -> [SIPMessage] {
        actions.compactMap { action -> SIPMessage? in
            guard case .send(let message) = action else { return nil }
            return message
        }
    }

    @Test
    func `an INVITE is answered at once, with our tag and where our audio is`() throws {
        let call = try call()
        #expect(call.first.contains(.sendAudio(port: 9_000)))
        let answer = try #require(messages(call.first).first)
        #expect(answer.start == .response(status: 200, reason: "OK"))
        #expect(answer.field("To") == "<sip:5001@127.0.0.1:6000>;tag=near")
        #expect(answer.field("Contact") == "<sip:5001@127.0.0.1:6000>")
        #expect(SessionDescription.audioPort(in: answer.body) == 7_000)
    }

    @Test
    func `the ACK makes it a call, the other side's BYE ends it`() throws {
        var call = try call()
        #expect(call.received(request("ACK")) == [.report(.established, detail: "")])
        #expect(call.received(request("ACK")) == [])
        #expect(call.received(request("BYE", 8)).contains(.report(.closed, detail: "the other side hung up")))
        #expect(call.isOver)
        #expect(call.hangUp() == [])
    }

    @Test
    func `an INVITE that comes again gets the same answer, a new one another`() throws {
        var call = try call()
        #expect(call.received(request("INVITE")) == call.first)
        let anew = call.received(request("INVITE", 8, to: "<sip:5001@127.0.0.1:6000>;tag=near"))
        #expect(messages(anew).first?.field("CSeq") == "8 INVITE")
    }

    @Test
    func `we can end it too`() throws {
        var call = try call()
        _ = call.received(request("ACK"))
        let bye = try #require(messages(call.hangUp()).first)
        #expect(bye.start == .request(method: "BYE", uri: "sip:asterisk@127.0.0.1:5000"))
        #expect(bye.field("From")?.hasSuffix("tag=near") == true)
        #expect(bye.field("To")?.hasSuffix("tag=far") == true)
        #expect(call.unanswered == bye)
        #expect(call.received(bye.response(200, "OK")) == [.report(.closed, detail: "hung up here")])
        #expect(call.unanswered == nil)
    }

    @Test
    func `what begins no call is not answered`() {
        #expect(AnsweredCall(request("OPTIONS"), localPort: 1, audioPort: 2, tag: "t") == nil)
        let within = request("INVITE", to: "<sip:5001@127.0.0.1:6000>;tag=other")
        #expect(AnsweredCall(within, localPort: 1, audioPort: 2, tag: "t") == nil)
    }
}

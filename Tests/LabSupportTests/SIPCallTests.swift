import Testing

@testable import LabSupport

struct SIPCallTests {
    private let parties = SIPCall.Parties(
        user: "320",
        target: "*91101",
        serverPort: 5_000,
        localPort: 6_000,
        audioPort: 7_000,
        password: "secret"
    )

    private func call() -> SIPCall { SIPCall(parties, id: "id") }

    /// What the server answers to `request`.
    private func answer(
        _ request: SIPMessage,
        _ status: Int,
        body: String = "",
        adding more: [(name: String, value: String)] = []
    ) -> SIPMessage {
        var response = request.response(status, "Reason", adding: more, body: body)
        response.fields = response.fields.map { $0.name == "To" ? ("To", "\($0.value);tag=far") : $0 }
        return response
    }

    private func methods(_ actions: [SIPCall.Action]) -> [String] {
        actions.map { action in
            switch action {
            case .send(let message):
                switch message.start {
                case .request(let method, _): method
                case .response(let status, _): String(status)
                }
            case .sendAudio(let port): "audio \(port)"
            case .report(let name, let detail): "\(name.rawValue) \(detail)"
            }
        }
    }

    private func request(_ method: String) -> SIPMessage {
        SIPMessage(
            .request(method: method, uri: "sip:320@127.0.0.1:6000"),
            fields: [("Via", "v"), ("From", "f"), ("To", "t"), ("Call-ID", "id@127.0.0.1"), ("CSeq", "9 \(method)")]
        )
    }

    @Test
    func `an answered call is acknowledged where the contact says, and ended by BYE`() {
        var call = call()
        #expect(methods(call.received(answer(call.first, 100))) == [])
        #expect(methods(call.received(answer(call.first, 180))) == ["ringing "])
        let body = SessionDescription.text(port: 9_000)
        let actions = call.received(
            answer(call.first, 200, body: body, adding: [("Contact", "<sip:far@127.0.0.1:5001>")])
        )
        #expect(methods(actions) == ["ACK", "audio 9000", "established "])
        guard case .send(let acknowledgement) = actions[0] else { return }
        #expect(acknowledgement.start == .request(method: "ACK", uri: "sip:far@127.0.0.1:5001"))
        #expect(acknowledgement.field("To")?.hasSuffix("tag=far") == true)
        #expect(acknowledgement.field("CSeq") == "1 ACK")
        #expect(methods(call.received(answer(call.first, 200, body: body))) == ["ACK"])
        let bye = call.hangUp()
        #expect(methods(bye) == ["BYE"])
        #expect(call.hangUp() == [])
        guard case .send(let message) = bye[0] else { return }
        #expect(methods(call.received(answer(message, 200))) == ["closed hung up here"])
        #expect(call.isOver)
        #expect(call.unanswered == nil)
    }

    @Test
    func `hanging up before the first response sends CANCEL only after it`() {
        var call = call()
        #expect(call.hangUp() == [])
        let cancel = call.received(answer(call.first, 100))
        #expect(methods(cancel) == ["CANCEL"])
        guard case .send(let message) = cancel[0] else { return }
        #expect(message.field("Via") == call.first.field("Via"))
        #expect(message.field("CSeq") == "1 CANCEL")
        #expect(methods(call.received(answer(message, 200))) == [])
        #expect(methods(call.received(answer(call.first, 487))) == ["ACK", "closed 487 Reason"])
    }

    @Test
    func `an answer that crosses the CANCEL is acknowledged and ended`() {
        var call = call()
        _ = call.received(answer(call.first, 100))
        #expect(methods(call.hangUp()) == ["CANCEL"])
        let actions = call.received(answer(call.first, 200))
        #expect(methods(actions) == ["ACK", "BYE"])
        guard case .send(let bye) = actions[1] else { return }
        #expect(methods(call.received(answer(bye, 200))) == ["closed hung up here"])
    }

    @Test
    func `a challenge is answered once`() throws {
        var call = call()
        let challenge = [(name: "WWW-Authenticate", value: "Digest realm=\"r\", nonce=\"n\"")]
        let actions = call.received(answer(call.first, 401, adding: challenge))
        #expect(methods(actions) == ["ACK", "INVITE"])
        guard case .send(let second) = actions[1] else { return }
        #expect(second.field("Authorization")?.contains("username=\"320\"") == true)
        #expect(second.field("CSeq") == "2 INVITE")
        #expect(second.field("To")?.contains("tag") == false)
        #expect(methods(call.received(answer(second, 401, adding: challenge))) == ["ACK", "closed 401 Reason"])
    }

    @Test
    func `the other side's BYE ends the call`() {
        var call = call()
        _ = call.received(answer(call.first, 200))
        #expect(methods(call.received(request("BYE"))) == ["200", "closed the other side hung up"])
        #expect(methods(call.received(request("BYE"))) == ["200"])
        #expect(call.hangUp() == [])
    }

    @Test
    func `a renegotiation is answered and moves the audio`() {
        var call = call()
        _ = call.received(answer(call.first, 200))
        var invite = request("INVITE")
        invite.body = SessionDescription.text(port: 9_100)
        let actions = call.received(invite)
        #expect(methods(actions) == ["200", "audio 9100"])
        guard case .send(let response) = actions[0] else { return }
        #expect(SessionDescription.audioPort(in: response.body) == 7_000)
        #expect(methods(call.received(request("OPTIONS"))) == ["200"])
        #expect(methods(call.received(request("ACK"))) == [])
    }

    @Test
    func `messages of another call, and without a CSeq, do nothing`() {
        var call = call()
        var foreign = answer(call.first, 200)
        foreign.fields = foreign.fields.map { $0.name == "Call-ID" ? ("Call-ID", "other") : $0 }
        #expect(call.received(foreign) == [])
        var broken = answer(call.first, 200)
        broken.fields.removeAll { $0.name == "CSeq" }
        #expect(call.received(broken) == [])
        #expect(!call.isOver)
    }
}

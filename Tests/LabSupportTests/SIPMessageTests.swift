import Testing

@testable import LabSupport

struct SIPMessageTests {
    private func bytes(_ lines: [String]) -> [UInt8] {
        Array(lines.joined(separator: "\r\n").utf8)
    }

    @Test
    func `a response is read with its fields in any case and in short form`() throws {
        let message = try #require(
            SIPMessage(
                bytes(["SIP/2.0 180 Ringing", "v: SIP/2.0/UDP a", "CALL-ID:  x@y ", "Cseq: 7 INVITE", "l: 2", "", "ab"])
            )
        )
        #expect(message.start == .response(status: 180, reason: "Ringing"))
        #expect(message.field("via") == "SIP/2.0/UDP a")
        #expect(message.field("Call-ID") == "x@y")
        #expect(message.sequence?.number == 7)
        #expect(message.sequence?.method == "INVITE")
        #expect(message.body == "ab")
    }

    @Test
    func `what is written is read as the same`() throws {
        let message = SIPMessage(
            .request(method: "BYE", uri: "sip:a@127.0.0.1:5"),
            fields: [("Via", "one"), ("Via", "two"), ("CSeq", "2 BYE"), ("Content-Length", "3")],
            body: "a\nb"
        )
        var read = try #require(SIPMessage(message.encoded))
        #expect(read.fields("Via") == ["one", "two"])
        #expect(read.fields("content-length") == ["3"])
        read.fields = message.fields
        #expect(read == message)
    }

    @Test(arguments: [
        "", "\r\n\r\n", "SIP/2.0 180", "SIP/2.0 9 Low\r\n\r\n", "SIP/2.0 abc Bad\r\n\r\n", "INVITE sip:a\r\n\r\n",
        "OPTIONS a HTTP/1.1\r\n\r\n",
        "BYE sip:a SIP/2.0\r\nno colon\r\n\r\n", "\u{0}\u{1}\u{2}",
    ])
    func `what is no SIP is nothing`(text: String) {
        #expect(SIPMessage(Array(text.utf8)) == nil)
    }

    @Test
    func `the port of the first audio stream is found`() {
        #expect(SessionDescription.audioPort(in: "v=0\r\nm=video 9 RTP/AVP 1\r\nm=audio 4000 RTP/AVP 0\r\n") == 4_000)
        #expect(SessionDescription.audioPort(in: SessionDescription.text(port: 12_345)) == 12_345)
    }

    @Test(arguments: [
        "", "v=0\r\n", "m=audio 0 RTP/AVP 0", "m=audio", "m=audio x RTP/AVP 0", "m=audio 70000 RTP/AVP 0",
    ])
    func `no usable audio stream is nil`(text: String) {
        #expect(SessionDescription.audioPort(in: text) == nil)
    }
}

struct DigestAnswerTests {
    /// The example of RFC 2617, section 3.5.
    @Test
    func `the standard's example gives the standard's answer`() throws {
        let challenge = """
            Digest realm="testrealm@host.com", qop="auth,auth-int", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41"
            """
        let digest = DigestAnswer(user: "Mufasa", password: "Circle Of Life")
        let answer = try #require(
            digest.authorization(for: challenge, method: "GET", uri: "/dir/index.html", clientNonce: "0a4f113b")
        )
        #expect(answer.contains("response=\"6629fae49393a05397450978507c4ef1\""))
        #expect(answer.contains("opaque=\"5ccc069c403ebaf9f0171e9517f40e41\""))
    }

    @Test(arguments: [
        "", "Basic realm=\"x\"", "Digest realm=\"x\"", "Digest realm=\"x\", nonce=\"y\", algorithm=SHA-256",
    ])
    func `what cannot be answered is not answered`(challenge: String) {
        let digest = DigestAnswer(user: "a", password: "b")
        #expect(digest.authorization(for: challenge, method: "INVITE", uri: "sip:a", clientNonce: "c") == nil)
    }
}

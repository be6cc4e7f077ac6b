/// What a measuring phone says and understands of SDP (RFC 8866): one stream of audio over RTP.
enum SessionDescription {
    /// An offer or answer of µ-law and telephone events, 20 ms packets, to `port` of loopback.
    static func text(port: UInt16) -> String {
        [
            "v=0", "o=earshot 1 1 IN IP4 127.0.0.1", "s=-", "c=IN IP4 127.0.0.1", "t=0 0",
            "m=audio \(port) RTP/AVP \(RTPPacket.pcmu) \(RTPPacket.telephoneEvent)",
            "a=rtpmap:\(RTPPacket.pcmu) PCMU/8000", "a=rtpmap:\(RTPPacket.telephoneEvent) telephone-event/8000",
            "a=fmtp:\(RTPPacket.telephoneEvent) 0-15", "a=ptime:20", "a=sendrecv", "",
        ].joined(separator: "\r\n")
    }

    /// Where the other side wants its audio: the port of its first audio stream.
    ///
    /// Nil without one, or with one that is refused (port 0).
    static func audioPort(in text: String) -> UInt16? {
        for line in text.split(whereSeparator: \.isNewline) where line.hasPrefix("m=audio ") {
            let words = line.split(separator: " ")
            guard words.count > 1, let port = UInt16(words[1]), port > 0 else { return nil }
            return port
        }
        return nil
    }
}

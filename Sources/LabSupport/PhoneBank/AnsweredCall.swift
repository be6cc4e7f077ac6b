/// One incoming call of a phone of a bank, which is answered at once.
struct AnsweredCall: SIPDialog {
    private enum State {
        /// 200 sent. Can transition to: established by the ACK; ended by a BYE.
        case answered
        case established
        /// BYE sent. Can transition to: ended by its response.
        case leaving
        case ended
    }

    let callID: String
    private let invite: SIPMessage
    /// Our answer, to be performed first. It is sent again when the INVITE comes again.
    let first: [SIPCall.Action]
    /// Our side of the call as the From and To fields name it, with our tag.
    private let local: String
    private let localURI: String
    private let localTag: String
    private let localPort: UInt16
    private let audioPort: UInt16
    private var state = State.answered
    private(set) var unanswered: SIPMessage?

    /// - Parameters:
    ///   - invite: what came in.
    ///   - tag: a word that no other call of this host has.
    /// - Returns: nil when it is no INVITE that begins a call.
    init?(_ invite: SIPMessage, localPort: UInt16, audioPort: UInt16, tag: String) {
        guard case .request("INVITE", let uri) = invite.start, let callID = invite.field("Call-ID"),
            let to = invite.field("To"), !to.contains(";tag=")
        else { return nil }
        self.callID = callID
        localTag = tag
        self.localPort = localPort
        local = "\(to);tag=\(tag)"
        localURI = "sip:\(Self.user(in: uri))@127.0.0.1:\(localPort)"
        self.audioPort = audioPort
        self.invite = Self.tagged(invite, local)
        first = SIPCall.acceptance(of: self.invite, contact: localURI, audioPort: audioPort)
    }

    var isOver: Bool {
        if case .ended = state { true } else { false }
    }

    /// `5001` of `sip:5001@127.0.0.1:40000`.
    static func user(in uri: String) -> String {
        String(uri.split(separator: ":", maxSplits: 1).last?.prefix { $0 != "@" } ?? "")
    }

    /// The request with our tag in its To field, which its response has to have (RFC 3261, section 8.2.6.2).
    private static func tagged(_ request: SIPMessage, _ local: String) -> SIPMessage {
        var tagged = request
        tagged.fields = request.fields.map { $0.name.lowercased() == "to" ? ($0.name, local) : $0 }
        return tagged
    }

    // MARK: - Inputs

    mutating func hangUp() -> [SIPCall.Action] {
        switch state {
        case .answered, .established:
            state = .leaving
            let message = bye
            unanswered = message
            return [.send(message)]
        case .leaving, .ended:
            return []
        }
    }

    mutating func received(_ message: SIPMessage) -> [SIPCall.Action] {
        guard message.field("Call-ID") == callID else { return [] }
        switch message.start {
        case .request(let method, _): return receivedRequest(method, message)
        case .response(let status, _):
            guard message.sequence?.method == "BYE", status >= 200 else { return [] }
            return end("hung up here")
        }
    }

    private mutating func receivedRequest(_ method: String, _ message: SIPMessage) -> [SIPCall.Action] {
        switch method {
        case "ACK":
            guard case .answered = state else { return [] }
            state = .established
            return [.report(.established, detail: "")]
        case "BYE":
            return [.send(message.response(200, "OK"))] + end("the other side hung up")
        case "INVITE" where message.sequence?.number == invite.sequence?.number:
            return first
        case "INVITE", "UPDATE":
            return SIPCall.acceptance(of: message, contact: localURI, audioPort: audioPort)
        default:
            return [.send(message.response(200, "OK"))]
        }
    }

    private mutating func end(_ reason: String) -> [SIPCall.Action] {
        unanswered = nil
        guard !isOver else { return [] }
        state = .ended
        return [.report(.closed, detail: reason)]
    }

    private var bye: SIPMessage {
        let target = invite.field("Contact").map(SIPCall.uri(in:)) ?? ""
        let fields = [
            (name: "Via", value: "SIP/2.0/UDP 127.0.0.1:\(localPort);rport;branch=z9hG4bK\(localTag)"),
            (name: "Max-Forwards", value: "70"),
            (name: "From", value: local),
            (name: "To", value: invite.field("From") ?? ""),
            (name: "Call-ID", value: callID),
            (name: "CSeq", value: "1 BYE"),
        ]
        return SIPMessage(.request(method: "BYE", uri: target), fields: fields)
    }
}

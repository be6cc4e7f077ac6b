/// One outgoing call of a measuring phone as a state machine: what was received goes in, what is to be done comes out.
///
/// It knows what a call to a server on loopback needs of RFC 3261: INVITE (section 13), CANCEL (9), BYE (15), a challenge (22), answers to
/// requests within the call (12.2), and repeating a request that nobody answers (17.1). It knows no proxies and no record-routes.
struct SIPCall: SIPDialog {
    /// Who calls whom.
    struct Parties {
        let user: String
        let target: String
        let serverPort: UInt16
        let localPort: UInt16
        let audioPort: UInt16
        /// Nil for a server that knows us without.
        let password: String?
    }

    enum Action: Equatable {
        case send(SIPMessage)
        /// The other side wants our audio at this port.
        case sendAudio(port: UInt16)
        case report(PhoneEvent.Name, detail: String)
    }

    private enum State {
        /// INVITE sent. Can transition to: established if answered; cancelling if we hang up; ended if refused.
        case inviting(hasProvisional: Bool, hasAnsweredChallenge: Bool)
        /// We want no call any more, the server has not said its last word on the INVITE. A provisional response lets the CANCEL leave (9.1).
        /// Can transition to: ended if refused (487); leaving if the answer overtook the CANCEL.
        case cancelling(isSent: Bool)
        case established
        /// BYE sent. Can transition to: ended by its response.
        case leaving
        case ended
    }

    private let parties: Parties
    let callID: String
    private let localTag: String
    private var state = State.inviting(hasProvisional: false, hasAnsweredChallenge: false)
    private var remoteTarget: String
    /// The To field with the other side's tag, as soon as we know it.
    private var remote: String
    private var sequence = 1
    private var branch = 0
    private var invite: SIPMessage
    /// The request that is repeated until something answers it.
    private(set) var unanswered: SIPMessage?

    /// A call, and the INVITE that begins it.
    ///
    /// - Parameter id: a word that no other call of this host has.
    init(_ parties: Parties, id: String) {
        self.parties = parties
        callID = id + "@127.0.0.1"
        localTag = id
        remoteTarget = "sip:\(parties.target)@127.0.0.1:\(parties.serverPort)"
        remote = "<\(remoteTarget)>"
        invite = SIPMessage(.request(method: "INVITE", uri: remoteTarget), fields: [])
        invite = request("INVITE", branch: 0, body: SessionDescription.text(port: parties.audioPort))
        unanswered = invite
    }

    /// The message that begins the call; to be sent first.
    var first: SIPMessage { invite }

    var isOver: Bool {
        if case .ended = state { true } else { false }
    }

    // MARK: - Inputs

    /// We want to end the call, in whatever state it is. The second time changes nothing.
    mutating func hangUp() -> [Action] {
        switch state {
        case .inviting(let hasProvisional, _):
            state = .cancelling(isSent: hasProvisional)
            return hasProvisional ? [.send(cancel())] : []
        case .established:
            return bye()
        case .cancelling, .leaving, .ended:
            return []
        }
    }

    /// Something arrived. What belongs to another call, or is a repetition, does nothing.
    mutating func received(_ message: SIPMessage) -> [Action] {
        guard message.field("Call-ID") == callID else { return [] }
        switch message.start {
        case .request(let method, _): return receivedRequest(method, message)
        case .response(let status, let reason):
            guard let (number, method) = message.sequence else { return [] }
            switch method {
            case "INVITE": return number == inviteSequence ? receivedInviteResponse(status, reason, message) : []
            case "BYE":
                unanswered = nil
                return status >= 200 ? end("hung up here") : []
            default: return []  // The CANCEL's own 200 says nothing; the INVITE's 487 will.
            }
        }
    }

    // MARK: - Responses

    private var inviteSequence: Int { invite.sequence?.number ?? 0 }

    private mutating func receivedInviteResponse(_ status: Int, _ reason: String, _ message: SIPMessage) -> [Action] {
        if status < 300, status > 100, let to = message.field("To") { remote = to }
        switch status {
        case ..<200: return receivedProvisional(status, message)
        case ..<300: return receivedAnswer(message)
        default: return receivedRefusal(status, reason, message)
        }
    }

    private mutating func receivedProvisional(_ status: Int, _ message: SIPMessage) -> [Action] {
        unanswered = nil
        switch state {
        case .inviting(_, let hasAnsweredChallenge):
            state = .inviting(hasProvisional: true, hasAnsweredChallenge: hasAnsweredChallenge)
            let audio = SessionDescription.audioPort(in: message.body).map { [Action.sendAudio(port: $0)] } ?? []
            switch status {
            case 180: return audio + [.report(.ringing, detail: "")]
            case 183: return audio + [.report(.progress, detail: "")]
            default: return audio
            }
        case .cancelling(isSent: false):
            state = .cancelling(isSent: true)
            return [.send(cancel())]
        case .cancelling(isSent: true), .established, .leaving, .ended:
            return []
        }
    }

    private mutating func receivedAnswer(_ message: SIPMessage) -> [Action] {
        unanswered = nil
        if let contact = message.field("Contact") { remoteTarget = Self.uri(in: contact) }
        branch += 1
        let acknowledgement = Action.send(request("ACK", branch: branch, number: inviteSequence))
        switch state {
        case .inviting:
            state = .established
            let audio = SessionDescription.audioPort(in: message.body).map { [Action.sendAudio(port: $0)] } ?? []
            return [acknowledgement] + audio + [.report(.established, detail: "")]
        case .cancelling:
            // The answer and our CANCEL crossed: the call exists now and is to be ended as one (RFC 3261, section 9.1).
            return [acknowledgement] + bye()
        case .established, .leaving, .ended:
            return [acknowledgement]  // Repeated until our ACK arrives (13.3.1.4).
        }
    }

    private mutating func receivedRefusal(_ status: Int, _ reason: String, _ message: SIPMessage) -> [Action] {
        unanswered = nil
        // This ACK belongs to the INVITE's own transaction: same branch, the To of the response (17.1.1.3).
        var acknowledgement = invite
        acknowledgement.start = .request(method: "ACK", uri: Self.uri(of: invite))
        acknowledgement.body = ""
        acknowledgement.fields = invite.fields.compactMap { field in
            switch field.name {
            case "To": (field.name, message.field("To") ?? field.value)
            case "CSeq": (field.name, "\(inviteSequence) ACK")
            case "Content-Type", "Authorization": nil
            default: field
            }
        }
        let sendIt = Action.send(acknowledgement)
        if status == 401, case .inviting(_, false) = state, let authorised = invite(answering: message) {
            state = .inviting(hasProvisional: false, hasAnsweredChallenge: true)
            invite = authorised
            unanswered = invite
            return [sendIt, .send(invite)]
        }
        switch state {
        case .inviting, .cancelling: return [sendIt] + end("\(status) \(reason)")
        case .established, .leaving, .ended: return [sendIt]
        }
    }

    private mutating func invite(answering challenge: SIPMessage) -> SIPMessage? {
        guard let password = parties.password else { return nil }
        let answer = DigestAnswer(user: parties.user, password: password)
        let uri = Self.uri(of: invite)
        let values = challenge.fields("WWW-Authenticate").compactMap {
            answer.authorization(for: $0, method: "INVITE", uri: uri, clientNonce: localTag)
        }
        guard let value = values.first else { return nil }
        sequence += 1
        branch += 1
        remote = "<\(uri)>"
        var next = request("INVITE", branch: branch, body: invite.body)
        next.fields.append(("Authorization", value))
        return next
    }

    // MARK: - Requests of the other side

    private mutating func receivedRequest(_ method: String, _ message: SIPMessage) -> [Action] {
        let contact = (name: "Contact", value: "<\(localURI)>")
        switch method {
        case "ACK":
            return []
        case "BYE":
            return [.send(message.response(200, "OK"))] + end("the other side hung up")
        case "INVITE", "UPDATE":
            return Self.acceptance(of: message, contact: localURI, audioPort: parties.audioPort)
        default:
            return [.send(message.response(200, "OK", adding: [contact]))]
        }
    }

    /// What a renegotiation gets: we want what we wanted before, and send to where it says.
    static func acceptance(of request: SIPMessage, contact: String, audioPort: UInt16) -> [Action] {
        let fields = [(name: "Contact", value: "<\(contact)>"), (name: "Content-Type", value: "application/sdp")]
        let answer = request.response(200, "OK", adding: fields, body: SessionDescription.text(port: audioPort))
        let audio = SessionDescription.audioPort(in: request.body).map { [Action.sendAudio(port: $0)] } ?? []
        return [.send(answer)] + audio
    }

    // MARK: - Making messages

    private mutating func end(_ reason: String) -> [Action] {
        unanswered = nil
        guard !isOver else { return [] }
        state = .ended
        return [.report(.closed, detail: reason)]
    }

    private mutating func bye() -> [Action] {
        state = .leaving
        sequence += 1
        branch += 1
        let message = request("BYE", branch: branch)
        unanswered = message
        return [.send(message)]
    }

    /// Like the INVITE in everything but method and body (RFC 3261, section 9.1).
    private func cancel() -> SIPMessage {
        let fields = invite.fields.compactMap { field -> (name: String, value: String)? in
            switch field.name {
            case "CSeq": (field.name, "\(inviteSequence) CANCEL")
            case "Content-Type", "Authorization", "Contact": nil
            default: field
            }
        }
        return SIPMessage(.request(method: "CANCEL", uri: Self.uri(of: invite)), fields: fields)
    }

    private var localURI: String { "sip:\(parties.user)@127.0.0.1:\(parties.localPort)" }

    private func request(_ method: String, branch: Int, number: Int? = nil, body: String = "") -> SIPMessage {
        var fields = [
            (name: "Via", value: "SIP/2.0/UDP 127.0.0.1:\(parties.localPort);rport;branch=z9hG4bK\(localTag)\(branch)"),
            (name: "Max-Forwards", value: "70"),
            (name: "From", value: "<\(localURI)>;tag=\(localTag)"),
            (name: "To", value: remote),
            (name: "Call-ID", value: callID),
            (name: "CSeq", value: "\(number ?? sequence) \(method)"),
            (name: "Contact", value: "<\(localURI)>"),
        ]
        if !body.isEmpty { fields.append((name: "Content-Type", value: "application/sdp")) }
        return SIPMessage(.request(method: method, uri: remoteTarget), fields: fields, body: body)
    }

    private static func uri(of message: SIPMessage) -> String {
        if case .request(_, let uri) = message.start { uri } else { "" }
    }

    /// `sip:a@b` of `"Name" <sip:a@b>;x=y` and of `sip:a@b;x=y`.
    static func uri(in field: String) -> String {
        if let open = field.firstIndex(of: "<"), let close = field[open...].firstIndex(of: ">") {
            return String(field[field.index(after: open)..<close])
        }
        return String(field.prefix { $0 != ";" })
    }
}

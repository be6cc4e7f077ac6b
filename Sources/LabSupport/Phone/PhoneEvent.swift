import Foundation

/// Something that a phone reported.
package struct PhoneEvent: Sendable {
    /// What can be waited for.
    package enum Name: String, Sendable, CaseIterable {
        /// The registrar accepted the phone.
        case registered
        /// The registrar refused the phone; the detail says how.
        case registrationFailed
        /// The INVITE left. Only measuring phones report it.
        case dialled
        /// A call comes in; the detail is the calling address.
        case incoming
        /// The called party rings.
        case ringing
        /// The call sends something before it is answered (183).
        case progress
        /// The call is answered, by whichever side.
        case established
        /// The first RTP packet of the call arrived.
        case audio
        /// The call is over; the detail is the reason.
        case closed
        /// A key of the other side arrived (RFC 4733); the detail is the key.
        case key
        /// The two sides have agreed on the audio, at the beginning of a call or anew; the detail says what the other one's
        /// part was: `offer` or `answer`. Only real phones report it.
        case negotiated
        /// The first packet of a key left; the detail is the key. Only measuring phones report it.
        case pressed
        /// The last packet of a key left; the detail is the key. Only measuring phones report it.
        case released
        /// The first packet of what it says on demand left. Only measuring phones report it.
        case spoke
        /// The ear hears every voice that it should. Only phones of a bank report it.
        case heard
    }

    package let name: Name
    /// Reason, address or key; empty where there is none.
    package let detail: String
    /// When it reached this process, at most a millisecond or so after it happened.
    package let at: ContinuousClock.Instant

    /// What this event means for somebody who waits for `awaited`.
    func verdict(for awaited: Name) -> Journal<PhoneEvent>.Verdict {
        if name == awaited { return .accept }
        switch (awaited, name) {
        case (.registered, .registrationFailed):
            return .fail(LabError("the registrar refused: \(detail)"))
        case (.ringing, .closed), (.progress, .closed), (.established, .closed), (.audio, .closed), (.key, .closed),
            (.negotiated, .closed), (.pressed, .closed), (.released, .closed), (.spoke, .closed), (.heard, .closed):
            return .fail(LabError("waited for \(awaited.rawValue), but the call ended: \(detail)"))
        default:
            return .wait
        }
    }
}

/// One message of baresip's control connection: an event of its own or the answer to a command.
enum BaresipMessage: Equatable {
    case event(PhoneEvent.Name, detail: String)
    case answer(token: String, isOK: Bool, text: String)
    /// An event that nobody here waits for.
    case other

    private struct Wire: Decodable {
        let event: Bool?
        let response: Bool?
        let type: String?
        let param: String?
        let token: String?
        let ok: Bool?
        let data: String?
    }

    /// - Throws: ``LabError`` when `payload` is no JSON object of baresip's.
    init(_ payload: [UInt8]) throws {
        guard let wire = try? JSONDecoder().decode(Wire.self, from: Data(payload)) else {
            throw LabError("the phone's control connection said: \(String(decoding: payload, as: UTF8.self))")
        }
        if wire.response == true {
            self = .answer(token: wire.token ?? "", isOK: wire.ok ?? false, text: wire.data ?? "")
        } else if let name = Self.names[wire.type ?? ""] {
            self = .event(name, detail: wire.param ?? "")
        } else {
            self = .other
        }
    }

    /// baresip's names of what we listen to (`src/event.c` of baresip).
    private static let names: [String: PhoneEvent.Name] = [
        "REGISTER_OK": .registered,
        "REGISTER_FAIL": .registrationFailed,
        "CALL_INCOMING": .incoming,
        "CALL_RINGING": .ringing,
        "CALL_PROGRESS": .progress,
        "CALL_ESTABLISHED": .established,
        "CALL_RTPESTAB": .audio,
        "CALL_CLOSED": .closed,
        "CALL_DTMF_START": .key,
        "CALL_REMOTE_SDP": .negotiated,
    ]

    /// A command as the control connection wants it.
    static func command(_ command: String, _ parameters: String?, token: String) throws -> [UInt8] {
        var fields = ["command": command, "token": token]
        fields["params"] = parameters
        do {
            return Netstring.encode(Array(try JSONEncoder().encode(fields)))
        } catch {
            throw LabError("cannot encode the phone's command \(command): \(error)")
        }
    }
}

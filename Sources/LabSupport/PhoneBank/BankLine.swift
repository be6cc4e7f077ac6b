import Foundation
import Locking

/// One phone of a bank: its call, its voice and its ear.
// Safe because all but `events` and `ear`, which any thread may use, belongs to the bank's thread.
final class BankLine: @unchecked Sendable {
    /// Where a bank speaks SIP, for all of its phones.
    struct Exchange: Sendable {
        let socket: Descriptor
        let port: UInt16
        let server: UInt16
    }

    private static let packetTime = Duration.milliseconds(20)
    /// RFC 3261's T1: how long an unanswered request is waited for before it is sent again.
    private static let repetition = Duration.milliseconds(500)

    let user: String
    let events = Journal<PhoneEvent>()
    let ear = LockedBox(EarMeter(.init(voices: []), from: .now))

    // The thread's own.
    private let exchange: Exchange
    private let voice: [[UInt8]]
    private(set) var audio: Descriptor?
    /// Of the call that is up or was the last one.
    private(set) var callID: String?
    private var call: (any SIPDialog)?
    private var sender: RTPSender?
    private var remoteAudio: UInt16?
    private var nextPacket = ContinuousClock.now
    private var repeatTime = ContinuousClock.now

    init(user: String, voice: Voice?, exchange: Exchange) {
        self.user = user
        self.voice = RTPSender.payloads(of: voice?.tone, softerBy: voice?.softerBy ?? 0)
        self.exchange = exchange
    }

    // MARK: - The thread

    func dial(_ target: String) {
        guard let port = beginCall() else { return }
        let id = UUID().uuidString
        let parties = SIPCall.Parties(
            user: user,
            target: target,
            serverPort: exchange.server,
            localPort: exchange.port,
            audioPort: port,
            password: nil
        )
        let new = SIPCall(parties, id: id)
        call = new
        callID = new.callID
        send(new.first)
        report(.dialled, target)
    }

    /// Answers a call that comes in.
    func answer(_ invite: SIPMessage) {
        guard call?.isOver ?? true else { return send(invite.response(486, "Busy Here")) }
        guard let port = beginCall(),
            let new = AnsweredCall(invite, localPort: exchange.port, audioPort: port, tag: UUID().uuidString)
        else { return }
        call = new
        callID = new.callID
        perform(new.first)
    }

    /// Gives the call a socket of its own: no packet of the call before can be taken for one of this.
    ///
    /// - Returns: its port; nil when there is a call already, or no socket, which is reported as the call's end.
    private func beginCall() -> UInt16? {
        guard call?.isOver ?? true else {
            report(.closed, "a call is up already")
            return nil
        }
        guard let (socket, port) = try? datagramSocket() else {
            report(.closed, "no socket for audio")
            return nil
        }
        audio = socket
        sender = RTPSender(voice: voice)
        remoteAudio = nil
        return port
    }

    func hangUp() {
        perform(call?.hangUp() ?? [])
    }

    func press(_ keys: String) {
        sender?.press(keys)
    }

    func received(_ message: SIPMessage) {
        perform(call?.received(message) ?? [])
    }

    func receiveAudio() {
        while let audio, let datagram = readDatagram(from: audio) {
            guard let packet = RTPPacket(datagram), packet.payloadType == RTPPacket.pcmu else { continue }
            let now = ContinuousClock.now
            if ear.withLock({ $0.receive(packet, at: now) }) { report(.heard, "") }
        }
    }

    /// Sends what is due.
    func keepTime(_ now: ContinuousClock.Instant) {
        if let message = call?.unanswered, repeatTime <= now { send(message) }
        guard let port = remoteAudio, let audio, nextPacket <= now else { return }
        let packets = sender?.next() ?? []
        for packet in packets { sendDatagram(packet.encoded, from: audio, to: port) }
        if let change = RTPSender.change(in: packets) { report(change.name, String(change.key)) }
        nextPacket += Self.packetTime
        // After a long stall the clock starts anew, instead of a burst for what was missed.
        if nextPacket < now - .milliseconds(200) { nextPacket = now + Self.packetTime }
    }

    private func perform(_ actions: [SIPCall.Action]) {
        for action in actions {
            switch action {
            case .send(let message): send(message)
            case .sendAudio(let port):
                if remoteAudio == nil { nextPacket = .now }
                remoteAudio = port
            case .report(let name, let detail):
                if name == .closed {
                    remoteAudio = nil
                    // Asterisk may still send a packet or two, which nobody is to hear.
                    audio = nil
                }
                report(name, detail)
            }
        }
    }

    private func report(_ name: PhoneEvent.Name, _ detail: String) {
        events.append(PhoneEvent(name: name, detail: detail, at: .now))
    }

    private func send(_ message: SIPMessage) {
        repeatTime = .now + Self.repetition
        sendDatagram(message.encoded, from: exchange.socket, to: exchange.server)
    }
}

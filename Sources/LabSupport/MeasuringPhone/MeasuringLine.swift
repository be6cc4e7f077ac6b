import Foundation
import Glibc

/// An RTP packet of audio as it arrived.
package struct ReceivedPacket: Sendable {
    /// When it was taken from the socket, by a thread that does nothing else: a fraction of a millisecond after it came.
    package let at: ContinuousClock.Instant
    package let sequence: UInt16
    /// Of the sender, in samples.
    package let timestamp: UInt32
    /// The stream it belongs to (SSRC).
    package let source: UInt32
    /// 160 samples in the lab.
    package let samples: [Int16]
}

/// The thread of a measuring phone: two sockets, a clock of 20 ms, and what others ask it to do.
// Safe because what other threads touch (`wishes`) is behind `lock`; the rest of the mutable state belongs to the thread.
final class MeasuringLine: @unchecked Sendable {
    enum Wish {
        case dial(String, hangUpAfter: Duration?)
        case hangUp
        case press(String)
        case speak(packets: Int)
        case stop
    }

    private static let packetTime = Duration.milliseconds(20)
    /// RFC 3261's T1: how long an unanswered request is waited for before it is sent again.
    private static let repetition = Duration.milliseconds(500)

    let events = Journal<PhoneEvent>()
    let packets = Journal<ReceivedPacket>()
    let localPort: UInt16

    private let user: String
    private let password: String?
    private let server: UInt16
    private let tone: Tone?
    private let firstSequence: UInt16?
    private let speaksOnDemand: Bool
    private let sip: Descriptor
    private let alarm: (ring: Descriptor, hear: Descriptor)
    private let lock = NSLock()
    private var wishes: [Wish] = []

    // The thread's own.
    private var audio: Descriptor?
    private var call: SIPCall?
    private var sender: RTPSender?
    private var remoteAudio: UInt16?
    private var nextPacket = ContinuousClock.now
    private var hangUpTime: ContinuousClock.Instant?
    private var repeatTime: ContinuousClock.Instant?

    init(
        user: String,
        password: String?,
        server: UInt16,
        tone: Tone?,
        firstSequence: UInt16?,
        speaksOnDemand: Bool
    ) throws {
        self.user = user
        self.password = password
        self.server = server
        self.tone = tone
        self.firstSequence = firstSequence
        self.speaksOnDemand = speaksOnDemand
        (sip, localPort) = try datagramSocket()
        alarm = try socketPair(nonBlocking: true)
    }

    func start() {
        let thread = Thread { [self] in run() }
        thread.name = "measuring phone"
        thread.start()
    }

    func wish(_ wish: Wish) {
        lock.withLock { wishes.append(wish) }
        _ = try? writeAll([0], to: alarm.ring)  // Full means that the thread has alarms enough.
    }

    // MARK: - The thread

    private func run() {
        while true {
            wait()
            receiveAudio()
            receiveSIP()
            _ = readSome(from: alarm.hear)
            for wish in lock.withLock({
                let taken = wishes; wishes = []; return taken
            }) {
                if case .stop = wish {
                    let reason = LabError("the phone was stopped")
                    events.finish(reason)
                    return packets.finish(reason)
                }
                fulfil(wish)
            }
            keepTime()
        }
    }

    /// Sleeps until a packet, a wish, or the next moment at which something is to be done.
    private func wait() {
        let now = ContinuousClock.now
        let moments = [now + Self.packetTime, remoteAudio == nil ? nil : nextPacket, hangUpTime].compactMap { $0 }
        let left = max(.zero, (moments.min() ?? now) - now)
        var polls = [sip, alarm.hear, audio].map { pollfd(fd: $0?.number ?? -1, events: Int16(POLLIN), revents: 0) }
        // In whole milliseconds, rounded up: what is sent is up to 1 ms late, what arrives is taken at once.
        poll(&polls, nfds_t(polls.count), Int32((left / .milliseconds(1)).rounded(.up)))
    }

    private func fulfil(_ wish: Wish) {
        switch wish {
        case .dial(let target, let hangUpAfter):
            dial(target, hangUpAfter: hangUpAfter)
        case .hangUp:
            perform(call?.hangUp() ?? [])
        case .press(let keys):
            sender?.press(keys)
        case .speak(let packets):
            sender?.speak(packets: packets)
            // Else every word of a call would find the same moment of whatever else beats in 20 ms.
            nextPacket += .microseconds(Int.random(in: 0..<20_000))
        case .stop:
            break  // Handled where wishes are taken.
        }
    }

    private func dial(_ target: String, hangUpAfter: Duration?) {
        guard call?.isOver ?? true else { return report(.closed, "a call is up already") }
        // A socket of its own for each call: no packet of the call before can be taken for one of this.
        guard let (socket, port) = try? datagramSocket() else { return report(.closed, "no socket for audio") }
        audio = socket
        sender = RTPSender(tone: tone, firstSequence: firstSequence, speaksOnDemand: speaksOnDemand)
        remoteAudio = nil
        let parties = SIPCall.Parties(
            user: user,
            target: target,
            serverPort: server,
            localPort: localPort,
            audioPort: port,
            password: password
        )
        let new = SIPCall(parties, id: UUID().uuidString)
        call = new
        let now = ContinuousClock.now
        hangUpTime = hangUpAfter.map { now + $0 }
        send(new.first)
        events.append(PhoneEvent(name: .dialled, detail: target, at: now))
    }

    private func keepTime() {
        let now = ContinuousClock.now
        if let time = hangUpTime, time <= now {
            hangUpTime = nil
            perform(call?.hangUp() ?? [])
        }
        if let message = call?.unanswered, let time = repeatTime, time <= now { send(message) }
        if let port = remoteAudio, nextPacket <= now {
            let next = sender?.next() ?? []
            for packet in next { transmit(packet.encoded, from: audio, to: port) }
            if let change = RTPSender.change(in: next) { report(change.name, String(change.key)) }
            if sender?.hasBegunToSpeak == true { report(.spoke, "") }
            nextPacket += Self.packetTime
            // After a long stall the clock starts anew, instead of a burst for what was missed.
            if nextPacket < now - .milliseconds(200) { nextPacket = now + Self.packetTime }
        }
        events.tick(at: now)
        packets.tick(at: now)
    }

    // MARK: - Sockets

    private func receiveAudio() {
        while let audio, let datagram = readDatagram(from: audio) {
            let now = ContinuousClock.now
            guard let packet = RTPPacket(datagram), packet.payloadType == RTPPacket.pcmu else { continue }
            packets.append(
                ReceivedPacket(
                    at: now,
                    sequence: packet.sequence,
                    timestamp: packet.timestamp,
                    source: packet.source,
                    samples: G711.decode(packet.payload)
                )
            )
        }
    }

    private func receiveSIP() {
        while let datagram = readDatagram(from: sip) {
            guard let message = SIPMessage(datagram) else { continue }
            perform(call?.received(message) ?? [])
        }
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
                    hangUpTime = nil
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
        transmit(message.encoded, from: sip, to: server)
    }

    private func transmit(_ bytes: [UInt8], from socket: Descriptor?, to port: UInt16) {
        guard let socket else { return }
        sendDatagram(bytes, from: socket, to: port)
    }
}

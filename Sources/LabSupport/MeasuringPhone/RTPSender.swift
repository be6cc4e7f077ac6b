import Foundation

/// What a measuring phone sends, packet by packet: its tone, without end or on demand, and keys in between.
struct RTPSender {
    /// Samples in a packet of 20 ms.
    static let samplesPerPacket = 160
    /// The telephone's keys, each at the place of its code (RFC 4733, section 3.2).
    static let keys = Array("0123456789*#ABCD")
    /// Packets for which a key is down: 100 ms.
    private static let packetsPerKey = 5
    /// Packets from one key to the next at least: 60 ms. Asterisk reports keys that come within 45 ms of each other twice.
    private static let packetsBetweenKeys = 2

    private struct Key {
        let code: UInt8
        let timestamp: UInt32
        var packetsSent = 0
    }

    /// One second of payloads; every tone has whole periods in it.
    private let voice: [[UInt8]]
    private let source = UInt32.random(in: 1...UInt32.max)
    private var sequence: UInt16
    private var timestamp = UInt32.random(in: 0...0x7FFF_FFFF)
    private var sent = 0
    /// Packets of the tone that are still to be said; nil if it is said without end.
    private var speech: Int?
    /// The next packet with the tone is the first one after a silence.
    private var beginsToSpeak = false
    private var waitingKeys: [UInt8] = []
    private var key: Key?
    private var packetsToNextKey = 0

    /// - Parameter firstSequence: the number of the first packet; nil for any below 0x8000.
    /// - Parameter speaksOnDemand: says its tone only when ``speak(packets:)`` wants it to.
    init(tone: Tone?, firstSequence: UInt16? = nil, speaksOnDemand: Bool = false) {
        self.init(voice: Self.payloads(of: tone), firstSequence: firstSequence)
        if speaksOnDemand { speech = 0 }
    }

    /// - Parameter voice: one second of payloads, see ``payloads(of:softerBy:)``.
    init(voice: [[UInt8]], firstSequence: UInt16? = nil) {
        self.voice = voice
        sequence = firstSequence ?? UInt16.random(in: 0...0x7FFF)
    }

    /// One second of a tone, or of silence, as the payloads of its packets.
    ///
    /// - Parameter decibels: how far it stays below ``ToneMeter/amplitude``.
    static func payloads(of tone: Tone?, softerBy decibels: Double = 0) -> [[UInt8]] {
        let samples =
            tone.map { ToneMeter.samples(of: $0, count: ToneMeter.sampleRate) }
            ?? [Int16](repeating: 0, count: ToneMeter.sampleRate)
        let factor = pow(10, -decibels / 20)
        let coded = samples.map { G711.encode(Int16(Double($0) * factor)) }
        return stride(from: 0, to: coded.count, by: samplesPerPacket).map {
            Array(coded[$0..<($0 + samplesPerPacket)])
        }
    }

    /// Queues keys; what is no telephone key is left out.
    mutating func press(_ keys: String) {
        waitingKeys += keys.compactMap { Self.keys.firstIndex(of: $0) }.map(UInt8.init)
    }

    /// Says the tone for so many packets, if it speaks on demand.
    mutating func speak(packets: Int) {
        guard speech == 0 else { return }
        speech = packets
        beginsToSpeak = true
    }

    /// Whether the packet that ``next()`` made last is the first one of what is said on demand.
    private(set) var hasBegunToSpeak = false

    /// The packet for the next 20 ms. The end of a key is three packets at once (RFC 4733, section 2.5.1.4).
    mutating func next() -> [RTPPacket] {
        hasBegunToSpeak = false
        defer {
            timestamp &+= UInt32(Self.samplesPerPacket)
            sent += 1
        }
        if packetsToNextKey > 0 {
            packetsToNextKey -= 1
        } else if key == nil, !waitingKeys.isEmpty {
            key = Key(code: waitingKeys.removeFirst(), timestamp: timestamp)
        }
        guard var current = key else {
            return [packet(RTPPacket.pcmu, isMarked: sent == 0, timestamp, nextPayload())]
        }
        current.packetsSent += 1
        let isLast = current.packetsSent == Self.packetsPerKey
        key = isLast ? nil : current
        if isLast { packetsToNextKey = Self.packetsBetweenKeys }
        let duration = UInt16(current.packetsSent * Self.samplesPerPacket)
        let volume: UInt8 = 10
        let payload = [current.code, isLast ? 0x80 | volume : volume, UInt8(duration >> 8), UInt8(duration & 0xFF)]
        return (0..<(isLast ? 3 : 1)).map { _ in
            packet(RTPPacket.telephoneEvent, isMarked: current.packetsSent == 1, current.timestamp, payload)
        }
    }

    private mutating func nextPayload() -> [UInt8] {
        guard let left = speech else { return voice[sent % voice.count] }
        guard left > 0 else { return Self.silence }
        speech = left - 1
        hasBegunToSpeak = beginsToSpeak
        beginsToSpeak = false
        return voice[sent % voice.count]
    }

    private static let silence = [UInt8](repeating: G711.encode(0), count: samplesPerPacket)

    private mutating func packet(_ type: UInt8, isMarked: Bool, _ timestamp: UInt32, _ payload: [UInt8]) -> RTPPacket {
        defer { sequence &+= 1 }
        return RTPPacket(
            payloadType: type,
            isMarked: isMarked,
            sequence: sequence,
            timestamp: timestamp,
            source: source,
            payload: payload
        )
    }

    /// What `packets`, which ``next()`` has made, do to a key.
    static func change(in packets: [RTPPacket]) -> (name: PhoneEvent.Name, key: Character)? {
        guard let packet = packets.first, packet.payloadType == RTPPacket.telephoneEvent, packet.payload.count == 4,
            Int(packet.payload[0]) < keys.count
        else { return nil }
        let key = keys[Int(packet.payload[0])]
        if packet.payload[1] & 0x80 != 0 { return (.released, key) }
        return packet.isMarked ? (.pressed, key) : nil
    }
}

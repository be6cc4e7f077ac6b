import Testing

@testable import LabSupport

struct RTPTests {
    @Test
    func `every code of mu-law is the code of what it means`() {
        for code in UInt8.min...UInt8.max {
            let sample = G711.decode([code])[0]
            // Zero has two codes; the positive one is written.
            #expect(G711.encode(sample) == (code == 0x7F ? 0xFF : code))
        }
        #expect(G711.decode([0x00, 0x80, 0xFF]) == [-32_124, 32_124, 0])
        #expect(G711.encode(.min) == 0x00)
        #expect(G711.encode(.max) == 0x80)
    }

    @Test
    func `a tone survives mu-law within half a decibel`() {
        let tone = ToneMeter.samples(of: .client, count: 800)
        let coded = G711.decode(tone.map(G711.encode))
        #expect(abs(ToneMeter.level(of: .client, in: coded) - ToneMeter.level(of: .client, in: tone)) < 0.5)
        #expect(ToneMeter.level(of: .agent, in: coded) < Heard.absentLevel)
    }

    @Test
    func `no mix of voices makes another one up, whatever their phases`() {
        let tones = [Tone.client, .agent, .supervisor, .secondSupervisor]
        let through = { (samples: [Int16]) in G711.decode(samples.map(G711.encode)) }
        for shift in stride(from: 0, to: 160, by: 7) {
            for silent in tones {
                var mix = [Int](repeating: 0, count: 160)
                for (number, tone) in tones.enumerated() where tone != silent {
                    let voice = through(ToneMeter.samples(of: tone, count: 160, from: shift * number))
                    for index in mix.indices { mix[index] += Int(voice[index]) }
                }
                let heard = through(mix.map { Int16(clamping: $0) })
                #expect(ToneMeter.level(of: silent, in: heard) < Heard.absentLevel - 5, "\(silent), shift \(shift)")
            }
        }
    }

    @Test
    func `what is written is read as the same`() {
        let packet = RTPPacket(
            payloadType: 101,
            isMarked: true,
            sequence: 65_535,
            timestamp: 4_000_000_000,
            source: 0xDEAD_BEEF,
            payload: [1, 2, 3]
        )
        #expect(RTPPacket(packet.encoded) == packet)
    }

    @Test
    func `sources, extension and padding are no payload`() {
        let head: [UInt8] = [0xB1, 0x00, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3]
        let packet = RTPPacket(head + [9, 9, 9, 9] + [0, 0, 0, 1, 8, 8, 8, 8] + [7, 7] + [0, 2])
        #expect(packet?.payload == [7, 7])
    }

    @Test(arguments: [
        [], [0x80], [UInt8](repeating: 0x40, count: 12), [0x8F] + [UInt8](repeating: 0, count: 12),
        [0x90] + [UInt8](repeating: 0xFF, count: 20), [0xA0] + [UInt8](repeating: 0, count: 11) + [200],
    ])
    func `what is no whole packet is nothing`(bytes: [UInt8]) {
        #expect(RTPPacket(bytes) == nil)
    }

    @Test
    func `a key is five packets of one timestamp, its end three times, and the voice goes on after it`() {
        var sender = RTPSender(tone: .client)
        _ = sender.next()
        sender.press("5x")
        let packets = (0..<6).flatMap { _ in sender.next() }
        let events = packets.filter { $0.payloadType == RTPPacket.telephoneEvent }
        #expect(events.count == 7)
        #expect(Set(events.map(\.timestamp)).count == 1)
        #expect(events.map(\.isMarked) == [true, false, false, false, false, false, false])
        #expect(events.suffix(3).allSatisfy { $0.payload == [5, 0x8A, 0x03, 0x20] })
        #expect(packets.last?.payloadType == RTPPacket.pcmu)
        #expect(packets.last?.timestamp == events[0].timestamp &+ 800)
        #expect(zip(packets, packets.dropFirst()).allSatisfy { $1.sequence == $0.sequence &+ 1 })
    }

    @Test
    func `the first and the last packet of a key are told`() {
        var sender = RTPSender(tone: .client)
        sender.press("#0")
        let changes = (0..<13).map { _ in RTPSender.change(in: sender.next()) }
        #expect(changes.map { $0?.key } == ["#", nil, nil, nil, "#", nil, nil, "0", nil, nil, nil, "0", nil])
        #expect(changes.compactMap { $0?.name } == [.pressed, .released, .pressed, .released])
    }
}

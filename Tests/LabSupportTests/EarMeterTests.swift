import Testing

@testable import LabSupport

struct EarMeterTests {
    private static let begin = ContinuousClock.now

    /// A packet as the lab's Asterisk sends it.
    ///
    /// - Parameter place: which of the senders' packets is in it.
    private func packet(_ number: Int, _ tones: [Tone], place: Int? = nil) -> RTPPacket {
        let voices = tones.map { ToneMeter.samples(of: $0, count: 160, from: 160 * (place ?? number)) }
        let samples = (0..<160).map { index -> Int16 in voices.reduce(0) { $0 + $1[index] } }
        return RTPPacket(
            payloadType: RTPPacket.pcmu,
            isMarked: false,
            sequence: UInt16(number),
            timestamp: UInt32(160 * number),
            source: 1,
            payload: samples.map(G711.encode)
        )
    }

    private func time(_ number: Int) -> ContinuousClock.Instant {
        Self.begin + .milliseconds(20) * number
    }

    /// An ear that should hear client and agent, and no supervisor, after `count` packets.
    private func report(
        _ count: Int = 200,
        tonesEvery: Int = 1,
        _ change: (Int) -> RTPPacket?
    ) -> EarReport {
        var meter = EarMeter(
            .init(voices: [Voice(.place), Voice(.agent)], strangers: [.supervisor], tonesEvery: tonesEvery),
            from: Self.begin
        )
        for number in 0..<count {
            if let packet = change(number) { _ = meter.receive(packet, at: time(number)) }
        }
        return meter.report(until: time(count))
    }

    @Test(arguments: [1, 4])
    func `nothing is missing where all voices are there`(tonesEvery: Int) {
        let report = report(tonesEvery: tonesEvery) { packet($0, [.place, .agent]) }
        #expect(report.dropped == .zero)
        #expect(report.longestGap == .zero)
        #expect(report.intruders == [])
        #expect(report.lost == 0)
        #expect(report.timestampGaps == .zero)
    }

    @Test
    func `a packet that the sender left out is missing once`() {
        let report = report { number in
            guard (60..<63).contains(number) else {
                var packet = packet(number, [.place, .agent])
                // The sender numbers what it sends.
                if number >= 63 { packet.sequence -= 3 }
                return packet
            }
            return nil
        }
        #expect(report.notReceived == .milliseconds(60))
        #expect(report.passedOver == .milliseconds(60))
        #expect(report.timestampGaps == .milliseconds(60))
        #expect(report.dropped == .milliseconds(60))
        #expect(report.longestGap == .milliseconds(60))
        #expect(report.lost == 0)
    }

    @Test
    func `a packet that the phone lost is told apart`() {
        let report = report { $0 == 60 ? nil : packet($0, [.place, .agent]) }
        #expect(report.lost == 1)
        #expect(report.timestampGaps == .zero)
        #expect(report.notReceived == .milliseconds(20))
    }

    @Test(arguments: [[], [.agent], [.place]] as [[Tone]])
    func `silence, and a voice that is not there, are missing`(tones: [Tone]) {
        let report = report { packet($0, (60..<70).contains($0) ? tones : [.place, .agent]) }
        #expect(report.withoutVoice == .milliseconds(200))
        #expect(report.dropped == .milliseconds(200))
        #expect(report.longestGap == .milliseconds(200))
        #expect(report.silent == (tones.isEmpty ? .milliseconds(200) : .zero))
    }

    @Test(arguments: [(4, []), (5, [.supervisor])] as [(Int, [Tone])])
    func `who speaks for 100 ms is heard, a click is not`(packets: Int, intruders: [Tone]) {
        let report = report {
            packet($0, (60..<60 + packets).contains($0) ? [.place, .agent, .supervisor] : [.place, .agent])
        }
        #expect(report.intruders == intruders)
        #expect(report.overheard[.supervisor] == .milliseconds(20 * packets))
        #expect(report.dropped == .zero)
    }

    @Test
    func `an ear that gets nothing misses everything`() {
        let report = report(50) { _ in nil }
        #expect(report.dropped == .seconds(1))
        #expect(report.longestGap == .milliseconds(980))
    }

    @Test
    func `all voices in five packets in a row are heard, and that is told once`() {
        var meter = EarMeter(.init(voices: [Voice(.agent)]), from: Self.begin)
        let told = (0..<30).map { number in
            meter.receive(packet(number, number == 3 || number == 20 ? [] : [.agent]), at: time(number))
        }
        #expect(told.indices.filter { told[$0] } == [8])
    }

    @Test
    func `a softer voice is looked for at its own level`() {
        for (softerBy, isHeard) in [(0.0, false), (6, true)] {
            var meter = EarMeter(.init(voices: [Voice(.supervisor, softerBy: softerBy)]), from: Self.begin)
            let payload = RTPSender.payloads(of: .supervisor, softerBy: 8)[0]
            for number in 0..<20 {
                var packet = packet(number, [])
                packet.payload = payload
                _ = meter.receive(packet, at: time(number))
            }
            #expect((meter.report(until: time(20)).withoutVoice == .zero) == isHeard)
        }
    }
}

struct ArrivalMeterTests {
    private static let begin = ContinuousClock.now

    /// What is missing after packets that came so many milliseconds after the first was due.
    private func missing(_ times: [Int], until end: Int) -> Duration {
        var meter = ArrivalMeter(from: Self.begin)
        for time in times { meter.receive(at: Self.begin + .milliseconds(time)) }
        return meter.missing(until: Self.begin + .milliseconds(end))
    }

    @Test
    func `what is only late is not missing`() {
        let times = (0..<500).map { number in
            (200..<205).contains(number) ? 20 * 205 : 20 * number + number * 7 % 10
        }
        #expect(missing(times, until: 10_000) == .zero)
    }

    @Test(arguments: [1, 2, 40, 200])
    func `what never came is missing, however often`(count: Int) {
        let times = (0..<1_000).filter { $0 % 300 < 300 - count }.map { 20 * $0 }
        #expect(missing(times, until: 20_000) == .milliseconds(20 * count * 3))
    }

    @Test
    func `what came twice makes up for nothing`() {
        let times = (0..<500).map { 20 * ($0 < 100 ? $0 : $0 < 300 ? $0 - 1 : $0 + 1) }
        #expect(missing(times, until: 10_020) == .milliseconds(40))
    }

    @Test
    func `a stream that ends or begins late is missing from then on`() {
        #expect(missing((0..<100).map { 20 * $0 }, until: 3_000) == .milliseconds(1_000))
        #expect(missing((50..<150).map { 20 * $0 }, until: 3_000) == .milliseconds(980))
    }
}

struct PlaceMeterTests {
    /// What the meter makes of packets whose place in the sender's audio is given.
    private func meter(_ places: [Double]) -> PlaceMeter {
        var meter = PlaceMeter()
        for place in places {
            meter.count()
            let phase = 18.1 * place
            meter.receive(phase: phase - phase.rounded())
        }
        return meter
    }

    private func steady(_ range: Range<Int>) -> [Double] { range.map(Double.init) }

    @Test(arguments: [1, 4, 5])
    func `what is passed over is counted`(count: Int) {
        let meter = meter(steady(0..<50) + steady(50 + count..<100))
        #expect(meter.passedOver == count)
        #expect(meter.repeated == 0)
    }

    @Test(arguments: [1, 4])
    func `what comes twice is counted apart`(count: Int) {
        let meter = meter(steady(0..<50) + steady(50 - count..<100))
        #expect(meter.passedOver == 0)
        #expect(meter.repeated == count)
    }

    @Test
    func `one packet with a phase of its own says nothing`() {
        let meter = meter(steady(0..<50) + [53.4] + steady(51..<100))
        #expect(meter.passedOver == 0)
        #expect(meter.repeated == 0)
    }

    @Test
    func `packets whose phase cannot be used are counted all the same`() {
        var meter = meter(steady(0..<50))
        for _ in 0..<7 { meter.count() }
        for place in 57..<70 {
            meter.count()
            let phase = 18.1 * Double(place)
            meter.receive(phase: phase - phase.rounded())
        }
        #expect(meter.passedOver == 0)
        #expect(meter.repeated == 0)
    }
}

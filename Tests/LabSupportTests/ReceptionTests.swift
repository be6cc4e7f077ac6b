import Testing

@testable import LabSupport

struct ReceptionTests {
    private static let begin = ContinuousClock.now

    /// A packet of 20 ms that comes when it should, or later.
    ///
    /// - Parameter place: which of the senders' packets is in it.
    private func packet(
        _ number: Int,
        _ tones: [Tone] = [.client, .agent],
        late: Duration = .zero,
        place: Int? = nil
    ) -> ReceivedPacket {
        let voices = tones.map { ToneMeter.samples(of: $0, count: 160, from: 160 * (place ?? number)) }
        return ReceivedPacket(
            at: Self.begin + .milliseconds(20 * number) + late,
            sequence: UInt16(number),
            timestamp: UInt32(160 * number),
            source: 1,
            samples: (0..<160).map { index in voices.reduce(0) { $0 + $1[index] } }
        )
    }

    private func loss(_ packets: [ReceivedPacket], of tone: Tone = .client) throws -> ToneLoss {
        let span = (packets.last?.at ?? Self.begin) - Self.begin
        return try #require(Reception(packets: packets, duration: span).loss(of: tone))
    }

    private func isAbout(_ duration: Duration, _ milliseconds: Int) -> Bool {
        (.milliseconds(milliseconds) - .microseconds(2_500)...(.milliseconds(milliseconds) + .microseconds(2_500)))
            .contains(duration)
    }

    @Test
    func `nothing is missing in a steady stream, jitter or not`() throws {
        let loss = try loss((0..<100).map { packet($0, late: .microseconds($0 * 7 % 10 * 600)) })
        #expect(loss.total == .zero)
    }

    @Test(arguments: [1, 2, 5])
    func `packets that never came are missing, whatever the numbers of the others say`(count: Int) throws {
        var packets = (0..<100).map { packet($0) }
        packets.removeSubrange(50..<(50 + count))
        let loss = try loss(packets)
        #expect(isAbout(loss.notReceived, 20 * count))
    }

    @Test(arguments: [[Tone.agent], []])
    func `audio in which the tone is not is missing`(others: [Tone]) throws {
        let packets = (0..<100).map { (40..<43).contains($0) ? packet($0, others) : packet($0) }
        let loss = try loss(packets)
        #expect(loss.notReceived == .zero)
        #expect(isAbout(loss.withoutTone, 60))
        #expect(try self.loss(packets, of: .agent).withoutTone == (others.isEmpty ? loss.withoutTone : .zero))
    }

    @Test
    func `half a packet of silence is measured`() throws {
        var packets = (0..<100).map { packet($0) }
        let silent = packets[60].samples.prefix(80) + [Int16](repeating: 0, count: 80)
        packets[60] = ReceivedPacket(
            at: packets[60].at,
            sequence: packets[60].sequence,
            timestamp: packets[60].timestamp,
            source: 1,
            samples: Array(silent)
        )
        #expect(isAbout(try loss(packets).withoutTone, 10))
    }

    @Test
    func `what is only late is not missing`() throws {
        let packets = (0..<100).map { packet($0, late: (50..<54).contains($0) ? .milliseconds(20 * (54 - $0)) : .zero) }
        #expect(try loss(packets).total == .zero)
    }

    @Test(arguments: [1, 2, 5])
    func `audio that was passed over without a gap is missing`(count: Int) throws {
        let packets = (0..<50).map { packet($0, [.place, .agent], place: $0 < 25 ? $0 : $0 + count) }
        let loss = try loss(packets, of: .place)
        #expect(loss.notReceived == .zero)
        #expect(loss.skipped == .milliseconds(20 * count))
        let skipped = try #require(loss.skipped)
        #expect(loss.total >= skipped)
    }

    @Test(arguments: [1, 4])
    func `audio that came twice is not missing`(count: Int) throws {
        let packets = (0..<50).map { packet($0, [.place, .agent], place: $0 < 25 ? $0 : $0 - count) }
        let loss = try loss(packets, of: .place)
        #expect(loss.skipped == .milliseconds(-20 * count))
        #expect(loss.total <= .milliseconds(5))
    }

    @Test(arguments: [1, 2, 5])
    func `a packet that never came counts once`(count: Int) throws {
        var packets = (0..<50).map { packet($0, [.place, .agent]) }
        packets.removeSubrange(25..<(25 + count))
        let loss = try loss(packets, of: .place)
        #expect(isAbout(loss.notReceived, 20 * count))
        #expect(loss.skipped == .milliseconds(20 * count))
        #expect(loss.total <= .milliseconds(20 * count + 5))
    }

    @Test
    func `silence in the place of audio counts once`() throws {
        let packets = (0..<50).map { (25..<27).contains($0) ? packet($0, [.agent]) : packet($0, [.place, .agent]) }
        let loss = try loss(packets, of: .place)
        #expect(loss.skipped == .zero)
        #expect(isAbout(loss.withoutTone, 40))
    }

    @Test(arguments: 0..<10, [1, 2])
    func `a silent packet is 20 ms, wherever the tone is in its period, and whatever follows`(
        place: Int,
        count: Int
    ) throws {
        let packets = (0..<50).map { number in
            number == 25
                ? packet(number, []) : packet(number, [.place], place: place + number + (number < 25 ? 0 : count))
        }
        let loss = try loss(packets, of: .place)
        #expect(loss.withoutTone == .milliseconds(20))
        #expect(loss.skipped == .milliseconds(20 * count))
    }

    @Test
    func `a tone that was never there is missing all the time`() throws {
        let loss = try loss((0..<100).map { packet($0, [.agent]) })
        #expect(loss.withoutTone >= .milliseconds(1_980))
    }

    @Test
    func `a few packets say nothing`() {
        #expect(Reception(packets: (0..<19).map { packet($0) }, duration: .seconds(1)).loss(of: .client) == nil)
    }
}

/// Packets of a stretch of a call, for looking at what is missing in it.
package struct Reception: Sendable {
    package let packets: [ReceivedPacket]
    /// How long was listened.
    package let duration: Duration

    package init(packets: [ReceivedPacket], duration: Duration) {
        self.packets = packets
        self.duration = duration
    }

    /// The same as what a ``Phone`` hears.
    package var heard: Heard {
        Heard(samples: packets.flatMap(\.samples), duration: duration, longestPause: longestGap)
    }

    /// How many packets the sender numbered and we did not get; a change of stream counts as none.
    package var lost: Int {
        zip(packets, packets.dropFirst()).reduce(0) { sum, pair in
            guard pair.0.source == pair.1.source else { return sum }
            let step = Int16(bitPattern: pair.1.sequence &- pair.0.sequence)
            return sum + max(0, Int(step) - 1)
        }
    }

    /// The packets in which `tone` is not present.
    package func packets(without tone: Tone) -> [ReceivedPacket] {
        packets.filter { ToneMeter.level(of: tone, in: $0.samples) <= Heard.presentLevel }
    }

    /// The longest time between the arrivals of two packets.
    package var longestGap: Duration {
        zip(packets, packets.dropFirst()).map { $1.at - $0.at }.max() ?? .zero
    }

    // MARK: - Loss

    /// How much of `tone` is missing in this span, in which it should have been all the time.
    ///
    /// What should have come is what fits between the first and the last packet by the clock; both edges are taken from the least delayed
    /// of ten packets each, so the first and last 200 ms should be undisturbed. What came is measured in windows of 10 ms every 2.5 ms: where
    /// less than half of the tone's usual level is left, it counts as missing. So a gap is measured to about 2.5 ms, one below 5 ms is not
    /// seen, and a jump of the tone's phase may cost up to 5 ms. Audio that is only late is not lost, because what comes later makes up for it.
    ///
    /// Audio can also be passed over without a gap, when the way from the sender becomes shorter. That is seen by a tone which is no
    /// multiple of 50 Hz, such as ``Tone/place``.
    ///
    /// - Returns: nil with fewer than 20 packets.
    package func loss(of tone: Tone) -> ToneLoss? {
        guard packets.count >= 2 * Self.edge else { return nil }
        let audio = packets.map { Duration.microseconds($0.samples.count * 125) }
        let total = audio.reduce(.zero, +)
        var before = Duration.zero
        var begin = packets[0].at
        for index in 0..<Self.edge {
            begin = min(begin, packets[index].at - before)
            before += audio[index]
        }
        var end: ContinuousClock.Instant?
        var after = Duration.zero
        for index in (packets.count - Self.edge..<packets.count).reversed() {
            after += audio[index]
            let candidate = packets[index].at + after
            end = min(end ?? candidate, candidate)
        }
        let span = (end ?? begin) - begin
        return ToneLoss(
            notReceived: max(.zero, span - total),
            withoutTone: missing(tone),
            skipped: skipped(tone, about: span - total)
        )
    }

    /// Packets at either end that find the edges of the span.
    private static let edge = 10
    /// Samples in a window of 10 ms: in it, all tones of the lab are apart by 25 dB or more.
    private static let window = 80
    /// Samples from one window to the next: 2.5 ms.
    private static let step = 20

    /// For how long the tone is not in the audio that came.
    private func missing(_ tone: Tone) -> Duration {
        let samples = packets.flatMap(\.samples)
        // A packet begins on a whole step. So does no window: else one could be half in a gap, and count or not as the tone's phase is there.
        let levels = stride(from: Self.step / 2, to: samples.count - Self.window + 1, by: Self.step).map {
            ToneMeter.level(of: tone, in: samples[$0..<($0 + Self.window)])
        }
        // As loud as it is for most of the time; half of that is 6 dB less.
        let usual = levels.sorted()[levels.count / 2]
        let threshold = max(usual - 6, Heard.presentLevel)
        return .microseconds(levels.count { $0 <= threshold } * Self.step * 125)
    }

    /// How much further the sender's audio has come from the first 200 ms to the last 200 ms than as much audio takes, in whole packets:
    /// what was left out counts as positive, what was put in between as negative.
    ///
    /// Told by the tone's phase, which repeats: of ``Tone/place``'s every 200 ms, what lies from 80 ms below `estimate` to 100 above it.
    private func skipped(_ tone: Tone, about estimate: Duration) -> Duration? {
        let perPacket = Double(tone.frequency) / 50
        guard perPacket != perPacket.rounded() else { return nil }
        let samples = packets.flatMap(\.samples)
        let length = ToneMeter.sampleRate / 5
        let passed = Double(tone.frequency) * Double(samples.count - length) / Double(ToneMeter.sampleRate)
        let turned =
            ToneMeter.phase(of: tone, in: samples.suffix(length))
            - ToneMeter.phase(of: tone, in: samples.prefix(length))
        // How far the phase is from what it is after a number of packets, in periods.
        func distance(_ count: Int) -> Double {
            let rest = turned - passed - Double(count) * perPacket
            return abs(rest - rest.rounded())
        }
        let middle = Int((estimate / .milliseconds(20)).rounded())
        let count = (middle - 4...middle + 5).min { distance($0) < distance($1) } ?? middle
        return .milliseconds(20) * count
    }
}

/// How much of a tone is missing in a span of a call.
package struct ToneLoss: Sendable {
    /// For how long no audio came at all, whatever the packets' numbers say.
    package let notReceived: Duration
    /// For how long the tone was missing in audio that came.
    package let withoutTone: Duration
    /// How much of the sender's audio was passed over, in whole packets; negative when something was put in between. Nil with a tone that
    /// does not tell.
    package let skipped: Duration?

    /// The greater of what was not heard for a time and what of the tone never came: audio that was passed over is missing without a gap,
    /// and a gap is one also when it only puts the audio off.
    package var total: Duration { max(notReceived, skipped ?? .zero) + withoutTone }
}

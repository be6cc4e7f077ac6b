/// Counts packet by packet what is missing at one ear, and keeps no audio: many ears can be measured for long.
package struct EarMeter: Sendable {
    /// What an ear should hear while it is measured.
    package struct Expectation: Sendable {
        /// All of these, all the time.
        package let voices: [Voice]
        /// None of these.
        package let strangers: [Tone]
        /// Tones are looked for in one packet of so many, and each stands for so many. Silence, gaps and pauses are looked for in all.
        package let tonesEvery: Int

        package init(voices: [Voice], strangers: [Tone] = [], tonesEvery: Int = 1) {
            self.voices = voices
            self.strangers = strangers
            self.tonesEvery = max(1, tonesEvery)
        }
    }

    private static let packetTime = Duration.milliseconds(20)
    /// An ear hears its voices when they are in so many looked-at packets in a row.
    private static let packetsToHear = 5

    private let start: ContinuousClock.Instant
    private let tonesEvery: Int
    private let voices: [(pattern: TonePattern, level: Double)]
    private let strangers: [TonePattern]
    private var arrivals: ArrivalMeter
    private var numbers = NumberMeter()
    private var place = PlaceMeter()
    private var silent = 0
    private var withoutVoice = 0
    /// How long each voice was not there, in packets.
    private var withoutEach: [Int]
    private var gap = 0
    private var longestGap = 0
    private var complete = 0
    /// How long each stranger has been heard, in packets: now, and at most.
    private var overheard: [(now: Int, longest: Int)]

    /// An ear from which audio is due from `start` on.
    package init(_ expectation: Expectation, from start: ContinuousClock.Instant) {
        self.start = start
        tonesEvery = expectation.tonesEvery
        voices = expectation.voices.map { (TonePattern($0.tone), $0.presentLevel) }
        withoutEach = expectation.voices.map { _ in 0 }
        strangers = expectation.strangers.map(TonePattern.init)
        arrivals = ArrivalMeter(from: start)
        overheard = expectation.strangers.map { _ in (0, 0) }
    }

    /// Takes in the next packet of µ-law.
    ///
    /// - Returns: whether this is the packet by which the ear is first known to hear all its voices.
    mutating func receive(_ packet: RTPPacket, at time: ContinuousClock.Instant) -> Bool {
        arrivals.receive(at: time)
        numbers.receive(packet)
        place.count()
        // Both zeros of µ-law.
        let isSilent = packet.payload.allSatisfy { $0 | 0x80 == 0xFF }
        if isSilent { silent += 1 }
        guard isSilent || arrivals.count.isMultiple(of: tonesEvery) else { return false }
        let samples = isSilent ? [] : G711.decode(packet.payload)
        let weight = isSilent ? 1 : tonesEvery
        lookForStrangers(in: samples, weight)
        return note(hasAllVoices(in: samples, weight), weight)
    }

    private mutating func hasAllVoices(in samples: [Int16], _ weight: Int) -> Bool {
        var hasAll = true
        for (index, voice) in voices.enumerated() {
            let (level, phase) = voice.pattern.find(in: samples)
            if level < voice.level {
                hasAll = false
                withoutEach[index] += weight
            } else if voice.pattern.tone == .place {
                place.receive(phase: phase)
            }
        }
        return hasAll
    }

    /// - Returns: as ``receive(_:at:)``.
    private mutating func note(_ hasAllVoices: Bool, _ weight: Int) -> Bool {
        if hasAllVoices {
            gap = 0
            complete += 1
            return complete == Self.packetsToHear
        }
        withoutVoice += weight
        gap += weight
        longestGap = max(longestGap, gap)
        // Once heard, always heard: it is the first time that is told.
        if complete < Self.packetsToHear { complete = 0 }
        return false
    }

    private mutating func lookForStrangers(in samples: [Int16], _ weight: Int) {
        for (index, stranger) in strangers.enumerated() {
            let isThere = stranger.find(in: samples).level > Heard.absentLevel
            overheard[index].now = isThere ? overheard[index].now + weight : 0
            overheard[index].longest = max(overheard[index].longest, overheard[index].now)
        }
    }

    /// What was counted from the start to `end`, which is now or before.
    package func report(until end: ContinuousClock.Instant) -> EarReport {
        let pause = arrivals.longestPause(until: end) - Self.packetTime
        return EarReport(
            duration: end - start,
            notReceived: arrivals.missing(until: end),
            withoutVoice: Self.packetTime * withoutVoice,
            withoutEach: Dictionary(
                zip(voices, withoutEach).map { ($0.pattern.tone, Self.packetTime * $1) },
                uniquingKeysWith: max
            ),
            silent: Self.packetTime * silent,
            passedOver: Self.packetTime * place.passedOver,
            repeated: Self.packetTime * place.repeated,
            timestampGaps: .microseconds(numbers.samplesPassedOver * 125),
            lost: numbers.lost,
            longestGap: max(.zero, pause, Self.packetTime * longestGap),
            overheard: Dictionary(
                zip(strangers, overheard).map { ($0.tone, Self.packetTime * $1.longest) },
                uniquingKeysWith: max
            )
        )
    }
}

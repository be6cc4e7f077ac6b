/// What a phone received during a while, and what of it is somebody's tone.
///
/// The stretch is cut into windows of 100 ms. A tone is *present* in a window when it is louder than ``presentLevel`` and *absent* when it is
/// quieter than ``absentLevel``; between the two nothing is claimed. A voice at full level is at about -9.5 dB.
package struct Heard: Sendable {
    /// Louder than this is there: 15 dB below a party's tone.
    package static let presentLevel = -25.0
    /// Quieter than this is not there: 35 dB below a party's tone, above all that µ-law and a lost packet leave behind.
    package static let absentLevel = -45.0
    /// Samples in a window: 100 ms.
    package static let window = 800

    /// What came, 8 kHz. Time in which no RTP arrived leaves no samples.
    package let samples: [Int16]
    /// How long was listened.
    package let duration: Duration
    /// The longest time without a packet between two that came, in steps of about 20 ms.
    package let longestPause: Duration

    package init(samples: [Int16], duration: Duration, longestPause: Duration = .zero) {
        self.samples = samples
        self.duration = duration
        self.longestPause = longestPause
    }

    /// How much audio came, whatever was in it.
    package var received: Duration {
        .microseconds(samples.count * 1_000_000 / ToneMeter.sampleRate)
    }

    /// The level of `tone` in each full window, in dB.
    package func levels(of tone: Tone) -> [Double] {
        stride(from: 0, to: samples.count - Self.window + 1, by: Self.window).map {
            ToneMeter.level(of: tone, in: samples[$0..<($0 + Self.window)])
        }
    }

    /// The middle one of ``levels(of:)``; ``ToneMeter/silence`` when nothing came.
    package func level(of tone: Tone) -> Double {
        let sorted = levels(of: tone).sorted()
        return sorted.isEmpty ? ToneMeter.silence : sorted[sorted.count / 2]
    }

    /// Whether the tone was there all the time: in nine of ten windows of the time that was listened, received or not.
    package func hears(_ tone: Tone) -> Bool {
        let expected = duration / .milliseconds(100)
        let present = levels(of: tone).count { $0 > Self.presentLevel }
        return expected >= 1 && Double(present) >= 0.9 * expected.rounded(.down)
    }

    /// Whether the tone was there at no time. True when nothing was received at all: look at ``received`` where that matters.
    package func isFree(of tone: Tone) -> Bool {
        isFree(of: tone, butForClicks: 0)
    }

    /// Whether the tone was there at no time but in `clicks` windows: what begins or jumps has every frequency for a moment.
    package func isFree(of tone: Tone, butForClicks clicks: Int) -> Bool {
        levels(of: tone).count { $0 > Self.absentLevel } <= clicks
            && longestStretch(of: tone) <= .milliseconds(20 * clicks)
    }

    /// The longest unbroken time for which the tone was present, in steps of 20 ms.
    ///
    /// Speech has every frequency for a moment: a prompt reaches 100 ms or so, a call's tone lasts.
    package func longestStretch(of tone: Tone) -> Duration {
        longestRun(of: tone) { $0 > Self.presentLevel }
    }

    /// The longest unbroken time for which the tone was not present in what was received, in steps of 20 ms.
    package func longestGap(of tone: Tone) -> Duration {
        longestRun(of: tone) { $0 <= Self.presentLevel }
    }

    /// How often the tone began: in windows of 100 ms at every 20 ms, so that breaks of 100 ms are told.
    package func beginnings(of tone: Tone) -> Int {
        let present = stride(from: 0, to: samples.count - Self.window + 1, by: 160).map {
            ToneMeter.level(of: tone, in: samples[$0..<($0 + Self.window)]) > Self.presentLevel
        }
        return zip([false] + present, present).count { !$0 && $1 }
    }

    private func longestRun(of tone: Tone, where isCounted: (Double) -> Bool) -> Duration {
        var longest = 0
        var current = 0
        for start in stride(from: 0, to: samples.count - 159, by: 160) {
            current = isCounted(ToneMeter.level(of: tone, in: samples[start..<(start + 160)])) ? current + 1 : 0
            longest = max(longest, current)
        }
        return .milliseconds(20 * longest)
    }
}

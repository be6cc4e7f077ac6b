import LabSupport
import Testing

struct HeardTests {
    /// The sum of some tones, each at a party's level.
    private func mix(_ tones: [Tone], count: Int) -> [Int16] {
        let voices = tones.map { ToneMeter.samples(of: $0, count: count) }
        return (0..<count).map { index in voices.reduce(0) { $0 + $1[index] } }
    }

    @Test(arguments: [[Tone.client], [.client, .agent], [.client, .agent, .supervisor], []])
    func `exactly the voices in a mix are heard`(voices: [Tone]) {
        let heard = Heard(samples: mix(voices, count: 8_000), duration: .seconds(1))
        for tone in [Tone.client, .agent, .supervisor, .secondSupervisor] {
            #expect(heard.hears(tone) == voices.contains(tone), "\(tone)")
            #expect(heard.isFree(of: tone) == !voices.contains(tone), "\(tone)")
        }
    }

    @Test
    func `a full voice is at 10 dB below full scale`() {
        let heard = Heard(samples: mix([.agent], count: 8_000), duration: .seconds(1))
        #expect(abs(heard.level(of: .agent) + 10) < 0.1)
    }

    @Test
    func `a faint voice is neither heard nor proved absent`() {
        let faint = ToneMeter.samples(of: .agent, count: 8_000).map { $0 / 30 }
        let heard = Heard(samples: faint, duration: .seconds(1))
        #expect(!heard.hears(.agent))
        #expect(!heard.isFree(of: .agent))
    }

    @Test
    func `a voice that stops half way is not heard`() {
        let heard = Heard(samples: ToneMeter.samples(of: .agent, count: 4_000), duration: .seconds(1))
        #expect(!heard.hears(.agent))
        #expect(!heard.isFree(of: .agent))
        #expect(heard.received == .milliseconds(500))
    }

    @Test
    func `a single packet of a voice is found in a second of silence`() {
        var samples = [Int16](repeating: 0, count: 8_000)
        samples.replaceSubrange(4_040..<4_200, with: ToneMeter.samples(of: .client, count: 160))
        let heard = Heard(samples: samples, duration: .seconds(1))
        #expect(!heard.isFree(of: .client))
        #expect(heard.isFree(of: .client, butForClicks: 2))
        #expect(heard.longestStretch(of: .client) <= .milliseconds(40))
    }

    @Test
    func `nothing received is silence`() {
        let heard = Heard(samples: [], duration: .seconds(1))
        #expect(!heard.hears(.client))
        #expect(heard.isFree(of: .client))
        #expect(heard.level(of: .client) == ToneMeter.silence)
    }
}

import Foundation

/// How loud one frequency is in a stretch of 8 kHz audio (Goertzel's algorithm: one bin of a discrete Fourier transform).
package enum ToneMeter {
    /// Samples in a second of telephone audio.
    package static let sampleRate = 8_000
    /// A peak of one third of full scale, about -9.5 dBFS: three voices together still do not clip.
    package static let amplitude = 10_362.0
    /// Below every level that can be measured in 16 bits; stands for "nothing at all".
    package static let silence = -120.0

    /// The level of `tone` in `samples`, in dB below a full-scale sine (0 is the loudest, ``silence`` is nothing).
    ///
    /// The bin is `8000 / samples.count` Hz wide: 10 Hz for 100 ms, 50 Hz for 20 ms. A tone that fills only a part `p` of the samples
    /// shows `20 log10(p)` lower.
    package static func level(of tone: Tone, in samples: some Collection<Int16>) -> Double {
        guard !samples.isEmpty else { return silence }
        let coefficient = 2 * cos(2 * Double.pi * Double(tone.frequency) / Double(sampleRate))
        var last = 0.0
        var beforeLast = 0.0
        for sample in samples {
            let next = Double(sample) + coefficient * last - beforeLast
            beforeLast = last
            last = next
        }
        let power = last * last + beforeLast * beforeLast - coefficient * last * beforeLast
        return decibels(2 * max(0, power).squareRoot() / Double(samples.count))
    }

    /// Where in its period `tone` begins in `samples`: from -0.5 to 0.5, in periods; zero is where a cosine begins.
    static func phase(of tone: Tone, in samples: some Collection<Int16>) -> Double {
        let step = 2 * Double.pi * Double(tone.frequency) / Double(sampleRate)
        var (real, imaginary) = (0.0, 0.0)
        for (index, sample) in samples.enumerated() {
            real += Double(sample) * cos(step * Double(index))
            imaginary -= Double(sample) * sin(step * Double(index))
        }
        return atan2(imaginary, real) / (2 * Double.pi)
    }

    /// The level of everything in `samples`: the dB of the sine that has the same power.
    package static func level(ofAll samples: some Collection<Int16>) -> Double {
        guard !samples.isEmpty else { return silence }
        let power = samples.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(samples.count)
        return decibels((2 * power).squareRoot())
    }

    /// The level of a sine of this peak.
    static func decibels(_ amplitude: Double) -> Double {
        amplitude > 0 ? max(silence, 20 * log10(amplitude / 32_768)) : silence
    }

    /// `count` samples of `tone` from sample number `start` on, at ``amplitude``.
    package static func samples(of tone: Tone, count: Int, from start: Int = 0, rate: Int = sampleRate) -> [Int16] {
        (start..<(start + count)).map {
            Int16(amplitude * sin(2 * Double.pi * Double(tone.frequency) * Double($0) / Double(rate)))
        }
    }
}

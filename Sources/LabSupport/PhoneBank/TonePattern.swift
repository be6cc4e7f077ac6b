import Foundation

/// One tone, as packets of 20 ms are searched for it: a bin of a discrete Fourier transform with its factors worked out once.
///
/// A bank looks for several tones in thousands of packets a second; ``ToneMeter`` would work out the same cosines for each.
struct TonePattern {
    let tone: Tone
    private let cosines: [Double]
    private let sines: [Double]

    init(_ tone: Tone) {
        self.tone = tone
        let step = 2 * Double.pi * Double(tone.frequency) / Double(ToneMeter.sampleRate)
        cosines = (0..<RTPSender.samplesPerPacket).map { cos(step * Double($0)) }
        sines = (0..<RTPSender.samplesPerPacket).map { sin(step * Double($0)) }
    }

    /// How loud the tone is in a packet, in dB as ``ToneMeter/level(of:in:)`` has them, and where in its period the packet begins, as
    /// ``ToneMeter/phase(of:in:)`` says it.
    func find(in samples: [Int16]) -> (level: Double, phase: Double) {
        let count = min(samples.count, cosines.count)
        guard count > 0 else { return (ToneMeter.silence, 0) }
        var (real, imaginary) = (0.0, 0.0)
        for index in 0..<count {
            let sample = Double(samples[index])
            real += sample * cosines[index]
            imaginary -= sample * sines[index]
        }
        let amplitude = 2 * (real * real + imaginary * imaginary).squareRoot() / Double(count)
        return (ToneMeter.decibels(amplitude), atan2(imaginary, real) / (2 * Double.pi))
    }
}

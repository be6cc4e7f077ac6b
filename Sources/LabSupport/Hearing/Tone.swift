/// A steady sine that one party of a test call sends and that every ear is searched for.
///
/// All are multiples of 50 Hz, so that a 20 ms packet holds whole periods and the tones are orthogonal in it. None is a harmonic of
/// another, nor a sum or difference of up to three of them: what distorts in µ-law cannot look like somebody's voice.
package struct Tone: Hashable, Sendable, CustomStringConvertible {
    /// In hertz; a multiple of 50, below 4000.
    package let frequency: Int

    package init(frequency: Int) {
        self.frequency = frequency
    }

    package static let client = Tone(frequency: 450)
    package static let agent = Tone(frequency: 650)
    package static let supervisor = Tone(frequency: 1_050)
    package static let secondSupervisor = Tone(frequency: 1_850)

    package var description: String { "\(frequency) Hz" }
}

/// A steady sine that one party of a test call sends and that every ear is searched for.
///
/// All are multiples of 50 Hz, so that a 20 ms packet holds whole periods and the tones are orthogonal in it. Whatever µ-law makes of any of
/// them together, before and after they are mixed, stays below -52 dB at the frequencies of the others; of 6,000 sets tried it is one of
/// the best that keep 300 Hz from each other and from the lab's music on hold, 620 Hz. (The obvious 450, 650 and 1050 Hz reach -50: 1050 is
/// 3 x 650 - 2 x 450.)
package struct Tone: Hashable, Sendable, CustomStringConvertible {
    /// In hertz; a multiple of 50, below 4000.
    package let frequency: Int

    package init(frequency: Int) {
        self.frequency = frequency
    }

    package static let client = Tone(frequency: 900)
    package static let agent = Tone(frequency: 1_200)
    package static let supervisor = Tone(frequency: 1_750)
    package static let secondSupervisor = Tone(frequency: 2_200)
    /// Not one of that set: with all three supervisors at half of a party's level, what µ-law makes of any mix of them and a call's voices
    /// stays below -48 dB at their frequencies.
    package static let thirdSupervisor = Tone(frequency: 2_950)

    /// Says by its phase which of ten packets it is in: 905 Hz turns by 18.1 periods in 20 ms. No multiple of 50, as the music on hold; exact
    /// in windows of 200 ms.
    package static let place = Tone(frequency: 905)
    /// The lab's music on hold. No multiple of 50: exact in the windows of 100 ms, blurred in a packet.
    package static let musicOnHold = Tone(frequency: 620)
    /// Milliwatt(), in truth 1004 Hz: the same within one window of 100 ms.
    package static let milliwatt = Tone(frequency: 1_000)
    /// What Earshot plays in the place of a prompt that Asterisk does not have. No multiple of 50: exact in windows of 100 ms.
    package static let replacement = Tone(frequency: 440)
    /// A recorded name (``Lab/recordName(ofMailbox:)``).
    package static let name = Tone(frequency: 500)

    package var description: String { "\(frequency) Hz" }
}

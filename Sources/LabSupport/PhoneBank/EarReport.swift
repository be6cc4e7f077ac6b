/// What was missing at one ear during a while, and what it heard that it should not have.
package struct EarReport: Sendable {
    /// How long was listened.
    package let duration: Duration
    /// For how long no audio came, by the clock.
    package let notReceived: Duration
    /// How long a voice that should be there was not in the audio that came, silence included.
    package let withoutVoice: Duration
    /// The same for each voice alone.
    package let withoutEach: [Tone: Duration]
    /// Audio that came and was silent.
    package let silent: Duration
    /// Audio of a voice with the tone ``Tone/place`` that was passed over, with or without a gap.
    package let passedOver: Duration
    /// Audio of that voice that came twice.
    package let repeated: Duration
    /// What the sender's time stamps pass over.
    package let timestampGaps: Duration
    /// Packets that the phone itself has lost. Not zero: the machine was too busy to measure on.
    package let lost: Int
    /// The longest time for which a voice was missing, in silence, in audio or between two packets.
    package let longestGap: Duration
    /// The longest time for which each tone was heard that should not be there. A click has every frequency for a packet or two.
    package let overheard: [Tone: Duration]

    /// All that is missing: as ``ToneLoss/total``, what was passed over or not received, whichever is more, and what came without the voice.
    package var dropped: Duration { max(notReceived, passedOver) + withoutVoice }

    /// Packets that never came: by the clock, by the place of the voice that tells it, or by the time stamps.
    package var neverCame: Duration { max(notReceived, passedOver, timestampGaps) }

    /// Tones that were heard for 100 ms or longer and should not have been.
    package var intruders: [Tone] {
        overheard.filter { $0.value >= .milliseconds(100) }.keys.sorted { $0.frequency < $1.frequency }
    }
}

/// What a phone of a bank says without end: a tone, and how loud.
package struct Voice: Hashable, Sendable {
    package let tone: Tone
    /// How far below a party's usual level, in dB.
    package let softerBy: Double

    package init(_ tone: Tone, softerBy: Double = 0) {
        self.tone = tone
        self.softerBy = softerBy
    }

    /// Half of the level that is sent, in dB: what is quieter in a packet is missing in it.
    var presentLevel: Double {
        ToneMeter.decibels(ToneMeter.amplitude) - softerBy - 6
    }
}

/// What a phone is and does.
package struct PhoneSettings: Sendable {
    /// What a phone does when it is called.
    package enum Answering: Sendable {
        /// It answers at once.
        case automatic
        /// It rings until ``Phone/answer()``.
        case manual
    }

    /// How a phone codes its audio.
    package enum Codec: String, Sendable, CaseIterable {
        /// G.711 µ-law, 8 kHz.
        case pcmu = "PCMU/8000/1"
        /// G.711 A-law, 8 kHz.
        case pcma = "PCMA/8000/1"
        /// Wideband, 16 kHz.
        case g722 = "G722/16000/1"
    }

    /// Where a phone registers.
    package struct Registrar: Sendable {
        package let host: String
        package let port: Int
        /// The user's password. It goes into a file that only this user can read, and nowhere else.
        package let password: String

        package init(host: String, port: Int, password: String) {
            self.host = host
            self.port = port
            self.password = password
        }
    }

    /// User name, and the extension under which others call it.
    package let user: String
    /// Nil for a phone that registers nowhere and is called at ``Phone/address``.
    package let registrar: Registrar?
    /// What it says all the time; nil for silence, which is sent as packets too.
    package let tone: Tone?
    package let answering: Answering
    /// How much audio it has to send. baresip hangs up at the end of it, so this is also the longest call.
    package let secondsOfAudio: Int
    /// What it offers and accepts, the preferred one first. Its voice is right in codecs that have the first one's sample rate; in others
    /// baresip 1.0 takes away what is above 1300 Hz.
    package let codecs: [Codec]

    /// Samples in a second of its voice.
    var sampleRate: Int {
        switch codecs.first {
        case .g722: 2 * ToneMeter.sampleRate
        case .pcmu, .pcma, nil: ToneMeter.sampleRate
        }
    }

    package init(
        user: String,
        registrar: Registrar?,
        tone: Tone?,
        answering: Answering = .automatic,
        secondsOfAudio: Int = 300,
        codecs: [Codec] = [.pcmu]
    ) {
        self.user = user
        self.registrar = registrar
        self.tone = tone
        self.answering = answering
        self.secondsOfAudio = secondsOfAudio
        self.codecs = codecs
    }
}

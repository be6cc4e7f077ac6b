package import Monitoring

/// Which sounds of Asterisk make up what a supervisor hears from Earshot.
///
/// The defaults are all in Asterisk's core sounds, which every installation has.
package struct PromptBook: Sendable, Hashable {
    /// What a supervisor is told while their session goes on, or at its end.
    package enum Notice: String, Sendable, Hashable, CaseIterable {
        /// The call has ended, and the session goes on.
        case callEnded = "call_ended"
        /// Nobody talks yet, and the session waits.
        case waiting
        /// The session has waited long enough.
        case waitingLimit = "waiting_limit"
        /// The key does nothing.
        case keyRefused = "key_refused"
        /// A right was taken away, and the session goes on in a lower mode.
        case rightsLowered = "rights_lowered"
    }

    /// What is played for each refusal: media URIs as ARI takes them, such as `sound:beep`, one after the other.
    package var refusals: [Refusal: [String]]
    /// What is played for each notice, in the same form.
    package var notices: [Notice: [String]]

    package init(refusals: [Refusal: [String]] = [:], notices: [Notice: [String]] = [:]) {
        self.refusals = Self.standard.merging(refusals) { _, chosen in chosen }
        self.notices = Self.standardNotices.merging(notices) { _, chosen in chosen }
    }

    /// The media of a prompt.
    package func media(for prompt: Prompt) -> [String] {
        switch prompt {
        case .announcement(let target, let technology):
            ["sound:beep"] + (technology.map { [Self.name(of: $0)] } ?? []) + [Self.spelling(of: target)]
        case .recordedName:
            ["sound:beep"]  // The name is a file of Asterisk's own, which ``RequestRunner`` adds.
        case .refusal(let refusal): refusals[refusal] ?? []
        case .callEnded: notices[.callEnded] ?? []
        case .waiting: notices[.waiting] ?? []
        case .waitingLimit: notices[.waitingLimit] ?? []
        case .keyRefused: notices[.keyRefused] ?? []
        case .rightsLowered: notices[.rightsLowered] ?? []
        case .tone(.refused): ["tone:!440/250|!0/250|!440/250|!0/250|!440/250|!0/250"]
        case .tone(.ended): ["tone:!440/1000|!0/500"]
        }
    }

    /// What is played, by the words that the configuration has for the occasions.
    package var mediaByWord: [String: [String]] {
        let refusals = refusals.map { ($0.key.word, $0.value) }
        return Dictionary(refusals + notices.map { ($0.key.rawValue, $0.value) }) { first, _ in first }
    }

    /// The sounds that Asterisk must have for these prompts, in its own folder of sounds: of the digits, one stands for all.
    package var sounds: Set<String> {
        let media = (Array(refusals.values) + Array(notices.values)).flatMap(\.self) + ["sound:beep", "sound:digits/1"]
        let sounds = media.filter { $0.hasPrefix("sound:") }.map { String($0.dropFirst("sound:".count)) }
        return Set(sounds.filter { !$0.hasPrefix("/") })
    }

    /// Says a technology as ChanSpy does: by its `spy-…` sound, which not every technology has, or letter by letter.
    private static func name(of technology: String) -> String {
        let name = technology.lowercased() == "pjsip" ? "sip" : technology.lowercased()
        return soundNames.contains(name) ? "sound:spy-\(name)" : "characters:\(technology)"
    }

    private static func spelling(of target: Extension) -> String {
        target.isNumeric ? "digits:\(target)" : "characters:\(target)"
    }

    private static let soundNames: Set<String> = [
        "agent", "console", "dahdi", "h323", "iax2", "jingle", "local", "mgcp", "misdn", "mobile", "nbs", "sip",
        "skinny", "unistim", "usbradio", "zap",
    ]

    private static let standardNotices: [Notice: [String]] = [
        .callEnded: ["sound:beep"],
        .waiting: ["sound:vm-nobodyavail", "sound:pls-hold-while-try"],
        .waitingLimit: ["sound:vm-nobodyavail"],
        .keyRefused: ["sound:beeperr"],
        .rightsLowered: ["sound:feature-not-avail-line"],
    ]

    private static let standard: [Refusal: [String]] = [
        .noPermission: ["sound:feature-not-avail-line"],
        .modeAbovePermission: ["sound:feature-not-avail-line"],
        .monitoringDisabled: ["sound:feature-not-avail-line"],
        .notInGroup: ["sound:feature-not-avail-line"],
        .targetProtected: ["sound:im-sorry", "sound:feature-not-avail-line"],
        .ownExtension: ["sound:pbx-invalid"],
        .unknownExtension: ["sound:pbx-invalid"],
        .notAnAgent: ["sound:pbx-invalid"],
        .transferred: ["sound:feature-not-avail-line"],
        .tooManySessions: ["sound:all-circuits-busy-now"],
        .badCode: ["sound:cannot-complete-as-dialed"],
        .nobodyTalking: ["sound:vm-nobodyavail"],
        .noCapacity: ["sound:all-circuits-busy-now"],
        .asteriskOverloaded: ["sound:all-circuits-busy-now"],
        .endedByAdministrator: ["sound:beeperr", "sound:vm-goodbye"],
        .storageUnavailable: ["sound:sorry", "sound:please-try-call-later"],
        .asteriskRefused: ["sound:sorry", "sound:please-try-call-later"],
    ]
}

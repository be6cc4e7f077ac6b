package import Monitoring

/// Which sounds of Asterisk make up what a supervisor hears from Earshot.
///
/// The defaults are all in Asterisk's core sounds, which every installation has.
package struct PromptBook: Sendable, Hashable {
    /// What is played for each refusal: media URIs as ARI takes them, such as `sound:beep`, one after the other.
    package var refusals: [Refusal: [String]]

    package init(refusals: [Refusal: [String]] = [:]) {
        self.refusals = Self.standard.merging(refusals) { _, chosen in chosen }
    }

    /// The media of a prompt.
    package func media(for prompt: Prompt) -> [String] {
        switch prompt {
        case .announcement(let target, let technology):
            ["sound:beep"] + (technology.map { [Self.name(of: $0)] } ?? []) + [Self.spelling(of: target)]
        case .refusal(let refusal):
            refusals[refusal] ?? []
        }
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

    private static let standard: [Refusal: [String]] = [
        .noPermission: ["sound:feature-not-avail-line"],
        .modeAbovePermission: ["sound:feature-not-avail-line"],
        .monitoringDisabled: ["sound:feature-not-avail-line"],
        .notInGroup: ["sound:feature-not-avail-line"],
        .targetProtected: ["sound:im-sorry", "sound:feature-not-avail-line"],
        .ownExtension: ["sound:pbx-invalid"],
        .unknownExtension: ["sound:pbx-invalid"],
        .badCode: ["sound:cannot-complete-as-dialed"],
        .nobodyTalking: ["sound:vm-nobodyavail"],
        .noCapacity: ["sound:all-circuits-busy-now"],
        .asteriskRefused: ["sound:sorry", "sound:please-try-call-later"],
    ]
}

import LabSupport

/// Who lets supervisors into calls.
enum Monitor: String, Sendable {
    case chanSpy = "ChanSpy"
    case earshot = "Earshot"
    /// With keys for modes, of which none is pressed.
    case earshotWithKeys = "Earshot with d"

    /// The two that are compared.
    static let compared: [Monitor] = [.chanSpy, .earshot]

    /// What a supervisor dials before the agent's extension. `*6` and `*8` are the lab's own (scripts/lab-conf/extensions.conf).
    func code(_ mode: MonitoredMode) -> String {
        switch (self, mode) {
        case (.chanSpy, .listen): "*81"
        case (.chanSpy, .whisper): "*86"
        case (.chanSpy, .barge): "*87"
        case (.earshot, .listen): "*91"
        case (.earshot, .whisper): "*92"
        case (.earshot, .barge): "*93"
        case (.earshotWithKeys, .listen): "*61"
        case (.earshotWithKeys, .whisper): "*62"
        case (.earshotWithKeys, .barge): "*63"
        }
    }
}

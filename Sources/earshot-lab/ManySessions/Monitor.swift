import LabSupport

/// Who lets supervisors into calls: the two that are compared.
enum Monitor: String, CaseIterable, Sendable {
    case chanSpy = "ChanSpy"
    case earshot = "Earshot"

    /// What a supervisor dials before the agent's extension. ChanSpy's codes are the lab's own (scripts/lab-conf/extensions.conf).
    func code(_ mode: MonitoredMode) -> String {
        switch (self, mode) {
        case (.chanSpy, .listen): "*81"
        case (.chanSpy, .whisper): "*86"
        case (.chanSpy, .barge): "*87"
        case (.earshot, .listen): "*91"
        case (.earshot, .whisper): "*92"
        case (.earshot, .barge): "*93"
        }
    }
}

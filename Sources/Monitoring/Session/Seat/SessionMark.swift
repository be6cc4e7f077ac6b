/// What a supervisor's channel says about its session in a channel variable, for the next run of the service.
///
/// It names the channel that it was written on. When somebody else takes the channel's place by a transfer, they get the
/// variable with it, but not the ID: a mark that names another channel proves nothing.
package struct SessionMark: Hashable, Sendable {
    /// The channel that the mark was written on.
    package var supervisor: ChannelID
    package var mode: MonitoringMode
    /// Whose calls are monitored.
    package var `extension`: Extension
    /// The channel that is monitored, or about to be; nil while the session waits for a call.
    package var target: ChannelID?

    package init(supervisor: ChannelID, mode: MonitoringMode, extension: Extension, target: ChannelID?) {
        self.supervisor = supervisor
        self.mode = mode
        self.`extension` = `extension`
        self.target = target
    }

    /// The channel variable that holds it.
    package static let variable = "EARSHOT_SESSION"

    /// The first word of every mark: a mark of another form is none.
    private static let version = "1"

    /// Reads a mark as ``text`` writes it; nil for anything else.
    package init?(_ text: String) {
        let words = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        guard words.count == 5, words[0] == Self.version, !words[1].isEmpty, !words[4].isEmpty,
            let mode = MonitoringMode(rawValue: words[2]), let target = try? Extension(words[3])
        else { return nil }
        self.init(
            supervisor: ChannelID(words[1]),
            mode: mode,
            extension: target,
            target: words[4] == "-" ? nil : ChannelID(words[4])
        )
    }

    package var text: String {
        "\(Self.version) \(supervisor) \(mode.rawValue) \(`extension`) \(target?.rawValue ?? "-")"
    }

    /// The mode in which the session goes on after a restart: the one that is proved, but nobody barges into a call for which
    /// they have not asked.
    var modeAfterRestart: MonitoringMode { mode == .barge && target == nil ? .listen : mode }
}

/// Writing the mark, one request at a time: a later one could overtake it.
struct MarkProgress: Hashable, Sendable {
    /// What the channel says for certain; nil while it says nothing, or nobody knows what.
    private(set) var proved: SessionMark?
    private(set) var asked: SessionMark?
    private var isPending = false

    /// The mark that is to be written now, if any.
    mutating func next(_ wanted: SessionMark?) -> SessionMark? {
        guard let wanted, wanted != asked, !isPending else { return nil }
        asked = wanted
        isPending = true
        return wanted
    }

    mutating func answered(isWritten: Bool) {
        isPending = false
        proved = isWritten ? asked : nil
    }

    /// Whether a restart now would not bring the supervisor into a higher mode than this.
    func isAtMost(_ mode: MonitoringMode) -> Bool {
        guard !isPending, let proved else { return false }
        return proved.mode <= mode
    }
}

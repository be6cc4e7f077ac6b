/// What a supervisor's channel says about its session in a channel variable, for the next run of the service.
///
/// It names the channel that it was written on. When somebody else takes the channel's place by a transfer, they get the
/// variable with it, but not the ID: a mark that names another channel proves nothing. It goes with the channel, so that none is
/// left that is older than the call.
package struct SessionMark: Hashable, Sendable {
    /// The tap by which the supervisor hears, and by which they go on hearing while nobody serves the session.
    package struct Link: Hashable, Sendable {
        package let snoop: ChannelID
        package let bridge: BridgeID
        package let mode: MonitoringMode
        package let hears: SpyDirection
        /// The only one whose packets the target's audio hooks have seen; see ``MonitoredLeg``.
        package let heard: ChannelName

        package init(
            snoop: ChannelID,
            bridge: BridgeID,
            mode: MonitoringMode,
            hears: SpyDirection,
            heard: ChannelName
        ) {
            self.snoop = snoop
            self.bridge = bridge
            self.mode = mode
            self.hears = hears
            self.heard = heard
        }
    }

    /// A recording that Asterisk goes on with.
    package struct Recorded: Hashable, Sendable {
        package let snoop: ChannelID
        package let name: RecordingName
        package let hears: SpyDirection

        package init(snoop: ChannelID, name: RecordingName, hears: SpyDirection) {
            self.snoop = snoop
            self.name = name
            self.hears = hears
        }
    }

    /// The channel that the mark was written on.
    package var supervisor: ChannelID
    package var mode: MonitoringMode
    /// Whose calls are monitored.
    package var `extension`: Extension
    /// The channel that is monitored, or about to be; nil while the session waits for a call.
    package var target: ChannelID?
    /// Nil for a supervisor whose channel says nothing.
    package var session: SessionID?
    /// How often another run has taken the session over, at most ``mostTakeOvers``.
    package var takeOvers = 0
    /// When the supervisor was in a call for the first time, since the start of this run of the service; negative if before.
    package var startedAt: Duration?
    /// Since when the session waits for a call.
    package var waitingSince: Duration?
    package var volume = ListeningVolume.unchanged
    package var link: Link?
    package var recording: Recorded?
    /// What the supervisor was being played when it was written, and may be played still. Until it ends, Asterisk
    /// neither answers their channel, nor brings it into a bridge or back to the dialplan.
    package var prompts: [PlaybackID] = []

    package init(supervisor: ChannelID, mode: MonitoringMode, extension: Extension, target: ChannelID?) {
        self.supervisor = supervisor
        self.mode = mode
        self.`extension` = `extension`
        self.target = target
    }

    fileprivate var withoutPrompts: SessionMark {
        var mark = self
        mark.prompts = []
        return mark
    }

    /// What the session has on the target's channel.
    var snoops: Set<ChannelID> { Set([link?.snoop, recording?.snoop].compactMap { $0 }) }

    package static let mostTakeOvers = 1_000_000

    /// The channel variable that holds it.
    package static let variable = "EARSHOT_SESSION"

    /// The mode in which the session goes on after a restart: the one that is proved, but nobody barges into a call for which
    /// they have not asked.
    var modeAfterRestart: MonitoringMode {
        mode == .barge && target == nil && waitingSince == nil ? .listen : mode
    }
}

// MARK: - As text

extension SessionMark {
    /// The first word of every mark: a mark of another form is none.
    private static let version = "3"
    /// The form before, without the prompts. An upgrade takes sessions over that have it.
    private static let earlierVersion = "2"
    /// Stands for nothing.
    private static let none = "-"
    /// Between the names of prompts.
    private static let separator = ","

    /// - Parameter start: when this run of the service began, in milliseconds since 1970.
    package func text(start: Int64) -> String {
        func moment(_ time: Duration?) -> String? {
            time.map { "\(start + $0.components.seconds * 1000 + $0.components.attoseconds / 1_000_000_000_000_000)" }
        }
        let words: [String?] = [
            Self.version, supervisor.rawValue, session?.instance, session.map { "\($0.number)" }, mode.rawValue,
            `extension`.digits, target?.rawValue, "\(takeOvers)", moment(startedAt), moment(waitingSince), volume.text,
            link?.snoop.rawValue, link?.bridge.rawValue, link?.mode.rawValue, link?.hears.rawValue,
            link?.heard.rawValue, recording?.snoop.rawValue, recording?.name.rawValue, recording?.hears.rawValue,
            prompts.map(\.rawValue).joined(separator: Self.separator),
        ]
        // What would not be read again as it is, is left out; then it is not taken over.
        return words.map { word in word.flatMap { $0.isEmpty || $0.contains(" ") ? nil : $0 } ?? Self.none }
            .joined(separator: " ")
    }

    /// Reads a mark as ``text(start:)`` writes it; nil for anything else.
    package init?(_ text: String, start: Int64) {
        let words = text.split(separator: " ", omittingEmptySubsequences: false).map {
            $0 == Self.none ? nil : String($0)
        }
        guard (words[0] == Self.version && words.count == 20) || (words[0] == Self.earlierVersion && words.count == 19),
            !words.contains(""), let supervisor = words[1],
            let mode = words[4].flatMap(MonitoringMode.init(rawValue:)),
            let target = words[5].flatMap({ try? Extension($0) }), let takeOvers = words[7].flatMap({ Int($0) }),
            (0...Self.mostTakeOvers).contains(takeOvers),
            let volume = words[10].flatMap({ Int($0) }).flatMap(ListeningVolume.init(_:))
        else { return nil }
        func moment(_ word: String?) -> Duration? {
            // Within the years in which there are such sessions, so that nothing overflows.
            word.flatMap { Int64($0) }.flatMap {
                // Nothing began later than now: somebody has set the clock back.
                (0...32_503_680_000_000).contains($0) ? .milliseconds(min(0, $0 - start)) : nil
            }
        }
        self.init(
            supervisor: ChannelID(supervisor),
            mode: mode,
            extension: target,
            target: words[6].map { ChannelID($0) }
        )
        if let instance = words[2], let number = words[3].flatMap({ Int($0) }) {
            session = SessionID(instance: instance, number: number)
        }
        self.takeOvers = takeOvers
        startedAt = moment(words[8])
        waitingSince = moment(words[9])
        self.volume = volume
        if let snoop = words[11], let bridge = words[12], let mode = words[13].flatMap(MonitoringMode.init(rawValue:)),
            let hears = words[14].flatMap(SpyDirection.init(rawValue:)), let heard = words[15]
        {
            link = Link(
                snoop: ChannelID(snoop),
                bridge: BridgeID(bridge),
                mode: mode,
                hears: hears,
                heard: ChannelName(heard)
            )
        }
        if let snoop = words[16], let name = words[17], let hears = words[18].flatMap(SpyDirection.init(rawValue:)) {
            recording = Recorded(snoop: ChannelID(snoop), name: RecordingName(name), hears: hears)
        }
        if words.count == 20, let names = words[19] {
            prompts = names.split(separator: Self.separator).map { PlaybackID(String($0)) }
        }
    }
}

/// Writing the mark, one request at a time: a later one could overtake it.
struct MarkProgress: Hashable, Sendable {
    /// What the channel says for certain; nil while it says nothing, or nobody knows what.
    private(set) var proved: SessionMark?
    private(set) var asked: SessionMark?
    private(set) var isPending = false
    private var failures = 0

    /// The mark that is to be written now, if any.
    mutating func next(_ wanted: SessionMark?) -> SessionMark? {
        guard let wanted, wanted != asked, !isPending, isNews(wanted) else { return nil }
        asked = wanted
        isPending = true
        return wanted
    }

    /// That a prompt has ended is not worth a request. That another one has begun is: it may be a tone, which has no
    /// end.
    private func isNews(_ wanted: SessionMark) -> Bool {
        guard let asked, asked.withoutPrompts == wanted.withoutPrompts else { return true }
        return !wanted.prompts.isEmpty && Set(asked.prompts).isDisjoint(with: wanted.prompts)
    }

    mutating func answered(isWritten: Bool) {
        isPending = false
        proved = isWritten ? asked : nil
        failures = isWritten ? 0 : failures + 1
        // The channel may say what was true before: it is tried again, a few times.
        if !isWritten, failures < SessionConfiguration.questionAttempts { asked = nil }
    }

    /// Whether a restart now would not bring the supervisor into a higher mode than this.
    func isAtMost(_ mode: MonitoringMode) -> Bool {
        guard !isPending, let proved else { return false }
        return proved.mode <= mode
    }
}

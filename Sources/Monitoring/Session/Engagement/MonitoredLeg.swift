/// What is known of the channel that is monitored, and of those whom it talks to.
///
/// Two things matter when it talks to somebody else. Who is protected is not to be heard. And Asterisk may drop all packets
/// of the newcomer before its audio hooks, which are what snoops are made of, for minutes: those of one direction share a
/// translator that takes packets with lower numbers than the last partner's for late ones (`main/translate.c`; measured on
/// 22.10.1). The translator goes with the last hook of the channel, so every session of the target takes its snoops off, and
/// attaches anew.
struct MonitoredLeg: Hashable, Sendable {
    let channel: ChannelID
    /// By which Local channels the target talks to somebody; see ``Partner/relays``.
    private(set) var relays: Set<ChannelID>
    /// Whose packets the target's audio hooks have seen, as far as known: one name, or none.
    private var heard: Set<ChannelName>
    /// Nobody can have been the target's partner since the hooks are there and not be known: Asterisk was asked after it was
    /// asked to tell.
    private var isCertain = false
    /// Those of whom it is known that the supervisor may hear them with this target.
    private var checked: Set<ChannelName>
    /// The search for partners whose answer counts.
    private var search: CommandID?

    /// What follows from news about partners.
    enum Consequence: Hashable, Sendable {
        case goOn
        /// Asterisk is to be asked whom the target talks to.
        case ask
        /// Somebody has come in the place of the only partner whose packets the audio hooks have seen: they are to go.
        case unhook
        /// Somebody is among them who is not to be heard.
        case protected
    }

    init(_ target: TargetChannel) {
        channel = target.id
        relays = target.relays
        heard = target.partners.count == 1 ? target.partners : []
        checked = target.partners
    }

    /// - Parameter names: of the channels that the target talks to now; some of them, unless they are complete.
    mutating func partnersChanged(_ names: Set<ChannelName>, isComplete: Bool) -> Consequence {
        // Nobody: who comes next is told.
        if names.isEmpty { return .goOn }
        if isReplacement(names) { return .unhook }
        if names.count == 1 { heard = names }
        return isComplete && names.isSubset(of: checked) ? .goOn : .ask
    }

    /// Asks whom the target talks to, and whether the supervisor may hear them.
    mutating func ask(_ outbox: inout Outbox) { search = outbox.request(.findPartners(channel)) }

    /// Whether this is the answer that is waited for: a later search may have taken its place.
    mutating func takesAnswer(to command: CommandID) -> Bool {
        guard search == command else { return false }
        search = nil
        return true
    }

    mutating func found(_ partners: [Partner]) -> Consequence {
        relays = partners.reduce(into: []) { $0.formUnion($1.relays) }
        if partners.contains(where: \.isProtected) { return .protected }
        let names = Set(partners.map(\.name))
        if isReplacement(names) { return .unhook }
        if names.count == 1 { heard = names }
        checked.formUnion(names)
        isCertain = true
        return .goOn
    }

    /// The hooks go: everything is looked for anew.
    mutating func unhook() { search = nil }

    /// Among several partners Asterisk mixes, and no packet's number counts; nor do those of the first partner. Until Asterisk
    /// has been asked over a subscription, somebody may have come and gone who is not known.
    private func isReplacement(_ names: Set<ChannelName>) -> Bool {
        names.count == 1 && names.isDisjoint(with: heard) && !(heard.isEmpty && isCertain)
    }

    /// What Asterisk is to tell of while this channel is monitored.
    var sources: [WatchedSource] {
        [.channel(channel)] + relays.sorted { $0.rawValue < $1.rawValue }.map { .channel($0) }
    }
}

/// What Asterisk is asked to tell of: always just what the engagement needs to know.
struct Watch: Hashable, Sendable {
    private enum State: Hashable {
        case requested
        /// Asterisk tells what changes. What has changed before, it has not told.
        case confirmed
        /// Asterisk did not say that it will tell: it is to be asked again.
        case failed
    }

    private var sources: [WatchedSource] = []
    private var command: CommandID?
    private var state = State.failed

    /// Asks for these sources, if it has not been done.
    mutating func update(_ wanted: [WatchedSource], _ outbox: inout Outbox) {
        guard !wanted.isEmpty else { return stop(&outbox) }
        guard wanted != sources || state == .failed else { return }
        sources = wanted
        state = .requested
        command = outbox.request(.watch(wanted))
    }

    mutating func stop(_ outbox: inout Outbox) {
        guard command != nil else { return }
        self = Watch()
        outbox.unwatch()
    }

    /// - Returns: whether the answer is of interest: it may be for something that nobody wants to know any more.
    mutating func answered(_ command: CommandID, _ answer: SessionAnswer) -> Bool {
        guard self.command == command else { return false }
        state = answer.failure == nil ? .confirmed : .failed
        return true
    }

    func isConfirmed(for wanted: [WatchedSource]) -> Bool { state == .confirmed && sources == wanted }
}

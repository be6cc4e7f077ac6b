/// One channel that sessions monitor: whom it talks to, who of them is to be heard, and whether snoops may be on it.
///
/// Two things matter when it talks to somebody else. Who is protected is not to be heard. And Asterisk may drop all packets
/// of the newcomer before its audio hooks, which are what snoops are made of, for minutes: those of one direction share a
/// translator that takes packets with lower numbers than the last partner's for late ones (`main/translate.c`; measured on
/// 22.10.1 of Debian). The translator goes with the last hook of the channel, so every session takes its snoops off, and attaches
/// anew when the leg says that the hooks have gone.
///
/// Packets of a file that Asterisk plays to the channel have the number 0, and a short one may follow a change of the partner. So the
/// hooks are renewed once more a little later.
struct MonitoredLeg: Hashable, Sendable {
    /// What the leg wants done.
    enum Effect: Hashable, Sendable {
        /// Ask Asterisk whom the channel talks to; answered by ``MonitoredLeg/partnersAnswered(_:_:)``.
        case findPartners(CommandID, known: Set<ChannelName>)
        /// Ask Asterisk whether the hooks of these snoops, which have been hung up, are off the channel; answered by
        /// ``MonitoredLeg/hooksAnswered(_:areGone:)``.
        case findHooks(CommandID, snoops: Set<ChannelID>)
        /// Let Asterisk tell of these; answered by ``MonitoredLeg/watched(_:_:)``.
        case watch([WatchedSource], CommandID)
        /// Tell every session of the leg.
        case tell(LegNews)
        case startTimer(TimerID, after: Duration)
        case cancelTimer(TimerID)
    }

    /// Whether snoops have put audio hooks on the channel.
    private enum Hooks: Hashable {
        /// None. Can transition to: `on` if a session attaches; `leaving` if an earlier run may have put some on.
        case off
        /// Can transition to: `leaving` if they have to go, or if the last session leaves.
        case on
        /// The sessions are taking their snoops off, or have left. Can transition to: `fading` if the last one has gone, or after a time.
        case leaving(until: TimerID)
        /// The snoops have gone, their hooks go with the channel's next packet. Can transition to: `off` when Asterisk has said that they
        /// have gone, or after a time.
        case fading(until: TimerID, CommandID?)
    }

    let channel: ChannelID
    private let configuration: SessionConfiguration
    private(set) var sessions: Set<SessionID> = []
    /// Sessions that attached while the hooks go: their snoops are held back until then.
    private var waiting: [SessionID: TargetChannel] = [:]
    private var hooks = Hooks.off
    /// When the hooks go once more, after they have come for somebody else than before.
    private var renewal: TimerID?
    private var partners = KnownPartners()
    /// The search for partners whose answer counts.
    private var search: CommandID?
    private var watch = Watch()
    /// How often in a row Asterisk did not tell what must be known.
    private var unansweredQuestions = 0
    private var effects: [Effect] = []
    /// The number that its last question or timer had. No two legs of one channel, one after the other, may give a number twice:
    /// an answer to the first one's question could come to the second one.
    var lastNumber = 0

    init(_ channel: ChannelID, _ configuration: SessionConfiguration) {
        self.channel = channel
        self.configuration = configuration
    }

    mutating func takeEffects() -> [Effect] {
        defer { effects = [] }
        return effects
    }

    // MARK: - Sessions

    /// A session has been allowed to monitor the channel, and makes its snoops.
    ///
    /// - Parameters:
    ///   - target: as it was when that was decided.
    ///   - isHooked: snoops of an earlier run may have put hooks on the channel, which have heard somebody else.
    mutating func attached(_ session: SessionID, _ target: TargetChannel, isHooked: Bool = false) {
        sessions.insert(session)
        switch hooks {
        case .off where isHooked:
            hooks = .leaving(until: startTimer(after: configuration.unhookingLimit))
            waiting[session] = target
        case .off:
            let earlier = partners
            partners = KnownPartners(target)
            hooks = .on
            if partners.replaces(earlier) { startRenewal() }
        case .on: partners.add(relays: target.relays)
        case .leaving, .fading: waiting[session] = target
        }
        updateWatch()
        // Somebody may have come since it was decided.
        if hooks == .on, watch.isConfirmed(for: sources) { ask() }
    }

    /// A session has no use for the channel any more. Its snoops may still be on it.
    mutating func left(_ session: SessionID) {
        sessions.remove(session)
        waiting[session] = nil
        guard sessions.isEmpty else { return }
        unansweredQuestions = 0
        search = nil
        watch.stop()
        stopRenewal()
        // Whoever attaches next must not meet hooks that have heard somebody else.
        if hooks == .on { hooks = .leaving(until: startTimer(after: configuration.unhookingLimit)) }
    }

    /// Nobody monitors the channel, and nothing of ours is on it.
    var isUnused: Bool { sessions.isEmpty && hooks == .off }

    // MARK: - Partners

    /// - Parameter names: of the channels that the target talks to now; some of them, unless they are complete.
    mutating func partnersChanged(_ names: Set<ChannelName>, isComplete: Bool) {
        // Nobody: who comes next is told.
        guard !names.isEmpty else {
            let heard = partners.heardParties
            partners.nobody()
            if !heard.isEmpty { effects.append(.tell(.talksTo([]))) }
            return
        }
        guard hooks == .on else { return letThoseWhoWaitLookAgain() }
        follow(partners.changed(to: names, isComplete: isComplete))
    }

    /// Something has happened to a channel that is watched beside the target: who stands behind a Local channel is only told
    /// of that channel's other half.
    mutating func relayChanged(_ channel: ChannelID) {
        if relays.contains(channel) { ask() }
    }

    /// The channels behind which somebody stands who talks to the target, or may.
    var relays: Set<ChannelID> { waiting.values.reduce(partners.relays) { $0.union($1.relays) } }

    /// What was decided for sessions that wait for the hooks to go holds no more. The others look again in any case.
    private mutating func letThoseWhoWaitLookAgain() {
        guard !waiting.isEmpty else { return }
        waiting = [:]
        effects.append(.tell(.unhooks))
    }

    /// Asks whom the target talks to, and whether the supervisors may hear them.
    ///
    /// - Parameter known: who need not be looked at again; see ``RegistryCommand/findPartners(_:_:known:)``.
    mutating func ask(known: Set<ChannelName> = []) {
        guard hooks == .on else { return letThoseWhoWaitLookAgain() }
        let command = newCommand()
        search = command
        effects.append(.findPartners(command, known: known))
    }

    mutating func partnersAnswered(_ command: CommandID, _ answer: PartnersAnswer) {
        // A later search has taken this one's place, or everything is looked for anew.
        guard search == command else { return }
        search = nil
        switch answer {
        case .failed(.gone): effects.append(.tell(.gone))
        case .found(let found):
            unansweredQuestions = 0
            follow(partners.found(found))
            updateWatch()
        case .foundKnown(let names):
            unansweredQuestions = 0
            follow(partners.foundKnown(names))
        case .failed(.refused), .failed(.unknown): questionFailed()
        }
    }

    private mutating func follow(_ consequence: KnownPartners.Consequence) {
        switch consequence {
        case .goOn:
            // Whoever is on their way out is nobody new.
            let heard = partners.heardParties
            if !heard.isEmpty { effects.append(.tell(.talksTo(heard))) }
        case .ask: ask()
        case .unhook: unhook()
        case .protected: effects.append(.tell(.hasProtectedPartner))
        }
    }

    /// Asterisk did not tell whom the target talks to. Nobody is heard in doubt, but a slow answer ends no session: the
    /// supervisors are taken out of the call, and brought in again when Asterisk tells.
    private mutating func questionFailed() {
        unansweredQuestions += 1
        if unansweredQuestions < SessionConfiguration.questionAttempts {
            unhook()
        } else {
            effects.append(.tell(.isUnclear))
        }
    }

    // MARK: - Being told

    /// What Asterisk is to tell of while the channel is monitored.
    private var sources: [WatchedSource] {
        [.channel(channel)] + partners.relays.sorted { $0.rawValue < $1.rawValue }.map { .channel($0) }
    }

    private mutating func updateWatch() {
        guard watch.isOutdated(for: sources) else { return }
        let command = newCommand()
        watch.begin(sources, command)
        effects.append(.watch(sources, command))
    }

    mutating func watched(_ command: CommandID, _ answer: SessionAnswer) {
        guard watch.answered(command, answer) else { return }
        switch answer.failure {
        // Somebody may have come since it was decided who may be heard. Those are known who were there then, unless
        // there is a reason to look at them again: an open question has one.
        case nil: if hooks == .on { ask(known: search == nil ? partners.decided : []) }
        // It may have ended before Asterisk was asked to tell of its end.
        case .gone: effects.append(.tell(.gone))
        // The supervisors could come to hear somebody whom they may not, and nobody would tell. It is asked for again.
        case .refused, .unknown:
            questionFailed()
            updateWatch()
        }
    }

    // MARK: - Hooks

    /// No snoop may be put on the channel now.
    var isBeingUnhooked: Bool {
        switch hooks {
        case .leaving, .fading: true
        case .off, .on: false
        }
    }

    /// Snoops are being taken off: ``snoopsGone()`` is to be called when the last one is.
    var isLeaving: Bool {
        if case .leaving = hooks { return true }
        return false
    }

    /// Lets every session take its snoops off.
    private mutating func unhook() {
        guard hooks == .on else { return }
        search = nil
        hooks = .leaving(until: startTimer(after: configuration.unhookingLimit))
        effects.append(.tell(.unhooks))
    }

    /// No session has a snoop on the channel any more.
    ///
    /// - Parameter snoops: those that were on it, as far as they are known.
    mutating func snoopsGone(_ snoops: Set<ChannelID> = []) {
        guard case .leaving(let timer) = hooks else { return }
        effects.append(.cancelTimer(timer))
        // Where nobody is about to put new ones on the channel, nobody needs to know.
        guard !snoops.isEmpty, !sessions.isEmpty else { return fade() }
        let question = newCommand()
        hooks = .fading(until: startTimer(after: SessionConfiguration.longestUnhookTime), question)
        effects.append(.findHooks(question, snoops: snoops))
    }

    private mutating func fade() {
        hooks = .fading(until: startTimer(after: configuration.unhookTime), nil)
    }

    mutating func hooksAnswered(_ command: CommandID, areGone: Bool) {
        guard case .fading(let timer, command) = hooks, areGone else { return }
        effects.append(.cancelTimer(timer))
        hooksGone()
    }

    private mutating func hooksGone() {
        hooks = .off
        effects.append(.tell(.hooksGone))
        for (session, target) in waiting.sorted(by: { $0.key < $1.key }) { attached(session, target) }
        waiting = [:]
    }

    private mutating func startRenewal() {
        stopRenewal()
        renewal = startTimer(after: SessionConfiguration.renewalTime)
    }

    private mutating func stopRenewal() {
        if let renewal { effects.append(.cancelTimer(renewal)) }
        renewal = nil
    }

    /// - Parameter isTold: Asterisk tells of what happens. Otherwise nobody would know that a new snoop has started.
    mutating func expired(_ timer: TimerID, isTold: Bool = true) {
        guard timer != renewal else { return isTold ? renew() : startRenewal() }
        switch hooks {
        // Whoever could not remove a snoop has given up by now.
        case .leaving(timer): fade()
        case .fading(timer, _): hooksGone()
        case .off, .on, .leaving, .fading: break  // It expired while it was being cancelled.
        }
    }

    private mutating func renew() {
        renewal = nil
        unhook()
    }

    private mutating func startTimer(after duration: Duration) -> TimerID {
        lastNumber += 1
        let timer = TimerID(lastNumber)
        effects.append(.startTimer(timer, after: duration))
        return timer
    }

    private mutating func newCommand() -> CommandID {
        lastNumber += 1
        return CommandID(lastNumber)
    }
}

/// What a session is told of the channel that it monitors.
package enum LegNews: Hashable, Sendable {
    /// All snoops are to go from the channel.
    case unhooks
    /// Snoops may be put on the channel again, once it is known who talks now.
    case hooksGone
    /// The channel is no more, or is a supervisor's: through it one would come into a call for which one has not asked.
    case gone
    /// Who is heard beside the target now. Told again and again, also when nobody is new.
    case talksTo(Set<CallParty>)
    /// The channel talks to somebody who is not to be heard.
    case hasProtectedPartner
    /// Asterisk does not tell whom the channel talks to, however often it is asked.
    case isUnclear
}

/// The answer to the question whom a channel talks to.
package enum PartnersAnswer: Hashable, Sendable {
    case found([Partner])
    /// These, at least one, all of whom were known: nobody was looked at again.
    case foundKnown(Set<ChannelName>)
    case failed(RequestFailure)
}

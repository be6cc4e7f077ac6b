/// Of which endpoints and channels sessions and legs need to be told, and how far Asterisk has been asked to.
///
/// However many watch one, Asterisk is asked once; the last one's leaving takes the subscription back. Of each only
/// one request is under way at a time, so that none overtakes another.
package struct WatchList: Sendable {
    /// Who needs to be told.
    package enum Watcher: Hashable, Sendable {
        /// A session that waits for a call.
        case session(SessionID)
        /// A monitored channel.
        case leg(ChannelID)
    }

    /// What is to be done.
    package enum Effect: Hashable {
        case subscribe(WatchedSource)
        case unsubscribe(WatchedSource)
        /// The watcher's request is answered: done when one of the sources is watched, and each other one is or does not
        /// exist or is an endpoint in doubt; `gone` when none exists, or when the watcher wants something else meanwhile.
        case answer(Watcher, CommandID, SessionAnswer)
        /// The watcher was told before that this is watched; it is watched again, and what happened between is not told.
        case renewed(Watcher)
    }

    /// How a subscription ended.
    package enum Outcome: Hashable {
        case done
        /// Asterisk has no such endpoint or channel.
        case unknownSource
        /// No answer, or none that tells: it may or may not have been done.
        case unclear
    }

    private enum Progress {
        case none
        case subscribing
        case subscribed
        case unsubscribing
    }

    private struct Watch {
        var watchers: Set<Watcher> = []
        var progress = Progress.none
    }

    private struct Question {
        let command: CommandID
        var open: Set<WatchedSource>
        /// Of one of the sources Asterisk tells.
        var isWatched = false
        /// Those of which nobody knows whether it does.
        var doubts: Set<WatchedSource> = []

        var answer: SessionAnswer {
            // By a channel of which nothing is told, somebody could come to be heard unnoticed.
            if doubts.contains(where: \.isChannel) { return .failed(.unknown) }
            if isWatched { return .done }
            return .failed(doubts.isEmpty ? .gone : .unknown)
        }
    }

    private var watches: [WatchedSource: Watch] = [:]
    /// What each watches.
    private var sources: [Watcher: Set<WatchedSource>] = [:]
    private var questions: [Watcher: Question] = [:]

    package init() {}

    /// Who watches this, in a fixed order.
    package func watchers(of source: WatchedSource) -> [Watcher] { Self.ordered(watches[source]?.watchers ?? []) }

    private static func ordered(_ watchers: Set<Watcher>) -> [Watcher] { watchers.sorted { $0.order < $1.order } }

    /// Lets somebody watch these sources, and no others.
    package mutating func watch(_ sources: [WatchedSource], for watcher: Watcher, _ command: CommandID) -> [Effect] {
        var effects = unwatch(watcher, except: Set(sources))
        var question = Question(command: command, open: Set(sources))
        for source in sources {
            var watch = watches[source] ?? Watch()
            watch.watchers.insert(watcher)
            switch watch.progress {
            case .none:
                watch.progress = .subscribing
                effects.append(.subscribe(source))
            case .subscribed:
                question.open.remove(source)
                question.isWatched = true
            case .subscribing, .unsubscribing: break  // Its answer goes on from here.
            }
            watches[source] = watch
        }
        self.sources[watcher] = Set(sources)
        questions[watcher] = question
        return effects + answerIfSettled(watcher)
    }

    /// The watcher watches nothing any more.
    package mutating func unwatch(_ watcher: Watcher) -> [Effect] {
        unwatch(watcher, except: [])
    }

    private mutating func unwatch(_ watcher: Watcher, except kept: Set<WatchedSource>) -> [Effect] {
        var effects: [Effect] = []
        if let question = questions.removeValue(forKey: watcher) {
            effects.append(.answer(watcher, question.command, .failed(.gone)))
        }
        let dropped = sources[watcher, default: []].subtracting(kept)
        sources[watcher] = kept.isEmpty ? nil : kept
        for source in dropped.sorted(by: { $0.description < $1.description }) {
            watches[source]?.watchers.remove(watcher)
            effects += giveUpIfUnused(source)
        }
        return effects
    }

    /// Asterisk has answered a subscription.
    package mutating func subscribed(to source: WatchedSource, _ outcome: Outcome) -> [Effect] {
        guard let watch = watches[source] else { return [] }
        switch outcome {
        case .done:
            watches[source]?.progress = .subscribed
        case .unknownSource:
            watches[source] = nil
            for watcher in watch.watchers { forget(source, watcher) }
        case .unclear:
            // Whoever asks now is told that it failed; and it is taken back, if it is there. For those who have been told
            // before that it is watched, it is then asked for again.
            let waiting = watch.watchers.filter { questions[$0]?.open.contains(source) != true }
            watches[source] = Watch(watchers: waiting, progress: .unsubscribing)
            for watcher in watch.watchers.subtracting(waiting) { forget(source, watcher) }
        }
        var effects: [Effect] = outcome == .unclear ? [.unsubscribe(source)] : giveUpIfUnused(source)
        for watcher in Self.ordered(watch.watchers) {
            guard questions[watcher]?.open.remove(source) != nil else {
                // What it was told of before may be gone.
                if outcome != .unclear { effects.append(.renewed(watcher)) }
                continue
            }
            switch outcome {
            case .done: questions[watcher]?.isWatched = true
            case .unclear: questions[watcher]?.doubts.insert(source)
            case .unknownSource: break
            }
            effects += answerIfSettled(watcher)
        }
        return effects
    }

    /// Asterisk has answered the end of a subscription, in whatever way.
    package mutating func unsubscribed(from source: WatchedSource) -> [Effect] {
        guard let watch = watches[source] else { return [] }
        guard watch.watchers.isEmpty else {
            watches[source]?.progress = .subscribing
            return [.subscribe(source)]
        }
        watches[source] = nil
        return []
    }

    /// What Asterisk has confirmed.
    package var subscriptions: Set<WatchedSource> { Set(watches.filter { $0.value.progress == .subscribed }.keys) }

    /// Compares with what Asterisk says, when events have been missed or an earlier run has left something.
    ///
    /// A channel that nobody watches is left: it may be subscribed to because it is in our application. See ``abandon(_:)``.
    ///
    /// - Parameters:
    ///   - expected: ``subscriptions`` before Asterisk was asked: what was subscribed to since may be missing in its answer.
    ///   - subscribed: what Asterisk says.
    package mutating func compare(
        expecting expected: Set<WatchedSource>,
        with subscribed: Set<WatchedSource>
    ) -> [Effect] {
        var effects: [Effect] = []
        for source in subscribed.sorted(by: { $0.description < $1.description }) where !source.isChannel {
            effects += abandon(source)
        }
        for (source, watch) in watches.sorted(by: { $0.key.description < $1.key.description })
        where watch.progress == .subscribed && expected.contains(source) && !subscribed.contains(source) {
            watches[source]?.progress = .subscribing
            effects.append(.subscribe(source))
        }
        return effects
    }

    /// Takes back what an earlier run has asked for, unless it is watched now.
    package mutating func abandon(_ source: WatchedSource) -> [Effect] {
        guard watches[source] == nil else { return [] }
        watches[source] = Watch(progress: .unsubscribing)
        return [.unsubscribe(source)]
    }

    private mutating func forget(_ source: WatchedSource, _ watcher: Watcher) {
        sources[watcher]?.remove(source)
        if sources[watcher]?.isEmpty == true { sources[watcher] = nil }
    }

    private mutating func giveUpIfUnused(_ source: WatchedSource) -> [Effect] {
        guard let watch = watches[source], watch.watchers.isEmpty, watch.progress == .subscribed else { return [] }
        watches[source]?.progress = .unsubscribing
        return [.unsubscribe(source)]
    }

    private mutating func answerIfSettled(_ watcher: Watcher) -> [Effect] {
        guard let question = questions[watcher], question.open.isEmpty else { return [] }
        questions[watcher] = nil
        return [.answer(watcher, question.command, question.answer)]
    }
}

extension WatchedSource {
    fileprivate var isChannel: Bool { if case .channel = self { true } else { false } }
}

extension WatchList.Watcher {
    /// Sessions by their age, then legs.
    fileprivate var order: (Int, String) {
        switch self {
        case .session(let session): (session.number, "")
        case .leg(let channel): (.max, channel.rawValue)
        }
    }
}

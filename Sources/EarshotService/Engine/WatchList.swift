package import Monitoring

/// Of which endpoints and channels sessions need to be told, and how far Asterisk has been asked to.
///
/// However many sessions watch one, Asterisk is asked once; the last one's leaving takes the subscription back. Of each only
/// one request is under way at a time, so that none overtakes another.
package struct WatchList {
    /// What is to be done.
    package enum Effect: Hashable {
        case subscribe(WatchedSource)
        case unsubscribe(WatchedSource)
        /// The session's request is answered: done when one of the sources is watched, and each other one is or does not
        /// exist or is an endpoint in doubt; `gone` when none exists, or when the session wants something else meanwhile.
        case answer(SessionID, CommandID, SessionAnswer)
        /// The session was told before that this is watched; it is watched again, and what happened between is not told.
        case renewed(SessionID)
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
        var sessions: Set<SessionID> = []
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
    private var questions: [SessionID: Question] = [:]

    package init() {}

    /// The sessions that watch this, the oldest first.
    package func sessions(watching source: WatchedSource) -> [SessionID] {
        (watches[source]?.sessions ?? []).sorted { $0.number < $1.number }
    }

    /// Lets a session watch these sources, and no others.
    package mutating func watch(_ sources: [WatchedSource], for session: SessionID, _ command: CommandID) -> [Effect] {
        var effects = unwatch(session, except: Set(sources))
        var question = Question(command: command, open: Set(sources))
        for source in sources {
            var watch = watches[source] ?? Watch()
            watch.sessions.insert(session)
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
        questions[session] = question
        return effects + answerIfSettled(session)
    }

    /// The session watches nothing any more.
    package mutating func unwatch(_ session: SessionID) -> [Effect] {
        unwatch(session, except: [])
    }

    private mutating func unwatch(_ session: SessionID, except kept: Set<WatchedSource>) -> [Effect] {
        var effects: [Effect] = []
        if let question = questions.removeValue(forKey: session) {
            effects.append(.answer(session, question.command, .failed(.gone)))
        }
        for source in watches.keys.sorted(by: { $0.description < $1.description }) where !kept.contains(source) {
            watches[source]?.sessions.remove(session)
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
        case .unclear:
            // Whoever asks now is told that it failed; and it is taken back, if it is there. For those who have been told
            // before that it is watched, it is then asked for again.
            let waiting = watch.sessions.filter { questions[$0]?.open.contains(source) != true }
            watches[source] = Watch(sessions: waiting, progress: .unsubscribing)
        }
        var effects: [Effect] = outcome == .unclear ? [.unsubscribe(source)] : giveUpIfUnused(source)
        for session in watch.sessions.sorted(by: { $0.number < $1.number }) {
            guard questions[session]?.open.remove(source) != nil else {
                // What it was told of before may be gone.
                if outcome != .unclear { effects.append(.renewed(session)) }
                continue
            }
            switch outcome {
            case .done: questions[session]?.isWatched = true
            case .unclear: questions[session]?.doubts.insert(source)
            case .unknownSource: break
            }
            effects += answerIfSettled(session)
        }
        return effects
    }

    /// Asterisk has answered the end of a subscription, in whatever way.
    package mutating func unsubscribed(from source: WatchedSource) -> [Effect] {
        guard let watch = watches[source] else { return [] }
        guard watch.sessions.isEmpty else {
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
    /// A channel that nobody watches is left: it may be subscribed to because it is in our application, and otherwise the
    /// subscription ends with it.
    ///
    /// - Parameters:
    ///   - expected: ``subscriptions`` before Asterisk was asked: what was subscribed to since may be missing in its answer.
    ///   - subscribed: what Asterisk says.
    package mutating func compare(
        expecting expected: Set<WatchedSource>,
        with subscribed: Set<WatchedSource>
    ) -> [Effect] {
        var effects: [Effect] = []
        for source in subscribed.sorted(by: { $0.description < $1.description }) where watches[source] == nil {
            if case .channel = source { continue }
            watches[source] = Watch(progress: .unsubscribing)
            effects.append(.unsubscribe(source))
        }
        for (source, watch) in watches.sorted(by: { $0.key.description < $1.key.description })
        where watch.progress == .subscribed && expected.contains(source) && !subscribed.contains(source) {
            watches[source]?.progress = .subscribing
            effects.append(.subscribe(source))
        }
        return effects
    }

    private mutating func giveUpIfUnused(_ source: WatchedSource) -> [Effect] {
        guard let watch = watches[source], watch.sessions.isEmpty, watch.progress == .subscribed else { return [] }
        watches[source]?.progress = .unsubscribing
        return [.unsubscribe(source)]
    }

    private mutating func answerIfSettled(_ session: SessionID) -> [Effect] {
        guard let question = questions[session], question.open.isEmpty else { return [] }
        questions[session] = nil
        return [.answer(session, question.command, question.answer)]
    }
}

extension WatchedSource {
    fileprivate var isChannel: Bool { if case .channel = self { true } else { false } }
}

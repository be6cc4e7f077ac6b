package import Monitoring

/// Which endpoints sessions wait for, and how far Asterisk has been told.
///
/// However many sessions wait for an endpoint, Asterisk is asked once; the last one's leaving takes the subscription back.
/// Of each endpoint only one request is under way at a time, so that none overtakes another.
package struct WatchList {
    /// What is to be done.
    package enum Effect: Hashable {
        case subscribe(EndpointName)
        case unsubscribe(EndpointName)
        /// The endpoints of the session are being watched: all of them that exist.
        case answer(SessionID, CommandID, isWatched: Bool)
    }

    /// How a subscription ended.
    package enum Outcome: Hashable {
        case done
        /// Asterisk has no such endpoint.
        case unknownEndpoint
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
        var open: Set<EndpointName>
        var isWatched = false
    }

    private var watches: [EndpointName: Watch] = [:]
    private var questions: [SessionID: Question] = [:]

    package init() {}

    /// The sessions that wait for a call of this endpoint.
    package func sessions(waitingFor endpoint: EndpointName) -> Set<SessionID> {
        watches[endpoint]?.sessions ?? []
    }

    /// Lets a session wait for these endpoints, and for no others.
    package mutating func watch(_ endpoints: [EndpointName], for session: SessionID, _ command: CommandID) -> [Effect] {
        var effects = unwatch(session, except: Set(endpoints))
        var question = Question(command: command, open: Set(endpoints))
        for endpoint in endpoints {
            var watch = watches[endpoint] ?? Watch()
            watch.sessions.insert(session)
            switch watch.progress {
            case .none:
                watch.progress = .subscribing
                effects.append(.subscribe(endpoint))
            case .subscribed:
                question.open.remove(endpoint)
                question.isWatched = true
            case .subscribing, .unsubscribing: break  // Its answer goes on from here.
            }
            watches[endpoint] = watch
        }
        questions[session] = question
        return effects + answerIfSettled(session)
    }

    /// The session waits no longer.
    package mutating func unwatch(_ session: SessionID) -> [Effect] {
        unwatch(session, except: [])
    }

    private mutating func unwatch(_ session: SessionID, except kept: Set<EndpointName>) -> [Effect] {
        var effects: [Effect] = []
        if let question = questions.removeValue(forKey: session) {
            effects.append(.answer(session, question.command, isWatched: false))
        }
        for endpoint in watches.keys.sorted(by: { $0.description < $1.description }) where !kept.contains(endpoint) {
            watches[endpoint]?.sessions.remove(session)
            effects += giveUpIfUnused(endpoint)
        }
        return effects
    }

    /// Asterisk has answered a subscription.
    package mutating func subscribed(to endpoint: EndpointName, _ outcome: Outcome) -> [Effect] {
        guard let watch = watches[endpoint] else { return [] }
        switch outcome {
        case .done:
            watches[endpoint]?.progress = .subscribed
        case .unknownEndpoint:
            watches[endpoint] = nil
        case .unclear:
            // Whoever asks now is told that it failed; and it is taken back, if it is there. For those who have been told
            // before that it is watched, it is then asked for again.
            let waiting = watch.sessions.filter { questions[$0]?.open.contains(endpoint) != true }
            watches[endpoint] = Watch(sessions: waiting, progress: .unsubscribing)
        }
        var effects: [Effect] = outcome == .unclear ? [.unsubscribe(endpoint)] : giveUpIfUnused(endpoint)
        for session in watch.sessions.sorted(by: { $0.number < $1.number }) {
            guard questions[session]?.open.remove(endpoint) != nil else { continue }
            if outcome == .done { questions[session]?.isWatched = true }
            effects += answerIfSettled(session)
        }
        return effects
    }

    /// Asterisk has answered the end of a subscription, in whatever way.
    package mutating func unsubscribed(from endpoint: EndpointName) -> [Effect] {
        guard let watch = watches[endpoint] else { return [] }
        guard watch.sessions.isEmpty else {
            watches[endpoint]?.progress = .subscribing
            return [.subscribe(endpoint)]
        }
        watches[endpoint] = nil
        return []
    }

    /// Compares with what Asterisk says, when events have been missed or an earlier run has left something.
    package mutating func compare(with subscribed: Set<EndpointName>) -> [Effect] {
        var effects: [Effect] = []
        for endpoint in subscribed.sorted(by: { $0.description < $1.description }) where watches[endpoint] == nil {
            watches[endpoint] = Watch(progress: .unsubscribing)
            effects.append(.unsubscribe(endpoint))
        }
        for (endpoint, watch) in watches.sorted(by: { $0.key.description < $1.key.description })
        where watch.progress == .subscribed && !subscribed.contains(endpoint) {
            watches[endpoint]?.progress = .subscribing
            effects.append(.subscribe(endpoint))
        }
        return effects
    }

    private mutating func giveUpIfUnused(_ endpoint: EndpointName) -> [Effect] {
        guard let watch = watches[endpoint], watch.sessions.isEmpty, watch.progress == .subscribed else { return [] }
        watches[endpoint]?.progress = .unsubscribing
        return [.unsubscribe(endpoint)]
    }

    private mutating func answerIfSettled(_ session: SessionID) -> [Effect] {
        guard let question = questions[session], question.open.isEmpty else { return [] }
        questions[session] = nil
        return [.answer(session, question.command, isWatched: question.isWatched)]
    }
}

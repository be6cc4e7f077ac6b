/// What Asterisk is asked to tell of: always just what the state needs to know.
package struct Watch: Hashable, Sendable {
    let sources: [WatchedSource]
    let command: CommandID
    /// Asterisk tells what changes. What has changed before, it has not told.
    var isConfirmed = false
    /// Asterisk did not say that it will tell: it is to be asked again.
    var hasFailed = false
}

extension SessionStateMachine {
    private var sourcesToWatch: [WatchedSource] {
        if let target { return [.channel(target)] + relays.sorted { $0.rawValue < $1.rawValue }.map { .channel($0) } }
        return if case .waiting(let waiting) = state {
            endpoints(of: waiting.permit.target).map { .endpoint($0) }
        } else {
            []
        }
    }

    /// Asterisk tells what the state needs to know.
    var isWatched: Bool { watch?.isConfirmed == true && watch?.sources == sourcesToWatch }

    /// Called after every step.
    mutating func updateWatch() -> [SessionCommand] {
        let sources = sourcesToWatch
        guard sources != watch?.sources ?? [] || watch?.hasFailed == true else { return [] }
        guard !sources.isEmpty else {
            watch = nil
            return [.unwatch]
        }
        let command = request(.watch(sources))
        watch = Watch(sources: sources, command: lastCommand)
        return [command]
    }

    mutating func watched(_ command: CommandID, _ answer: SessionAnswer) -> [SessionCommand] {
        // It may be the answer for something that is of no interest any more.
        guard watch?.command == command else { return [] }
        watch?.isConfirmed = answer.failure == nil
        switch state {
        case .waiting(var waiting):
            // Whoever waits without ever being told waits for ever: it is asked for again.
            guard answer.failure == nil else {
                watch?.hasFailed = true
                unansweredQuestions += 1
                let isOver = answer.failure == .gone || unansweredQuestions >= Self.questionAttempts
                return isOver ? refuse(.asteriskRefused) : []
            }
            unansweredQuestions = 0
            waiting.hasChanged = true  // While Asterisk was being asked to tell.
            state = .waiting(waiting)
            return lookIfChanged()
        case .attaching, .monitoring, .reattaching:
            // It may have ended before Asterisk was asked to tell of its end.
            if answer.failure == .gone { return targetEnded() }
            guard answer.failure == nil else {
                // The supervisor could come to hear somebody whom they may not, and nobody would tell. It is asked for again.
                watch?.hasFailed = true
                return partnersUnknown()
            }
            return findPartners()
        case .created, .preparing, .seeking, .explaining, .releasing, .ended:
            return []  // They watch nothing.
        }
    }
}

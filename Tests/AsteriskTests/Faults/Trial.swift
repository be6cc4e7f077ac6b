import LabSupport
import Locking
import Testing

/// One session under a fault: a supervisor dials, and it is judged what becomes of them, of the monitored call, and of what was made.
struct Trial: Sendable {
    /// Where the supervisor stands when what was to come has come.
    enum Standing: Sendable {
        case inTheCall
        /// Their own call is over.
        case released
        /// Neither, and they have waited long enough.
        case inSilence
    }

    enum Outcome: Sendable {
        case worked
        case endedCleanly
        /// Their own call was ended without a word.
        case hungUp
        case unanswered
    }

    let cast: Cast
    /// By whom they may be heard at most.
    let mode: Mode
    /// What goes wrong, for messages.
    let what: String
    /// How much the supervisor's phone had told before.
    private let eventCount: Int
    private let supervisorMark: HearingMark
    private let agentMark: HearingMark
    private let clientMark: HearingMark

    private var supervisor: Phone { cast.supervisor }

    // MARK: - Beginning

    /// Does everything that comes before the supervisor dials.
    ///
    /// - Parameter mode: the one that is dialled, or the highest one that is chosen by a key.
    static func prepare(
        _ mode: Mode,
        _ what: String,
        letters: String = "qESsb",
        with cast: Cast
    ) async throws -> Trial {
        try await cast.keepTalking()
        try await cast.lab.setSpyParams(letters, of: Cast.user)
        try await cast.lab.setGlobal(Cast.resultVariable, to: "")
        cast.tally.withLock { $0.tried += 1 }
        return Trial(
            cast: cast,
            mode: mode,
            what: what,
            eventCount: cast.supervisor.history.count,
            supervisorMark: cast.supervisor.mark(),
            agentMark: cast.agent.mark(),
            clientMark: cast.client.mark()
        )
    }

    /// - Parameter code: nil for the mode's own, and the agent who talks.
    func dial(_ code: String? = nil) async throws {
        try await supervisor.dial(code ?? mode.rawValue + Cast.agentExtension)
    }

    /// What the supervisor has heard beside everybody's tones: prompts.
    var promptLength: Duration { supervisor.heard(since: supervisorMark).soundBesidesTones }

    /// How the dialplan was told that the session went; empty while it has not been.
    func result() async throws -> String { try await cast.lab.global(Cast.resultVariable) }

    // MARK: - Waiting

    private var isReleased: Bool {
        supervisor.history.dropFirst(eventCount).contains { $0.name == .closed }
    }

    /// Waits until the supervisor is in the call, or is not any more and has been released.
    func settle(within limit: Duration = .seconds(20)) async throws -> Standing {
        let deadline = ContinuousClock.now + limit
        while ContinuousClock.now < deadline {
            if isReleased { return .released }
            // A prompt has every tone for a moment; a call's tones last.
            let heard = try await supervisor.listen(for: .milliseconds(300))
            if heard.hears(.client), heard.hears(.agent) { return .inTheCall }
        }
        return isReleased ? .released : .inSilence
    }

    /// Waits until the supervisor has been released, in the call or not.
    func waitForRelease(within limit: Duration) async throws -> Standing {
        let deadline = ContinuousClock.now + limit
        while !isReleased, ContinuousClock.now < deadline { try await Task.sleep(for: .milliseconds(50)) }
        return isReleased ? .released : .inSilence
    }

    // MARK: - Judging

    /// Judges where the supervisor stands, lets them hang up if they are in the call, and looks at what is left.
    ///
    /// - Parameters:
    ///   - expected: nil if a clean end is as good as a session that works.
    ///   - mayBeHungUp: Asterisk was out of Earshot's reach, so that nothing could be said.
    ///   - isExact: whoever the mode lets hear the supervisor must; nobody else may in any case.
    ///   - isCallChecked: client and agent must have heard each other all the time.
    @discardableResult
    func conclude(
        _ standing: Standing,
        _ expected: Outcome? = nil,
        mayBeHungUp: Bool = false,
        isExact: Bool = true,
        isCallChecked: Bool = true,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> Outcome {
        if standing == .inTheCall { try await expectEars(isExact: isExact, sourceLocation) }
        let outcome = try await judge(standing)
        try await leave()
        count(outcome)
        #expect(outcome != .unanswered, "\(what): left in silence", sourceLocation: sourceLocation)
        #expect(outcome != .hungUp || mayBeHungUp, "\(what): hung up without a word", sourceLocation: sourceLocation)
        if let expected { #expect(outcome == expected, "\(what)", sourceLocation: sourceLocation) }
        if isCallChecked { try await expectUndisturbed(sourceLocation) }
        try await expectNothingIsLeft(sourceLocation)
        return outcome
    }

    private func judge(_ standing: Standing) async throws -> Outcome {
        switch standing {
        case .inTheCall: return .worked
        case .inSilence: return .unanswered
        case .released:
            if promptLength >= .milliseconds(200) { return .endedCleanly }
            return try await result().isEmpty ? .hungUp : .endedCleanly
        }
    }

    private func count(_ outcome: Outcome) {
        cast.tally.withLock { tally in
            switch outcome {
            case .worked: tally.worked += 1
            case .endedCleanly: tally.endedCleanly += 1
            case .hungUp: tally.hungUp += 1
            case .unanswered: tally.unanswered += 1
            }
        }
    }

    /// The supervisor hangs up, unless their call is over.
    private func leave() async throws {
        guard !isReleased else { return }
        _ = try? await supervisor.hangUp()  // It may just have ended.
        _ = try await waitForRelease(within: .seconds(5))
    }

    private func expectEars(isExact: Bool, _ sourceLocation: SourceLocation) async throws {
        // What was under way has arrived then.
        _ = try await cast.agent.listen(for: .milliseconds(200))
        let (agentMay, clientMay) = (mode.agentHearsSupervisor, mode.clientHearsSupervisor)
        let ears = [
            Ear(
                name: "\(what): agent",
                phone: cast.agent,
                hears: [.client] + (isExact && agentMay ? [.supervisor] : []),
                isFreeOf: agentMay ? [] : [.supervisor]
            ),
            Ear(
                name: "\(what): client",
                phone: cast.client,
                hears: [.agent] + (isExact && clientMay ? [.supervisor] : []),
                isFreeOf: clientMay ? [] : [.supervisor]
            ),
            Ear(
                name: "\(what): supervisor",
                phone: supervisor,
                hears: [.agent, .client],
                isFreeOf: [.supervisor]
            ),
        ]
        try await expect(ears, for: .milliseconds(500), sourceLocation: sourceLocation)
    }

    /// Client and agent have heard each other all the time, and nobody the supervisor who may not. 40 ms are two packets.
    private func expectUndisturbed(_ sourceLocation: SourceLocation) async throws {
        // What was under way when the snoop ended may still arrive.
        _ = try await cast.agent.listen(for: .milliseconds(200))
        let (agent, client) = (cast.agent.heard(since: agentMark), cast.client.heard(since: clientMark))
        let gap = max(agent.longestGap(of: .client), client.longestGap(of: .agent))
        let pause = max(agent.longestPause, client.longestPause)
        var voice = Duration.zero
        if !mode.agentHearsSupervisor { voice = max(voice, agent.longestStretch(of: .supervisor)) }
        if !mode.clientHearsSupervisor { voice = max(voice, client.longestStretch(of: .supervisor)) }
        let isUndisturbed = gap <= .milliseconds(40) && pause <= .seconds(1) && voice <= .milliseconds(40)
        if !isUndisturbed { cast.tally.withLock { $0.disturbed += 1 } }
        #expect(
            isUndisturbed,
            "\(what): the call has a gap of \(gap), a pause of \(pause), the supervisor in it for \(voice)",
            sourceLocation: sourceLocation
        )
    }

    /// In doubt Earshot looks again after ten seconds.
    private func expectNothingIsLeft(_ sourceLocation: SourceLocation) async throws {
        do {
            try await cast.lab.waitUntil("the end of everything that is Earshot's", within: .seconds(40)) {
                channels,
                bridges in
                !channels.contains { $0.isEarshots || $0.endpoint == Cast.user }
                    && !bridges.contains { $0.id.hasPrefix("earshot-") }
            }
        } catch let error as LabError {
            cast.tally.withLock { $0.leftOver += 1 }
            Issue.record("\(what): \(error)", sourceLocation: sourceLocation)
            try await cast.lab.removeWhatIsEarshots()
        }
    }
}

extension Lab {
    /// Removes what a session has left, so that it is told once and not of each session after it.
    fileprivate func removeWhatIsEarshots() async throws {
        for channel in try await channels() where channel.isEarshots || channel.endpoint == Cast.user {
            _ = try await request("DELETE", "/channels/\(channel.id)")
        }
        for bridge in try await bridges() where bridge.id.hasPrefix("earshot-") {
            _ = try await request("DELETE", "/bridges/\(bridge.id)")
        }
    }
}

/// The supervisor's side of a session: whether they are here and can hear, which bridge they are in, what they are played,
/// how loud they hear, what they press, and what their channel says about the session.
struct Seat: Hashable, Sendable {
    let supervisor: Supervisor
    /// The supervisor's channel is in our application, as far as events have told.
    private(set) var isHere = true
    /// The supervisor can be played something: they have been answered, or need not be.
    private(set) var isAudible: Bool
    /// An earlier run may have begun to play something without saying so, when it was killed at that moment: until it
    /// ends, Asterisk moves the channel nowhere.
    private(set) var mayBePlayedMore: Bool
    /// The bridge that the supervisor is in.
    private(set) var bridge: BridgeID?
    var keypad = Keypad()
    private var prompts = Prompts()
    /// A prompt that waits until the supervisor can hear it.
    private var postponed: Prompt?
    private(set) var volume = ListeningVolume.unchanged
    private var mark = MarkProgress()
    /// Where in the dialplan the supervisor goes on, once they are being released; nil for the line behind `Stasis()`.
    private var exit: DialplanPlace?
    private var isReleased = false

    init(_ supervisor: Supervisor) {
        self.supervisor = supervisor
        isAudible = supervisor.isAnswered
        mayBePlayedMore = supervisor.isAnswered
    }

    /// An earlier run has served the supervisor.
    mutating func adopt(_ mark: SessionMark, _ outbox: inout Outbox) {
        volume = mark.volume
        // They hear by its tap, or have been played something.
        if mark.link != nil || !mark.prompts.isEmpty { isAudible = true }
        prompts.adopt(mark.prompts, &outbox)
    }

    // MARK: - Hearing

    mutating func becameAudible(_ outbox: inout Outbox) {
        isAudible = true
        if let postponed { say(postponed, &outbox) }
        postponed = nil
    }

    /// Plays a prompt that nothing waits for, as soon as the supervisor can hear it.
    mutating func say(_ prompt: Prompt, _ outbox: inout Outbox) {
        guard isAudible else {
            postponed = prompt
            return
        }
        _ = play(prompt, &outbox)
    }

    mutating func play(_ prompt: Prompt, _ outbox: inout Outbox) -> PlaybackID { prompts.play(prompt, &outbox) }

    /// Plays a prompt that tells what has come of a key. One that has yet to begin, behind another one of the same, tells it of all
    /// keys that are pressed until then: they come one after the other, and there are to be no more of them than that.
    ///
    /// - Returns: the playback after which the supervisor knows.
    @discardableResult
    mutating func playForKey(_ prompt: Prompt, _ outbox: inout Outbox) -> PlaybackID {
        if let waiting = prompts.waitingPlayback(of: prompt) { return waiting }
        return play(prompt, &outbox)
    }

    /// ``playForKey(_:_:)``, as soon as the supervisor can hear it.
    mutating func sayForKey(_ prompt: Prompt, _ outbox: inout Outbox) {
        guard isAudible else {
            postponed = prompt
            return
        }
        playForKey(prompt, &outbox)
    }

    /// Ends every prompt, and forgets what was to be said.
    mutating func silence(_ outbox: inout Outbox) {
        postponed = nil
        prompts.stop(&outbox)
    }

    /// Ends what an earlier run of the service has begun to play: a last prompt would come behind a tone, which has no
    /// end.
    mutating func silenceEarlierRun(_ outbox: inout Outbox) { prompts.stopEarlierRun(&outbox) }

    /// Forgets what was to be said as soon as the supervisor can hear it.
    mutating func dropPostponedPrompt() { postponed = nil }

    /// See ``Prompts/giveUp(_:)``.
    mutating func giveUpPrompts(_ outbox: inout Outbox) { prompts.giveUp(&outbox) }

    /// The supervisor can be brought into another bridge at once: a channel that is playing moves only after the prompt.
    var canMove: Bool { isAudible && prompts.isSilent }

    var isSilent: Bool { prompts.isSilent }

    /// What the supervisor is being played.
    var promptsPlaying: [PlaybackID] { prompts.all }

    func isPlaying(_ playback: PlaybackID) -> Bool { prompts.isPlaying(playback) }

    mutating func promptBegun(_ playback: PlaybackID, _ outbox: inout Outbox) { prompts.begun(playback, &outbox) }

    /// See ``Prompts/finished(_:_:_:)``.
    mutating func promptFinished(_ playback: PlaybackID, _ end: Prompts.End, _ outbox: inout Outbox) -> PlaybackID? {
        guard let over = prompts.finished(playback, end, &outbox) else { return nil }
        // What is played comes one after the other.
        if end == .heard { mayBePlayedMore = false }
        return over
    }

    /// The deadlines of what is played.
    var deadlines: [Deadline] { prompts.tones.map { .tone($0) } + prompts.ofEarlierRun.map { .earlierPrompt($0) } }

    mutating func stopTone(_ playback: PlaybackID, _ outbox: inout Outbox) { prompts.stopTone(playback, &outbox) }

    mutating func lookForPrompts(_ outbox: inout Outbox) { prompts.lookAgain(&outbox) }

    // MARK: - Keys

    /// Keeps a key until its turn. When there are too many, the supervisor hears that they have no effect.
    ///
    /// - Parameter mode: which the supervisor is in, or will be at first.
    mutating func press(_ key: TelephoneKey, in mode: MonitoringMode, _ outbox: inout Outbox) {
        let forgotten = keypad.press(KeyPress(key: key, time: outbox.now), in: mode)
        guard forgotten > 0 else { return }
        outbox.report(.keysForgotten(forgotten))
        sayForKey(.keyRefused, &outbox)
    }

    // MARK: - Volume

    mutating func setVolume(_ volume: ListeningVolume, _ outbox: inout Outbox) {
        guard volume != self.volume else { return }
        self.volume = volume
        sendVolume(&outbox)
    }

    mutating func louder(_ outbox: inout Outbox) {
        volume = volume.next
        sendVolume(&outbox)
    }

    /// One request at a time: a later one could overtake it.
    private func sendVolume(_ outbox: inout Outbox) {
        guard !outbox.awaitsAnswer(where: { if case .setVariable(.volume, _) = $0 { true } else { false } }) else {
            return
        }
        outbox.request(.setVariable(.volume, volume.text))
    }

    // MARK: - Bridges

    mutating func entered(_ bridge: BridgeID) {
        self.bridge = bridge
        mayBePlayedMore = false
    }

    mutating func left(_ bridge: BridgeID) {
        if self.bridge == bridge { self.bridge = nil }
    }

    // MARK: - The mark

    /// Nothing is being written.
    var mayWriteMark: Bool { isHere && !mark.isPending }

    /// Called after every step in which something may be written, with what the channel has to say now.
    mutating func write(_ wanted: SessionMark, _ outbox: inout Outbox) {
        guard mayWriteMark, let mark = mark.next(wanted) else { return }
        outbox.request(.mark(mark))
    }

    mutating func markWritten(_ answer: SessionAnswer) { mark.answered(isWritten: answer.failure == nil) }

    /// Lets a channel that says that it is in a session say that the session is over.
    mutating func tell(_ end: SessionEnd, _ outbox: inout Outbox) {
        if isHere, mark.asked != nil { outbox.request(.setVariable(.result, end.word)) }
    }

    /// Whether a restart now would not bring the supervisor into a higher mode than this.
    func isMarked(atMost mode: MonitoringMode) -> Bool { mark.isAtMost(mode) }

    // MARK: - Leaving

    /// The supervisor's channel has left.
    mutating func leave() { isHere = false }

    /// Sends the supervisor back to the dialplan, once their channel carries what the dialplan may want to know.
    mutating func release(_ end: SessionEnd, to place: DialplanPlace?, _ outbox: inout Outbox) {
        exit = place
        isReleased = true
        guard isHere else { return }
        // A channel that is playing leaves Stasis only after the prompt.
        silence(&outbox)
        outbox.request(.setVariable(.result, end.word))
        // What comes after the session is not to be louder for it.
        setVolume(.unchanged, &outbox)
    }

    mutating func variableSet(_ variable: SupervisorVariable, _ value: String, _ outbox: inout Outbox) {
        guard isHere else { return }
        if variable == .volume, value != volume.text {
            sendVolume(&outbox)
            return
        }
        // The variables are for the dialplan's information; without them the supervisor is released all the same.
        guard isReleased, !outbox.awaitsAnswer(where: \.isPartOfRelease) else { return }
        outbox.request(.releaseSupervisor(to: exit))
    }

    /// Asterisk has answered to the release. If it is done, the channel's end in our application is told next.
    mutating func released(_ answer: SessionAnswer, _ outbox: inout Outbox) {
        guard isReleased, isHere else { return }
        switch answer.failure {
        case nil: break
        case .gone: isHere = false
        case .refused, .unknown: outbox.request(.hangUpSupervisor)
        }
    }

    /// Asterisk has answered to the hang-up. Unless the channel was gone, its end is told next.
    mutating func hungUp(_ answer: SessionAnswer) {
        if isReleased, answer.failure == .gone { isHere = false }
    }

    /// Hangs the supervisor up, who could not be released in time. They may be on their way, but then nobody misses them; and
    /// nobody is left in silence.
    mutating func hangUp(_ outbox: inout Outbox) {
        guard isHere, !outbox.awaitsAnswer(where: { $0 == .hangUpSupervisor }) else { return }
        outbox.request(.hangUpSupervisor)
    }
}

extension SessionRequest {
    /// The supervisor is released after all of these, and once.
    fileprivate var isPartOfRelease: Bool {
        switch self {
        case .setVariable, .releaseSupervisor: true
        case .answerSupervisor, .startEarlyMedia, .readSettings, .findTargets, .watch, .findExit, .writeRecord,
            .createBridge, .createSnoop, .join, .leave, .record, .play, .stopPlayback, .findPlayback, .mark,
            .hangUpSupervisor, .removeSnoop, .removeBridge:
            false
        }
    }
}

/// `r()`: a recording of what the supervisor hears.
///
/// A second snoop records, outside any bridge: in a bridge Asterisk refuses (`reference/asterisk-ari.md` 6), and the bridge's
/// own recording would have the supervisor's voice. Asterisk finishes and closes the file when that snoop ends, for
/// whatever reason.
package struct Recording: Hashable, Sendable {
    let snoop: ChannelID
    let name: RecordingName
    let target: ChannelID
    let hears: SpyDirection
    var isSnoopStarted = false
    /// Asterisk writes no longer.
    var isFinished = false
}

extension SessionStateMachine {
    /// Records what the supervisor hears now; what he does not hear any more is recorded no longer.
    mutating func updateRecording() -> [SessionCommand] {
        guard case .monitoring(let monitoring) = state, let base = monitoring.permit.settings.params.recordingBase
        else { return [] }
        let target = monitoring.link.target.id
        let hears = monitoring.permit.settings.params.hearing(in: monitoring.link.mode)
        if let recording, recording.target == target, recording.hears == hears { return awaitRecordingsEnd() }
        recording = nil
        let removal = removeUnwanted()
        guard hears != .none else { return removal }
        let next = Recording(
            snoop: ChannelID(newName(.snoop)),
            name: RecordingName("\(base)-\(newName(.recording))"),
            target: target,
            hears: hears
        )
        recording = next
        ledger.set(.requested, snoop: next.snoop)
        let audio = SnoopAudio(hears: hears, speaks: .none)
        return removal + [request(.createSnoop(next.snoop, target: target, audio))]
    }

    mutating func recordingSnoopStarted() -> [SessionCommand] {
        guard var current = recording, !current.isSnoopStarted else { return [] }
        current.isSnoopStarted = true
        recording = current
        return [request(.record(current.snoop, current.name))]
    }

    mutating func recordingAsked(_ name: RecordingName, _ answer: SessionAnswer) -> [SessionCommand] {
        switch answer.failure {
        case nil: [.report(.recordingStarted(name))]
        case .gone: []  // The target ended at this moment.
        case .refused, .unknown: recordingFailed(name)
        }
    }

    mutating func recordingFailed(_ name: RecordingName) -> [SessionCommand] {
        guard recording?.name == name else { return [] }  // Of a call that is over: it was cut short by its end.
        return recordingEnded(isFailure: true)
    }

    mutating func recordingFinished(_ name: RecordingName) -> [SessionCommand] {
        guard recording?.name == name else { return [] }  // Of a call that is over, or another session's.
        recording?.isFinished = true
        return awaitRecordingsEnd()
    }

    /// A recording that is finished ends with its target: that is told next. If it is not, the target goes on, and Asterisk
    /// could not write: the disk is full, or the folder cannot be made.
    mutating func awaitRecordingsEnd() -> [SessionCommand] {
        // A mode switch has the timer until it is over.
        guard recording?.isFinished == true, deadline == nil, case .monitoring = state else { return [] }
        return setDeadline(configuration.raceTimeout)
    }

    /// The recording is over. The session goes on: the supervisor's call is not the recording's.
    mutating func recordingEnded(isFailure: Bool) -> [SessionCommand] {
        guard let name = recording?.name else { return [] }
        recording = nil
        return (isFailure ? [.report(.recordingFailed(name))] : []) + removeUnwanted() + somethingIsGone()
    }
}

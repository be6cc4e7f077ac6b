import Foundation

/// Hold, and more than one call at a time.
///
/// A phone has lines, numbered from 1; a new call takes the lowest free number and is the current one. ``Phone/hold()``, ``Phone/resume()``,
/// ``Phone/hangUp()``, ``Phone/transfer(to:)`` and ``Phone/sendDTMF(_:)`` are about the current line. What the phone hears of any line is in
/// the same recording, and a line on hold is not heard. A phone that answers by itself does so beside the call that it is in, without
/// holding it. When one of two calls ends, the phone resumes the other one if it is on hold.
extension Phone {
    /// Puts the current call on hold: the phone sends no audio in it, and tells the other side so.
    ///
    /// - Returns: when the other side has agreed, as a rule a few milliseconds later. The time is that of its answer.
    @discardableResult
    package func hold() async throws -> ContinuousClock.Instant {
        try await renegotiate("hold")
    }

    /// Takes the current call off hold.
    ///
    /// - Returns: when the other side has agreed. The time is that of its answer.
    @discardableResult
    package func resume() async throws -> ContinuousClock.Instant {
        try await renegotiate("resume")
    }

    /// Makes the call of `line` the current one. Who is on hold stays on hold.
    ///
    /// - Throws: ``LabError`` when there is no such call.
    package func use(line number: Int) async throws {
        let answer = try await command("line", String(number))
        guard !answer.contains("not found") else { throw LabError("phone \(settings.user) has no line \(number)") }
    }

    /// Waits until the phone has `count` calls; asks every 20 ms.
    ///
    /// - Throws: ``LabError`` with what the phone says of its calls.
    package func waitForCalls(_ count: Int, within timeout: Duration = .seconds(5)) async throws {
        let deadline = ContinuousClock.now + timeout
        while true {
            let calls = try await command("listcalls")
            if calls.contains("(\(count))") { return }
            guard ContinuousClock.now < deadline else {
                throw LabError("phone \(settings.user) has not \(count) calls: \(calls)")
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// Ports of loopback between which the current call's audio goes at this moment: the phone's own one, and where it sends to.
    ///
    /// - Throws: ``LabError`` when there is no call, or none with audio yet.
    package func audioPorts() async throws -> (own: UInt16, peer: UInt16) {
        let report = try await command("audio_debug")
        guard let match = report.firstMatch(of: /local: [0-9.]+:([0-9]+), remote: [0-9.]+:([0-9]+)/),
            let own = UInt16(match.1), let peer = UInt16(match.2)
        else { throw LabError("phone \(settings.user) says of its audio: \(report)") }
        return (own, peer)
    }

    /// Waits, with a call up, for a second in which no recording has begun.
    ///
    /// baresip names a recording after the second in which it begins, and what two calls record into one file is nobody's voice. A call that is put on
    /// hold begins a new one too.
    package func waitForRecordingOfItsOwn() async throws {
        guard !(try await command("listcalls").contains("(0)")) else { return }
        while SentRecordings.heardExists(in: folder) { try await Task.sleep(for: .milliseconds(20)) }
    }

    private func renegotiate(_ command: String) async throws -> ContinuousClock.Instant {
        let start = line.events.count
        try await self.command(command)
        return try await explained {
            try await self.line.events.first(from: start, within: .seconds(3), "the answer to \(command)") { event in
                switch event.name {
                case .negotiated: event.detail == "answer" ? .accept : .wait
                default: .wait
                }
            }.entry.at
        }
    }
}

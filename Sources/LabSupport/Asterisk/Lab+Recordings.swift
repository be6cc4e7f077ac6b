import Foundation

/// Sound files of the lab's Asterisk.
extension Lab {
    /// What MixMonitor recorded of a channel in a call by `*82XX`.
    ///
    /// - Parameter channelID: ask for it while the channel is there.
    /// - Throws: ``LabError`` when the recording is not finished within `timeout`, as long as the channel lives for instance.
    package func mixMonitorRecording(
        ofChannel channelID: String,
        within timeout: Duration = .seconds(5)
    ) async throws
        -> Heard
    {
        try await recording(directory + "/spool/monitor/\(channelID).wav", within: timeout)
    }

    /// The finished recording in a WAV file, whoever made it.
    ///
    /// Asterisk writes the length into the header when it closes the file; until then this waits, asking every 20 ms.
    ///
    /// - Throws: ``LabError`` when the file is not there or not finished within `timeout`.
    package func recording(_ path: String, within timeout: Duration = .seconds(5)) async throws -> Heard {
        let deadline = ContinuousClock.now + timeout
        while true {
            let problem: LabError
            do {
                let samples = try WAVFile.read(path)
                let length = Duration.microseconds(samples.count * 1_000_000 / ToneMeter.sampleRate)
                return Heard(samples: samples, duration: length)
            } catch {
                problem = error
            }
            guard ContinuousClock.now < deadline else { throw problem }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// Gives a mailbox a recorded name of one second: ``Tone/name``. Without one there is none, as in a fresh lab.
    ///
    /// - Returns: the file, which ``removeName(ofMailbox:)`` removes.
    @discardableResult
    package func recordName(ofMailbox mailbox: String) throws -> String {
        let path = namePath(mailbox)
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        } catch {
            throw LabError("cannot make \(folder.path): \(error)")
        }
        try WAVFile.write(.name, seconds: 1, to: path)
        return path
    }

    /// Takes a mailbox's recorded name away.
    package func removeName(ofMailbox mailbox: String) {
        // It is gone already, or the next test that needs it away will say so.
        try? FileManager.default.removeItem(atPath: namePath(mailbox))
    }

    /// Where app_voicemail would keep it.
    private func namePath(_ mailbox: String) -> String {
        directory + "/spool/voicemail/default/\(mailbox)/greet.wav"
    }
}

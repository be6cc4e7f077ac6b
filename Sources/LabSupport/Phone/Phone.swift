import Foundation

/// A real SIP phone, one baresip process, that sends its own tone, records what it hears, and does what it is told.
///
/// ```swift
/// let client = try await Phone.start(PhoneSettings(user: "201", registrar: registrar, tone: .client))
/// try await client.waitFor(.registered)
/// try await client.dial("101")
/// try await client.waitFor(.established)
/// let heard = try await client.listen(for: .seconds(1))
/// #expect(heard.hears(.agent))
/// await client.stop()
/// ```
///
/// Waits go forward: each looks at what happened after the event that the wait before it found (and, after ``dial(_:)``, after the
/// dialling). All waits are bounded, and their error has the phone's last words.
package final class Phone: Sendable {
    package let settings: PhoneSettings
    /// Where others reach the phone without a registrar.
    package let address: String
    let line: PhoneLine
    private let cursor = Cursor()

    private init(settings: PhoneSettings, address: String, line: PhoneLine) {
        self.settings = settings
        self.address = address
        self.line = line
    }

    deinit {
        // A phone that was forgotten ends with its last reference; `stop()` is the polite way, with goodbye to the registrar.
        line.end()
    }

    // MARK: - Life

    /// Starts the process. The phone can be called and dialled when this returns; registration is still to be waited for.
    ///
    /// - Throws: ``LabError`` when baresip is missing or does not come up within five seconds.
    package static func start(_ settings: PhoneSettings) async throws -> Phone {
        for attempt in 1...3 {
            do {
                return try await startOnce(settings)
            } catch let error as LabError where error.description.contains("Address already in use") && attempt < 3 {
                continue  // Somebody took a port between our look and baresip's: other ports, then.
            }
        }
        throw LabError("phone \(settings.user): no free ports")
    }

    private static func startOnce(_ settings: PhoneSettings) async throws -> Phone {
        let (process, configuration) = try await offTheExecutor {
            let folder = try makeTemporaryFolder()
            let sipPort = try FreePorts.pair()
            let controlPort = try FreePorts.pair()
            let configuration = BaresipConfiguration(
                settings: settings,
                folder: folder,
                sipPort: sipPort,
                controlPort: controlPort
            )
            try configuration.write()
            return (try GuardedProcess(["baresip", "-4", "-f", folder], folder: folder), configuration)
        }
        let deadline = ContinuousClock.now + .seconds(5)
        while true {
            if let control = try? connectToLoopback(port: configuration.controlPort) {  // Refused until baresip is up.
                let line = PhoneLine(process: process, control: control)
                line.start()
                let address = "sip:\(settings.user)@127.0.0.1:\(configuration.sipPort)"
                let phone = Phone(settings: settings, address: address, line: line)
                try await phone.command("uanew", configuration.account)
                return phone
            }
            let log = process.lastOutput()
            guard ContinuousClock.now < deadline, !log.contains("init failed") else {
                process.end()
                throw LabError("phone \(settings.user) did not start:\n\(log)")
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// Hangs up, says goodbye to the registrar, ends the process, and removes everything that belonged to it.
    package func stop() async {
        // Fails only when baresip is gone already, which is what is wanted.
        _ = try? await command("quit", within: .seconds(1))
        _ = try? await line.events.first(from: line.events.count, within: .seconds(2), "the end") { _ in .wait }
        _ = try? await offTheExecutor { [line] in line.end() }
    }

    // MARK: - Acting

    /// Calls `target`: an extension at the phone's registrar, or a whole `sip:` address.
    ///
    /// With another call up, a second may pass before it dials (``waitForRecordingOfItsOwn()``).
    ///
    /// - Returns: when the phone was told to; the INVITE leaves within a millisecond or so.
    @discardableResult
    package func dial(_ target: String) async throws -> ContinuousClock.Instant {
        var address = target
        if !target.hasPrefix("sip:") {
            guard let registrar = settings.registrar else {
                throw LabError(
                    "phone \(settings.user) has no registrar, so it can dial only whole addresses, not \(target)"
                )
            }
            address = "sip:\(target)@\(registrar.host):\(registrar.port)"
        }
        try await waitForRecordingOfItsOwn()
        cursor.move(to: line.events.count)
        let now = ContinuousClock.now
        try await command("dial", address)
        return now
    }

    /// Answers the call that rings.
    package func answer() async throws {
        try await command("accept")
    }

    /// Hangs up, or gives up dialling, or refuses the call that rings.
    ///
    /// - Returns: when the phone was told to; the BYE leaves within a millisecond or so.
    @discardableResult
    package func hangUp() async throws -> ContinuousClock.Instant {
        let now = ContinuousClock.now
        try await command("hangup")
        return now
    }

    /// Hands its call to `target`, an extension at the phone's registrar, and leaves it (SIP's REFER).
    package func transfer(to target: String) async throws {
        guard let registrar = settings.registrar else {
            throw LabError("phone \(settings.user) has no registrar, so it cannot transfer to \(target)")
        }
        try await transfer(toAddress: "sip:\(target)@\(registrar.host):\(registrar.port)")
    }

    /// The same, to a whole `sip:` address.
    func transfer(toAddress address: String) async throws {
        try await command("transfer", address)
    }

    /// Presses keys, each for 120 ms with 80 ms between two, as RFC 4733 events.
    ///
    /// - Parameter keys: of `0123456789*#ABCD`.
    package func sendDTMF(_ keys: String) async throws {
        for key in keys {
            guard "0123456789*#ABCD".contains(key) else { throw LabError("there is no telephone key \(key)") }
            try await command("sndcode", String(key))
            try await Task.sleep(for: .milliseconds(120))
            try await command("sndcode", "\u{4}")  // The end of the key that is pressed.
            try await Task.sleep(for: .milliseconds(80))
        }
    }

    /// Tells the phone to do something, and returns what it says to that.
    ///
    /// - Throws: ``LabError`` when it refuses.
    @discardableResult
    func command(
        _ name: String,
        _ parameters: String? = nil,
        within timeout: Duration = .seconds(3)
    ) async throws -> String {
        let token = UUID().uuidString
        let start = line.answers.count
        try line.send(BaresipMessage.command(name, parameters, token: token))
        let answer = try await explained {
            try await self.line.answers.first(from: start, within: timeout, "the answer to \(name)") {
                $0.token == token ? .accept : .wait
            }.entry
        }
        guard answer.isOK else { throw LabError("phone \(settings.user) refused \(name): \(answer.text)") }
        return answer.text
    }

    // MARK: - Waiting

    /// The next event of that name after the one that was waited for last.
    ///
    /// - Throws: ``LabError`` after `timeout`; at once when it cannot come any more, because the registrar refused or the call ended.
    @discardableResult
    package func waitFor(_ name: PhoneEvent.Name, within timeout: Duration = .seconds(5)) async throws -> PhoneEvent {
        let found = try await explained {
            try await self.line.events.first(from: self.cursor.position, within: timeout, name.rawValue) {
                $0.verdict(for: name)
            }
        }
        cursor.move(to: found.index + 1)
        return found.entry
    }

    /// Everything that happened so far.
    package var history: [PhoneEvent] { line.events.entries() }

    // MARK: - Hearing

    /// This moment in what the phone hears.
    package func mark() -> HearingMark {
        HearingMark(sample: line.heard.last?.end ?? 0, at: .now)
    }

    /// Everything heard since a mark; since the beginning without one.
    package func heard(since mark: HearingMark? = nil) -> Heard {
        let pieces = line.heard.entries().filter { $0.end > mark?.sample ?? 0 }
        let begin = mark?.at ?? pieces.first?.at ?? .now
        let pauses = zip(pieces, pieces.dropFirst()).map { $1.at - $0.at }
        return Heard(
            samples: pieces.flatMap(\.samples),
            duration: ContinuousClock.now - begin,
            longestPause: pauses.max() ?? .zero
        )
    }

    /// Listens from now on for `duration`, and gives up 300 ms later when no more packets come.
    ///
    /// - Returns: exactly `duration` of audio, or less where less came.
    package func listen(for duration: Duration) async throws -> Heard {
        let start = mark()
        let count = Int(duration / .milliseconds(1)) * ToneMeter.sampleRate / 1_000
        // Too few packets are a result here, not an error.
        _ = try? await line.heard.first(
            from: line.heard.count,
            within: duration + .milliseconds(300),
            "\(duration) of audio"
        ) {
            $0.end >= start.sample + count ? .accept : .wait
        }
        try Task.checkCancellation()
        let heard = heard(since: start)
        return Heard(samples: Array(heard.samples.prefix(count)), duration: duration, longestPause: heard.longestPause)
    }

    /// Waits until the phone hears `tone`: louder than ``Heard/presentLevel`` in one packet.
    ///
    /// - Returns: when that packet was there, at a resolution of 20 ms.
    @discardableResult
    package func waitToHear(
        _ tone: Tone,
        since mark: HearingMark? = nil,
        within timeout: Duration = .seconds(5)
    ) async throws -> ContinuousClock.Instant {
        let first = mark?.sample ?? line.heard.last?.end ?? 0
        return try await explained {
            try await self.line.heard.first(from: 0, within: timeout, "the tone of \(tone)") {
                $0.end > first && ToneMeter.level(of: tone, in: $0.samples) > Heard.presentLevel ? .accept : .wait
            }.entry.at
        }
    }

    /// Waits until the phone hears anything louder than 40 dB below full scale, such as a prompt.
    ///
    /// - Returns: when that packet was there, at a resolution of 20 ms.
    @discardableResult
    package func waitForSound(
        since mark: HearingMark? = nil,
        within timeout: Duration = .seconds(5)
    ) async throws -> ContinuousClock.Instant {
        let first = mark?.sample ?? line.heard.last?.end ?? 0
        return try await explained {
            try await self.line.heard.first(from: 0, within: timeout, "a sound") {
                $0.end > first && ToneMeter.level(ofAll: $0.samples) > -40 ? .accept : .wait
            }.entry.at
        }
    }

    // MARK: - Explaining

    /// Where the phone's configuration, log and recordings are while it lives.
    package var folder: String { line.process.folder }

    /// The last lines that the process printed.
    package var lastOutput: String { line.process.lastOutput() }

    /// Adds whose failure it is, and the phone's last words, to an error of `work`.
    func explained<Value>(_ work: () async throws -> Value) async throws -> Value {
        do {
            return try await work()
        } catch let error as LabError {
            let story = history.suffix(8).map { "\($0.name.rawValue) \($0.detail)" }.joined(separator: ", ")
            throw LabError("phone \(settings.user): \(error)\nEvents: \(story)\nOutput:\n\(lastOutput)")
        }
    }
}

/// A moment in what a phone hears.
package struct HearingMark: Sendable {
    let sample: Int
    let at: ContinuousClock.Instant
}

import Foundation

/// A telephone for measuring: SIP and RTP on two sockets, without a jitter buffer, with the arrival time of every packet.
///
/// It calls and is not called, registers nowhere, and makes one call at a time. What it reports has the same names as a ``Phone``'s.
///
/// ```swift
/// let phone = try MeasuringPhone(user: "320", server: lab.sip.port, tone: nil)
/// let invited = try await phone.dial("*91101")
/// let heard = try await phone.waitToHear(.client)
/// print(heard.at - invited)
/// ```
package final class MeasuringPhone: Sendable {
    package let user: String
    private let line: MeasuringLine
    private let cursor = Cursor()
    private let packetCursor = Cursor()

    /// - Parameters:
    ///   - user: the user of the From field, by which Asterisk finds the endpoint.
    ///   - password: nil for an endpoint that asks for none.
    ///   - server: the lab's SIP port.
    ///   - tone: what it says in every call; nil for silence, which is sent as packets too.
    ///   - firstSequence: the number of every call's first RTP packet; nil for any below 0x8000.
    ///   - speaksOnDemand: says its tone only when it is told to (``speak(packets:)``), and is silent otherwise.
    /// - Throws: ``LabError`` when the system has no sockets left.
    package init(
        user: String,
        password: String? = nil,
        server: Int,
        tone: Tone?,
        firstSequence: UInt16? = nil,
        speaksOnDemand: Bool = false
    ) throws {
        guard let port = UInt16(exactly: server) else { throw LabError("\(server) is no port") }
        self.user = user
        line = try MeasuringLine(
            user: user,
            password: password,
            server: port,
            tone: tone,
            firstSequence: firstSequence,
            speaksOnDemand: speaksOnDemand
        )
        line.start()
    }

    deinit {
        line.wish(.stop)
    }

    /// Ends the thread and closes the sockets, without a goodbye: hang up first.
    package func stop() {
        line.wish(.stop)
    }

    // MARK: - Acting

    /// Calls `target`, an extension at the server.
    ///
    /// - Parameter hangUpAfter: when the phone hangs up by itself, counted from the INVITE.
    /// - Returns: the moment at which the INVITE was sent.
    @discardableResult
    package func dial(_ target: String, hangUpAfter: Duration? = nil) async throws -> ContinuousClock.Instant {
        cursor.move(to: line.events.count)
        packetCursor.move(to: line.packets.count)
        line.wish(.dial(target, hangUpAfter: hangUpAfter))
        return try await waitFor(.dialled).at
    }

    /// Hangs up, or gives up dialling (RFC 3261's CANCEL). Wait for ``PhoneEvent/Name/closed`` for its end.
    ///
    /// - Returns: the moment at which the phone was told to; it acts within a fraction of a millisecond.
    @discardableResult
    package func hangUp() -> ContinuousClock.Instant {
        let now = ContinuousClock.now
        line.wish(.hangUp)
        return now
    }

    /// Presses keys, each for 100 ms, as RFC 4733 events.
    ///
    /// - Parameter keys: of `0123456789*#ABCD`; others are left out.
    package func sendDTMF(_ keys: String) {
        line.wish(.press(keys))
    }

    /// Presses one key for 100 ms, as an RFC 4733 event.
    ///
    /// - Parameter key: one of `0123456789*#ABCD`.
    /// - Returns: when its first and its last packet left. Asterisk reports a key at its end.
    /// - Throws: ``LabError`` when there is no such key, or no call.
    package func press(_ key: Character) async throws -> KeyPress {
        guard RTPSender.keys.contains(key) else { throw LabError("there is no telephone key \(key)") }
        let start = line.events.count
        line.wish(.press(String(key)))
        return try await explained {
            let pressed = try await self.line.events.first(from: start, within: .seconds(3), "the key \(key)") {
                // Keys that were sent before may still wait for their turn.
                $0.name == .pressed && $0.detail != String(key) ? .wait : $0.verdict(for: .pressed)
            }
            let released = try await self.line.events.first(from: pressed.index, within: .seconds(1), "its end") {
                $0.verdict(for: .released)
            }
            return KeyPress(began: pressed.entry.at, ended: released.entry.at)
        }
    }

    /// Says its tone for so many packets of 20 ms; for a phone that speaks on demand.
    ///
    /// - Returns: when the first of them left.
    package func speak(packets: Int) async throws -> ContinuousClock.Instant {
        let start = line.events.count
        line.wish(.speak(packets: packets))
        return try await explained {
            try await self.line.events.first(from: start, within: .seconds(1), "its own voice") {
                $0.verdict(for: .spoke)
            }.entry.at
        }
    }

    // MARK: - Waiting

    /// The next event of that name after the one that was waited for last.
    ///
    /// - Throws: ``LabError`` after `timeout`; at once when the call ended instead.
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

    /// All packets of audio since the last ``dial(_:hangUpAfter:)``, in the order of their arrival.
    package var packets: [ReceivedPacket] { line.packets.entries(from: packetCursor.position) }

    /// The first packet of this call that contains `tone`.
    ///
    /// A packet of 20 ms contains it from ``Heard/presentLevel`` on: when 3.6 ms of it or more are a party's tone. So a time from dialling to here
    /// counts in steps of the packets' 20 ms, with about 4 ms of blindness.
    ///
    /// - Parameter start: of packets that arrived before, none counts.
    /// - Throws: ``LabError`` after `timeout`.
    package func waitToHear(
        _ tone: Tone,
        since start: ContinuousClock.Instant? = nil,
        within timeout: Duration = .seconds(5)
    ) async throws -> ReceivedPacket {
        try await explained {
            try await self.line.packets.first(from: self.packetCursor.position, within: timeout, "the tone of \(tone)")
            { packet in
                if let start, packet.at < start { return .wait }
                return ToneMeter.level(of: tone, in: packet.samples) > Heard.presentLevel ? .accept : .wait
            }.entry
        }
    }

    /// Listens from now on for `duration`, and gives up 300 ms later when no more packets come.
    package func listen(for duration: Duration) async throws -> Reception {
        let first = line.packets.count
        let count = Int((duration / .milliseconds(20)).rounded(.up))
        // Too few packets are a result here, not an error.
        _ = try? await line.packets.first(
            from: first + count - 1,
            within: duration + .milliseconds(300),
            "\(duration) of audio"
        ) { _ in
            .accept
        }
        try Task.checkCancellation()
        return Reception(packets: Array(line.packets.entries(from: first).prefix(count)), duration: duration)
    }

    /// What arrived of this call in a span that is over.
    package func reception(from start: ContinuousClock.Instant, to end: ContinuousClock.Instant) -> Reception {
        Reception(packets: packets.filter { start <= $0.at && $0.at < end }, duration: end - start)
    }

    private func explained<Value>(_ work: () async throws -> Value) async throws -> Value {
        do {
            return try await work()
        } catch let error as LabError {
            let story = history.suffix(8).map { "\($0.name.rawValue) \($0.detail)" }.joined(separator: ", ")
            throw LabError(
                "measuring phone \(user): \(error)\nEvents: \(story)\nPackets in this call: \(packets.count)"
            )
        }
    }
}

/// When a key was down.
package struct KeyPress: Sendable {
    /// When its first packet left.
    package let began: ContinuousClock.Instant
    /// When its last packet left, the first of the three that say it is over.
    package let ended: ContinuousClock.Instant
}

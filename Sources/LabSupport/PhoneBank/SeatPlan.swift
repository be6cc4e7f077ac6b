/// Who monitors whom in a measurement with many sessions, who speaks with which voice, and who has to hear what.
///
/// The lab has supervisors from 4001 on, agents from 5001 on and clients from 6001 on. Call number 0 is that of 6001 to 5001. A call's
/// supervisors have each a voice of their own, so that every ear can tell who is heard; there are three, which with a call's own two voices
/// do not clip.
package struct SeatPlan: Sendable {
    /// A supervisor's part in it.
    package struct Seat: Sendable {
        /// From 0 on.
        package let number: Int
        package let call: Int
        package let mode: MonitoredMode
        fileprivate let voice: Voice

        package var supervisor: String { SeatPlan.supervisor(number) }
        package var agent: String { SeatPlan.agent(call) }
    }

    /// How many phones of each kind the lab has for this (`scripts/lab-conf/phones.list`).
    package static let most = 60
    /// Half of a party's level: three of them and a party stay below full scale.
    private static let supervisorVoices = [Tone.supervisor, .secondSupervisor, .thirdSupervisor].map {
        Voice($0, softerBy: 6)
    }
    /// How many supervisors a call can have.
    package static var supervisorsPerCall: Int { supervisorVoices.count }
    package static let clientVoice = Voice(.place)
    package static let agentVoice = Voice(.agent)

    package let calls: Int
    package let seats: [Seat]
    private let tonesEvery: Int

    /// Sessions go round the calls: each call gets its first supervisor before any gets a second one.
    ///
    /// - Parameters:
    ///   - calls: 1 to ``most``.
    ///   - sessions: at most ``supervisorsPerCall`` for each call, and at most ``most``.
    ///   - modes: of a call's first, second and third supervisor; they begin again where there are fewer.
    ///   - tonesEvery: see ``EarMeter/Expectation/tonesEvery``.
    package init(calls: Int, sessions: Int, modes: [MonitoredMode], tonesEvery: Int = 1) {
        let places = (0..<sessions).map { (call: $0 % calls, mode: modes[$0 / calls % modes.count]) }
        self.init(calls: calls, places: places, tonesEvery: tonesEvery)
    }

    /// - Parameters:
    ///   - calls: 1 to ``most``.
    ///   - places: the call and the mode of each supervisor, from 4001 on; at most ``supervisorsPerCall`` in a call.
    ///   - tonesEvery: see ``EarMeter/Expectation/tonesEvery``.
    package init(calls: Int, places: [(call: Int, mode: MonitoredMode)], tonesEvery: Int = 1) {
        self.calls = calls
        self.tonesEvery = tonesEvery
        var supervisors = Array(repeating: 0, count: calls)
        seats = places.enumerated().map { number, place in
            let voice = Self.supervisorVoices[supervisors[place.call] % Self.supervisorsPerCall]
            supervisors[place.call] += 1
            return Seat(number: number, call: place.call, mode: place.mode, voice: voice)
        }
    }

    package static func supervisor(_ number: Int) -> String { String(4_001 + number) }
    package static func agent(_ call: Int) -> String { String(5_001 + call) }
    package static func client(_ call: Int) -> String { String(6_001 + call) }

    /// All phones of a bank for this plan, and any other one with the same calls and no more sessions.
    package var voices: [String: Voice?] {
        var voices: [String: Voice?] = [:]
        for seat in seats { voices[seat.supervisor] = seat.voice }
        for call in 0..<calls {
            voices[Self.agent(call)] = Self.agentVoice
            voices[Self.client(call)] = Self.clientVoice
        }
        return voices
    }

    // MARK: - Who hears what

    /// Both parties, and never himself.
    package func supervisorHears(_ seat: Seat) -> EarMeter.Expectation {
        expectation([Self.clientVoice, Self.agentVoice], strangers: [seat.voice.tone])
    }

    /// The client, and whoever whispers or barges.
    package func agentHears(_ call: Int) -> EarMeter.Expectation {
        party(Self.clientVoice, call) { $0 != .listen }
    }

    /// The agent, and whoever barges.
    package func clientHears(_ call: Int) -> EarMeter.Expectation {
        party(Self.agentVoice, call) { $0 == .barge }
    }

    private func party(
        _ other: Voice,
        _ call: Int,
        hearsSupervisor: (MonitoredMode) -> Bool
    ) -> EarMeter.Expectation {
        let heard = seats.filter { $0.call == call && hearsSupervisor($0.mode) }.map(\.voice)
        let strangers = Self.supervisorVoices.filter { !heard.contains($0) }.map(\.tone)
        return expectation([other] + heard, strangers: strangers)
    }

    private func expectation(_ voices: [Voice], strangers: [Tone]) -> EarMeter.Expectation {
        EarMeter.Expectation(voices: voices, strangers: strangers, tonesEvery: tonesEvery)
    }
}

import LabSupport

/// What is wrong with the road while a session lives.
enum Trouble: CaseIterable, Sendable {
    case answersLateBy10ms
    case answersLateBy200ms
    case answersLateBy1s
    /// Longer than a request may take.
    case answersLateBy5s
    /// Held back for 1.5 s, again and again.
    case eventsLate
    case cutWhileAttaching
    case closedWhileAttaching
    case frozenWhileAttaching
    case cutInTheCall
    case closedInTheCall
    /// Longer than it takes to notice it.
    case frozenInTheCall
    /// Longer than it takes to give up an attempt to connect again.
    case frozenForLong

    /// The request by which a session comes into a call.
    private static let attaching = RequestPattern(method: "POST", path: "/channels/*/snoop/*")

    /// What becomes of a session; nil if a clean end is as good as one that works.
    var outcome: Trial.Outcome? {
        switch self {
        case .answersLateBy10ms, .answersLateBy200ms, .eventsLate, .cutInTheCall, .closedInTheCall, .frozenInTheCall,
            .frozenForLong:
            .worked
        case .answersLateBy1s, .cutWhileAttaching, .closedWhileAttaching, .frozenWhileAttaching: nil
        case .answersLateBy5s: .endedCleanly
        }
    }

    /// While it lasts Earshot can have nothing done.
    var isOutage: Bool { self == .closedWhileAttaching || self == .frozenWhileAttaching }

    /// It begins when the supervisor is in the call.
    var isInTheCall: Bool {
        switch self {
        case .cutInTheCall, .closedInTheCall, .frozenInTheCall, .frozenForLong: true
        case .answersLateBy10ms, .answersLateBy200ms, .answersLateBy1s, .answersLateBy5s, .eventsLate,
            .cutWhileAttaching, .closedWhileAttaching, .frozenWhileAttaching:
            false
        }
    }

    /// Before the supervisor dials.
    func begin(on road: FaultyRoad) {
        switch self {
        case .answersLateBy10ms: road.inject(.delayAnswer(.milliseconds(10)), times: .max)
        case .answersLateBy200ms: road.inject(.delayAnswer(.milliseconds(200)), times: .max)
        case .answersLateBy1s: road.inject(.delayAnswer(.seconds(1)), times: .max)
        case .answersLateBy5s: road.inject(.delayAnswer(.seconds(5)), times: .max)
        case .eventsLate: road.holdEvents(for: .milliseconds(1_500))
        case .cutWhileAttaching: road.inject(.cutRoad, into: Self.attaching)
        case .closedWhileAttaching: road.inject(.closeRoad, into: Self.attaching)
        case .frozenWhileAttaching: road.inject(.freezeRoad, into: Self.attaching)
        case .cutInTheCall, .closedInTheCall, .frozenInTheCall, .frozenForLong: break
        }
    }

    /// Ends an outage that began while the supervisor was on their way, some seconds after they have dialled.
    func endOutage(on road: FaultyRoad) async throws {
        guard isOutage else { return }
        try await Task.sleep(for: .seconds(5))
        road.mend()
    }

    /// From beginning to end, while the supervisor is in the call.
    func strike(_ road: FaultyRoad) async throws {
        switch self {
        case .cutInTheCall: road.cut()
        case .closedInTheCall:
            road.close()
            try await Task.sleep(for: .seconds(3))
            road.open()
        case .frozenInTheCall:
            road.freeze()
            try await Task.sleep(for: .seconds(6))
            road.thaw()
        case .frozenForLong:
            road.freeze()
            try await Task.sleep(for: .seconds(12))
            road.thaw()
        case .answersLateBy10ms, .answersLateBy200ms, .answersLateBy1s, .answersLateBy5s, .eventsLate,
            .cutWhileAttaching, .closedWhileAttaching, .frozenWhileAttaching:
            break
        }
    }
}

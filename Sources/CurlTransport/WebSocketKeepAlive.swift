/// When to ask a server whether it is still there, and when to give it up. Time comes in as an argument.
struct WebSocketKeepAlive: Equatable, Sendable {
    /// What the clock says.
    enum Verdict: Equatable {
        case nothing
        /// Send a PING with this payload.
        case ping([UInt8])
        /// The last PING was not answered in time.
        case lost
    }

    private struct Question: Equatable {
        var payload: [UInt8]
        var deadline: ContinuousClock.Instant
    }

    private let interval: Duration
    private let timeout: Duration
    private var count: UInt32 = 0
    private var nextPing: ContinuousClock.Instant?
    private var question: Question?

    init(interval: Duration, timeout: Duration) {
        self.interval = interval
        self.timeout = timeout
    }

    /// When `check` has something to say; nil before `start`.
    var nextDeadline: ContinuousClock.Instant? {
        question.map { $0.deadline } ?? nextPing
    }

    /// The WebSocket is open: the first PING is due one interval later.
    mutating func start(_ now: ContinuousClock.Instant) {
        nextPing = now + interval
    }

    mutating func check(_ now: ContinuousClock.Instant) -> Verdict {
        if let question {
            // One question at a time: a server that is slow does not get further ones meanwhile.
            return question.deadline <= now ? .lost : .nothing
        }
        guard let nextPing, nextPing <= now else { return .nothing }
        count &+= 1
        let payload = (0..<4).map { UInt8(truncatingIfNeeded: count >> (24 - 8 * UInt32($0))) }
        question = Question(payload: payload, deadline: now + timeout)
        self.nextPing = now + interval
        return .ping(payload)
    }

    /// Only the answer to the open question counts; a server may send a PONG that nobody asked for (RFC 6455 section
    /// 5.5.3).
    mutating func pongReceived(_ payload: [UInt8]) {
        if question?.payload == payload { question = nil }
    }
}

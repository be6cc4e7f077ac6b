import ARI
import ARITestSupport
import Monitoring

/// Supervisors who come to the calls of agents in a small Asterisk, and how far each of them is.
///
/// Every mode occurs, and with each mode both ends: the supervisor hangs up, or the agent does.
struct LoadSessions: Sendable {
    typealias Instant = ContinuousClock.Instant

    /// The part of the run that a session belongs to.
    enum Stretch: Sendable, Hashable {
        /// Before anything is measured.
        case warmUp
        /// Nothing happens but sessions.
        case quiet
        /// The events of a busy PBX come too.
        case busy
        /// Right behind the last of those events.
        case behind
    }

    private struct Session {
        let number: Int
        let seat: LoadSeat
        let stretch: Stretch
        let call: AsteriskWorld.Call
        let supervisor: Channel.ID
        /// Since when it is as far as it is.
        var since: Instant
        /// Where the supervisor hears the call.
        var bridge: Bridge.ID?
        var snoop: Channel.ID?
    }

    private static let modes = Monitoring.MonitoringMode.allCases
    /// How long a supervisor waits to be in the call, and how long the end of a session may take.
    static let patience = Duration.seconds(10)

    /// How long a supervisor stays in the call.
    private let stay: Duration
    private var freeSeats: [LoadSeat]
    private let seatBehind: LoadSeat
    private var arriving: [Channel.ID: Session] = [:]
    /// In order of joining.
    private var joined: [Session] = []
    private var leaving: [Session] = []
    private var count = 0

    private(set) var tallies: [Stretch: LoadTally] = [:]
    /// The most sessions at the same time.
    private(set) var peak = 0

    /// - Parameters:
    ///   - atOnce: the most sessions at the same time.
    ///   - stay: how long a supervisor stays in the call.
    init(atOnce: Int, stay: Duration) {
        self.stay = stay
        freeSeats = (0..<atOnce).map(LoadSeat.init)
        seatBehind = LoadSeat(number: atOnce)
    }

    /// Everybody's endpoints.
    func addEndpoints(to world: inout AsteriskWorld) {
        for seat in freeSeats + [seatBehind] { seat.addEndpoints(to: &world) }
    }

    private var current: Int { arriving.count + joined.count + leaving.count }

    /// True when no session is there.
    var isIdle: Bool { current == 0 }

    // MARK: - Beginning

    /// Lets supervisors dial, each to a call that has just begun.
    ///
    /// - Returns: how many; fewer than `wanted` when there are as many sessions as may be.
    mutating func begin(_ wanted: Int, _ stretch: Stretch, in world: inout AsteriskWorld, at now: Instant) -> Int {
        let begun = min(max(0, wanted), freeSeats.count)
        for seat in freeSeats.prefix(begun) { begin(at: seat, stretch, in: &world, now) }
        freeSeats.removeFirst(begun)
        return begun
    }

    /// Lets one more supervisor dial, behind the events that have been sent.
    mutating func beginBehind(in world: inout AsteriskWorld, at now: Instant) {
        begin(at: seatBehind, .behind, in: &world, now)
    }

    private mutating func begin(
        at seat: LoadSeat,
        _ stretch: Stretch,
        in world: inout AsteriskWorld,
        _ now: Instant
    ) {
        count += 1
        let mode = Self.modes[count % Self.modes.count]
        let call = world.placeCall(from: seat.client, to: seat.agent)
        let supervisor = world.dial(from: seat.supervisor, FeatureCodePrefixes.standard[mode] + seat.agent)
        arriving[supervisor] = Session(
            number: count,
            seat: seat,
            stretch: stretch,
            call: call,
            supervisor: supervisor,
            since: now
        )
        tallies[stretch, default: LoadTally()].tried += 1
        peak = max(peak, current)
    }

    // MARK: - What Earshot does

    /// Looks at a request that was carried out: it may have brought supervisors into their calls.
    mutating func noticed(_ request: ARIHTTPRequest, in world: AsteriskWorld, at now: Instant) {
        guard request.operation == "bridges.addChannel", let bridge = world.bridge(Bridge.ID(request.path[1])) else {
            return
        }
        let members = bridge.channels.compactMap { world.leg($0) }
        for member in members {
            guard var session = arriving[member.channel.id],
                let snoop = members.first(where: { $0.snoop?.target == session.call.callee })
            else { continue }
            arriving[member.channel.id] = nil
            tallies[session.stretch]?.joinTimes.append((now - session.since) / .milliseconds(1))
            session.since = now
            session.bridge = bridge.id
            session.snoop = snoop.channel.id
            joined.append(session)
        }
    }

    // MARK: - Going on

    /// Lets those hang up whose time has come, and looks what has become of the others.
    mutating func goOn(in world: inout AsteriskWorld, at now: Instant) {
        lookAtArriving(in: &world, now)
        endDue(in: &world, now)
        lookAtLeaving(in: &world, now)
    }

    private mutating func lookAtArriving(in world: inout AsteriskWorld, _ now: Instant) {
        for session in Array(arriving.values) {
            if world.leg(session.supervisor) == nil {
                let result = world.variable("EARSHOT_RESULT", of: session.supervisor) ?? "no word"
                tallies[session.stretch]?.refusals[result, default: 0] += 1
            } else if now - session.since > Self.patience {
                tallies[session.stretch]?.unserved += 1
            } else {
                continue
            }
            arriving[session.supervisor] = nil
            putAway(session, in: &world)
        }
    }

    private mutating func endDue(in world: inout AsteriskWorld, _ now: Instant) {
        let due = Array(joined.prefix { now - $0.since >= stay })
        joined.removeFirst(due.count)
        for var session in due {
            if world.leg(session.supervisor) == nil { tallies[session.stretch]?.lost += 1 }
            // Three modes and two ends: each with each.
            world.hangUp(session.number.isMultiple(of: 2) ? session.supervisor : session.call.callee)
            session.since = now
            leaving.append(session)
        }
    }

    private mutating func lookAtLeaving(in world: inout AsteriskWorld, _ now: Instant) {
        let all = leaving
        leaving = []
        for session in all {
            if isGone(session, world) {
                tallies[session.stretch]?.ended += 1
            } else if now - session.since > Self.patience {
                tallies[session.stretch]?.unended += 1
            } else {
                leaving.append(session)
                continue
            }
            putAway(session, in: &world)
        }
    }

    private func isGone(_ session: Session, _ world: AsteriskWorld) -> Bool {
        world.leg(session.supervisor) == nil && session.bridge.flatMap { world.bridge($0) } == nil
            && session.snoop.flatMap { world.leg($0) } == nil
    }

    /// Ends what is left of the phones' calls, and frees the seat.
    private mutating func putAway(_ session: Session, in world: inout AsteriskWorld) {
        world.hangUp(session.supervisor)
        world.hangUp(session.call.callee)
        if session.stretch != .behind { freeSeats.append(session.seat) }
    }
}

/// A client, an agent and a supervisor, whose sessions have nothing to do with those of other seats.
struct LoadSeat: Sendable {
    let number: Int

    var agent: String { String(100_000 + number) }
    var client: String { String(200_000 + number) }
    var supervisor: String { String(300_000 + number) }

    func addEndpoints(to world: inout AsteriskWorld) {
        world.addEndpoint(agent)
        world.addEndpoint(client)
        world.addEndpoint(supervisor, variables: ["SPY_PERMISSION": "Barge"])
    }
}

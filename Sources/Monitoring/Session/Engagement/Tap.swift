/// What connects a supervisor with a target: a snoop on the target's channel, and a bridge for the two of them.
///
/// Both are made, used and dropped together. A snoop never shares a bridge with another one, whose audio it would hear, and
/// say to its own target (`reference/asterisk-ari.md` 0.10); so whoever changes mode or target gets a new tap.
struct Tap: Hashable, Sendable {
    enum State: Hashable, Sendable {
        /// Asterisk has been asked for both. Can transition to: `filling` if both are there.
        case requested(isBridgeThere: Bool, isSnoopThere: Bool)
        /// The snoop has been asked into the bridge. Can transition to: `ready` if it is in it.
        case filling
        /// There is something to hear. Can transition to: `joining` if the supervisor is to hear by it.
        case ready
        /// The supervisor has been asked into the bridge. Can transition to: `live` if they are in it.
        case joining
        /// The supervisor hears the target. Can transition to: `ready` if they hear by another tap.
        case live
    }

    let target: TargetChannel
    let mode: MonitoringMode
    let snoop: ChannelID
    let bridge: BridgeID
    private(set) var state = State.requested(isBridgeThere: false, isSnoopThere: false)
    /// Asterisk has refused something that the tap needs. The event that tells why is on its way, or none comes.
    private(set) var isInDoubt = false
    /// That the supervisor is to hear by it stands in the record.
    private(set) var isOnRecord = false

    /// Begins to make a tap. Only called with a target and a mode that the policy has just allowed.
    init(on target: TargetChannel, _ permit: Permit, _ outbox: inout Outbox) {
        self.target = target
        mode = permit.mode
        snoop = ChannelID(outbox.newName(.snoop))
        bridge = BridgeID(outbox.newName(.bridge))
        let audio = SnoopAudio(
            hears: permit.settings.params.hearing(in: permit.mode),
            speaks: permit.mode.whisperDirection
        )
        outbox.request(.createSnoop(snoop, target: target.id, audio))
        outbox.request(.createBridge(bridge))
    }

    /// Takes over a tap by which the supervisor hears already.
    init(adopting link: SessionMark.Link, on target: TargetChannel) {
        self.target = target
        mode = link.mode
        snoop = link.snoop
        bridge = link.bridge
        state = .live
        isOnRecord = true
    }

    mutating func bridgeMade(_ outbox: inout Outbox) {
        guard case .requested(_, let isSnoopThere) = state else { return }
        made(isBridgeThere: true, isSnoopThere: isSnoopThere, &outbox)
    }

    mutating func snoopStarted(_ outbox: inout Outbox) {
        guard case .requested(let isBridgeThere, _) = state else { return }
        made(isBridgeThere: isBridgeThere, isSnoopThere: true, &outbox)
    }

    private mutating func made(isBridgeThere: Bool, isSnoopThere: Bool, _ outbox: inout Outbox) {
        guard isBridgeThere, isSnoopThere else {
            state = .requested(isBridgeThere: isBridgeThere, isSnoopThere: isSnoopThere)
            return
        }
        state = .filling
        outbox.request(.join(bridge, snoop, isMuted: false))
    }

    /// The snoop has come to us: its end will be told.
    var hasSnoop: Bool {
        switch state {
        case .requested(_, let isSnoopThere): isSnoopThere
        case .filling, .ready, .joining, .live: true
        }
    }

    /// There is nothing to hear yet.
    var isBeingMade: Bool {
        switch state {
        case .requested, .filling: true
        case .ready, .joining, .live: false
        }
    }

    mutating func wasPutOnRecord() { isOnRecord = true }

    mutating func wasRefused() { isInDoubt = true }

    /// The supervisor is to hear by it.
    mutating func join(_ supervisor: ChannelID, _ outbox: inout Outbox) {
        state = .joining
        isInDoubt = false
        outbox.request(joining(supervisor))
    }

    /// The request that brings the supervisor into the bridge. Who only listens is muted: the snoop would pass nothing on, and
    /// what it does not get Asterisk need not translate.
    func joining(_ supervisor: ChannelID) -> SessionRequest {
        .join(bridge, supervisor, isMuted: mode.whisperDirection == .none)
    }

    /// The snoop, or the supervisor, is in the bridge.
    mutating func entered(_ channel: ChannelID) {
        switch state {
        case .filling where channel == snoop:
            state = .ready
            isInDoubt = false
        case .joining where channel != snoop: state = .live
        case .requested, .filling, .ready, .joining, .live: break
        }
    }

    /// The supervisor hears by another tap.
    mutating func vacated() {
        state = .ready
        isOnRecord = false
    }
}

/// The taps on one target: the one by which the supervisor hears or is to hear, the one of another mode that takes its
/// place, and spare ones.
struct Taps: Hashable, Sendable {
    private(set) var main: Tap
    private(set) var next: Tap?
    /// Taps in the other modes that a key may choose: made beforehand, because a new snoop needs two of its ticks of 20 ms
    /// until it is heard. Nobody but the snoop is in the bridge of a spare tap. See ``EngagementMachine/wantsSpare(in:_:)``.
    private(set) var spares: [Tap] = []

    init(_ main: Tap) { self.main = main }

    var all: [Tap] { [main] + (next.map { [$0] } ?? []) + spares }

    /// The tap in whose bridge the supervisor is to be.
    var newest: Tap { next ?? main }

    func hasTap(in mode: MonitoringMode) -> Bool { all.contains { $0.mode == mode } }

    mutating func add(spare tap: Tap) { spares.append(tap) }

    /// Begins to move the supervisor to a tap in another mode: a spare one if there is one.
    mutating func change(to mode: MonitoringMode, orMake make: () -> Tap) {
        if let index = spares.firstIndex(where: { $0.mode == mode }) {
            next = spares.remove(at: index)
        } else {
            next = make()
        }
    }

    /// The supervisor is in the new tap's bridge. The old tap has nobody to hear or to be heard, and is a spare one.
    mutating func changed() {
        guard let next else { return }
        main.vacated()
        spares.append(main)
        main = next
        self.next = nil
    }

    /// Gives up the tap that was to be the next one.
    mutating func forgetNext() { next = nil }

    /// Gives up spare taps. The key makes a new one, when it is pressed.
    mutating func dropSpares(where matches: (Tap) -> Bool) { spares.removeAll(where: matches) }

    /// Changes the tap for which this is true; does nothing if there is none.
    mutating func update(_ matches: (Tap) -> Bool, _ change: (inout Tap) -> Void) {
        if matches(main) { change(&main) }
        if var tap = next, matches(tap) {
            change(&tap)
            next = tap
        }
        for index in spares.indices where matches(spares[index]) { change(&spares[index]) }
    }
}

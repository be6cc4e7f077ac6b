/// The target's side of a session, from the first search to the last call: whose calls, which channel, by which taps, and what
/// the supervisor's keys change about it.
///
/// What a session may tell it and ask of it stands here. How it works is ``EngagementMachine``'s, whose fields only its own
/// files reach.
struct Engagement: Hashable, Sendable {
    private var machine: EngagementMachine

    /// Begins to look for the first target.
    ///
    /// - Parameter mark: of the session as an earlier run of the service served it; nil for a new one.
    init(_ permit: Permit, _ decision: PermitDecision, resuming mark: SessionMark?, _ outbox: inout Outbox) {
        machine = EngagementMachine(permit, decision, resuming: mark, &outbox)
    }

    mutating func handle(_ event: EngagementEvent, _ seat: inout Seat, _ outbox: inout Outbox) {
        machine.handle(event, &seat, &outbox)
    }

    /// Takes the next step of the state, if what it waits for is there.
    ///
    /// - Returns: whether there was one.
    mutating func takeNextStep(_ seat: inout Seat, _ outbox: inout Outbox) -> Bool {
        machine.takeNextStep(&seat, &outbox)
    }

    /// Lets Asterisk tell what the state needs to know.
    mutating func updateWatch(_ outbox: inout Outbox) { machine.updateWatch(&outbox) }

    /// Needs no news any more.
    mutating func stopListening(_ outbox: inout Outbox) { machine.stopListening(&outbox) }

    /// How the session is to end; nil while it goes on.
    var ending: EngagementMachine.Ending? { machine.ending }

    /// For logs.
    var stateName: String { machine.state.name }

    var isMonitoring: Bool { if case .monitoring = machine.state { true } else { false } }

    var isWaiting: Bool { machine.isWaiting }

    var targetExtension: Extension { machine.permit.target }

    /// The channel that is monitored, or about to be.
    var target: ChannelID? { machine.target?.id }

    /// The bridge of the call that the supervisor was in, if they have come into another one by mistake.
    func callLeft(by bridge: BridgeID) -> Tap? { machine.callLeft(by: bridge) }

    var wantedSnoops: Set<ChannelID> { machine.wantedSnoops }

    /// - Parameter seat: the bridge that the supervisor may stay in until they are in the next one.
    func wantedBridges(_ seat: BridgeID?) -> Set<BridgeID> { machine.wantedBridges(seat) }

    /// The snoops whose end we expect to be told.
    var expectedSnoops: [ChannelID] { machine.expectedSnoops }

    var deadlines: [Deadline] { machine.deadlines }

    /// What the supervisor's channel is to say about the session; nil for nothing new.
    func mark(on seat: Seat, _ outbox: Outbox) -> SessionMark? { machine.mark(on: seat, outbox) }
}

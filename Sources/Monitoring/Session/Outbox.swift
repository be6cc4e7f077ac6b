/// What a session asks for: numbers its requests, timers and resources, knows which requests have no answer yet and what
/// was made by them, and collects what one input leads to.
struct Outbox: Hashable, Sendable {
    private let application: String
    let session: SessionID
    private var unanswered: [CommandID: SessionRequest] = [:]
    private(set) var resources = ResourceLedger()
    private var commands: [SessionCommand] = []
    /// When what happens now happened, since the start of the service.
    var now = Duration.zero
    private var commandCount = 0
    private var timerCount = 0
    private var resourceCount: Int
    /// How often another run has taken the session over.
    let takeOvers: Int
    /// More than one run gives in a session.
    static let namesOfOneRun = 1_000_000
    static let namesOfAllRuns = namesOfOneRun * SessionMark.mostTakeOvers

    init(application: String, session: SessionID, takeOvers: Int = 0) {
        self.application = application
        self.session = session
        self.takeOvers = takeOvers
        // No run gives the names of another one.
        resourceCount = takeOvers * Self.namesOfOneRun
    }

    // MARK: - Asking

    @discardableResult
    mutating func request(_ request: SessionRequest) -> CommandID {
        commandCount += 1
        let id = CommandID(commandCount)
        unanswered[id] = request
        resources.requested(request)
        commands.append(.request(id, request))
        return id
    }

    mutating func report(_ report: SessionReport) { commands.append(.report(report)) }

    /// See ``SessionCommand/watch(_:_:)``.
    mutating func watch(_ endpoints: [EndpointName], _ watch: inout Watch) {
        guard !endpoints.isEmpty else {
            if !watch.isIdle { commands.append(.unwatch) }
            return watch.stop()
        }
        let sources = endpoints.map { WatchedSource.endpoint($0) }
        guard watch.isOutdated(for: sources) else { return }
        watch.begin(sources, request(.watch(endpoints)))
    }

    /// See ``SessionCommand/monitor(_:isHooked:)``.
    mutating func monitor(_ target: TargetChannel, isHooked: Bool = false) {
        commands.append(.monitor(target, isHooked: isHooked))
    }

    mutating func unmonitor() { commands.append(.unmonitor) }

    mutating func startTimer(after duration: Duration) -> TimerID {
        timerCount += 1
        let timer = TimerID(timerCount)
        commands.append(.startTimer(timer, after: duration))
        return timer
    }

    mutating func cancel(_ timer: TimerID) { commands.append(.cancelTimer(timer)) }

    /// A name that nothing in Asterisk has had before.
    mutating func newName(_ kind: ResourceName.Kind) -> String {
        resourceCount += 1
        return ResourceName(application: application, session: session, serial: resourceCount, kind: kind).description
    }

    /// What has been asked for since this was called last.
    mutating func takeCommands() -> [SessionCommand] {
        defer { commands = [] }
        return commands
    }

    // MARK: - Answers

    /// - Returns: the request that is answered; nil if it has been before. Asterisk, or the way to it, may answer twice: the
    ///   first answer counts.
    mutating func answered(_ id: CommandID, _ answer: SessionAnswer) -> SessionRequest? {
        guard let request = unanswered.removeValue(forKey: id) else { return nil }
        resources.answered(request, answer)
        return request
    }

    func awaitsAnswer(where matches: (SessionRequest) -> Bool) -> Bool { unanswered.values.contains(where: matches) }

    /// The bridges that a channel was asked to join, without an answer yet.
    ///
    /// - Parameter channel: nil for any.
    func bridgesBeingJoined(by channel: ChannelID? = nil) -> Set<BridgeID> {
        let bridges = unanswered.values.compactMap { request -> BridgeID? in
            guard case .join(let bridge, let joining, _) = request, channel == nil || channel == joining else {
                return nil
            }
            return bridge
        }
        return Set(bridges)
    }

    /// What may come into being any moment, and is still to be removed then.
    var unansweredCreations: [SessionRequest] {
        unanswered.values.filter { $0.creation.map(resources.contains) ?? false }
    }

    // MARK: - Resources

    /// Takes over what an earlier run has made.
    mutating func adopt(_ snoop: ChannelID, on target: ChannelID) { resources.adopt(snoop, on: target) }

    mutating func adopt(_ bridge: BridgeID) { resources.adopt(bridge) }

    mutating func snoopStarted(_ snoop: ChannelID) { resources.started(snoop) }

    mutating func snoopEnded(_ snoop: ChannelID) { resources.ended(snoop) }

    /// Asks for the removal of what nobody wants.
    mutating func remove(exceptSnoops snoops: Set<ChannelID>, exceptBridges bridges: Set<BridgeID>) {
        for removal in resources.removals(exceptSnoops: snoops, exceptBridges: bridges) { request(removal) }
    }

    /// Lets what could not be removed be asked for again.
    mutating func removeAgain() { resources.forgetFailures() }
}

import Foundation
import Glibc

/// The thread of a road: it listens, and carries what comes along each connection. It holds itself until it is stopped.
// Safe because what other threads touch (`shared`) is behind `condition`; the rest of the mutable state belongs to the thread.
final class RoadThread: @unchecked Sendable {
    /// How the road is to be.
    struct Wishes {
        var isOpen = true
        var isFrozen = false
        /// How often all connections have been ended.
        var cuts = 0
        var eventHold: Duration?
        var isStopped = false
    }

    /// A fault, and the requests that it is for.
    struct Rule {
        let fault: Fault
        /// Nil for every request.
        let pattern: RequestPattern?
        /// How many requests are let through before.
        var passing: Int
        /// For how many it is still.
        var times: Int
    }

    private struct Shared {
        var wishes = Wishes()
        var rules: [Rule] = []
        var requests: [RoadRequest] = []
        var faultCount = 0
        /// How often the wishes were changed, and up to which change the thread has followed.
        var changes = 0
        var changesFollowed = 0
    }

    /// How long the thread sleeps at most.
    private static let longestSleep = Duration.seconds(1)
    /// How long somebody waits for the thread to follow at most.
    private static let patience: TimeInterval = 2

    let port: UInt16
    private let serverPort: UInt16
    private let basePath: String
    private let alarm: (ring: Descriptor, hear: Descriptor)
    private let condition = NSCondition()
    private var shared = Shared()

    // The thread's own.
    private var listener: Descriptor?
    private var lanes: [RoadLane] = []
    private var cutsDone = 0

    /// - Throws: ``LabError`` when the system has no ports or descriptors left.
    init(toPort serverPort: UInt16, basePath: String) throws {
        self.serverPort = serverPort
        self.basePath = basePath
        alarm = try socketPair(nonBlocking: true)
        port = try FreePorts.pair()
        listener = try Self.listen(on: port)
    }

    func start() {
        let thread = Thread { [self] in run() }
        thread.name = "faulty road"
        thread.start()
    }

    // MARK: - From other threads

    /// Changes what is wished, and waits until the thread has followed.
    func change(_ change: (inout Wishes) -> Void) {
        let number = wish(change)
        condition.lock()
        defer { condition.unlock() }
        let limit = Date(timeIntervalSinceNow: Self.patience)
        while shared.changesFollowed < number, condition.wait(until: limit) {}
    }

    /// Changes what is wished, and does not wait.
    ///
    /// - Returns: the number of the change.
    @discardableResult
    func wish(_ change: (inout Wishes) -> Void) -> Int {
        let number = condition.withLock { () -> Int in
            change(&shared.wishes)
            shared.changes += 1
            return shared.changes
        }
        _ = try? writeAll([0], to: alarm.ring)  // Full means that the thread has alarms enough.
        return number
    }

    func add(_ rule: Rule) {
        condition.withLock { shared.rules.append(rule) }
    }

    func removeRules() {
        condition.withLock { shared.rules = [] }
    }

    func requests(from start: Int) -> [RoadRequest] {
        condition.withLock { Array(shared.requests.dropFirst(start)) }
    }

    var requestCount: Int { condition.withLock { shared.requests.count } }

    var faultCount: Int { condition.withLock { shared.faultCount } }

    // MARK: - From lanes

    var isFrozen: Bool { condition.withLock { shared.wishes.isFrozen } }

    var eventHold: Duration? { condition.withLock { shared.wishes.eventHold } }

    /// Counts a request.
    ///
    /// - Returns: what is to go wrong with it: the first rule that is for it decides.
    func fault(for request: RoadRequest) -> Fault? {
        condition.withLock { () -> Fault? in
            shared.requests.append(request)
            for index in shared.rules.indices where shared.rules[index].pattern?.matches(request) ?? true {
                if shared.rules[index].passing > 0 {
                    shared.rules[index].passing -= 1
                } else if shared.rules[index].times > 0 {
                    shared.rules[index].times -= 1
                    shared.faultCount += 1
                    return shared.rules[index].fault
                }
            }
            return nil
        }
    }

    // The thread itself follows before it carries anything else.

    func cutFromWithin() { wish { $0.cuts += 1 } }

    func closeFromWithin() { wish { $0.isOpen = false } }

    func freezeFromWithin() { wish { $0.isFrozen = true } }

    // MARK: - The thread

    private func run() {
        while true {
            let (wishes, change) = condition.withLock { (shared.wishes, shared.changes) }
            if wishes.isStopped { break }
            follow(wishes)
            tell(followed: change)
            wait(isFrozen: wishes.isFrozen)
            _ = readSome(from: alarm.hear)
            carry()
        }
        listener = nil
        endLanes()
        tell(followed: .max)
    }

    private func follow(_ wishes: Wishes) {
        if wishes.cuts != cutsDone || !wishes.isOpen { endLanes() }
        cutsDone = wishes.cuts
        if !wishes.isOpen {
            listener = nil
        } else if listener == nil {
            listener = try? Self.listen(on: port)  // Somebody else has it for the moment: it is tried again.
        }
    }

    private func tell(followed change: Int) {
        condition.lock()
        shared.changesFollowed = change
        condition.broadcast()
        condition.unlock()
    }

    private func endLanes() {
        for lane in lanes { lane.end() }
        lanes = []
    }

    /// Sleeps until something comes, a wish, or the next moment at which something is to be done.
    private func wait(isFrozen: Bool) {
        let now = ContinuousClock.now
        var polls = [pollfd(fd: alarm.hear.number, events: Int16(POLLIN), revents: 0)]
        var end = now + Self.longestSleep
        // Who is frozen leaves everything where it is.
        if !isFrozen {
            if let listener { polls.append(pollfd(fd: listener.number, events: Int16(POLLIN), revents: 0)) }
            for lane in lanes {
                polls += lane.polls
                if let moment = lane.nextMoment { end = min(end, moment) }
            }
        }
        let left = max(.zero, end - now)
        // In whole milliseconds, rounded up: what is due is up to 1 ms late.
        Glibc.poll(&polls, nfds_t(polls.count), Int32((left / .milliseconds(1)).rounded(.up)))
    }

    private func carry() {
        if !isFrozen { accept() }
        for lane in lanes {
            // One of them may have frozen the road, or ended all.
            guard !isFrozen else { break }
            lane.carry(self)
        }
        lanes.removeAll(where: \.isOver)
    }

    private func accept() {
        while let listener {
            let number = Glibc.accept(listener.number, nil, nil)
            guard number >= 0, let client = try? Descriptor(number, from: "accept") else { return }
            _ = fcntl(number, F_SETFD, FD_CLOEXEC)
            _ = fcntl(number, F_SETFL, O_NONBLOCK)
            Self.sendAtOnce(client)
            // Nobody listens there: the client's connection ends too.
            guard let server = try? Self.connect(to: serverPort) else { continue }
            lanes.append(RoadLane(client: client, server: server, basePath: basePath))
        }
    }

    // MARK: - Sockets

    private static func newSocket() throws -> Descriptor {
        let type = SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue
        return try Descriptor(Glibc.socket(AF_INET, Int32(type), 0), from: "socket")
    }

    private static func listen(on port: UInt16) throws -> Descriptor {
        let socket = try newSocket()
        var yes: Int32 = 1
        // Connections that have just ended must not keep it from being listened on again.
        setsockopt(socket.number, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        let isBound = withSocketAddress(loopbackAddress(port: port)) { bind(socket.number, $0, $1) } == 0
        guard isBound, Glibc.listen(socket.number, 64) == 0 else {
            throw LabError("cannot listen on 127.0.0.1:\(port): \(lastSystemError())")
        }
        return socket
    }

    /// Begins a connection; what is written to it waits until it stands.
    private static func connect(to port: UInt16) throws -> Descriptor {
        let socket = try newSocket()
        let result = withSocketAddress(loopbackAddress(port: port)) { Glibc.connect(socket.number, $0, $1) }
        guard result == 0 || errno == EINPROGRESS else {
            throw LabError("cannot connect to 127.0.0.1:\(port): \(lastSystemError())")
        }
        sendAtOnce(socket)
        return socket
    }

    /// A road must not hold small messages back for 40 ms until the one before is acknowledged.
    private static func sendAtOnce(_ socket: Descriptor) {
        var yes: Int32 = 1
        setsockopt(socket.number, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
    }
}

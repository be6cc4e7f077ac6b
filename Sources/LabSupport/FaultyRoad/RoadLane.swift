import Foundation
import Glibc

/// One connection along a road: from a client to us, and from us to the server. Belongs to the road's thread.
///
/// Requests and answers are carried as wholes, one at a time, as both sides of the lab do it; after an upgrade to WebSocket
/// what comes from the server is carried frame by frame.
final class RoadLane {
    /// Something that is on its way to the client.
    private struct Parcel {
        let due: ContinuousClock.Instant
        let bytes: [UInt8]
        /// It is held back, if at all, only for as long as frames are.
        var isFrame = false
    }

    /// A request that the server has been asked, or has seemingly been.
    private struct Exchange {
        let path: String
        let fault: Fault?
    }

    /// The interface's own path, which the requests' paths begin with.
    private let basePath: String
    /// Nil when it has ended.
    private var client: Descriptor?
    /// Nil when it has ended.
    private var server: Descriptor?
    private var toServer: [UInt8] = []
    /// In the order in which it came: nothing overtakes.
    private var toClient: [Parcel] = []
    /// What was due, and the client has not taken yet.
    private var unsent: [UInt8] = []
    private var requests = HTTPSplitter(ofAnswers: false)
    private var answers = HTTPSplitter(ofAnswers: true)
    /// What waits for its answer. A further request waits until it has it.
    private var exchange: Exchange?
    /// Nil until the connection is a WebSocket.
    private var frames: FrameSplitter?
    /// Until when frames are held back; they come all at once then.
    private var holdEnd: ContinuousClock.Instant?

    init(client: Descriptor, server: Descriptor, basePath: String) {
        self.client = client
        self.server = server
        self.basePath = basePath
    }

    var isOver: Bool { client == nil && server == nil }

    /// What is to be waited for.
    var polls: [pollfd] {
        var polls: [pollfd] = []
        if let client { polls.append(Self.poll(client, isWriting: !unsent.isEmpty)) }
        if let server { polls.append(Self.poll(server, isWriting: !toServer.isEmpty)) }
        return polls
    }

    /// When something is to be done though nothing has come.
    var nextMoment: ContinuousClock.Instant? { toClient.first?.due }

    private static func poll(_ descriptor: Descriptor, isWriting: Bool) -> pollfd {
        pollfd(fd: descriptor.number, events: Int16(isWriting ? POLLIN | POLLOUT : POLLIN), revents: 0)
    }

    /// Carries whatever has come and whatever is due, as far as it can be without waiting.
    func carry(_ road: RoadThread) {
        do {
            try takeFromClient(road)
            // A request may have frozen the road.
            guard !road.isFrozen else { return }
            try takeFromServer(road)
        } catch {
            end()  // Where a message ends cannot be told any more, so nothing can be carried.
        }
        deliver(isHolding: road.eventHold != nil)
    }

    /// Ends both sides, and forgets what was on its way.
    func end() {
        (toServer, toClient, unsent, exchange) = ([], [], [], nil)
        Self.drop(&client)
        Self.drop(&server)
    }

    // MARK: - From the client

    private func takeFromClient(_ road: RoadThread) throws {
        while let client, let bytes = readSome(from: client) {
            guard !bytes.isEmpty else {
                Self.drop(&self.client)
                break
            }
            if frames == nil { requests.feed(bytes) } else { toServer += bytes }
        }
        try takeRequests(road)
    }

    /// What a client asked before it went is asked all the same: it was on its way.
    private func takeRequests(_ road: RoadThread) throws {
        while frames == nil, exchange == nil, server != nil, !road.isFrozen, let message = try requests.next() {
            take(message, road)
        }
    }

    private func take(_ message: HTTPMessage, _ road: RoadThread) {
        let request = request(message.head)
        let fault = road.fault(for: request)
        switch fault {
        case .refuse(let status)?: schedule(RoadAnswer.bytes(status: status, path: request.path))
        case .loseRequest?: end()
        case .cutRoad?:
            road.cutFromWithin()
            end()
        case .closeRoad?:
            road.closeFromWithin()
            end()
        case .signal(let signal, process: let process, isDone: false)?:
            // Nobody is to answer: the connection waits for the process's end.
            exchange = Exchange(path: request.path, fault: fault)
            kill(process, signal)
        case .freezeRoad?:
            exchange = Exchange(path: request.path, fault: fault)
            toServer += message.bytes
            road.freezeFromWithin()
        case .delayAnswer?, .loseAnswer?, .cutAnswer?, .replaceAnswer?, .signal?, nil:
            exchange = Exchange(path: request.path, fault: fault)
            toServer += message.bytes
        }
    }

    private func request(_ head: HTTPHead) -> RoadRequest {
        let parts = head.target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        var path = parts.first ?? ""
        if path.hasPrefix(basePath) { path.removeFirst(basePath.count) }
        return RoadRequest(method: head.method, path: path, query: parts.count > 1 ? parts[1] : "")
    }

    // MARK: - From the server

    private func takeFromServer(_ road: RoadThread) throws {
        while let server, let bytes = readSome(from: server) {
            guard !bytes.isEmpty else {
                Self.drop(&self.server)
                // An answer without a length ends with the connection.
                let rest = answers.takeRest()
                if !rest.isEmpty { answered(rest) }
                return
            }
            if frames == nil {
                answers.feed(bytes)
                try takeAnswers(road)
            } else {
                try takeFrames(bytes, road)
            }
        }
    }

    private func takeAnswers(_ road: RoadThread) throws {
        while frames == nil, let message = try answers.next() {
            // Asterisk sends none of the two.
            guard exchange != nil, !message.head.isInterim else {
                schedule(message.bytes)
                continue
            }
            answered(message.bytes)
            if message.head.status == 101, server != nil {
                frames = FrameSplitter()
                try takeFrames(answers.takeRest(), road)
            }
        }
        // One may have waited for this answer.
        try takeRequests(road)
    }

    /// The server has answered what waits for it.
    private func answered(_ bytes: [UInt8]) {
        let answered = exchange
        exchange = nil
        switch answered?.fault {
        case .delayAnswer(let delay)?: schedule(bytes, at: .now + delay)
        case .loseAnswer?: end()
        case .cutAnswer?:
            schedule(Array(bytes.prefix(bytes.count / 2)))
            Self.drop(&server)
        case .replaceAnswer(let status)?: schedule(RoadAnswer.bytes(status: status, path: answered?.path ?? ""))
        case .signal(let signal, process: let process, isDone: _)?:
            // As long as it is there, nobody answers it.
            exchange = answered
            kill(process, signal)
        case .refuse?, .loseRequest?, .cutRoad?, .closeRoad?, .freezeRoad?, nil: schedule(bytes)
        }
    }

    private func takeFrames(_ bytes: [UInt8], _ road: RoadThread) throws {
        let now = ContinuousClock.now
        for frame in try frames?.feed(bytes) ?? [] {
            guard let hold = road.eventHold else {
                schedule(frame, at: now, isFrame: true)
                continue
            }
            let end = holdEnd ?? now
            holdEnd = end > now ? end : now + hold
            schedule(frame, at: holdEnd ?? now, isFrame: true)
        }
    }

    // MARK: - Sending

    private func schedule(_ bytes: [UInt8], at time: ContinuousClock.Instant = .now, isFrame: Bool = false) {
        toClient.append(Parcel(due: max(time, toClient.last?.due ?? time), bytes: bytes, isFrame: isFrame))
    }

    /// Sends what is due, and ends a side when the other one has ended and all is sent.
    private func deliver(isHolding: Bool) {
        let now = ContinuousClock.now
        // What was held back when that ended is held back no longer.
        while let parcel = toClient.first, parcel.due <= now || parcel.isFrame && !isHolding {
            unsent += parcel.bytes
            toClient.removeFirst()
        }
        if let client, !Self.write(&unsent, to: client) { Self.drop(&self.client) }
        if let server, !Self.write(&toServer, to: server) { Self.drop(&self.server) }
        if client == nil {
            (toClient, unsent) = ([], [])
            if toServer.isEmpty { Self.drop(&server) }
        }
        if server == nil {
            toServer = []
            if toClient.isEmpty, unsent.isEmpty { Self.drop(&client) }
        }
    }

    /// Writes as much as the other end takes at the moment.
    ///
    /// - Returns: whether the other end is there.
    private static func write(_ bytes: inout [UInt8], to descriptor: Descriptor) -> Bool {
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes {
                Glibc.send(descriptor.number, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count < 0, errno == EINTR { continue }
            if count < 0, errno == EAGAIN { return true }
            guard count > 0 else { return false }
            bytes.removeFirst(count)
        }
        return true
    }

    /// Ends one side. A child process that was started at the wrong moment may have the socket too, so it is not only closed.
    private static func drop(_ descriptor: inout Descriptor?) {
        if let descriptor { shutdown(descriptor.number, Int32(SHUT_RDWR)) }
        descriptor = nil
    }
}

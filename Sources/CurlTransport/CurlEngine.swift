internal import CCurl
internal import Glibc
internal import Logging

/// All that the client's thread works on: requests, WebSockets, timers, libcurl. Belongs to that thread.
final class CurlEngine {
    private enum Operation {
        /// Its task is about to begin it.
        case announced
        /// It was cancelled before it began.
        case cancelledEarly
        case request(HTTPTransfer)
        /// It waits until one of the connections is free.
        case waiting(HTTPTransfer)
        /// Until the WebSocket has ended, not only until it is open.
        case webSocket(WebSocketConnection)
        /// A request or an opening that has failed, and whose reason is looked into.
        case probe(TLSProbe)
    }

    private let configuration: CurlConfiguration
    private let authorization: String?
    /// Of every request.
    private let headers: HeaderList
    private let logger: Logger
    /// Nil after the loop's end.
    private var multi: MultiHandle?
    private var operations: [OperationID: Operation] = [:]
    /// The requests that wait for a connection, in the order in which they came. libcurl would make them wait too, but count
    /// that as part of their time.
    private var queue: [OperationID] = []
    /// How many of the queue still wait: those that were given up stay in it until their turn.
    private var waitingCount = 0
    /// How many have a connection.
    private var requestCount = 0
    /// The operations that are WebSockets.
    private var webSockets: [OperationID: WebSocketConnection] = [:]
    /// No request's and no probe's time is over before; nil for never. One that has ended may have left it too early.
    private var earliestDeadline: ContinuousClock.Instant?
    private var handles: [UnsafeMutableRawPointer: OperationID] = [:]
    private let sockets = SocketLedger()
    private var lastID: UInt64 = 0
    private var isStopped = false
    /// Whether something may have come since libcurl and the WebSockets were let work, or a transfer has begun.
    private var isDue = true
    /// Whether a WebSocket may have more to read at once.
    private var hasMore = false
    /// Whether the server has ever answered in HTTP.
    private var hasHadAnswer = false
    private let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 * 1024, alignment: 16)

    init(_ configuration: CurlConfiguration, multi: MultiHandle, logger: Logger) throws {
        self.configuration = configuration
        self.logger = logger
        self.multi = multi
        authorization = configuration.credentials.map { credentials in
            "Basic " + TextEncoding.base64("\(credentials.username):\(credentials.password.reveal())".utf8)
        }
        // Asterisk never answers "Expect: 100-continue". "Content-Type:" alone takes libcurl's form type away.
        var lines = ["Expect:", "Accept: application/json", "User-Agent: earshot", "Content-Type:"]
        if let authorization { lines.append("Authorization: \(authorization)") }
        headers = try HeaderList(lines)
        try multi.setConnectionLimit(configuration.maximumConnections)
    }

    deinit {
        scratch.deallocate()
    }

    // MARK: - Operations

    /// Gives the next operation its name, under which it can be cancelled from now on.
    func announce() -> OperationID {
        lastID += 1
        let id = OperationID(rawValue: lastID)
        operations[id] = .announced
        return id
    }

    /// Begins a request; its continuation is resumed exactly once.
    func begin(_ id: OperationID, _ request: CurlRequest, _ continuation: CheckedContinuation<CurlResponse, any Error>)
    {
        do {
            _ = try admit(id, request.operation)
            try checkRoom(request.operation)
            let transfer = HTTPTransfer(
                id: id,
                request: request,
                configuration: configuration,
                sockets: sockets,
                continuation: continuation
            )
            operations[id] = .waiting(transfer)
            queue.append(id)
            waitingCount += 1
            note(transfer.deadline)
            startWaiting()
        } catch {
            operations[id] = nil
            continuation.resume(throwing: error)
        }
    }

    private func checkRoom(_ operation: String) throws {
        guard waitingCount >= configuration.maximumWaitingRequests else { return }
        throw CurlError(
            .notSent,
            operation: operation,
            message: "not sent: \(waitingCount) requests are waiting for a connection"
        )
    }

    /// Sends what waits, as far as connections are free.
    private func startWaiting() {
        while requestCount < configuration.maximumConnections, !queue.isEmpty {
            let id = queue.removeFirst()
            guard case .waiting(let transfer) = operations[id] else { continue }
            do {
                let easy = try transfer.begin(configuration, headers)
                note(transfer.deadline)
                try multi?.add(easy)
                isDue = true
                waitingCount -= 1
                requestCount += 1
                operations[id] = .request(transfer)
                handles[easy.raw] = id
            } catch {
                end(transfer, with: .failure(error))
            }
        }
    }

    /// Opens a WebSocket; its continuation is resumed exactly once, when it is open or has failed.
    func begin(
        _ id: OperationID,
        _ request: CurlWebSocketRequest,
        _ continuation: CheckedContinuation<MessageBuffer, any Error>
    ) {
        do {
            let multi = try admit(id, request.operation)
            let webSocket = try WebSocketConnection(
                request: request,
                configuration: configuration,
                authorization: authorization,
                opener: continuation
            )
            try multi.setConnectionLimit(configuration.maximumConnections + webSockets.count + 1)
            try multi.add(webSocket.easy)
            isDue = true
            webSockets[id] = webSocket
            operations[id] = .webSocket(webSocket)
            handles[webSocket.easy.raw] = id
        } catch {
            operations[id] = nil
            continuation.resume(throwing: error)
        }
    }

    /// Closes a WebSocket in order. `continuation` is resumed when that is done, which takes a bounded time.
    func close(_ id: OperationID, _ continuation: CheckedContinuation<Void, Never>) {
        guard case .webSocket(let webSocket) = operations[id] else {
            // It has ended before.
            continuation.resume()
            return
        }
        webSocket.close(continuation)
        removeIfEnded(id, webSocket)
    }

    private func admit(_ id: OperationID, _ operation: String) throws -> MultiHandle {
        if case .cancelledEarly = operations[id] { throw CancellationError() }
        guard !isStopped, let multi else { throw Self.shutdownError(operation) }
        return multi
    }

    private static func shutdownError(_ operation: String) -> CurlError {
        CurlError(.shutdown, operation: operation, message: "the client is shut down")
    }

    // MARK: - The loop

    /// Does what there is to do.
    func work(cancelled: [OperationID]) {
        for id in cancelled { cancel(id) }
        // Whoever was cancelled may have left a connection to somebody who waits for one.
        guard isDue || !cancelled.isEmpty else { return }
        isDue = false
        do {
            try multi?.perform()
            while let finished = multi?.nextFinished() { finish(finished.handle, finished.result) }
            hasMore = serveWebSockets()
            checkTime()
            startWaiting()
        } catch {
            failed(error)
        }
    }

    /// Waits for the network or the waker, or until a time, unless there is more to read at once.
    func wait(until time: ContinuousClock.Instant?) {
        poll(for: hasMore ? .zero : timeToDeadline(or: time))
    }

    /// Looks at the network without waiting.
    func look() { poll(for: .zero) }

    /// Never seen; libcurl's multi interface fails for lack of memory, or because it is misused.
    private func failed(_ error: any Error) {
        logger.log(.error, "libcurl failed, everything is ended", [.error: "\(error)"])
        endEverything { _ in error }
        // A fault that stays must not keep a core busy.
        usleep(100_000)
    }

    /// Ends everything. What is asked for later is refused.
    func stop() {
        isStopped = true
        endEverything(Self.shutdownError)
    }

    /// Closes all connections.
    func cleanUp() {
        multi = nil
    }

    private func endEverything(_ error: (_ operation: String) -> any Error) {
        for (id, operation) in operations {
            switch operation {
            case .announced, .cancelledEarly:
                break
            case .request(let transfer), .waiting(let transfer):
                end(transfer, with: .failure(error(transfer.operation)))
            case .webSocket(let webSocket):
                webSocket.abandon(error(webSocket.operation))
                removeIfEnded(id, webSocket)
            case .probe(let probe):
                end(id, probe) { probe.abandon(error(probe.operation)) }
            }
        }
    }

    private func cancel(_ id: OperationID) {
        switch operations[id] {
        case nil, .cancelledEarly:
            // It has ended while the cancellation was on its way.
            break
        case .announced:
            operations[id] = .cancelledEarly
        case .request(let transfer), .waiting(let transfer):
            end(transfer, with: .failure(CancellationError()))
        case .webSocket(let webSocket):
            webSocket.abandon(CancellationError())
            removeIfEnded(id, webSocket)
        case .probe(let probe):
            end(id, probe) { probe.abandon(CancellationError()) }
        }
    }

    private func checkTime() {
        let now = ContinuousClock.now
        for (id, webSocket) in webSockets {
            webSocket.checkTime(now)
            removeIfEnded(id, webSocket)
        }
        guard let earliestDeadline, earliestDeadline <= now else { return }
        self.earliestDeadline = nil
        for (id, operation) in operations {
            switch operation {
            case .announced, .cancelledEarly, .webSocket: break
            case .request(let transfer) where transfer.deadline <= now: timedOut(transfer)
            case .waiting(let transfer) where transfer.deadline <= now: waitedTooLong(transfer)
            case .request(let transfer), .waiting(let transfer): note(transfer.deadline)
            case .probe(let probe) where probe.deadline <= now: end(id, probe) { probe.abandon() }
            case .probe(let probe): note(probe.deadline)
            }
        }
    }

    private func note(_ deadline: ContinuousClock.Instant) {
        earliestDeadline = min(earliestDeadline ?? deadline, deadline)
    }

    private func timedOut(_ transfer: HTTPTransfer) {
        let message = "no answer within \(transfer.timeout)"
        end(transfer, with: .failure(CurlError(.requestTimeout, operation: transfer.operation, message: message)))
    }

    private func waitedTooLong(_ transfer: HTTPTransfer) {
        let message =
            "not sent: none of \(configuration.maximumConnections) connections was free within \(transfer.timeout)"
        end(transfer, with: .failure(CurlError(.notSent, operation: transfer.operation, message: message)))
    }

    private func poll(for time: Duration) {
        isDue = true
        var sockets: [curl_waitfd] = []
        for webSocket in webSockets.values {
            guard let interest = webSocket.interest else { continue }
            let events = CURL_WAIT_POLLIN | (interest.wantsToWrite ? CURL_WAIT_POLLOUT : 0)
            sockets.append(curl_waitfd(fd: interest.socket, events: Int16(events), revents: 0))
        }
        do {
            try multi?.poll(&sockets, milliseconds: time.wholeMilliseconds)
        } catch {
            failed(error)
        }
    }

    private func timeToDeadline(or time: ContinuousClock.Instant?) -> Duration {
        var earliest = time
        if let deadline = earliestDeadline { earliest = min(earliest ?? deadline, deadline) }
        for webSocket in webSockets.values {
            guard let deadline = webSocket.nextDeadline else { continue }
            earliest = min(earliest ?? deadline, deadline)
        }
        return earliest.map { ContinuousClock.now.duration(to: $0) } ?? .seconds(60)
    }

    // MARK: - Requests

    private func finish(_ handle: UnsafeMutableRawPointer, _ result: CURLcode) {
        guard let id = handles[handle], let operation = operations[id] else { return }
        switch operation {
        case .announced, .cancelledEarly, .waiting:
            break
        case .request(let transfer):
            finish(transfer, result)
        case .webSocket(let webSocket):
            if result == CURLE_OK {
                webSocket.connected()
            } else {
                let failure = TransferFailure(result, of: webSocket.easy)
                webSocket.connectFailed(failure.error(operation: webSocket.operation, configuration: configuration))
            }
            removeIfEnded(id, webSocket)
        case .probe(let probe):
            end(id, probe) { probe.finish(result) }
        }
    }

    private func finish(_ transfer: HTTPTransfer, _ result: CURLcode) {
        switch (result, transfer.stop) {
        case (CURLE_OK, _):
            if let response = transfer.response {
                hasHadAnswer = true
                end(transfer, with: .success(response))
            } else {
                fail(transfer, CURLE_PARTIAL_FILE)
            }
        case (CURLE_ABORTED_BY_CALLBACK, .needsFreshConnection):
            restart(transfer)
        case (CURLE_ABORTED_BY_CALLBACK, .hadReceivedBytes):
            fail(transfer, CURLE_PARTIAL_FILE)
        default:
            fail(transfer, result)
        }
    }

    private func fail(_ transfer: HTTPTransfer, _ result: CURLcode) {
        guard !transfer.isTooLarge else {
            let message = "the answer is larger than allowed"
            end(transfer, with: .failure(CurlError(.responseTooLarge, operation: transfer.operation, message: message)))
            return
        }
        guard let easy = transfer.easy else { return }  // Never: it is libcurl's.
        let failure = TransferFailure(result, of: easy)
        end(transfer, with: .failure(failure.error(operation: transfer.operation, configuration: configuration)))
    }

    private func restart(_ transfer: HTTPTransfer) {
        guard let easy = transfer.easy else { return }  // Never: it is libcurl's.
        do {
            try multi?.remove(easy)
            try transfer.restart()
            try multi?.add(easy)
            isDue = true
        } catch {
            end(transfer, with: .failure(error))
        }
    }

    private func end(_ transfer: HTTPTransfer, with result: Result<CurlResponse, any Error>) {
        switch operations.removeValue(forKey: transfer.id) {
        case .request: requestCount -= 1
        case .waiting: waitingCount -= 1
        default: return
        }
        if let easy = transfer.easy { release(easy) }
        log(transfer, result)
        let continuation = transfer.continuation
        switch result {
        case .success: continuation.resume(with: result)
        case .failure(let error): explain(transfer.id, error) { continuation.resume(throwing: $0) }
        }
    }

    private func log(_ transfer: HTTPTransfer, _ result: Result<CurlResponse, any Error>) {
        if transfer.attemptCount > 1 && transfer.stop == nil {
            logger.log(.debug, "request was sent again on a fresh connection", [.operation: transfer.operation])
        }
        switch result {
        case .success(let response):
            logger.log(.trace, "request answered", [.operation: transfer.operation, .status: "\(response.status)"])
        case .failure(let error):
            logger.log(.debug, "request failed", [.operation: transfer.operation, .errorCode: error.logCode])
        }
    }

    /// Tells an error, if need be after looking into its reason.
    private func explain(_ id: OperationID, _ error: any Error, resume: @escaping (any Error) -> Void) {
        guard let multi, let failure = error as? CurlError, !hasHadAnswer, !isStopped,
            TLSProbe.isOfUse(for: failure, configuration)
        else {
            resume(error)
            return
        }
        do {
            let probe = try TLSProbe(failure, configuration: configuration, resume: resume)
            try multi.add(probe.easy)
            isDue = true
            operations[id] = .probe(probe)
            note(probe.deadline)
            handles[probe.easy.raw] = id
        } catch {
            // The failure is what the caller asked about; that it could not be looked into is not.
            resume(failure)
        }
    }

    private func end(_ id: OperationID, _ probe: TLSProbe, tell: () -> Void) {
        operations[id] = nil
        release(probe.easy)
        tell()
    }

    // MARK: - WebSockets

    /// - Returns: whether one of them may have more to read at once.
    private func serveWebSockets() -> Bool {
        var hasMore = false
        for (id, webSocket) in webSockets where webSocket.interest != nil {
            if webSocket.transfer(scratch) { hasMore = true }
            removeIfEnded(id, webSocket)
        }
        return hasMore
    }

    private func removeIfEnded(_ id: OperationID, _ webSocket: WebSocketConnection) {
        guard webSocket.hasEnded, operations.removeValue(forKey: id) != nil else { return }
        release(webSocket.easy)
        webSockets[id] = nil
        logger.log(.debug, "websocket ended", [.operation: webSocket.operation])
        if let (error, opener) = webSocket.takeOpeningFailure() {
            explain(id, error) { opener.resume(throwing: $0) }
        }
        do {
            try multi?.setConnectionLimit(configuration.maximumConnections + webSockets.count)
        } catch {
            // The limit stays one too high; nothing depends on it.
            logger.log(.warning, "connection limit not set", [.error: "\(error)"])
        }
    }

    private func release(_ handle: EasyHandle) {
        handles[handle.raw] = nil
        do {
            try multi?.remove(handle)
        } catch {
            logger.log(.error, "libcurl does not give a handle back", [.error: "\(error)"])
        }
    }
}

@available(*, unavailable)
extension CurlEngine: Sendable {}

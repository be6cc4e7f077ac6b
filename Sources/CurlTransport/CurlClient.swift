internal import CCurl
package import Logging

/// HTTP and WebSocket to one server through libcurl, as async Swift.
///
/// The actor's executor is the thread that owns libcurl's handles; that thread starts with the client and runs until
/// `shutdown()`, which must be called: a client that is merely dropped lives on with its thread.
package actor CurlClient {
    private nonisolated let thread: CurlThread
    private let engine: CurlEngine

    package nonisolated var unownedExecutor: UnownedSerialExecutor {
        thread.asUnownedSerialExecutor()
    }

    /// Where tasks run that mostly wait for this client: what it answers reaches them without a change of thread. They must not
    /// block it, and must have ended before `shutdown()`.
    package nonisolated var taskExecutor: any TaskExecutor { thread }

    /// The clock for tasks on ``taskExecutor``: this client's thread wakes whoever sleeps by it. Sleeps end with `CancellationError` at
    /// ``shutdown()``.
    package nonisolated var clock: CurlClock { CurlClock(thread: thread) }

    /// Checks the configuration and starts the client's thread. Nothing is connected yet.
    ///
    /// - Throws: `CurlError` with `plainTextRefused`, `invalidConfiguration`, or `internalFault` when libcurl or the
    ///   system gives no handle or no thread.
    package init(configuration: CurlConfiguration, logger: Logger) throws {
        try configuration.check()
        let multi = try MultiHandle()
        thread = CurlThread(waker: multi.waker)
        engine = try CurlEngine(configuration, multi: multi, logger: logger)
        try thread.start { turn in
            self.assumeIsolated { $0.take(turn) }
        }
    }

    private func take(_ turn: CurlThread.Turn) {
        switch turn {
        case .work(let cancelled): engine.work(cancelled: cancelled)
        case .wait(let deadline): engine.wait(until: deadline)
        case .look: engine.look()
        case .stop: engine.stop()
        case .cleanUp: engine.cleanUp()
        }
    }

    // MARK: - HTTP

    /// Sends a request and returns the answer, whatever its status is.
    ///
    /// Requests run in parallel on at most `maximumConnections` connections, which are kept alive. A request that
    /// meets a kept connection which has died is sent once more on a fresh one, if nothing at all had been received.
    ///
    /// - Throws: `CurlError` when there is no answer; `CancellationError` when the calling task was cancelled, which ends
    ///   the transfer at once.
    package func send(_ request: CurlRequest) async throws -> CurlResponse {
        try Task.checkCancellation()
        let id = engine.announce()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                engine.begin(id, request, continuation)
            }
        } onCancel: {
            thread.cancel(id)
        }
    }

    // MARK: - WebSocket

    /// Opens a WebSocket, calls `body` with its text messages in order, as many at a time as are there, and closes it
    /// (code 1000) when `body` returns or throws.
    ///
    /// The sequence ends when the server closed with 1000 or 1001. It throws a `CurlError` for any other end, after
    /// the messages that came before: `webSocketClosed`, `webSocketLost`, `pongTimeout`, `protocolError`, `overflow`
    /// and others; for one reader. Receiving never waits for that reader, within the bounds of
    /// `CurlWebSocketConfiguration`.
    ///
    /// - Throws: what `body` throws; `CurlError` when there is no WebSocket: `unauthorized`, `forbidden`, `notFound`,
    ///   `upgradeRefused`, or why there is no connection; `CancellationError` when the task was cancelled meanwhile.
    package nonisolated func withWebSocket<Result: Sendable>(
        _ request: CurlWebSocketRequest,
        _ body: (AsyncThrowingStream<[[UInt8]], any Error>) async throws -> Result
    ) async throws -> Result {
        let (id, buffer) = try await open(request)
        let messages = AsyncThrowingStream<[[UInt8]], any Error>(unfolding: { try await buffer.nextBatch() })
        do {
            let result = try await body(messages)
            await close(id)
            return result
        } catch {
            await close(id)
            throw error
        }
    }

    private func open(_ request: CurlWebSocketRequest) async throws -> (OperationID, MessageBuffer) {
        try Task.checkCancellation()
        let id = engine.announce()
        let buffer = try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                engine.begin(id, request, continuation)
            }
        } onCancel: {
            thread.cancel(id)
        }
        return (id, buffer)
    }

    /// Not cancellable: it takes `closeTimeout` at most, and the server should learn that we leave.
    private func close(_ id: OperationID) async {
        await withCheckedContinuation { continuation in
            engine.close(id, continuation)
        }
    }

    // MARK: - End

    /// Fails everything that is outstanding with the code `shutdown`, closes all connections and ends the thread.
    /// Returns when that is done. Further requests fail at once. May be called more than once.
    package nonisolated func shutdown() async {
        await thread.stop()
    }
}

extension CurlConfiguration {
    /// - Throws: `CurlError` for what cannot work or must not be done.
    fileprivate func check() throws {
        guard baseURL.usesTLS || baseURL.isLoopback || allowsPlainTextBeyondLoopback else {
            throw Self.error(
                .plainTextRefused,
                "http to \(baseURL.host) would send the password in clear; use https, or allow it explicitly"
            )
        }
        guard maximumConnections >= 1, maximumWaitingRequests >= 1 else {
            throw Self.error(.invalidConfiguration, "maximumConnections or maximumWaitingRequests is less than 1")
        }
        let durations = [
            connectTimeout, requestTimeout, maximumIdleTime, webSocket.handshakeTimeout, webSocket.pingInterval,
            webSocket.pongTimeout, webSocket.closeTimeout,
        ]
        guard durations.allSatisfy({ $0 > .zero && $0 <= Self.longestTime }) else {
            throw Self.error(.invalidConfiguration, "a time is not above zero, or more than a day")
        }
        if let credentials {
            // RFC 7617 section 2: the first colon ends the user name, and neither part has control characters.
            guard !credentials.username.contains(":") else {
                throw Self.error(.invalidConfiguration, "the user name has a colon in it")
            }
            let text = credentials.username + credentials.password.reveal()
            guard text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
                throw Self.error(.invalidConfiguration, "user name or password has control characters in it")
            }
        }
    }

    private static func error(_ code: CurlError.Code, _ message: String) -> CurlError {
        CurlError(code, operation: "configuration", message: message)
    }
}

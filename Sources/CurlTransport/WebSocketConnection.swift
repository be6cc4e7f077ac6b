internal import CCurl
internal import WebSocketFraming

/// One WebSocket over a connection that libcurl made and that is ours since: `CURLOPT_CONNECT_ONLY`, never libcurl's
/// own WebSocket, which many distributions leave out. Belongs to the client's thread.
///
/// The protocol is in `WebSocketClientStateMachine`; here are the socket and the clock.
final class WebSocketConnection {
    private enum Stage {
        /// libcurl connects. Can transition to: `connected` if it succeeds; `ended` if it fails or takes too long.
        case connecting
        /// The upgrade request, then frames. Can transition to: `ended`.
        case connected(curl_socket_t)
        /// Over. Everyone who waits has been told, or will be by the engine.
        case ended
    }

    /// How often the socket is read in one turn.
    private static let mostReads = 4
    /// libcurl gives no more at once than its buffer takes (`CURLOPT_BUFFERSIZE`), whatever it is asked for.
    private static let fullRead = 16 * 1024

    let operation: String
    let easy: EasyHandle
    private let settings: CurlWebSocketConfiguration
    private let upgradeRequest: [UInt8]
    private let usesTLS: Bool
    private let buffer: MessageBuffer
    private let redactor: Redactor
    private var stage = Stage.connecting
    private var machine: WebSocketClientStateMachine
    /// Who waits for the handshake.
    private var opener: CheckedContinuation<MessageBuffer, any Error>?
    /// Why the WebSocket did not open, and who has to be told; for the engine to take.
    private var openingFailure: (error: any Error, opener: CheckedContinuation<MessageBuffer, any Error>)?
    /// Who waits for the end of the closing handshake.
    private var closer: CheckedContinuation<Void, Never>?
    private var unsent: [UInt8] = []
    private var keepAlive: WebSocketKeepAlive
    /// When the handshake, and later the closing handshake, must be done.
    private var deadline: ContinuousClock.Instant?

    init(
        request: CurlWebSocketRequest,
        configuration: CurlConfiguration,
        authorization: String?,
        opener: CheckedContinuation<MessageBuffer, any Error>
    ) throws {
        operation = request.operation
        settings = configuration.webSocket
        usesTLS = configuration.baseURL.usesTLS
        self.opener = opener
        redactor = Redactor(configuration.credentials, authorization: authorization)
        let key = WebSocketKey()
        upgradeRequest = try Self.upgradeRequest(request, key, configuration.baseURL, authorization: authorization)
        machine = WebSocketClientStateMachine(
            handshake: WebSocketHandshake(expectedAccept: key.expectedAccept),
            limits: settings.limits
        )
        buffer = MessageBuffer(
            maximumMessages: settings.maximumBufferedMessages,
            maximumBytes: settings.maximumBufferedBytes
        )
        keepAlive = WebSocketKeepAlive(interval: settings.pingInterval, timeout: settings.pongTimeout)
        deadline = ContinuousClock.now + settings.handshakeTimeout
        easy = try EasyHandle(configuration)
        try easy.set(CURLOPT_URL, configuration.baseURL.origin)
        try easy.set(CURLOPT_CONNECT_ONLY, 1)
    }

    private static func upgradeRequest(
        _ request: CurlWebSocketRequest,
        _ key: WebSocketKey,
        _ baseURL: CurlBaseURL,
        authorization: String?
    ) throws -> [UInt8] {
        let upgrade = WebSocketUpgradeRequest(
            host: baseURL.authority,
            target: baseURL.target(path: request.path, query: request.query),
            key: key.text,
            headers: [.init(name: "User-Agent", value: "earshot")]
                + (authorization.map { [.init(name: "Authorization", value: $0)] } ?? [])
        )
        do {
            return try upgrade.encoded()
        } catch {
            throw CurlError(
                .invalidConfiguration,
                operation: request.operation,
                message: "the upgrade request cannot be written",
                underlying: error
            )
        }
    }

    // MARK: - What the loop asks

    /// Whether nothing more is to be done with the connection.
    var hasEnded: Bool {
        if case .ended = stage { true } else { false }
    }

    /// Takes the failure of the opening, after the connection has ended.
    func takeOpeningFailure() -> (error: any Error, opener: CheckedContinuation<MessageBuffer, any Error>)? {
        defer { openingFailure = nil }
        return openingFailure
    }

    /// The socket to wait for, and whether also for room to write.
    var interest: (socket: curl_socket_t, wantsToWrite: Bool)? {
        guard case .connected(let socket) = stage else { return nil }
        return (socket, !unsent.isEmpty)
    }

    /// When `checkTime` must be called next.
    var nextDeadline: ContinuousClock.Instant? {
        guard machine.isOpen, let check = keepAlive.nextDeadline else { return deadline }
        return deadline.map { min($0, check) } ?? check
    }

    // MARK: - Events

    /// libcurl has made the connection.
    func connected() {
        guard case .connecting = stage, let socket = easy.activeSocket else {
            end(error(.internalFault, "libcurl made a connection without a socket"))
            return
        }
        stage = .connected(socket)
        unsent = upgradeRequest
        flush()
    }

    /// libcurl could not make the connection.
    func connectFailed(_ error: CurlError) {
        end(error)
    }

    /// Reads what has come, as far as `scratch` is of help, and writes what can be written.
    ///
    /// - Returns: whether there may be more to read at once.
    func transfer(_ scratch: UnsafeMutableRawBufferPointer) -> Bool {
        flush()
        // Bounded, so that a server that never stops does not keep the thread from its other work, such as the tasks that take
        // the messages.
        for _ in 0..<Self.mostReads {
            guard case .connected = stage else { return false }
            var count = 0
            let result = curl_easy_recv(easy.raw, scratch.baseAddress, scratch.count, &count)
            if result == CURLE_AGAIN { return false }
            if result == CURLE_OK && count > 0 {
                apply(machine.received(Array(scratch[..<count])))
                // Whatever comes after a short read wakes the thread. With TLS it may be here already, where no socket shows it.
                if !usesTLS, count < Self.fullRead { return false }
            } else {
                // The end in order (0 bytes) and a broken connection are the same to a WebSocket that had no CLOSE.
                apply(machine.connectionEnded())
                end(error(.webSocketLost, "the connection ended without a CLOSE", closeCode: .abnormal))
            }
        }
        return true
    }

    /// Looks at the clock. Call it after `transfer`, so that a PONG which has long come is not missed.
    func checkTime(_ now: ContinuousClock.Instant) {
        if let deadline, deadline <= now {
            timedOut()
        } else if machine.isOpen {
            switch keepAlive.check(now) {
            case .nothing: break
            case .ping(let payload): apply(machine.pingDue(payload: payload))
            case .lost:
                end(error(.pongTimeout, "no answer to a PING within \(settings.pongTimeout)", closeCode: .abnormal))
            }
        }
    }

    private func timedOut() {
        guard opener != nil else {
            // The server did not answer our CLOSE in time. Nobody is interested any more.
            end(nil)
            return
        }
        switch stage {
        case .connecting:
            end(error(.handshakeTimeout, "no connection within \(settings.handshakeTimeout)"))
        case .connected, .ended:
            apply(machine.handshakeTimedOut())
            end(error(.handshakeTimeout, "no answer to the upgrade request within \(settings.handshakeTimeout)"))
        }
    }

    /// The application left: closes in order, and tells `continuation` when that is done.
    func close(_ continuation: CheckedContinuation<Void, Never>) {
        guard !hasEnded else {
            continuation.resume()
            return
        }
        closer = continuation
        deadline = ContinuousClock.now + settings.closeTimeout
        apply(machine.closeRequested(WebSocketClose(code: .normal)))
    }

    /// The client is shut down, or the opening task was cancelled: ends at once.
    func abandon(_ error: any Error) {
        sendClose(.goingAway)
        end(error)
    }

    // MARK: - Outputs of the machine

    private func apply(_ outputs: [WebSocketOutput]) {
        for output in outputs where !hasEnded {
            switch output {
            case .opened:
                deadline = nil
                keepAlive.start(ContinuousClock.now)
                opener?.resume(returning: buffer)
                opener = nil
            case .message(.text(let text)):
                if !buffer.put(text) { fail(.overflow, "messages come faster than they are read", .policyViolation) }
            case .message(.binary):
                fail(.unsupportedData, "the server sent a binary message", .unsupportedData)
            case .send(let frame):
                send(frame)
            case .pong(let payload):
                keepAlive.pongReceived(payload)
            case .ended(let reason):
                end(explain(reason))
            }
        }
        flush()
    }

    /// Closes because of something that the protocol allows and we do not.
    private func fail(_ code: CurlError.Code, _ message: String, _ closeCode: WebSocketCloseCode) {
        sendClose(closeCode)
        end(error(code, message, closeCode: closeCode))
    }

    /// Sends a CLOSE if frames may be sent, and waits for no answer.
    private func sendClose(_ code: WebSocketCloseCode) {
        for case .send(let frame) in machine.closeRequested(WebSocketClose(code: code)) { send(frame) }
    }

    private func send(_ frame: WebSocketFrame) {
        let bytes = FrameEncoder.encode(frame, maskingKey: .random())
        guard unsent.count + bytes.count <= settings.maximumUnsentBytes else {
            end(error(.serverDoesNotRead, "the server does not read what is sent to it", closeCode: .abnormal))
            return
        }
        unsent += bytes
    }

    /// Writes as much as the network takes.
    private func flush() {
        guard case .connected = stage else { return }
        while !unsent.isEmpty {
            var count = 0
            let result = curl_easy_send(easy.raw, unsent, unsent.count, &count)
            if result == CURLE_OK && count > 0 {
                unsent.removeFirst(min(count, unsent.count))
            } else {
                // A broken connection shows when it is read, after what the server had sent before it broke.
                if result != CURLE_AGAIN && result != CURLE_OK { unsent = [] }
                return
            }
        }
    }

    /// Tells everyone who waits, except for the opener, whom the engine tells. Only the first reason counts.
    private func end(_ error: (any Error)?) {
        guard !hasEnded else { return }
        flush()
        stage = .ended
        deadline = nil
        if let opener {
            self.opener = nil
            openingFailure = (error ?? CancellationError(), opener)
        }
        buffer.finish(throwing: error)
        closer?.resume()
        closer = nil
    }
}

// MARK: - Words

extension WebSocketConnection {
    /// The error for the way in which the connection ended; nil if that was in order.
    private func explain(_ reason: WebSocketEnd) -> CurlError? {
        switch reason {
        case .closedByClient:
            return nil
        case .closedByServer(let close) where close?.code == .normal || close?.code == .goingAway:
            return nil
        case .closedByServer(let close):
            let code = close?.code ?? .noStatus
            var error = error(
                .webSocketClosed,
                "the server closed the WebSocket with code \(code.rawValue)",
                closeCode: code
            )
            error.serverText = close.map { redactor.redact($0.reason) }
            return error
        case .connectionLost:
            return error(.webSocketLost, "the connection ended without a CLOSE", closeCode: .abnormal)
        case .protocolError(let violation):
            let message = "the server broke the WebSocket protocol: \(violation.label)"
            return error(.protocolError, message, closeCode: violation.closeCode, underlying: violation)
        case .handshakeFailed(.notHTTP):
            return error(.notHTTP, "the answer to the upgrade request is not HTTP")
        case .handshakeFailed(.connectionEnded):
            return error(.closedWithoutResponse, "the server closed the connection during the upgrade")
        case .handshakeFailed(let violation):
            let message = "the answer to the upgrade request is wrong: \(violation.label)"
            return error(.handshakeInvalid, message, underlying: violation)
        case .refused(let refusal):
            return explain(refusal)
        }
    }

    private func explain(_ refusal: WebSocketRefusal) -> CurlError {
        let (code, message): (CurlError.Code, String) =
            switch refusal.status {
            case 401: (.unauthorized, "the server does not accept the user name or the password (401)")
            case 403: (.forbidden, "the server does not allow this user the WebSocket (403)")
            case 404: (.notFound, "the server has no WebSocket under this path (404)")
            default: (.upgradeRefused, "the server refused the WebSocket with status \(refusal.status)")
            }
        var error = error(code, message)
        error.status = refusal.status
        let text = redactor.redact(String(decoding: refusal.body, as: UTF8.self))
        error.serverText = text.isEmpty ? nil : text
        return error
    }

    private func error(
        _ code: CurlError.Code,
        _ message: String,
        closeCode: WebSocketCloseCode? = nil,
        underlying: (any Error)? = nil,
        line: Int = #line
    ) -> CurlError {
        CurlError(
            code,
            operation: operation,
            message: message,
            closeCode: closeCode?.rawValue,
            underlying: underlying,
            line: line
        )
    }
}

@available(*, unavailable)
extension WebSocketConnection: Sendable {}

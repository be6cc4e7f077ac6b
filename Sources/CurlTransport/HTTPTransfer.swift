internal import CCurl

/// Names one request or one WebSocket of a client, for cancelling it from other threads. Never used twice.
struct OperationID: Hashable, Sendable {
    let rawValue: UInt64
}

/// One HTTP request on its way. Belongs to the client's thread.
///
/// A request that meets a dead kept-alive connection is sent once more. libcurl does that by itself, when nothing
/// came back on a connection that was used before; but it may try up to five further connections, each of which may
/// have died with the first one, and it does not see the beginning of a status line as an answer. So each attempt
/// asks `mayBeginAttempt` first, which lets the second one pass only on a connection that is new, and only after real
/// silence.
final class HTTPTransfer {
    let id: OperationID
    let operation: String
    /// How long the request may wait for a connection, and then as long again for its answer.
    let timeout: Duration
    /// When the present one of the two is over.
    private(set) var deadline: ContinuousClock.Instant
    /// Nil while it waits for a connection.
    private(set) var easy: EasyHandle?
    let continuation: CheckedContinuation<CurlResponse, any Error>
    private let method: CurlRequest.Method
    private let url: String
    private let maximumBody: Int
    private(set) var body: [UInt8] = []
    /// Whether head or body grew beyond its limit, so that libcurl was told to stop.
    private(set) var isTooLarge = false
    private var headSize = 0
    /// libcurl keeps the lines of the head in memory, and had no limit of its own before 8.3.
    private static let maximumHead = 256 * 1024
    /// Whether the answer's head has come to its end.
    private var headIsComplete = false
    /// What came back on the kept connection on which the request was sent first.
    private var firstAnswer: ReceivedBytes?
    /// Nil with TLS, where the kernel also counts the alert with which a server says farewell.
    private let sockets: SocketLedger?
    /// How often the request was, or may have been, written.
    private(set) var attemptCount = 0
    private var isRestarted = false
    /// Why `mayBeginAttempt` stopped libcurl.
    private(set) var stop: Stop?

    /// Why a further attempt was stopped.
    enum Stop {
        /// libcurl chose another old connection; the request must be started again with a new one.
        case needsFreshConnection
        /// Something had been received: the server may have done what was asked.
        case hadReceivedBytes
    }

    init(
        id: OperationID,
        request: CurlRequest,
        configuration: CurlConfiguration,
        sockets: SocketLedger,
        continuation: CheckedContinuation<CurlResponse, any Error>
    ) {
        self.id = id
        self.continuation = continuation
        operation = request.operation
        timeout = min(request.timeout ?? configuration.requestTimeout, CurlConfiguration.longestTime)
        deadline = ContinuousClock.now + timeout
        maximumBody = configuration.maximumResponseBody
        self.sockets = configuration.baseURL.usesTLS ? nil : sockets
        method = request.method
        url = configuration.baseURL.origin + configuration.baseURL.target(path: request.path, query: request.query)
    }

    /// A connection is free, and the request is about to be sent: its time begins.
    ///
    /// No handle is used twice. Up to 8.1.1 libcurl frees memory twice when the next answer's head begins with a space
    /// (curl#11101), and up to 8.16 it counts attempts over a handle's life.
    ///
    func begin(_ configuration: CurlConfiguration, _ headers: HeaderList) throws -> EasyHandle {
        deadline = ContinuousClock.now + timeout
        let easy = try EasyHandle(configuration)
        try easy.set(CURLOPT_URL, url)
        try easy.set(CURLOPT_MAXAGE_CONN, max(1, configuration.maximumIdleTime.wholeMilliseconds / 1000))
        try easy.set(headers)
        switch method {
        case .get, .delete: break
        case .post: try easy.setEmptyBody()
        }
        try easy.set(CURLOPT_CUSTOMREQUEST, method.rawValue)
        try setCallbacks(easy)
        self.easy = easy
        return easy
    }

    private func setCallbacks(_ easy: EasyHandle) throws {
        // Unretained: the handle is taken out of the multi handle before the transfer goes.
        let context = Unmanaged.passUnretained(self).toOpaque()
        try easy.check(earshot_easy_set_pointer(easy.raw, CURLOPT_WRITEDATA, context))
        try easy.check(
            earshot_easy_set_write_function(easy.raw, CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
                guard let bytes, let context else { return 0 }
                let transfer = Unmanaged<HTTPTransfer>.fromOpaque(context).takeUnretainedValue()
                return transfer.append(UnsafeRawBufferPointer(start: bytes, count: size * count))
            }
        )
        try easy.check(earshot_easy_set_pointer(easy.raw, CURLOPT_HEADERDATA, context))
        try easy.check(
            earshot_easy_set_write_function(easy.raw, CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
                guard let bytes, let context else { return 0 }
                let transfer = Unmanaged<HTTPTransfer>.fromOpaque(context).takeUnretainedValue()
                return transfer.readHeadLine(UnsafeRawBufferPointer(start: bytes, count: size * count))
            }
        )
        if let sockets { try easy.reportSockets(to: sockets) }
        let result = earshot_easy_set_prereq(
            easy.raw,
            { context, _, _, remotePort, localPort in
                guard let context else { return CURL_PREREQFUNC_OK }
                let transfer = Unmanaged<HTTPTransfer>.fromOpaque(context).takeUnretainedValue()
                return transfer.mayBeginAttempt(localPort, remotePort) ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
            },
            context
        )
        // libcurl before 7.80 has no such callback: its own rule for sending again stays in force there.
        if result != CURLE_UNKNOWN_OPTION { try easy.check(result) }
    }

    // MARK: - Callbacks of libcurl

    /// Takes a piece of the body. Anything but its size as the result stops the transfer.
    private func append(_ bytes: UnsafeRawBufferPointer) -> Int {
        guard body.count + bytes.count <= maximumBody else {
            isTooLarge = true
            return 0
        }
        body.append(contentsOf: bytes)
        return bytes.count
    }

    /// Takes a whole line of the head. libcurl takes a head that breaks off between two lines for an answer.
    private func readHeadLine(_ line: UnsafeRawBufferPointer) -> Int {
        headSize += line.count
        guard headSize <= Self.maximumHead else {
            isTooLarge = true
            return 0
        }
        headIsComplete = line.elementsEqual("\r\n".utf8) || line.elementsEqual("\n".utf8)
        return line.count
    }

    /// A connection is there, and the request is about to be written to it.
    private func mayBeginAttempt(_ localPort: Int32, _ remotePort: Int32) -> Bool {
        attemptCount += 1
        let isFresh = (easy?.information(CURLINFO_NUM_CONNECTS) ?? 0) > 0
        if attemptCount == 1 {
            if !isFresh, let socket = sockets?.socket(localPort: localPort, remotePort: remotePort) {
                firstAnswer = ReceivedBytes(of: socket)
            }
            return true
        }
        if firstAnswer?.any == true {
            stop = .hadReceivedBytes
        } else if !isFresh && !isRestarted {
            stop = .needsFreshConnection
        }
        firstAnswer = nil
        return stop == nil
    }

    /// The answer, when libcurl says that it is complete; nil when its head is not.
    var response: CurlResponse? {
        guard headIsComplete, let easy else { return nil }
        return CurlResponse(status: easy.information(CURLINFO_RESPONSE_CODE), body: body)
    }

    // MARK: - Second attempt

    /// Prepares the second attempt: on a new connection, whatever happens.
    func restart() throws {
        isRestarted = true
        stop = nil
        body = []
        headIsComplete = false
        try easy?.set(CURLOPT_FRESH_CONNECT, 1)
    }
}

@available(*, unavailable)
extension HTTPTransfer: Sendable {}

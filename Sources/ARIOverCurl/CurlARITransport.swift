package import ARI
package import CurlTransport

/// ARI over libcurl: requests and the WebSocket of events go to one Asterisk, below the base URL of the client.
package struct CurlARITransport: ARITransport {
    private let client: CurlClient

    /// Uses `client`, whose base URL ends in ARI's own path: `http://127.0.0.1:8088/ari`.
    package init(client: CurlClient) {
        self.client = client
    }

    package func send(_ request: ARIHTTPRequest) async throws -> ARIHTTPResponse {
        let response = try await translatingErrors {
            try await client.send(CurlRequest(request))
        }
        return ARIHTTPResponse(status: response.status, body: response.body)
    }

    package func withEventMessages<Result: Sendable>(
        of request: ARIEventsRequest,
        _ body: (AsyncThrowingStream<[[UInt8]], any Error>) async throws -> Result
    ) async throws -> Result {
        let upgrade = CurlWebSocketRequest(
            operation: "events.eventWebsocket",
            path: ["events"],
            query: [("app", request.application)]
        )
        return try await translatingErrors {
            try await client.withWebSocket(upgrade, body)
        }
    }
}

extension CurlRequest {
    fileprivate init(_ request: ARIHTTPRequest) {
        let method: Method =
            switch request.method {
            case .get: .get
            case .post: .post
            case .delete: .delete
            }
        self.init(
            operation: request.operation,
            method: method,
            path: request.path,
            query: request.query,
            timeout: request.timeout
        )
    }
}

/// Says the transport's errors in ARI's words. Everything else, `CancellationError` above all, passes as it is.
private func translatingErrors<Result>(_ body: () async throws -> Result) async throws -> Result {
    do {
        return try await body()
    } catch let error as CurlError {
        throw ARITransportError(ARITransportError.Kind(error), error.message, underlying: error)
    }
}

extension ARITransportError.Kind {
    fileprivate init(_ error: CurlError) {
        self =
            switch error.code {
            case .hostNotResolved, .connectionRefused, .connectionFailed: .connectionFailed
            case .notSent: .notSent
            case .connectTimeout, .requestTimeout, .handshakeTimeout: .timedOut
            case .connectionReset, .closedWithoutResponse, .incompleteResponse, .webSocketClosed, .webSocketLost,
                .pongTimeout, .serverDoesNotRead:
                .connectionLost
            case .certificateAuthorityUnknown, .certificateExpired, .certificateNotYetValid, .certificateHostMismatch,
                .certificateRejected, .certificateAuthorityFileInvalid, .serverSpeaksNoTLS, .serverExpectsTLS,
                .tlsHandshakeFailed:
                .tlsFailed
            case .unauthorized, .forbidden, .notFound, .upgradeRefused: .upgradeRefused(status: error.status ?? 0)
            case .notHTTP, .responseTooLarge, .handshakeInvalid, .protocolError, .unsupportedData: .protocolViolation
            case .overflow: .overflowed
            default: .other
            }
    }
}

/// The requests that Asterisk's REST Interface answers, one method each.
///
/// Every method throws `ARIError`, which names the operation, Asterisk's status and its words, or `CancellationError`
/// when the calling task was cancelled. A cancelled or timed-out request may still have been carried out.
package struct ARIClient: Sendable {
    /// The time that a request may take unless said otherwise. Asterisk answers in a few milliseconds; some
    /// operations wait up to 200 ms for the channel's thread.
    package static let defaultTimeout: Duration = .seconds(5)

    let transport: any ARITransport
    /// The time that each request may take as a whole.
    package private(set) var timeout: Duration

    /// Creates a client. Clients are cheap: they hold no connection of their own.
    package init(transport: any ARITransport, timeout: Duration = Self.defaultTimeout) {
        self.transport = transport
        self.timeout = timeout
    }

    /// The same client with another time for each request: `client.within(.seconds(1)).hangUp(id)`.
    package func within(_ timeout: Duration) -> ARIClient {
        var client = self
        client.timeout = timeout
        return client
    }
}

/// What became of something that was to be removed.
package enum Removal: Sendable, Hashable {
    /// It was removed by this request.
    case removed
    /// It was gone before: somebody else removed it, or it ended by itself. As good as removed.
    case alreadyGone
}

extension ARIClient {
    /// Sends a request and returns its answer, which is a success.
    @discardableResult
    func send(_ request: ARIHTTPRequest) async throws -> ARIHTTPResponse {
        // A dialled extension can be "..": as a path segment it would not name a resource but another path.
        guard !request.path.contains(where: { ["", ".", ".."].contains($0) }) else {
            throw ARIError(.notFound, operation: request.operation, message: "nothing can have this name")
        }
        let response: ARIHTTPResponse
        do {
            response = try await transport.send(request)
        } catch {
            throw ARIError.wrapping(error, operation: request.operation)
        }
        if let refusal = ARIError.refusal(in: response, operation: request.operation) {
            throw refusal
        }
        return response
    }

    /// Sends a request whose answer is JSON.
    func send<Answer: JSONReadable>(
        _ request: ARIHTTPRequest,
        for _: Answer.Type = Answer.self
    ) async throws -> Answer {
        let response: ARIHTTPResponse = try await send(request)
        do {
            return try Answer(json: JSONText(response.body).root)
        } catch {
            throw ARIError(
                .unexpectedAnswer,
                operation: request.operation,
                status: response.status,
                message: error.description,
                underlying: error
            )
        }
    }

    /// Sends a request that removes something; a 404 from ARI is a success.
    func remove(_ request: ARIHTTPRequest) async throws -> Removal {
        do {
            try await send(request)
            return .removed
        } catch let error as ARIError where error.code == .notFound {
            return .alreadyGone
        }
    }
}

/// One entry of a list; without a value when it cannot be read.
struct ListEntry<Value: JSONReadable>: JSONReadable {
    let value: Value?

    init(json: JSONNode) {
        // What is wrong with it is of no interest: nothing depends on somebody else's bridge.
        value = try? Value(json: json)
    }
}

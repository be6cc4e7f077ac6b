package import ARI

/// Counts and times the requests that go through another transport.
package struct MeasuredTransport: ARITransport {
    private let transport: any ARITransport
    private let metrics: ServiceMetrics
    private let time: @Sendable () -> Duration

    package init(_ transport: any ARITransport, _ metrics: ServiceMetrics, clock: any Clock<Duration>) {
        self.transport = transport
        self.metrics = metrics
        time = stopwatch(clock)
    }

    package func send(_ request: ARIHTTPRequest) async throws -> ARIHTTPResponse {
        let start = time()
        do {
            let response = try await transport.send(request)
            metrics.answered(request.operation, ARIOutcome(response), after: time() - start)
            return response
        } catch {
            if let outcome = ARIOutcome(error) { metrics.answered(request.operation, outcome, after: time() - start) }
            throw error
        }
    }

    package func withEventMessages<Result: Sendable>(
        of request: ARIEventsRequest,
        _ body: (AsyncThrowingStream<[[UInt8]], any Error>) async throws -> Result
    ) async throws -> Result {
        try await transport.withEventMessages(of: request, body)
    }
}

extension ARIClient {
    /// An endpoint and its channels. The resource is matched by equality: `10` is never `101`.
    ///
    /// - Throws: `notFound` if there is no such endpoint.
    package func endpoint(technology: String, resource: String) async throws -> Endpoint {
        try await send(ARIOperation.getEndpoint.request(technology, resource, timeout: timeout))
    }
}

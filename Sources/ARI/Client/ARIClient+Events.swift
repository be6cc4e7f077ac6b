extension ARIClient {
    /// Makes Asterisk send a `ChannelUserevent` of this name to an application.
    ///
    /// A success says only that Asterisk knows the application; that it is connected is proved by the event alone.
    ///
    /// - Throws: `notFound` if Asterisk does not know the application.
    package func emitUserEvent(_ name: String, application: String) async throws {
        let query: KeyValuePairs<String, String?> = ["application": application]
        try await send(ARIOperation.userEvent.request(name, query: query, timeout: timeout))
    }
}

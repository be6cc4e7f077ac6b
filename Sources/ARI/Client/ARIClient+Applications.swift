extension ARIClient {
    /// A Stasis application with everything that it is subscribed to.
    ///
    /// - Throws: `notFound` if Asterisk does not know the name: nothing is connected under it, nothing is left of it.
    package func application(_ name: String) async throws -> StasisApplication {
        try await send(ARIOperation.getApplication.request(name, timeout: timeout))
    }

    /// Subscribes an application to sources of events: to all of them or, if one does not exist, to none.
    ///
    /// Asterisk counts subscriptions: what is subscribed twice must be unsubscribed twice.
    ///
    /// The answer, which lists all that the application is subscribed to, is not read: it grows with the sessions.
    ///
    /// - Throws: `notFound` if there is no such application, `unprocessable` if a source does not exist.
    package func subscribe(application name: String, to sources: [EventSource]) async throws {
        let query: KeyValuePairs<String, String?> = ["eventSource": Self.list(sources)]
        try await send(ARIOperation.subscribe.request(name, query: query, timeout: timeout))
    }

    /// Takes subscriptions back.
    ///
    /// - Returns: `alreadyGone` if the application is not subscribed to a source, or a source or the application does
    ///   not exist (any more). Of several sources some may then still be subscribed to.
    @discardableResult
    package func unsubscribe(application name: String, from sources: [EventSource]) async throws -> Removal {
        let query: KeyValuePairs<String, String?> = ["eventSource": Self.list(sources)]
        do {
            return try await remove(ARIOperation.unsubscribe.request(name, query: query, timeout: timeout))
        } catch let error as ARIError where error.code == .conflict || error.code == .unprocessable {
            return .alreadyGone
        }
    }

    private static func list(_ sources: [EventSource]) -> String {
        sources.map(\.description).joined(separator: ",")
    }
}

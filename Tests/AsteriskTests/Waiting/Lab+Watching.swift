import Foundation
import LabSupport

extension Lab {
    /// Of what Asterisk tells Earshot.
    struct WatchedSources: Decodable {
        /// The endpoints of which it tells everything, such as `PJSIP/101`.
        var endpoints: [String] = []
        /// The channels in Earshot's hands, and those that it monitors.
        var channels: [String] = []

        enum CodingKeys: String, CodingKey {
            case endpoints = "endpoint_ids"
            case channels = "channel_ids"
        }
    }

    /// Of what Asterisk tells Earshot now; nothing if it knows no Earshot.
    func watchedSources() async throws -> WatchedSources {
        let answer = try await request("GET", "/applications/\(ari.application)")
        if answer.status == 404 { return WatchedSources() }
        guard answer.status == 200 else {
            throw LabError("the application is described as \(answer.status): \(answer.body)")
        }
        return try JSONDecoder().decode(WatchedSources.self, from: Data(answer.body.utf8))
    }

    /// Waits until Asterisk tells Earshot of exactly these endpoints.
    func waitUntilWatched(_ endpoints: [String]) async throws {
        try await waitUntilWatched("to watch \(endpoints)") { $0.endpoints.sorted() == endpoints.sorted() }
    }

    /// Waits until Asterisk tells Earshot of nothing.
    func waitUntilNothingIsWatched() async throws {
        try await waitUntilWatched("to watch nothing") { $0.endpoints.isEmpty && $0.channels.isEmpty }
    }

    /// Asks every 20 ms.
    private func waitUntilWatched(_ what: String, _ condition: (WatchedSources) -> Bool) async throws {
        let deadline = ContinuousClock.now + .seconds(5)
        while true {
            let watched = try await watchedSources()
            if condition(watched) { return }
            guard ContinuousClock.now < deadline else {
                throw LabError("waited in vain for Earshot \(what); it watches \(watched)")
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }
}

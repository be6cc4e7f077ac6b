import Foundation
import LabSupport

extension Lab {
    /// The endpoints of whose channels Asterisk tells Earshot, such as `PJSIP/101`; none while no Earshot is connected.
    func watchedEndpoints() async throws -> [String] {
        struct Application: Decodable {
            let endpoints: [String]

            enum CodingKeys: String, CodingKey {
                case endpoints = "endpoint_ids"
            }
        }
        let answer = try await request("GET", "/applications/\(ari.application)")
        guard answer.status == 200 else { return [] }
        return try JSONDecoder().decode(Application.self, from: Data(answer.body.utf8)).endpoints
    }

    /// Waits until Asterisk tells Earshot of exactly these endpoints; asks every 20 ms.
    func waitUntilWatched(_ expected: [String], within timeout: Duration = .seconds(5)) async throws {
        let deadline = ContinuousClock.now + timeout
        while true {
            let watched = try await watchedEndpoints()
            if watched.sorted() == expected.sorted() { return }
            guard ContinuousClock.now < deadline else {
                throw LabError("waited in vain for Earshot to watch \(expected); it watches \(watched)")
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }
}

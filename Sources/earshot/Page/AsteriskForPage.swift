import ARI
import Administration
import EarshotService
import Monitoring

/// What pages ask of Asterisk.
struct AsteriskForPage: AsteriskView {
    let client: ARIClient
    let explainer: RightsExplainer
    let endpoints: @Sendable () async throws -> EndpointBook

    func extensions() async throws -> [Extension] {
        let book = try await endpoints()
        let owners = try await client.endpoints().compactMap { endpoint in
            book.owner(of: EndpointName(technology: endpoint.technology, resource: endpoint.resource))
        }
        // Names of trunks are no extensions.
        return Array(Set(owners.filter(\.isNumeric)))
    }

    func answers() async -> Bool { (try? await client.asteriskInfo()) != nil }

    func rights(of extensions: [Extension]) async throws -> [Extension: UserRights] {
        let book = try await endpoints()
        // All at the same time: one after the other it would take as long as a page may.
        return try await withThrowingTaskGroup(of: (Extension, UserRights?).self) { group in
            for one in extensions {
                group.addTask { (one, try await explainer.configuredRights(of: one, book)) }
            }
            return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
    }

    func explain(
        _ supervisor: Extension,
        _ mode: MonitoringMode,
        _ target: Extension
    ) async throws -> RightsExplanation {
        try await explainer.explain(supervisor, mode, target, try await endpoints())
    }
}

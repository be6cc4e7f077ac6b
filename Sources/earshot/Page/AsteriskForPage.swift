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

    func rights(of extension: Extension) async throws -> UserRights {
        try await explainer.configuredRights(of: `extension`, try await endpoints())
    }

    func explain(_ supervisor: Extension, _ mode: MonitoringMode, _ target: Extension) async throws -> MonitoringVerdict
    {
        switch try await explainer.explain(supervisor, mode, target, try await endpoints()).outcome {
        case .allowed(let isTalking): .allowed(isTalking: isTalking)
        case .denied(let refusal): .denied(refusal)
        }
    }
}
